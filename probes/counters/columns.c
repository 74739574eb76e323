/* SPDX-License-Identifier: MIT */
#include "probes/counters/columns.h"

#include <string.h>
#include <unistd.h>

#include "core/base/fail.h"
#include "probes/counters/event_arm.h"

/* What is known of one event before it gets its slot. */
typedef struct candidate {
    struct perf_event_attr attr;
    const char *not_counted;
    bool drop;
} candidate;

static bool is_software(const struct perf_event_attr *attr, uint64_t config)
{
    return attr->type == PERF_TYPE_SOFTWARE && attr->config == config;
}

/* Counted whenever its thread runs: there is no register to wait for. */
static bool never_multiplexed(const struct perf_event_attr *attr)
{
    return attr->type == PERF_TYPE_SOFTWARE || attr->type == PERF_TYPE_TRACEPOINT;
}

/* Switches and moves happen in the kernel, so that leaving the kernel out makes
 * these events count 0 for ever. SWITCH records tell them just as well. */
static cck_column_source record_source(const struct perf_event_attr *attr)
{
    if (!attr->exclude_kernel)
        return CCK_COLUMN_COUNT;
    if (is_software(attr, PERF_COUNT_SW_CONTEXT_SWITCHES))
        return CCK_COLUMN_SWITCHES;
    if (is_software(attr, PERF_COUNT_SW_CPU_MIGRATIONS))
        return CCK_COLUMN_MIGRATIONS;
    return CCK_COLUMN_COUNT;
}

static const char *reason_of(const cck_columns_scope *scope, const cck_error *err)
{
    return *err->hint ? cck_arena_printf(scope->arena, "%s; %s", err->message, err->hint)
                      : cck_arena_strdup(scope->arena, err->message);
}

/* A set's events that do not exist here are left out; others say why they are empty. */
static int refused(candidate *out, const cck_event *event, const cck_columns_scope *scope,
                   const cck_error *reason, cck_error *first)
{
    if (!first->code)
        *first = *reason;
    out->drop =
        event->optional && (reason->code == CCK_ENOTFOUND || reason->code == CCK_EUNSUPPORTED);
    out->not_counted = reason_of(scope, reason);
    return out->not_counted ? 0 : CCK_ENOMEM;
}

static int try_event(candidate *out, const cck_event *event, const cck_columns_scope *scope,
                     cck_error *first)
{
    *out = (candidate){.attr = event->attr};
    if (event->hardware && scope->no_pmu) {
        out->not_counted = scope->no_pmu;
        out->drop = event->optional;
        return 0;
    }
    cck_error reason = {0};
    if (event->hardware && cck_event_arm_lacks(scope->root, event)) {
        cck_fail(&reason, CCK_EUNSUPPORTED, "not supported: this PMU does not implement `%.100s'",
                 event->info.name);
        return refused(out, event, scope, &reason, first);
    }
    out->attr.size = sizeof out->attr;
    out->attr.disabled = 1;
    int fd = cck_perf_open(scope->calls, scope->root, &out->attr, 0, -1, &reason);
    out->attr.disabled = 0;
    if (fd >= 0) {
        close(fd);
        return 0;
    }
    return refused(out, event, scope, &reason, first);
}

/* The kernel's own counters of switches and moves are cheaper than a record for
 * each, and nothing of theirs can be lost: SWITCH records are for those who may not
 * count in the kernel. */
static cck_event as_kernel_event(const cck_event *event)
{
    cck_event kernel = *event;
    if (event->means == CCK_COUNT_PERF)
        return kernel;
    bool switches = event->means == CCK_COUNT_SWITCHES;
    kernel.attr = (struct perf_event_attr){.type = PERF_TYPE_SOFTWARE,
                                           .config = switches ? PERF_COUNT_SW_CONTEXT_SWITCHES
                                                              : PERF_COUNT_SW_CPU_MIGRATIONS};
    kernel.info.counted =
        switches ? "PERF_COUNT_SW_CONTEXT_SWITCHES" : "PERF_COUNT_SW_CPU_MIGRATIONS";
    return kernel;
}

static int describe(cck_columns *columns, const cck_event *event, const candidate *tried,
                    const cck_columns_scope *scope)
{
    cck_event_info *info = &columns->infos[columns->count];
    *info = event->info;
    if (!tried->attr.exclude_kernel || event->attr.exclude_kernel)
        return 0;
    info->user_only = true;
    info->counted = cck_arena_printf(scope->arena, "%s:u", event->info.counted);
    columns->user_only |= record_source(&tried->attr) == CCK_COLUMN_COUNT;
    return info->counted ? 0 : CCK_ENOMEM;
}

static void assign(cck_columns *columns, const candidate *tried, const cck_columns_scope *scope)
{
    cck_column *column = &columns->columns[columns->count];
    *column = (cck_column){.not_counted = tried->not_counted};
    if (column->not_counted)
        return;
    column->source = record_source(&tried->attr);
    if (column->source != CCK_COLUMN_COUNT) {
        columns->switches = true;
        cck_event_info *info = &columns->infos[columns->count];
        info->counted = scope->attached ? "/proc/PID/task" : "SWITCH records";
        info->user_only = false;
        return;
    }
    column->slot = (uint32_t)columns->slot_count++;
    column->exact = never_multiplexed(&tried->attr);
    columns->attrs[column->slot] = tried->attr;
}

static int add_event(cck_columns *columns, const cck_event *asked, const cck_columns_scope *scope,
                     cck_error *first)
{
    cck_event event = as_kernel_event(asked);
    candidate tried;
    int code = try_event(&tried, &event, scope, first);
    if (code < 0 || tried.drop)
        return code;
    code = describe(columns, &event, &tried, scope);
    if (code < 0)
        return code;
    assign(columns, &tried, scope);
    columns->count++;
    return 0;
}

/* A software event's running time is the time its thread was on a CPU: exactly
 * what task-clock counts (both follow the task context's clock), so task-clock
 * needs no event of its own next to another one. */
static void fold_clock(cck_columns *columns, const cck_columns_scope *scope)
{
    int clock = -1, other = -1;
    for (size_t i = 0; i < columns->count; i++) {
        const cck_column *column = &columns->columns[i];
        if (column->source != CCK_COLUMN_COUNT)
            continue;
        const struct perf_event_attr *attr = &columns->attrs[column->slot];
        if (is_software(attr, PERF_COUNT_SW_TASK_CLOCK))
            clock = (int)i;
        else if (never_multiplexed(attr) && other < 0)
            other = (int)i;
    }
    if (clock < 0 || other < 0 || scope->attached)
        return;
    cck_column *column = &columns->columns[clock];
    uint32_t gone = column->slot;
    column->source = CCK_COLUMN_TIME;
    column->slot = columns->columns[other].slot;
    columns->infos[clock].counted =
        cck_arena_printf(scope->arena, "running time of %s", columns->infos[other].counted);
    columns->infos[clock].user_only = false;
    if (!columns->infos[clock].counted)
        columns->infos[clock].counted = "task-clock";
    columns->slot_count--;
    memmove(&columns->attrs[gone], &columns->attrs[gone + 1],
            (columns->slot_count - gone) * sizeof *columns->attrs);
    for (size_t i = 0; i < columns->count; i++)
        columns->columns[i].slot -= columns->columns[i].slot > gone;
}

/* Hardware alone cannot tell how long it could have counted (see
 * cck_ledger.clock_exact), and so not whether it was multiplexed: an event that
 * counts nothing, but always, stands by. */
static void add_clock(cck_columns *columns, const cck_columns_scope *scope)
{
    for (size_t slot = 0; slot < columns->slot_count; slot++)
        if (never_multiplexed(&columns->attrs[slot]))
            return;
    if (columns->slot_count == 0 || scope->attached)
        return;
    columns->attrs[columns->slot_count++] = (struct perf_event_attr){.type = PERF_TYPE_SOFTWARE,
                                                                     .config = PERF_COUNT_SW_DUMMY,
                                                                     .exclude_kernel = 1,
                                                                     .exclude_hv = 1};
}

/* Which slot tells where threads ran: best one that counts all the time. */
static int choose_clock(const cck_columns *columns)
{
    for (size_t slot = 0; slot < columns->slot_count; slot++)
        if (never_multiplexed(&columns->attrs[slot]))
            return (int)slot;
    return columns->slot_count ? 0 : -1;
}

int cck_columns_make(cck_columns *out_columns, const cck_event_list *events,
                     const cck_columns_scope *scope, cck_error *err)
{
    cck_columns columns = {
        .infos = cck_arena_array(scope->arena, events->count, sizeof *columns.infos),
        .columns = cck_arena_array(scope->arena, events->count, sizeof *columns.columns),
        .attrs = cck_arena_array(scope->arena, events->count + 1, sizeof *columns.attrs),
        .slot_reasons =
            cck_arena_array(scope->arena, events->count + 1, sizeof *columns.slot_reasons),
    };
    cck_error first = {0};
    if (!columns.infos || !columns.columns || !columns.attrs || !columns.slot_reasons)
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    for (size_t i = 0; i < events->count; i++)
        if (add_event(&columns, &events->events[i], scope, &first) < 0)
            return cck_fail(err, CCK_ENOMEM, "out of memory");
    if (columns.slot_count == 0 && !columns.switches) {
        if (first.code)
            return cck_error_move(err, &first);
        return cck_fail(err, CCK_EUNSUPPORTED, "%s",
                        scope->no_pmu ? scope->no_pmu : "there is no event to count");
    }
    fold_clock(&columns, scope);
    if (scope->by_cpu)
        add_clock(&columns, scope);
    columns.clock = choose_clock(&columns);
    columns.clock_exact = columns.clock >= 0 && never_multiplexed(&columns.attrs[columns.clock]);
    *out_columns = columns;
    return 0;
}

void cck_columns_update(cck_columns *columns)
{
    for (size_t i = 0; i < columns->count; i++) {
        cck_column *column = &columns->columns[i];
        bool slotted = column->source == CCK_COLUMN_COUNT || column->source == CCK_COLUMN_TIME;
        if (!slotted || !columns->slot_reasons[column->slot])
            continue;
        column->not_counted = columns->slot_reasons[column->slot];
        column->source = CCK_COLUMN_NONE;
    }
}

void cck_columns_blank(cck_columns *columns, const char *reason)
{
    for (size_t i = 0; i < columns->count; i++)
        columns->columns[i] = (cck_column){.source = CCK_COLUMN_NONE, .not_counted = reason};
    columns->slot_count = 0;
    columns->clock = -1;
    columns->clock_exact = columns->switches = false;
}
