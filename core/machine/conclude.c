/* SPDX-License-Identifier: MIT */
/* From the numbers to sentences. Each is said only when the numbers carry it. */
#include <stdlib.h>
#include <string.h>

#include "core/base/number.h"
#include "core/machine/conclude.h"
#include "core/machine/curve.h"
#include "core/machine/measurement.h"

enum { SENTENCES = 32, TEXT = 160 };

typedef struct speaker {
    const cck_measurement *measurement;
    cck_arena *arena;
    const char **sentences;
    size_t count;
    bool failed;
} speaker;

static void say(speaker *s, const char *sentence)
{
    if (!sentence)
        s->failed = true;
    else if (s->count < SENTENCES)
        s->sentences[s->count++] = sentence;
}

static const cck_figure *cell(const cck_grid *grid, size_t row, size_t column)
{
    if (!grid || row >= grid->row_count || column >= grid->column_count)
        return NULL;
    const cck_figure *figure = &grid->cells[row * grid->column_count + column];
    return figure->samples ? figure : NULL;
}

cck_ratio cck_ratio_of(const cck_figure *over, const cck_figure *under)
{
    cck_ratio ratio = {0};
    if (!over || !under || !over->samples || !under->samples || under->low <= 0 || over->low <= 0)
        return ratio;
    ratio.known = true;
    ratio.value = over->median / under->median;
    ratio.low = over->low / under->high;
    ratio.high = over->high / under->low;
    return ratio;
}

static void print_ratio(char out[TEXT], const cck_ratio *ratio)
{
    char value[CCK_NUMBER_SIZE], low[CCK_NUMBER_SIZE], high[CCK_NUMBER_SIZE];
    cck_number_short(value, ratio->value);
    cck_number_short(low, ratio->low);
    cck_number_short(high, ratio->high);
    snprintf(out, TEXT, "%s times (%s to %s)", value, low, high);
}

static void say_sharing(speaker *s)
{
    const cck_grid *grid = cck_measurement_grid(s->measurement, "false-sharing");
    for (size_t row = 0; grid && row + 1 < grid->row_count; row++) {
        char text[TEXT];
        cck_ratio ratio = cck_ratio_of(cell(grid, row, 0), cell(grid, row, 1));
        if (!ratio.known)
            continue;
        print_ratio(text, &ratio);
        const char *verb = row == 0 ? "write" : "read";
        if (ratio.low > 1.2)
            say(s, cck_arena_printf(s->arena,
                                    "false sharing makes a %s take %s as long, while another core "
                                    "writes to the line",
                                    verb, text));
        else if (ratio.high < 1.2)
            say(s, cck_arena_printf(s->arena,
                                    "false sharing costs a %s nothing: it takes %s as long on a "
                                    "line that another core writes to",
                                    verb, text));
        else
            say(s, cck_arena_printf(s->arena,
                                    "whether false sharing slows a %s is not clear: it takes %s as "
                                    "long, which may be chance",
                                    verb, text));
    }
}

/* What words cost each other far apart is sure: nothing. The line ends behind the last distance at
 * which they cost at least twice that. A disturbed contest looks cheap now and then, an
 * undisturbed neighbour never looks dear. */
uint64_t cck_line_of_distances(const uint64_t *bytes, const cck_figure *figures, size_t count)
{
    if (count < 3 || !figures[0].samples || !figures[count - 1].samples)
        return 0;
    double apart = 2 * figures[count - 1].median;
    size_t first = count;
    for (size_t i = count; i-- > 0 && figures[i].samples && figures[i].median < apart;)
        first = i;
    bool clear = figures[0].low > 2 * apart && first > 0 && first < count &&
                 figures[first - 1].samples;
    return clear ? bytes[first] : 0;
}

static void say_line(speaker *s, unsigned modelled)
{
    const cck_grid *grid = cck_measurement_grid(s->measurement, "distance");
    uint64_t bytes[16];
    size_t count = grid && grid->row_count <= 16 && grid->column_count == 1 ? grid->row_count : 0;
    for (size_t i = 0; i < count; i++)
        bytes[i] = strtoull(grid->rows[i], NULL, 10);
    uint64_t line = count ? cck_line_of_distances(bytes, grid->cells, count) : 0;
    if (line)
        say(s, cck_arena_printf(s->arena,
                                "words %llu bytes apart no longer cost each other anything: the "
                                "line is %llu bytes (the topology says %u)",
                                (unsigned long long)line, (unsigned long long)line, modelled));
    else if (count && grid->cells[0].samples)
        say(s, "the line's size does not show: what words cost each other does not fall clearly with "
               "their distance");
}

static void say_adjacent(speaker *s)
{
    char text[TEXT];
    const cck_grid *grid = cck_measurement_grid(s->measurement, "adjacent");
    cck_ratio ratio = cck_ratio_of(cell(grid, 0, 0), cell(grid, 1, 0));
    if (!ratio.known)
        return;
    print_ratio(text, &ratio);
    /* Half as long again, and more than chance: a prefetched pair shows as a multiple. */
    if (ratio.low > 1.5)
        say(s, cck_arena_printf(s->arena,
                                "neighbouring lines of one aligned pair disturb each other: a write "
                                "takes %s as long as across two pairs, so that separating takes two "
                                "lines",
                                text));
    else if (ratio.high < 1.5)
        say(s, cck_arena_printf(s->arena,
                                "neighbouring lines do not disturb each other: within an aligned "
                                "pair a write takes %s as long as across two",
                                text));
    else
        say(s, cck_arena_printf(s->arena,
                                "whether neighbouring lines disturb each other is not clear: within "
                                "an aligned pair a write takes %s as long as across two",
                                text));
}

static void say_caches(speaker *s)
{
    const cck_measurement_info *info = &s->measurement->info;
    for (size_t i = 0; i < info->cache_count; i++) {
        const cck_measured_cache *level = &info->caches[i];
        char least[CCK_NUMBER_SIZE], most[CCK_NUMBER_SIZE], modelled[CCK_NUMBER_SIZE];
        if (!level->below || !level->modelled || cck_curve_agrees(level))
            continue;
        cck_number_bytes(least, (double)level->at_least);
        cck_number_bytes(most, (double)level->below);
        cck_number_bytes(modelled, (double)level->modelled);
        say(s, cck_arena_printf(s->arena,
                                "the curve leaves level %u between %s and %s, the topology says "
                                "%s: %s",
                                level->level, least, most, modelled,
                                level->below < level->modelled
                                    ? "others use it too, or part of it is not ours"
                                    : "the topology is not told the truth"));
    }
}

static void find_extremes(const cck_grid *grid, size_t *least, size_t *most)
{
    size_t count = grid->row_count * grid->column_count;
    *least = *most = count;
    for (size_t i = 0; i < count; i++) {
        if (!grid->cells[i].samples)
            continue;
        if (*least == count || grid->cells[i].median < grid->cells[*least].median)
            *least = i;
        if (*most == count || grid->cells[i].median > grid->cells[*most].median)
            *most = i;
    }
}

static void print_range(char out[TEXT], const cck_figure *figure)
{
    char median[CCK_NUMBER_SIZE], low[CCK_NUMBER_SIZE], high[CCK_NUMBER_SIZE];
    cck_number_short(median, figure->median);
    cck_number_short(low, figure->low);
    cck_number_short(high, figure->high);
    snprintf(out, TEXT, "%s ns (%s to %s)", median, low, high);
}

/* Only where there is more than one pair. */
static void say_extremes(speaker *s, const char *name, const char *sentence)
{
    const cck_grid *grid = cck_measurement_grid(s->measurement, name);
    size_t least, most;
    if (!grid)
        return;
    find_extremes(grid, &least, &most);
    size_t columns = grid->column_count, count = grid->row_count * columns;
    if (least == count || least == most || grid->cells[most].low <= grid->cells[least].high)
        return;
    char low[TEXT], high[TEXT];
    print_range(low, &grid->cells[least]);
    print_range(high, &grid->cells[most]);
    say(s, cck_arena_printf(s->arena, sentence, low, grid->rows[least / columns],
                            grid->columns[least % columns], high, grid->rows[most / columns],
                            grid->columns[most % columns]));
}

bool cck_measurement_conclude(cck_measurement *measurement, const cck_machine_info *machine)
{
    speaker s = {.measurement = measurement, .arena = &measurement->arena};
    s.sentences = cck_arena_array(s.arena, SENTENCES, sizeof *s.sentences);
    if (!s.sentences)
        return false;
    say_sharing(&s);
    say_line(&s, machine->line_size);
    say_adjacent(&s);
    if (!measurement->info.noise.noisy) /* else the others' share of the caches shows */
        say_caches(&s);
    say_extremes(&s, "transfer",
                 "a line goes from core to core in %s at best (CPU %s and %s), in %s at worst "
                 "(%s and %s)");
    say_extremes(&s, "memory-latency",
                 "memory takes %s at best (CPUs of node %s, memory of node %s), %s at worst "
                 "(node %s, node %s)");
    measurement->info.conclusions = s.sentences;
    measurement->info.conclusion_count = s.count;
    return !s.failed;
}
