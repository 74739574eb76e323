/* SPDX-License-Identifier: MIT */
/* Which way is better, as data. What is in no row is neither good nor bad by itself. */
#include <stddef.h>
#include <string.h>

#include "core/diff/compare.h"

/* '*' at an end stands for anything. */
static const struct {
    const char *name;
    int better;
} directions[] = {
    /* The work itself: less of it does the same. */
    {"elapsed_s", -1},
    {"task_clock", -1},
    {"cpu_clock", -1},
    {"cycles", -1},
    {"ref_cycles", -1},
    {"instructions", -1},
    /* What one pays for and gets nothing. */
    {"*_misses", -1},
    {"*-misses", -1},
    {"l1d_miss_ratio", -1},
    {"branch_miss_ratio", -1},
    {"*_mpki", -1},
    {"*_stall_share", -1},
    {"stalls_*", -1},
    {"stalls-*", -1},
    {"hitm*", -1},
    {"remote_cache*", -1},
    {"beyond_l3*", -1},
    {"dram_far*", -1},
    {"page_faults", -1},
    {"major_faults", -1},
    {"minor_faults", -1},
    {"*-faults", -1},
    {"context_switches", -1},
    {"context-switches", -1},
    {"cpu_migrations", -1},
    {"cpu-migrations", -1},
    /* Not here: ipc, cpi, frequency, utilisation, bandwidth, loads, stores, references. A program
     * that does half the work in half the time may well have a lower ipc. Nor the miss ratios of
     * lower levels: they rise when the level above misses less, as after false sharing is mended. Nor
     * what is counted by the CPU second: the same faults in half the time are no regression. */
};

static bool fits(const char *pattern, const char *name)
{
    size_t length = strlen(pattern), size = strlen(name);
    if (*pattern == '*')
        return size >= length - 1 && strcmp(name + size - (length - 1), pattern + 1) == 0;
    if (pattern[length - 1] == '*')
        return strncmp(name, pattern, length - 1) == 0;
    return strcmp(name, pattern) == 0;
}

int cck_direction_of_metric(const char *name)
{
    for (size_t i = 0; i < sizeof directions / sizeof *directions; i++)
        if (fits(directions[i].name, name))
            return directions[i].better;
    return 0;
}

int cck_direction_of_event(const cck_event_info *event)
{
    int better = *event->role ? cck_direction_of_metric(event->role) : 0;
    return better ? better : cck_direction_of_metric(event->name);
}
