/* SPDX-License-Identifier: MIT */
#include "core/sharing/what_if_json.h"

#include "core/base/json_fields.h"

/* ---- out ---- */

static void write_side(cck_json *json, const char *key, const cck_what_if_side *side)
{
    cck_json_key(json, key);
    cck_json_inline(json);
    cck_json_object(json);
    cck_json_put_uint(json, "transfers", side->transfers);
    cck_json_put_number(json, "rate_per_s", side->rate);
    if (side->cost >= 0) /* unknown is left out: 0 would pass for a number */
        cck_json_put_number(json, "cost", side->cost);
    if (side->cycles)
        cck_json_put_uint(json, "cycles", side->cycles);
    cck_json_object_end(json);
}

static void write_run(cck_json *json, const char *key, const cck_what_if_run *run)
{
    cck_json_key(json, key);
    cck_json_inline(json);
    cck_json_object(json);
    cck_json_put_number(json, "seconds", run->seconds);
    cck_json_put_uint(json, "cycles", run->cycles);
    cck_json_put_uint(json, "instructions", run->instructions);
    cck_json_put_uint(json, "transfers", run->transfers);
    cck_json_object_end(json);
}

static void write_change(cck_json *json, const cck_what_if *what_if)
{
    cck_json_object(json);
    cck_json_put_string(json, "change", what_if->change);
    cck_json_put_string(json, "text", what_if->text);
    cck_json_put_string(json, "finding", what_if->finding);
    cck_json_put_string(json, "object", what_if->object);
    cck_json_key(json, "cost_bytes");
    cck_json_int(json, what_if->cost_bytes);
    cck_json_put_string(json, "cost_of", what_if->cost_of);
    cck_json_put_uint(json, "threads", what_if->threads);
    write_side(json, "before", &what_if->before);
    write_side(json, "after", &what_if->after);
    cck_json_object_end(json);
}

void cck_what_if_write(cck_json *json, const cck_result *result)
{
    if (!result->what_if_count)
        return;
    cck_json_key(json, "what_if");
    cck_json_array(json);
    for (size_t i = 0; i < result->what_if_count; i++)
        write_change(json, &result->what_if[i]);
    cck_json_array_end(json);
    cck_json_key(json, "what_if_runs");
    cck_json_object(json);
    write_run(json, "before", &result->what_if_before);
    write_run(json, "after", &result->what_if_after);
    cck_json_object_end(json);
}

/* ---- in ---- */

static cck_what_if_side read_side(cck_json_reader *reader, const cck_json_node *parent, const char *key)
{
    const cck_json_node *from = cck_json_get_object(reader, parent, key);
    size_t before = cck_json_enter(reader, key);
    cck_what_if_side side = {
        .transfers = cck_json_get_uint(reader, from, "transfers", INT64_MAX),
        .rate = cck_json_get_number(reader, from, "rate_per_s", 0),
        .cost = cck_json_get_number(reader, from, "cost", -1),
        .cycles = cck_node_member(from, "cycles")
                      ? cck_json_get_uint(reader, from, "cycles", INT64_MAX)
                      : 0,
    };
    cck_json_leave(reader, before);
    return side;
}

static cck_what_if_run read_run(cck_json_reader *reader, const cck_json_node *parent, const char *key)
{
    const cck_json_node *from = cck_json_get_object(reader, parent, key);
    size_t before = cck_json_enter(reader, key);
    cck_what_if_run run = {
        .seconds = cck_json_get_number(reader, from, "seconds", 0),
        .cycles = cck_json_get_uint(reader, from, "cycles", INT64_MAX),
        .instructions = cck_json_get_uint(reader, from, "instructions", INT64_MAX),
        .transfers = cck_json_get_uint(reader, from, "transfers", INT64_MAX),
    };
    cck_json_leave(reader, before);
    return run;
}

static void read_change(cck_json_reader *reader, const cck_json_node *from, void *record,
                        void *context)
{
    (void)context;
    *(cck_what_if *)record = (cck_what_if){
        .change = cck_json_get_string(reader, from, "change"),
        .text = cck_json_get_string(reader, from, "text"),
        .finding = cck_json_get_string(reader, from, "finding"),
        .object = cck_json_get_string(reader, from, "object"),
        .cost_bytes = cck_json_get_int(reader, from, "cost_bytes", 0, INT64_MIN, INT64_MAX),
        .cost_of = cck_json_get_string(reader, from, "cost_of"),
        .threads = (uint32_t)cck_json_get_uint(reader, from, "threads", UINT32_MAX),
        .before = read_side(reader, from, "before"),
        .after = read_side(reader, from, "after"),
    };
}

void cck_what_if_read_json(cck_json_reader *reader, const cck_json_node *root, cck_result *result)
{
    if (!cck_node_member(root, "what_if"))
        return;
    result->what_if = cck_json_get_list(reader, root, "what_if", read_change, NULL,
                                        sizeof *result->what_if, &result->what_if_count);
    const cck_json_node *runs = cck_json_get_object(reader, root, "what_if_runs");
    result->what_if_before = read_run(reader, runs, "before");
    result->what_if_after = read_run(reader, runs, "after");
}
