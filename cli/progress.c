/* SPDX-License-Identifier: MIT */
#include "progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

void cli_announce(const cck_source *source)
{
    bool modelled = source->evidence == CCK_SIMULATED;
    if (!modelled && !*source->why)
        return;
    fprintf(stderr, "cachecheck: backend %s (%s)", source->backend,
            modelled                          ? "modelled, not measured"
            : source->evidence == CCK_WATCHED ? "watched, sampled"
                                              : "measured");
    if (*source->why)
        fprintf(stderr, "; %s", source->why);
    if (modelled && *source->slowdown)
        fprintf(stderr, "; expected slowdown %s", source->slowdown);
    fputc('\n', stderr);
}

void cli_progress_on_start(void *context, const cck_source *source, int32_t pid)
{
    const cli_progress *progress = context;
    (void)pid;
    if (!progress->quiet)
        cli_announce(source);
}

/* "1.2 G": in whole numbers, which know no locale. */
static void print_scaled(double number, FILE *out)
{
    static const struct {
        double unit;
        const char *name;
    } units[] = {{1e12, " T"}, {1e9, " G"}, {1e6, " M"}, {1e3, " k"}, {1, ""}};
    size_t at = 0;
    while (at + 1 < sizeof units / sizeof *units && number < units[at].unit)
        at++;
    uint64_t tenths = (uint64_t)(number / units[at].unit * 10 + 0.5);
    if (tenths >= 100 || units[at].unit == 1)
        fprintf(out, "%" PRIu64 "%s", tenths / 10, units[at].name);
    else
        fprintf(out, "%" PRIu64 ".%" PRIu64 "%s", tenths / 10, tenths % 10, units[at].name);
}

static void print_count(uint32_t count, const char *name, FILE *out)
{
    fprintf(out, ", %" PRIu32 " %s%s", count, name, count == 1 ? "" : "s");
}

static void print_grouped(uint64_t number, FILE *out)
{
    if (number >= 1000) {
        print_grouped(number / 1000, out);
        fprintf(out, ",%03" PRIu64, number % 1000);
    } else {
        fprintf(out, "%" PRIu64, number);
    }
}

/* "12 s, 4 threads, 11,400 samples, 96 % decoded, 3 lines under suspicion" */
void cli_progress_print(const cck_progress *progress, FILE *out)
{
    fprintf(out, "%.0f s", progress->time_s);
    print_count(progress->threads, "thread", out);
    if (progress->processes > 1)
        fprintf(out, " in %" PRIu32 " processes", progress->processes);
    fputs(", ", out);
    print_grouped(progress->samples, out);
    fprintf(out, " sample%s", progress->samples == 1 ? "" : "s");
    if (progress->samples)
        fprintf(out, ", %.0f %% decoded", 100 * progress->decoded);
    print_count(progress->lines, "line", out);
    fputs(" under suspicion", out);
}

void cli_progress_on_progress(void *context, const cck_progress *progress)
{
    cli_progress *line = context;
    FILE *out = stderr;
    if (line->quiet || !isatty(STDERR_FILENO))
        return;
    line->line = true;
    fputs("\r\033[K", out);
    if (progress->watched) {
        cli_progress_print(progress, out);
        fflush(out);
        return;
    }
    fputs("sim ", out);
    print_scaled((double)progress->instructions, out);
    fputs(" instructions, ", out);
    print_scaled(progress->rate, out);
    fputs("/s", out);
    if (progress->slowdown > 0) {
        fputs(", ~", out);
        print_scaled(progress->slowdown, out);
        fputs(" x slowdown", out);
    }
    print_count(progress->threads, "thread", out);
    if (progress->processes > 1)
        fprintf(out, " in %" PRIu32 " processes", progress->processes);
    print_count(progress->lines, "shared line", out);
    fflush(out);
}

void cli_progress_end(cli_progress *progress)
{
    if (progress->line)
        fputs("\r\033[K", stderr);
    progress->line = false;
}
