/* SPDX-License-Identifier: MIT */
#include "core/base/quantity.h"

#include <string.h>

#include "core/base/arena.h"
#include "core/result/result.h"

/* ns on any CPU as the residency tells. */
static uint64_t cpu_time_of(const cck_row *row)
{
    uint64_t ns = 0;
    for (size_t i = 0; i < row->residency_count; i++)
        ns += row->residency[i].ns;
    return ns;
}

/* The PMU in a name such as "cpu_core/cycles/"; its length is 0 for a plain name. */
static size_t pmu_length(const char *event)
{
    const char *slash = strchr(event, '/');
    return slash ? (size_t)(slash - event) : 0;
}

/* Two events of one role: `cycles` and `cycles:u` must not add up, the `cycles` of the
 * two core PMUs of a hybrid machine must. Those are named after their PMU. */
static bool adds_up(const cck_result *result, const cck_quantity *quantity, size_t event)
{
    const char *name = result->events[event].name;
    size_t length = pmu_length(name);
    if (!quantity->event_count)
        return true;
    if (quantity->event_count == CCK_QUANTITY_EVENTS_MOST || !length)
        return false;
    for (size_t i = 0; i < quantity->event_count; i++) {
        const char *other = result->events[quantity->events[i]].name;
        if (!pmu_length(other) || strncmp(other, name, length + 1) == 0)
            return false;
    }
    return true;
}

static bool find_role(const cck_result *result, const char *name, cck_quantity *quantity)
{
    for (size_t i = 0; i < result->event_count; i++)
        if (strcmp(result->events[i].role, name) == 0 && adds_up(result, quantity, i))
            quantity->events[quantity->event_count++] = i;
    quantity->kind = quantity->event_count ? CCK_QUANTITY_EVENTS : CCK_QUANTITY_UNKNOWN;
    return quantity->event_count > 0;
}

static bool find_event(const cck_result *result, const char *name, cck_quantity *quantity)
{
    for (size_t i = 0; i < result->event_count; i++)
        if (strcmp(result->events[i].name, name) == 0) {
            quantity->kind = CCK_QUANTITY_EVENTS;
            quantity->events[0] = i;
            quantity->event_count = 1;
            return true;
        }
    return false;
}

static bool find_metric(const cck_result *result, const char *name, cck_quantity *quantity)
{
    for (size_t i = 0; i < result->total.metric_count; i++)
        if (strcmp(result->total.metrics[i].name, name) == 0) {
            quantity->kind = CCK_QUANTITY_METRIC;
            quantity->index = i;
            return true;
        }
    return false;
}

cck_quantity cck_quantity_find(const cck_result *result, const char *name, cck_quantity_order order)
{
    static const struct {
        const char *name;
        cck_quantity_kind kind;
    } fixed[] = {
        {"cpu_time", CCK_QUANTITY_CPU_TIME},
        {"elapsed_s", CCK_QUANTITY_ELAPSED},
        {"line_size", CCK_QUANTITY_LINE_SIZE},
    };
    cck_quantity quantity = {0};
    for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++)
        if (strcmp(fixed[i].name, name) == 0) {
            quantity.kind = fixed[i].kind;
            return quantity;
        }
    if (order == CCK_EVENTS_FIRST && find_event(result, name, &quantity))
        return quantity;
    if (find_role(result, name, &quantity) || find_metric(result, name, &quantity))
        return quantity;
    find_event(result, name, &quantity);
    return quantity;
}

static const char *why_missing(cck_quantity *quantity, const cck_result *result, size_t event,
                               const char *reason)
{
    if (quantity->missing_of == reason)
        return quantity->missing_text;
    const char *text =
        cck_arena_printf(result->arena, "%s: %s", result->events[event].name, reason);
    if (!text)
        return reason;
    quantity->missing_of = reason;
    quantity->missing_text = text;
    return text;
}

/* A thread that never ran on one kind of core was never counted there: what the other
 * kind counted is all there is. Any other reason makes the sum unknown. */
static cck_operand read_events(cck_quantity *quantity, const cck_result *result, const cck_row *row)
{
    double sum = 0;
    size_t counted = 0;
    const char *reason = NULL;
    size_t event = quantity->events[0];
    for (size_t i = 0; i < quantity->event_count; i++) {
        const cck_value *value = &row->values[quantity->events[i]];
        if (!value->not_counted) {
            sum += (double)value->value;
            counted++;
        } else if (!reason || strcmp(value->not_counted, cck_never_on_a_counter) != 0) {
            reason = value->not_counted;
            event = quantity->events[i];
        }
    }
    if (!reason || (counted && strcmp(reason, cck_never_on_a_counter) == 0))
        return (cck_operand){sum, NULL};
    return (cck_operand){0, why_missing(quantity, result, event, reason)};
}

static cck_operand read_cpu_time(const cck_result *result, const cck_row *row)
{
    cck_quantity clock = {0};
    if (result->source.evidence == CCK_SIMULATED)
        return (cck_operand){0, "a modelled run has no real time"};
    if (find_role(result, "task_clock", &clock) && !row->values[clock.events[0]].not_counted)
        return (cck_operand){(double)row->values[clock.events[0]].value, NULL};
    if (row->residency_count)
        return (cck_operand){(double)cpu_time_of(row), NULL};
    return (cck_operand){0, row->residency_unknown ? row->residency_unknown
                                                   : "the time on CPUs is not known"};
}

cck_operand cck_quantity_read(cck_quantity *quantity, const cck_result *result, const cck_row *row)
{
    switch (quantity->kind) {
    case CCK_QUANTITY_EVENTS:
        return read_events(quantity, result, row);
    case CCK_QUANTITY_METRIC:
        if (quantity->index < row->metric_count)
            return (cck_operand){row->metrics[quantity->index].value,
                                 row->metrics[quantity->index].not_counted};
        return (cck_operand){0, result->total.metrics[quantity->index].not_counted
                                    ? result->total.metrics[quantity->index].not_counted
                                    : "not computed"};
    case CCK_QUANTITY_CPU_TIME:
        return read_cpu_time(result, row);
    case CCK_QUANTITY_ELAPSED:
        return result->target.elapsed_s > 0 ? (cck_operand){result->target.elapsed_s, NULL}
                                            : (cck_operand){0, "the elapsed time is not known"};
    case CCK_QUANTITY_LINE_SIZE:
        return (cck_operand){result->machine.line_size ? result->machine.line_size : 64, NULL};
    default:
        return (cck_operand){0, "not counted"};
    }
}
