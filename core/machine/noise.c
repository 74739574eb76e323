/* SPDX-License-Identifier: MIT */
/* What else went on while the machine was measured, and whether that was too much. */
#include "core/machine/noise.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "core/base/number.h"
#include "core/machine/samples.h"

enum { SPIN_LENGTH = 16384, SPIN_TIMES = 9, STAT_SIZE = 1 << 20 };

/* "cpu  user nice system idle iowait irq softirq steal guest guest_nice": the sum over the
 * CPUs; user contains guest (proc(5)). */
bool cck_cpu_time_parse(const char *text, long hertz, cck_cpu_time *out)
{
    unsigned long long t[8] = {0};
    if (hertz <= 0 || strncmp(text, "cpu ", 4) != 0)
        return false;
    int got = sscanf(text + 4, "%llu %llu %llu %llu %llu %llu %llu %llu", &t[0], &t[1], &t[2],
                     &t[3], &t[4], &t[5], &t[6], &t[7]);
    if (got < 4)
        return false;
    double busy = (double)t[0] + (double)t[1] + (double)t[2] + (double)t[5] + (double)t[6];
    out->busy = busy / (double)hertz;
    out->steal = (double)t[7] / (double)hertz;
    out->total = out->busy + out->steal + ((double)t[3] + (double)t[4]) / (double)hertz;
    out->known = true;
    return true;
}

static double seconds(struct timeval time)
{
    return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

void cck_cpu_time_look(const cck_root *root, cck_cpu_time *out)
{
    *out = (cck_cpu_time){0};
    struct rusage own;
    char *text = malloc(STAT_SIZE);
    if (text && cck_root_read(root, "proc/stat", text, STAT_SIZE) > 0)
        cck_cpu_time_parse(text, sysconf(_SC_CLK_TCK), out);
    free(text);
    if (getrusage(RUSAGE_SELF, &own) == 0)
        out->own = seconds(own.ru_utime) + seconds(own.ru_stime);
}

static double share(double part, double whole)
{
    if (part < 0)
        part = 0;
    return whole > 0 ? (part < whole ? part / whole : 1) : -1;
}

static void judge_cpus(const cck_cpu_time *before, const cck_cpu_time *after, cck_noise *noise)
{
    noise->others = noise->steal = -1;
    if (!before->known || !after->known || after->total <= before->total)
        return;
    double whole = after->total - before->total, own = after->own - before->own;
    noise->others = share(after->busy - before->busy - own, whole);
    noise->steal = share(after->steal - before->steal, whole);
}

static double drift_of(const double *spins, size_t count)
{
    if (count < 2)
        return -1;
    double least = spins[0], most = spins[0];
    for (size_t i = 1; i < count; i++) {
        least = spins[i] < least ? spins[i] : least;
        most = spins[i] > most ? spins[i] : most;
    }
    return least > 0 ? most / least - 1 : -1;
}

static void judge_figures(const cck_figure *figures, size_t count, cck_noise *noise)
{
    double taken = 0, dropped = 0;
    size_t known = 0;
    double *spreads = calloc(count + 1, sizeof *spreads);
    for (size_t i = 0; i < count; i++) {
        taken += figures[i].samples;
        dropped += figures[i].dropped;
        if (spreads && figures[i].samples)
            spreads[known++] = cck_figure_spread(&figures[i]);
    }
    noise->dropped = share(dropped, taken + dropped);
    noise->spread = known ? cck_median(spreads, known) : -1;
    free(spreads);
}

/* A share beyond its limit disturbs. What is unknown disturbs nobody; the samples still tell. */
static const struct limit {
    size_t offset;
    double most;
    const char *words; /* with the share, in percent */
} limits[] = {
    {offsetof(cck_noise, others), 0.05, "other programs used %s %% of the CPUs meanwhile"},
    {offsetof(cck_noise, steal), 0.01, "the hypervisor took %s %% of the CPU time (steal)"},
    {offsetof(cck_noise, dropped), 0.10,
     "%s %% of the samples were dropped, because something else ran in between"},
    {offsetof(cck_noise, drift), 0.05,
     "a calibrated loop took up to %s %% longer at times: the frequency changes, or a neighbour "
     "shares the core"},
    {offsetof(cck_noise, spread), CCK_SPREAD_QUIET,
     "half of the numbers repeat no better than within %s %%"},
};

static double value_at(const cck_noise *noise, size_t offset)
{
    double value;
    memcpy(&value, (const char *)noise + offset, sizeof value);
    return value;
}

cck_noise cck_noise_judge(const cck_noise_evidence *evidence)
{
    cck_noise noise = {0};
    judge_cpus(&evidence->before, &evidence->after, &noise);
    noise.drift = drift_of(evidence->spins, evidence->spin_count);
    judge_figures(evidence->figures, evidence->figure_count, &noise);
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++)
        noise.noisy |= value_at(&noise, limits[i].offset) > limits[i].most;
    return noise;
}

size_t cck_noise_explain(const cck_noise *noise, cck_arena *arena,
                         const char *out_remarks[CCK_NOISE_REMARKS])
{
    size_t count = 0;
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        char percent[CCK_NUMBER_SIZE];
        double value = value_at(noise, limits[i].offset);
        if (value <= limits[i].most)
            continue;
        cck_number_percent(percent, 100 * value);
        const char *sentence = cck_arena_printf(arena, limits[i].words, percent);
        if (sentence)
            out_remarks[count++] = sentence;
    }
    return count;
}

static double now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

/* Each multiplication waits for the one before it: as many cycles on every pass. */
double cck_spin_calibrate(void)
{
    double least = 0;
    for (int i = 0; i < SPIN_TIMES; i++) {
        double before = now_ns();
        uint64_t number = 88172645463325252u;
        for (int k = 0; k < SPIN_LENGTH; k++) {
            number = number * 6364136223846793005u + 1442695040888963407u;
            __asm__ volatile("" : "+r"(number));
        }
        double took = now_ns() - before;
        least = !i || took < least ? took : least;
    }
    return least;
}
