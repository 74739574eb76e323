/* SPDX-License-Identifier: MIT */
/*
 * Event specifications, and the files of a machine they are looked up in. Lines of
 * the input: the specification, a format, an alias, its unit, a tracepoint's id,
 * and /proc/cpuinfo. Whether the kernel is left out everywhere is chosen by the length of the
 * specification.
 */
#include <stdbool.h>

#include "probes/counters/event.h"
#include "probes/counters/pfm_calls.h"
#include "tests/fuzz/tree.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CPU "sys/bus/event_source/devices/cpu/"

static const char *const files[] = {
    CPU "format/term",       CPU "events/alias",
    CPU "events/alias.unit", "sys/kernel/tracing/events/system/name/id",
    "proc/cpuinfo",
};
enum { FILES = sizeof files / sizeof *files };

static __typeof__(pfm_get_event_next) *next_event;
static __typeof__(pfm_get_pmu_info) *pmu_info;

/* What is nearest to a name that nobody knows is looked for among all of libpfm4's, some thousand:
 * a few of each PMU show as much of how. libpfm4 itself knows them all. */
static int one_of_few(int index)
{
    enum { FEW = 2 };
    static int seen;
    int next = ++seen < FEW ? next_event(index) : -1;
    if (next < 0)
        seen = 0;
    return next;
}

/* libpfm4 knows some 400 PMUs, and looks for each among all: those that are not here stay so. */
static pfm_err_t present_only(pfm_pmu_t id, pfm_pmu_info_t *info)
{
    static bool missing[PFM_PMU_MAX];
    if (missing[id])
        return PFM_ERR_NOTSUPP;
    pfm_err_t status = pmu_info(id, info);
    missing[id] = status != PFM_SUCCESS || !info->is_present;
    return status;
}

static void look_at_few_events(void)
{
    cck_pfm_calls *calls = (cck_pfm_calls *)(uintptr_t)cck_pfm();
    if (!calls)
        return;
    next_event = calls->get_event_next;
    calls->get_event_next = one_of_few;
    pmu_info = calls->get_pmu_info;
    calls->get_pmu_info = present_only;
}

static void tree_make(void)
{
    fuzz_tree_make();
    fuzz_tree_put(CPU "type", "4\n", 2);
    fuzz_tree_put(CPU "format/event", "config:0-7\n", 11);
    fuzz_tree_put(CPU "format/umask", "config:8-15\n", 12);
}

/* What callers rely on, whatever came in. */
static void check(const cck_event_list *list, int status, const cck_error *err)
{
    if (status < 0 && (list->count || list->events || err->code != status || !err->message[0]))
        abort();
    for (size_t i = 0; i < list->count; i++) {
        const cck_event_info *info = &list->events[i].info;
        if (!info->name || !info->counted || !info->role || !info->unit || !info->meaning ||
            !list->events[i].pmu)
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bool made;
    if (!made)
        tree_make(), look_at_few_events();
    made = true;
    const uint8_t *end = memchr(data, '\n', size), *rest = end ? end + 1 : data + size;
    size_t length = end ? (size_t)(end - data) : size;
    fuzz_tree_fill(files, FILES, '\n', rest, size - (size_t)(rest - data));

    char *specification = malloc(length + 1);
    if (!specification)
        return 0;
    memcpy(specification, data, length);
    specification[length] = '\0';
    cck_arena arena = {0};
    cck_event_scope scope = {.root = &fuzz_tree, .arena = &arena, .all_user = length & 1};
    cck_event_list list = {0}, set = {0};
    cck_error err = {0};
    int status = cck_event_parse(&list, specification, &scope, &err);
    check(&list, status, &err);
    status = cck_event_set(&set, specification, &scope, &err);
    check(&set, status, &err);
    cck_arena_clear(&arena);
    free(specification);
    return 0;
}
