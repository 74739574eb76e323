/* SPDX-License-Identifier: MIT */
#include "probes/procfs/procfs_events.h"

#include <string.h>

#include "core/base/fail.h"
#include "core/base/proc.h"

static const struct {
    const char *name, *other; /* as perf calls it, and its other name */
    cck_event_info info;
} table[CCK_PROCFS_KINDS] = {
    [CCK_PROCFS_TASK_CLOCK] = {"task-clock",
                               "cpu-clock",
                               {.counted = "/proc schedstat, every 20 ms",
                                .role = "task_clock",
                                .unit = "ns",
                                .meaning = "Time on a CPU"}},
    [CCK_PROCFS_FAULTS] = {"page-faults",
                           "faults",
                           {.counted = "/proc stat, every 20 ms",
                            .role = "page_faults",
                            .unit = "count",
                            .meaning = "Pages that were not mapped at their first access"}},
    [CCK_PROCFS_MAJOR_FAULTS] = {"major-faults",
                                 "major-faults",
                                 {.counted = "/proc stat, every 20 ms",
                                  .role = "major_faults",
                                  .unit = "count",
                                  .meaning = "Page faults that had to wait for a disk"}},
    [CCK_PROCFS_SWITCHES] = {"context-switches",
                             "cs",
                             {.counted = "/proc status, every 20 ms",
                              .role = "context_switches",
                              .unit = "count",
                              .meaning = "Times a thread left a CPU"}},
    [CCK_PROCFS_MIGRATIONS] = {"cpu-migrations",
                               "migrations",
                               {.counted = "/proc sched, every 20 ms",
                                .role = "cpu_migrations",
                                .unit = "count",
                                .meaning = "Moves from one CPU to another"}},
};

static cck_procfs_kind kind_of(const char *name, size_t length)
{
    for (int kind = 0; kind < CCK_PROCFS_KINDS; kind++) {
        const char *names[] = {table[kind].name, table[kind].other};
        for (size_t i = 0; i < 2; i++)
            if (strlen(names[i]) == length && memcmp(names[i], name, length) == 0)
                return (cck_procfs_kind)kind;
    }
    return CCK_PROCFS_KINDS;
}

static bool add(cck_procfs_events *events, cck_procfs_kind kind, const char *name)
{
    cck_event_info *info = &events->infos[events->count];
    if (kind < CCK_PROCFS_KINDS)
        *info = table[kind].info;
    else
        *info = (cck_event_info){.counted = "nothing: /proc does not tell it",
                                 .role = "",
                                 .unit = "count",
                                 .meaning = ""};
    info->name = name;
    events->kinds[events->count++] = kind;
    return name != NULL;
}

static size_t count_names(const char *const *specifications)
{
    size_t count = 0;
    for (; specifications && *specifications; specifications++) {
        count++;
        for (const char *at = *specifications; *at; at++)
            count += *at == ',';
    }
    return count;
}

/* Commas inside slashes belong to an event that /proc does not have anyway. */
static bool add_named(cck_procfs_events *events, const char *text, cck_arena *arena)
{
    for (size_t length; *text; text += length + (text[length] == ',')) {
        length = strcspn(text, ",");
        if (length && !add(events, kind_of(text, length), cck_arena_strndup(arena, text, length)))
            return false;
    }
    return true;
}

static bool any_told(const cck_procfs_events *events)
{
    for (size_t i = 0; i < events->count; i++)
        if (events->kinds[i] < CCK_PROCFS_KINDS)
            return true;
    return false;
}

int cck_procfs_events_choose(cck_procfs_events *events, const char *const *specifications,
                             cck_arena *arena, cck_error *err)
{
    size_t most = specifications ? count_names(specifications) : CCK_PROCFS_KINDS;
    cck_procfs_events chosen = {
        .infos = cck_arena_array(arena, most, sizeof *chosen.infos),
        .kinds = cck_arena_array(arena, most, sizeof *chosen.kinds),
    };
    bool kept = chosen.infos && chosen.kinds;
    for (int kind = 0; kept && !specifications && kind < CCK_PROCFS_KINDS; kind++)
        kept = add(&chosen, (cck_procfs_kind)kind, table[kind].name);
    for (; kept && specifications && *specifications; specifications++)
        kept = add_named(&chosen, *specifications, arena);
    if (!kept)
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    if (!any_told(&chosen)) {
        cck_fail(err, CCK_EUNSUPPORTED, "/proc tells none of these events");
        cck_hint(err, "it tells task-clock, page-faults, major-faults, context-switches and "
                      "cpu-migrations");
        return CCK_EUNSUPPORTED;
    }
    *events = chosen;
    return 0;
}

void cck_procfs_read(const cck_root *root, int32_t pid, int32_t tid,
                     uint64_t out_counts[CCK_PROCFS_KINDS], bool out_known[CCK_PROCFS_KINDS])
{
    bool faults = cck_proc_faults(root, pid, tid, &out_counts[CCK_PROCFS_FAULTS],
                                  &out_counts[CCK_PROCFS_MAJOR_FAULTS]) == 0;
    out_known[CCK_PROCFS_FAULTS] = out_known[CCK_PROCFS_MAJOR_FAULTS] = faults;
    out_known[CCK_PROCFS_TASK_CLOCK] =
        cck_proc_runtime(root, pid, tid, &out_counts[CCK_PROCFS_TASK_CLOCK]) == 0;
    out_known[CCK_PROCFS_SWITCHES] =
        cck_proc_switches(root, pid, tid, &out_counts[CCK_PROCFS_SWITCHES]) == 0;
    out_known[CCK_PROCFS_MIGRATIONS] =
        cck_proc_migrations(root, pid, tid, &out_counts[CCK_PROCFS_MIGRATIONS]) == 0;
}
