/* SPDX-License-Identifier: MIT */
/* The curve of latency by size: one buffer, on huge pages if there are any, so that what is seen
 * are caches and not the reach of the TLB. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/fail.h"
#include "probes/machine/chase.h"
#include "probes/machine/memory.h" // IWYU pragma: keep (declares what this defines)
#include "probes/machine/place.h"

enum { SIZES_MOST = 96, KIB = 1024 };

static const uint64_t smallest = 4 * KIB, least_top = 64ull << 20, most_top = 512ull << 20;

typedef struct tool {
    cck_place place;
    const cck_root *root;
    uint64_t top;
    int grid, cpu;
    double huge; /* share of the buffer on huge pages; negative: unknown */
    uint64_t seed;
} tool;

/* "AnonHugePages:  2048 kB" of this process; negative: unknown (Linux before 4.14). */
static double huge_bytes(const cck_root *root)
{
    char text[4096];
    if (cck_root_read(root, "proc/self/smaps_rollup", text, sizeof text) <= 0)
        return -1;
    const char *line = strstr(text, "AnonHugePages:");
    return line ? strtod(line + strlen("AnonHugePages:"), NULL) * KIB : -1;
}

static int map(tool *t, cck_error *err)
{
    double before = huge_bytes(t->root);
    int code = cck_place_make(&t->place, t->top, -1, true, err);
    double after = huge_bytes(t->root);
    t->huge = before < 0 || after < 0 ? -1 : (after - before) / (double)t->top;
    return code;
}

static int take(void *context, const cck_step *step, cck_samples *samples, cck_error *err)
{
    tool *t = context;
    unsigned line = step->variant;
    int code = t->place.base ? 0 : map(t, err);
    if (code < 0)
        return code;
    cck_chase_link(t->place.base, step->bytes, line, ++t->seed * 0x9e3779b97f4a7c15u);
    return cck_chase_run(step->cpus[0], t->place.base, step->bytes, line, step->ms, samples, err);
}

/* Two or four sizes an octave: 4, 4.75, 5.6, 6.7, 8 KiB. Rounded to 256 bytes. */
static size_t list_sizes(uint64_t top, bool quick, uint64_t *out)
{
    static const double quarters[] = {1, 1.189207, 1.414214, 1.681793};
    size_t count = 0;
    for (uint64_t octave = smallest; octave < top; octave *= 2)
        for (int i = 0; i < 4 && count + 1 < SIZES_MOST; i += quick && octave < 8 * KIB ? 2 : 1)
            out[count++] = (uint64_t)((double)octave * quarters[i]) & ~255ull;
    out[count++] = top;
    return count;
}

static bool add_grid(cck_plan *plan, tool *t, const uint64_t *sizes, size_t count)
{
    const char *rows[SIZES_MOST];
    for (size_t i = 0; i < count; i++)
        if (!(rows[i] = cck_arena_printf(plan->arena, "%llu", (unsigned long long)sizes[i])))
            return false;
    cck_grid head = {
        .name = "curve",
        .title = "latency by size: time of a load when so many bytes are visited in random order",
        .unit = "ns",
        .row_is = "bytes",
        .column_is = "",
        .row_count = count,
        .column_count = 1,
        .rows = rows,
        .columns = (const char *[]){"load"},
    };
    t->grid = cck_plan_grid(plan, &head);
    return t->grid >= 0;
}

static bool add_steps(cck_plan *plan, tool *t)
{
    uint64_t sizes[SIZES_MOST];
    size_t count = list_sizes(t->top, plan->quick, sizes);
    unsigned line = cck_machine_get_info(plan->machine)->line_size;
    bool ok = add_grid(plan, t, sizes, count);
    for (size_t i = 0; ok && i < count; i++) {
        const cck_step step = {
            .run = take,
            .grid = (size_t)t->grid,
            .cell = i,
            .ms = plan->quick ? 5 : 20,
            .around = (double)sizes[i] / line * 100e-6, /* linked and warmed, 50 ns a line each */
            .cpus = {t->cpu, -1},
            .node = -1,
            .bytes = sizes[i],
            .variant = line,
        };
        ok = cck_plan_step(plan, &step);
    }
    return ok;
}

static int plan_curve(cck_plan *plan, void **out_tool, cck_error *err)
{
    tool *t = calloc(1, sizeof *t);
    *out_tool = t;
    if (!t)
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    const cck_cache *last = cck_machine_data_cache(plan->machine, 0);
    uint64_t most = plan->quick ? most_top / 4 : most_top;
    t->root = plan->root;
    t->cpu = plan->cpus[0];
    t->top = least_top;
    while (last && t->top < 4 * last->size && t->top < most)
        t->top *= 2;
    uint64_t wanted = t->top, spare = cck_plan_spare(plan, -1);
    while (t->top > spare && t->top > 2 * smallest)
        t->top /= 2;
    if (t->top < wanted)
        cck_plan_remark(plan, cck_arena_printf(plan->arena,
                                               "the latency by size ends at %llu MiB: there is no "
                                               "more memory to spare",
                                               (unsigned long long)(t->top >> 20)));
    return add_steps(plan, t) ? 0 : cck_fail(err, CCK_ENOMEM, "out of memory");
}

/* "always [madvise] never": the word in brackets. */
static const char *huge_setting(cck_plan *plan)
{
    char text[128];
    if (cck_root_read_line(plan->root, "sys/kernel/mm/transparent_hugepage/enabled", text,
                           sizeof text) <= 0)
        return "the kernel has no transparent huge pages";
    const char *open = strchr(text, '['), *close = open ? strchr(open, ']') : NULL;
    return cck_arena_printf(plan->arena, "transparent_hugepage/enabled is %.*s",
                            close ? (int)(close - open - 1) : 0, close ? open + 1 : "");
}

static void finish(void *context, cck_plan *plan)
{
    const tool *t = context;
    const char *setting = huge_setting(plan), *words;
    if (t->huge >= 0.9)
        words = "2 MiB";
    else if (t->huge >= 0)
        words = cck_arena_printf(plan->arena,
                                 "4 KiB (%s): beyond the TLB's reach each load walks page tables "
                                 "too",
                                 setting ? setting : "");
    else
        words = "unknown: /proc/self/smaps_rollup does not tell";
    plan->pages = words;
    plan->drafts[t->grid].grid.method =
        cck_arena_printf(plan->arena, "one random cycle over all lines, on CPU %d; pages of %s",
                         t->cpu, words ? words : "");
}

static void clear(void *context)
{
    tool *t = context;
    cck_place_clear(&t->place);
    free(t);
}

const cck_meter cck_meter_curve = {
    .name = "latency by size",
    .plan = plan_curve,
    .finish = finish,
    .clear = clear,
};
