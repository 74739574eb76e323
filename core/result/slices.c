/* SPDX-License-Identifier: MIT */
/* What was counted in each interval of a run: gathered, written, read. */
#include "core/result/slices.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/fail.h"
#include "core/base/grow.h"
#include "core/result/result.h"

enum { MOST = 10000 };

void cck_slices_add(cck_slices *slices, const cck_interval *interval)
{
    size_t events = interval->event_count;
    if (slices->full || slices->count == MOST || (slices->count && slices->events != events)) {
        slices->full = true;
        return;
    }
    cck_value *values = malloc((events + 1) * sizeof *values);
    if (!values || !cck_grow((void **)&slices->all, &slices->capacity, slices->count,
                             sizeof *slices->all)) {
        free(values);
        slices->full = true;
        return;
    }
    if (events)
        memcpy(values, interval->totals, events * sizeof *values);
    slices->events = events;
    cck_slice *slice = &slices->all[slices->count++];
    slice->time_s = interval->time_s;
    slice->length_s = interval->length_s;
    slice->values = values;
}

bool cck_slices_tell(const cck_slices *slices, cck_result *result)
{
    if (!slices->count || slices->events != result->event_count)
        return true;
    cck_slice *copies = cck_arena_array(result->arena, slices->count, sizeof *copies);
    for (size_t i = 0; copies && i < slices->count; i++) {
        cck_value *values = cck_arena_array(result->arena, slices->events + 1, sizeof *values);
        if (!values)
            return false;
        memcpy(values, slices->all[i].values, slices->events * sizeof *values);
        copies[i] = slices->all[i];
        copies[i].values = values;
    }
    if (!copies)
        return false;
    result->slices = copies;
    result->slice_count = slices->count;
    return !slices->full ||
           cck_result_note(result, "not all intervals are in the result: the first ones are");
}

void cck_slices_clear(cck_slices *slices)
{
    for (size_t i = 0; i < slices->count; i++)
        free((void *)(uintptr_t)slices->all[i].values);
    free(slices->all);
    *slices = (cck_slices){0};
}

/* ---- written ---- */

static void write_value(cck_json *json, const char *name, const cck_value *value)
{
    cck_json_key(json, name);
    cck_json_object(json);
    if (value->not_counted)
        cck_json_put_string(json, "not_counted", value->not_counted);
    else
        cck_json_put_uint(json, "value", value->value);
    if (!value->not_counted && value->running < 1)
        cck_json_put_number(json, "running", value->running);
    cck_json_object_end(json);
}

void cck_slices_write(cck_json *json, const cck_result *result)
{
    if (!result->slice_count)
        return;
    cck_json_key(json, "intervals");
    cck_json_array(json);
    for (size_t i = 0; i < result->slice_count; i++) {
        const cck_slice *slice = &result->slices[i];
        cck_json_inline(json);
        cck_json_object(json);
        cck_json_put_number(json, "time_s", slice->time_s);
        cck_json_put_number(json, "length_s", slice->length_s);
        cck_json_key(json, "counts");
        cck_json_object(json);
        for (size_t k = 0; k < result->event_count; k++)
            write_value(json, result->events[k].name, &slice->values[k]);
        cck_json_object_end(json);
        cck_json_object_end(json);
    }
    cck_json_array_end(json);
}

/* ---- read ---- */

static cck_value read_value(cck_json_reader *reader, const cck_json_node *counts, const char *name)
{
    const cck_json_node *from = cck_json_get_object(reader, counts, name);
    size_t before = cck_json_enter(reader, name);
    cck_value value = {.running = 1};
    if (cck_node_member(from, "not_counted")) {
        value.not_counted = cck_json_get_string(reader, from, "not_counted");
    } else {
        value.value = cck_json_get_uint(reader, from, "value", INT64_MAX);
        value.raw = value.value;
        value.running = cck_json_get_number(reader, from, "running", 1);
        if (!(value.running > 0 && value.running <= 1))
            cck_json_wrong(reader, "running is a share above 0 and up to 1");
    }
    cck_json_leave(reader, before);
    return value;
}

static void read_slice(cck_json_reader *reader, const cck_json_node *from, const cck_result *result,
                       cck_slice *slice)
{
    cck_value *values = cck_arena_array(reader->arena, result->event_count + 1, sizeof *values);
    const cck_json_node *counts = cck_json_get_object(reader, from, "counts");
    slice->time_s = cck_json_get_number(reader, from, "time_s", 0);
    slice->length_s = cck_json_get_number(reader, from, "length_s", 0);
    if (!(slice->time_s >= 0) || !(slice->length_s >= 0))
        cck_json_wrong(reader, "times are never below 0");
    for (size_t i = 0; values && i < result->event_count && !reader->code; i++)
        values[i] = read_value(reader, counts, result->events[i].name);
    if (!values && !reader->code)
        reader->code = cck_fail(&reader->error, CCK_ENOMEM, "out of memory");
    slice->values = values;
}

void cck_slices_read(cck_json_reader *reader, const cck_json_node *root, cck_result *result)
{
    if (!cck_node_member(root, "intervals"))
        return;
    const cck_json_node *array = cck_json_get_array(reader, root, "intervals");
    size_t count = cck_node_size(array), before = cck_json_enter(reader, "intervals");
    cck_slice *slices = NULL;
    if (count > MOST)
        cck_json_wrong(reader, "too many for a result");
    else
        slices = cck_arena_array(reader->arena, count + 1, sizeof *slices);
    const cck_json_node *from = cck_node_first(array);
    for (size_t i = 0; slices && i < count && !reader->code; i++) {
        size_t inner = cck_json_enter_index(reader, i);
        read_slice(reader, from, result, &slices[i]);
        cck_json_leave(reader, inner);
        from = cck_node_next(from);
    }
    cck_json_leave(reader, before);
    if (!slices || reader->code)
        return;
    result->slices = slices;
    result->slice_count = count;
}
