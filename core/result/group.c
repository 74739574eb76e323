/* SPDX-License-Identifier: MIT */
/* Rows of threads joined to rows of processes, cores or nodes. */
#include <stdlib.h>
#include <string.h>

#include "core/base/fail.h"
#include "core/base/map.h"
#include "core/result/repeat.h"
#include "core/result/result.h"
#include "core/result/row.h"

/* A row under construction. */
typedef struct row_group {
    cck_row row;
    cck_value *values;
    cck_residency_sum residency;
    const char *residency_unknown;
} row_group;

typedef struct grouping_state {
    const cck_result *from;
    cck_result *to;
    cck_row_kind kind;
    row_group *groups;
    size_t count;
    cck_map by_key; /* pid or node -> its row_group */
    cck_error *err;
} grouping_state;

static int no_memory(grouping_state *grouping)
{
    return cck_fail(grouping->err, CCK_ENOMEM, "out of memory");
}

/* Rest rows belong to no process: each stays a row of its own. */
static bool stands_alone(const grouping_state *grouping, const cck_row *row)
{
    return row->kind == CCK_ROW_REST || grouping->kind == CCK_ROW_THREAD ||
           grouping->kind == CCK_ROW_CORE;
}

static uint64_t key_of(const grouping_state *grouping, const cck_row *row)
{
    if (grouping->kind == CCK_ROW_NODE)
        return (uint32_t)(row->residency_count ? row->residency[0].node : -1);
    return (uint32_t)row->pid;
}

static const char *name_of(const grouping_state *grouping, const cck_row *row)
{
    cck_arena *arena = grouping->to->arena;
    if (stands_alone(grouping, row))
        return cck_arena_strdup(arena, row->name);
    if (grouping->kind == CCK_ROW_PROCESS)
        return cck_arena_strdup(arena, *row->process ? row->process : row->name);
    int32_t node = (int32_t)key_of(grouping, row);
    return node < 0 ? cck_arena_strdup(arena, "node unknown")
                    : cck_arena_printf(arena, "node%d", node);
}

static row_group *start_group(grouping_state *grouping, const cck_row *row)
{
    row_group *made = &grouping->groups[grouping->count++];
    bool alone = stands_alone(grouping, row), node = grouping->kind == CCK_ROW_NODE;
    *made = (row_group){
        .row =
            {
                .kind = alone ? row->kind : grouping->kind,
                .pid = row->pid,
                .tid = alone  ? row->tid
                       : node ? 0
                              : row->pid,
                .index = alone  ? row->index
                         : node ? (int32_t)key_of(grouping, row)
                                : -1,
                .name = name_of(grouping, row),
                .process = cck_arena_strdup(grouping->to->arena, row->process),
                .verdict = {"", ""},
            },
        .values = cck_values_start(grouping->to->arena, grouping->from->event_count),
    };
    return made->row.name && made->row.process && made->values ? made : NULL;
}

static row_group *group_of(grouping_state *grouping, const cck_row *row)
{
    if (stands_alone(grouping, row))
        return start_group(grouping, row);
    uint64_t key = key_of(grouping, row);
    row_group *known = cck_map_get(&grouping->by_key, key);
    if (known)
        return known;
    known = start_group(grouping, row);
    return known && cck_map_put(&grouping->by_key, key, known) ? known : NULL;
}

static int add_row(grouping_state *grouping, const cck_row *row)
{
    row_group *into = group_of(grouping, row);
    if (!into)
        return no_memory(grouping);
    cck_values_add(into->values, row->values, grouping->from->event_count);
    into->row.threads += row->threads;
    into->residency_unknown = row->residency_unknown;
    for (size_t i = 0; i < row->residency_count; i++)
        if (!cck_residency_add(&into->residency, row->residency[i].cpu, row->residency[i].node,
                               row->residency[i].ns))
            return no_memory(grouping);
    return 0;
}

static const char *copy_or_null(cck_arena *arena, const char *text, bool *ok)
{
    const char *copy = cck_arena_strdup(arena, text);
    if (text && !copy)
        *ok = false;
    return copy;
}

/* Reasons are borrowed from the other result until here; each is copied once. */
static bool keep_reasons(grouping_state *grouping, cck_value *values, cck_map *copies)
{
    bool ok = true;
    for (size_t i = 0; i < grouping->from->event_count; i++) {
        const char *reason = values[i].not_counted;
        if (!reason || reason == cck_never_on_a_counter)
            continue;
        char *copy = cck_map_get(copies, (uintptr_t)reason);
        if (!copy) {
            copy = cck_arena_strdup(grouping->to->arena, reason);
            ok = copy && cck_map_put(copies, (uintptr_t)reason, copy) && ok;
        }
        values[i].not_counted = copy ? copy : "not counted";
    }
    return ok;
}

static int finish_rows(grouping_state *grouping, cck_map *reasons)
{
    cck_result *to = grouping->to;
    cck_row *rows = cck_arena_array(to->arena, grouping->count, sizeof *rows);
    bool ok = rows != NULL;
    for (size_t i = 0; ok && i < grouping->count; i++) {
        row_group *group = &grouping->groups[i];
        cck_values_finish(group->values, to->event_count);
        ok = keep_reasons(grouping, group->values, reasons) &&
             cck_residency_finish(&group->residency, to->arena, &group->row);
        if (!group->row.residency_count)
            group->row.residency_unknown = copy_or_null(to->arena, group->residency_unknown, &ok);
        group->row.values = group->values;
        rows[i] = group->row;
    }
    to->rows = rows;
    to->row_count = ok ? grouping->count : 0;
    return ok ? 0 : no_memory(grouping);
}

/* A copy of one row of the other result, without metrics and verdict. */
static bool copy_row(grouping_state *grouping, const cck_row *from, cck_row *to, cck_map *reasons)
{
    cck_arena *arena = grouping->to->arena;
    size_t events = grouping->from->event_count;
    bool ok = true;
    cck_value *values = cck_arena_array(arena, events, sizeof *values);
    cck_residency *residency = cck_arena_array(arena, from->residency_count, sizeof *residency);
    if (!values || !residency)
        return false;
    if (events)
        memcpy(values, from->values, events * sizeof *values);
    if (from->residency_count)
        memcpy(residency, from->residency, from->residency_count * sizeof *residency);
    ok = keep_reasons(grouping, values, reasons);
    *to = *from;
    to->name = copy_or_null(arena, from->name, &ok);
    to->process = copy_or_null(arena, from->process, &ok);
    to->residency_unknown = copy_or_null(arena, from->residency_unknown, &ok);
    to->values = values;
    to->residency = residency;
    to->metrics = NULL;
    to->metric_count = 0;
    to->verdict = (cck_verdict){"", ""};
    return ok;
}

static int copy_total_and_cpus(grouping_state *grouping, cck_map *reasons)
{
    const cck_result *from = grouping->from;
    cck_result *to = grouping->to;
    cck_row *cpus = cck_arena_array(to->arena, from->cpu_count, sizeof *cpus);
    bool ok = cpus && copy_row(grouping, &from->total, &to->total, reasons);
    for (size_t i = 0; ok && i < from->cpu_count; i++)
        ok = copy_row(grouping, &from->cpus[i], &cpus[i], reasons);
    to->cpus = cpus;
    to->cpu_count = ok ? from->cpu_count : 0;
    return ok ? 0 : no_memory(grouping);
}

static const cck_spread *keep_spreads(cck_arena *arena, const cck_spread *from, size_t count)
{
    cck_spread *copy = cck_arena_array(arena, count, sizeof *copy);
    bool ok = copy != NULL;
    for (size_t i = 0; ok && i < count; i++) {
        copy[i] = from[i];
        ok = cck_spread_keep(arena, &copy[i]);
    }
    return ok ? copy : NULL;
}

static int copy_spreads(grouping_state *grouping)
{
    const cck_result *from = grouping->from;
    cck_result *to = grouping->to;
    bool ok = true;
    if (from->event_spreads) {
        to->event_spreads = keep_spreads(to->arena, from->event_spreads, from->event_count);
        ok = to->event_spreads != NULL;
    }
    if (ok && from->metric_spreads && from->total.metric_count == to->total.metric_count) {
        to->metric_spreads = keep_spreads(to->arena, from->metric_spreads, to->total.metric_count);
        ok = to->metric_spreads != NULL;
    }
    return ok ? 0 : no_memory(grouping);
}

static int group_rows(grouping_state *grouping)
{
    bool by_cpu = grouping->kind == CCK_ROW_CORE || grouping->kind == CCK_ROW_NODE;
    const cck_result *from = grouping->from;
    const cck_row *rows = by_cpu ? from->cpus : from->rows;
    size_t count = by_cpu ? from->cpu_count : from->row_count;
    cck_map reasons = {0};
    grouping->groups = calloc(count + 1, sizeof *grouping->groups);
    int code = grouping->groups ? 0 : no_memory(grouping);
    for (size_t i = 0; !code && i < count; i++)
        code = add_row(grouping, &rows[i]);
    if (!code)
        code = finish_rows(grouping, &reasons);
    if (!code)
        code = copy_total_and_cpus(grouping, &reasons);
    cck_map_clear(&reasons);
    for (size_t i = 0; i < grouping->count; i++)
        free(grouping->groups[i].residency.cpus);
    free(grouping->groups);
    cck_map_clear(&grouping->by_key);
    return code;
}

int cck_result_group(const cck_result *result, cck_row_kind kind, cck_result **out_result,
                     cck_error *err)
{
    if (kind == CCK_ROW_REST || (unsigned)kind > CCK_ROW_REST)
        return cck_fail(err, CCK_EINVALID, "rows can be grouped by thread, process, core or node");
    if (kind == CCK_ROW_CORE || kind == CCK_ROW_NODE)
        if (!result->cpu_count) {
            cck_fail(err, CCK_EUNSUPPORTED, "nothing is known by CPU: %s",
                     result->total.residency_unknown ? result->total.residency_unknown
                                                     : "no time on a CPU was seen");
            cck_hint(err, "group by thread or process");
            return CCK_EUNSUPPORTED;
        }
    cck_result *to = cck_result_new();
    if (!to)
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    grouping_state state = {.from = result, .to = to, .kind = kind, .err = err};
    int code = cck_result_copy_head(to, result, err);
    if (!code)
        code = group_rows(&state);
    if (!code)
        code = cck_result_judge(to, err);
    if (!code)
        code = copy_spreads(&state);
    if (code) {
        cck_result_free(to);
        return code;
    }
    if (kind != CCK_ROW_THREAD)
        cck_result_sort_default(to);
    *out_result = to;
    return 0;
}
