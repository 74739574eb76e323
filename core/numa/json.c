/* SPDX-License-Identifier: MIT */
/* Placement as JSON, both ways: docs/numa.md. Unknown numbers are left out: 0 would pass for one. */
#include "core/numa/json.h"

#include <stdio.h>
#include <string.h>

#include "core/base/json_fields.h"
#include "core/numa/estimate.h"
#include "core/numa/json_parts.h"
#include "core/numa/words.h"
#include "core/result/words.h"

#define NODE(member) offsetof(cck_numa_node, member)
#define PROCESS(member) offsetof(cck_numa_process, member)
#define POINT(member) offsetof(cck_numa_point, member)
#define PLACEMENT(member) offsetof(cck_numa_placement, member)

static const cck_json_field node_fields[] = {
    {"index", CCK_JSON_U32, NODE(index), NULL},
    {"cpus", CCK_JSON_TEXT, NODE(cpus), NULL},
    {"cpuless", CCK_JSON_BOOL, NODE(cpuless), NULL},
    {"runs_here", CCK_JSON_BOOL, NODE(runs_here), NULL},
    {"takes_memory", CCK_JSON_BOOL, NODE(takes_memory), NULL},
    {0},
};
static const cck_json_field memory_fields[] = {
    {"memory", CCK_JSON_U64, NODE(memory), NULL},
    {"free", CCK_JSON_U64, NODE(free), NULL},
    {0},
};

static const cck_json_field process_fields[] = {
    {"pid", CCK_JSON_I32, PROCESS(pid), NULL},
    {"name", CCK_JSON_TEXT, PROCESS(name), NULL},
    {"method", CCK_JSON_WORD, PROCESS(method), cck_numa_method_words},
    {"unknown", CCK_JSON_TEXT_OR_NULL, PROCESS(unknown), NULL},
    {"by", CCK_JSON_TEXT_KNOWN, PROCESS(by), NULL},
    {0},
};
static const cck_json_field process_draws[] = {
    {"pages_drawn", CCK_JSON_U64, PROCESS(drawn), NULL},
    {"pages_found", CCK_JSON_U64, PROCESS(found), NULL},
    {0},
};
static const cck_json_field process_costs[] = {
    {"resident", CCK_JSON_U64_SET, PROCESS(rss), NULL},
    {"mappings", CCK_JSON_U64, PROCESS(mappings), NULL},
    {"cost_s", CCK_JSON_NUMBER, PROCESS(cost_s), NULL},
    {"age_s", CCK_JSON_NUMBER, PROCESS(age_s), NULL},
    {0},
};

static const cck_json_field point_fields[] = {
    {"time_s", CCK_JSON_NUMBER, POINT(time_s), NULL},
    {"resident", CCK_JSON_U64, POINT(resident), NULL},
    {"node_moves", CCK_JSON_I64_KNOWN, POINT(node_moves), NULL},
    {0},
};

static const cck_json_field method_fields[] = {
    {"method", CCK_JSON_WORD, PLACEMENT(method), cck_numa_method_words},
    {0},
};
static const cck_json_field placement_draws[] = {
    {"pages_drawn", CCK_JSON_U64, PLACEMENT(drawn), NULL},
    {"pages_found", CCK_JSON_U64, PLACEMENT(found), NULL},
    {0},
};
static const cck_json_field watch_fields[] = {
    {"watched_s", CCK_JSON_NUMBER, PLACEMENT(watched_s), NULL},
    {"switches_recorded", CCK_JSON_BOOL, PLACEMENT(recorded), NULL},
    {0},
};
static const cck_json_field balancing_fields[] = {
    {"numa_balancing", CCK_JSON_BOOL, PLACEMENT(balancing), NULL},
    {0},
};

/* ---- what several of them have ---- */

#define SHARE(member) offsetof(cck_numa_share, member)
static const cck_json_field share_fields[] = {
    {"value", CCK_JSON_NUMBER, SHARE(value), NULL},
    {"low", CCK_JSON_NUMBER, SHARE(low), NULL},
    {"high", CCK_JSON_NUMBER, SHARE(high), NULL},
    {0},
};

/* Sums of shares may be beyond 1 by rounding. */
static bool is_share(double share)
{
    return share >= 0 && share <= 1 + 1e-9;
}

void cck_placement_write_share(cck_json *json, const char *key, const cck_numa_share *share)
{
    if (share->value < 0)
        return;
    cck_json_key(json, key);
    cck_json_inline(json);
    cck_json_object(json);
    cck_json_put_fields(json, share_fields, share);
    cck_json_object_end(json);
}

void cck_placement_read_share(cck_json_reader *reader, const cck_json_node *parent, const char *key,
                              cck_numa_share *share)
{
    *share = cck_numa_share_unknown();
    if (!cck_node_member(parent, key))
        return;
    cck_json_get_record(reader, parent, key, share_fields, share);
    if (share->value < 0 || !is_share(share->value) || !is_share(share->low) ||
        !is_share(share->high))
        cck_json_wrong_member(reader, key, "shares from 0 to 1 expected");
}

static void name_of(char name[16], const cck_numa_placement *placement, size_t slot)
{
    snprintf(name, 16, "%u", placement->nodes[slot].index);
}

/* An object with a member for each node. */
typedef void put_value(cck_json *json, const char *name, const void *values, size_t slot);
typedef void get_value(cck_json_reader *reader, const cck_json_node *from, const char *name,
                       void *values, size_t slot);

static void write_by_node(cck_json *json, const char *key, const cck_numa_placement *placement,
                          const void *values, put_value *put)
{
    char name[16];
    if (!values)
        return;
    cck_json_key(json, key);
    cck_json_inline(json);
    cck_json_object(json);
    for (size_t i = 0; i < placement->node_count; i++) {
        name_of(name, placement, i);
        put(json, name, values, i);
    }
    cck_json_object_end(json);
}

/* Values of `size` bytes, in the reader's memory; NULL: left out. */
static const void *read_by_node(cck_json_reader *reader, const cck_json_node *parent,
                                const char *key, const cck_numa_placement *placement, size_t size,
                                get_value *get)
{
    char name[16];
    if (!cck_node_member(parent, key))
        return NULL;
    const cck_json_node *from = cck_json_get_object(reader, parent, key);
    void *values = cck_json_make(reader, placement->node_count, size);
    size_t before = cck_json_enter(reader, key);
    for (size_t i = 0; values && i < placement->node_count; i++) {
        name_of(name, placement, i);
        get(reader, from, name, values, i);
    }
    cck_json_leave(reader, before);
    return values;
}

static void put_bytes(cck_json *json, const char *name, const void *values, size_t slot)
{
    cck_json_put_uint(json, name, ((const uint64_t *)values)[slot]);
}

static void get_bytes(cck_json_reader *reader, const cck_json_node *from, const char *name,
                      void *values, size_t slot)
{
    ((uint64_t *)values)[slot] = cck_json_get_uint(reader, from, name, INT64_MAX);
}

static void put_share(cck_json *json, const char *name, const void *values, size_t slot)
{
    cck_json_put_number(json, name, ((const double *)values)[slot]);
}

static void get_share(cck_json_reader *reader, const cck_json_node *from, const char *name,
                      void *values, size_t slot)
{
    double share = cck_json_get_number(reader, from, name, -1);
    ((double *)values)[slot] = share;
    if (!is_share(share))
        cck_json_wrong_member(reader, name, "a share is from 0 to 1");
}

void cck_placement_write_bytes(cck_json *json, const char *key, const cck_numa_placement *placement,
                               const uint64_t *bytes)
{
    write_by_node(json, key, placement, bytes, put_bytes);
}

const uint64_t *cck_placement_read_bytes(cck_json_reader *reader, const cck_json_node *parent,
                                         const char *key, const cck_numa_placement *placement)
{
    return read_by_node(reader, parent, key, placement, sizeof(uint64_t), get_bytes);
}

void cck_placement_write_shares(cck_json *json, const char *key,
                                const cck_numa_placement *placement, const double *shares)
{
    write_by_node(json, key, placement, shares, put_share);
}

const double *cck_placement_read_shares(cck_json_reader *reader, const cck_json_node *parent,
                                        const char *key, const cck_numa_placement *placement)
{
    return read_by_node(reader, parent, key, placement, sizeof(double), get_share);
}

static void write_rows(cck_json *json, const cck_numa_placement *placement,
                       const uint64_t *const *rows)
{
    if (!rows[CCK_NUMA_ROW_TOTAL])
        return;
    cck_json_key(json, "memory");
    cck_json_object(json);
    for (int i = 0; i < CCK_NUMA_ROWS; i++)
        cck_placement_write_bytes(json, cck_word_of(cck_numa_row_words, i), placement, rows[i]);
    cck_json_object_end(json);
}

/* All of them, or none: who writes about one expects the others. */
static void read_rows(cck_json_reader *reader, const cck_json_node *parent,
                      const cck_numa_placement *placement, const uint64_t **rows)
{
    if (!cck_node_member(parent, "memory"))
        return;
    const cck_json_node *from = cck_json_get_object(reader, parent, "memory");
    size_t before = cck_json_enter(reader, "memory");
    for (int i = 0; i < CCK_NUMA_ROWS; i++) {
        const char *key = cck_word_of(cck_numa_row_words, i);
        rows[i] = cck_placement_read_bytes(reader, from, key, placement);
        if (!rows[i])
            cck_json_wrong_member(reader, key, "missing");
    }
    cck_json_leave(reader, before);
}

/* ---- nodes ---- */

static void write_node(cck_json *json, const cck_numa_placement *placement, const void *record)
{
    const cck_numa_node *node = record;
    cck_json_inline(json);
    cck_json_object(json);
    cck_json_put_fields(json, node_fields, node);
    if (node->memory)
        cck_json_put_fields(json, memory_fields, node);
    if (node->distances) {
        cck_json_key(json, "distances");
        cck_json_array(json);
        for (size_t i = 0; i < placement->node_count; i++)
            cck_json_uint(json, node->distances[i]);
        cck_json_array_end(json);
    }
    cck_json_object_end(json);
}

static void read_distance(cck_json_reader *reader, const cck_json_node *from, void *record, void *context)
{
    (void)context;
    if (!cck_node_is(from, CCK_NODE_INTEGER) || cck_node_integer(from) < 0 ||
        cck_node_integer(from) > UINT32_MAX)
        cck_json_wrong(reader, "a distance expected");
    *(uint32_t *)record = (uint32_t)cck_node_integer(from);
}

static void read_node(cck_json_reader *reader, const cck_json_node *from, void *record, void *context)
{
    const size_t *node_count = context;
    cck_numa_node *node = record;
    size_t count = *node_count;
    cck_json_get_fields(reader, from, node_fields, node);
    if (cck_node_member(from, "memory"))
        cck_json_get_fields(reader, from, memory_fields, node);
    if (cck_node_member(from, "distances"))
        node->distances = cck_json_get_list(reader, from, "distances", read_distance, NULL,
                                            sizeof *node->distances, &count);
    if (count != *node_count)
        cck_json_wrong_member(reader, "distances", "one for each node expected");
}

/* ---- processes ---- */

static void write_process(cck_json *json, const cck_numa_placement *placement, const void *record)
{
    const cck_numa_process *process = record;
    cck_json_object(json);
    cck_json_put_fields(json, process_fields, process);
    if (process->method == CCK_NUMA_SAMPLED)
        cck_json_put_fields(json, process_draws, process);
    cck_json_put_fields(json, process_costs, process);
    write_rows(json, placement, process->rows);
    cck_placement_write_share(json, "remote", &process->remote);
    cck_json_object_end(json);
}

static void read_process(cck_json_reader *reader, const cck_json_node *from, void *record, void *context)
{
    cck_numa_process *process = record;
    cck_json_get_fields(reader, from, process_fields, process);
    if (process->method == CCK_NUMA_SAMPLED)
        cck_json_get_fields(reader, from, process_draws, process);
    cck_json_get_fields(reader, from, process_costs, process);
    read_rows(reader, from, context, process->rows);
    cck_placement_read_share(reader, from, "remote", &process->remote);
}

/* ---- points ---- */

static void write_point(cck_json *json, const cck_numa_placement *placement, const void *record)
{
    const cck_numa_point *point = record;
    (void)placement;
    cck_json_inline(json);
    cck_json_object(json);
    cck_json_put_fields(json, point_fields, point);
    cck_placement_write_share(json, "remote", &point->remote);
    cck_json_object_end(json);
}

static void read_point(cck_json_reader *reader, const cck_json_node *from, void *record, void *context)
{
    cck_numa_point *point = record;
    (void)context;
    cck_json_get_fields(reader, from, point_fields, point);
    cck_placement_read_share(reader, from, "remote", &point->remote);
}

/* ---- all of it ---- */

typedef void write_one(cck_json *json, const cck_numa_placement *placement, const void *record);

static void write_list(cck_json *json, const char *key, const cck_numa_placement *placement,
                       write_one *write, const void *list, size_t count, size_t size)
{
    cck_json_key(json, key);
    cck_json_array(json);
    for (size_t i = 0; i < count; i++)
        write(json, placement, (const char *)list + i * size);
    cck_json_array_end(json);
}

void cck_placement_write_json(cck_json *json, const cck_numa_placement *placement)
{
    const cck_numa_placement *p = placement;
    cck_json_key(json, "placement");
    cck_json_object(json);
    cck_json_put_fields(json, method_fields, p);
    if (p->method == CCK_NUMA_SAMPLED)
        cck_json_put_fields(json, placement_draws, p);
    cck_json_put_fields(json, watch_fields, p);
    if (p->balancing_known)
        cck_json_put_fields(json, balancing_fields, p);
    cck_placement_write_share(json, "remote", &p->remote);
    write_rows(json, p, p->rows);
    write_list(json, "nodes", p, write_node, p->nodes, p->node_count, sizeof *p->nodes);
    write_list(json, "processes", p, write_process, p->processes, p->process_count,
               sizeof *p->processes);
    write_list(json, "threads", p, cck_placement_write_thread, p->threads, p->thread_count,
               sizeof *p->threads);
    cck_json_put_uint(json, "threads_left_out", p->threads_left_out);
    write_list(json, "mappings", p, cck_placement_write_mapping, p->mappings, p->mapping_count,
               sizeof *p->mappings);
    cck_json_put_uint(json, "mappings_left_out", p->mappings_left_out);
    write_list(json, "points", p, write_point, p->points, p->point_count, sizeof *p->points);
    cck_json_object_end(json);
}

/* Bytes by node are in the order of the nodes, which come first therefore. */
static void read_nodes(cck_json_reader *reader, const cck_json_node *from, cck_numa_placement *placement)
{
    size_t count = cck_node_size(cck_json_get_array(reader, from, "nodes"));
    placement->nodes = cck_json_get_list(reader, from, "nodes", read_node, &count,
                                         sizeof *placement->nodes, &placement->node_count);
    for (size_t i = 1; !reader->code && i < placement->node_count; i++)
        if (placement->nodes[i].index <= placement->nodes[i - 1].index)
            cck_json_wrong_member(reader, "nodes", "not in the order of their numbers");
}

static void read_members(cck_json_reader *reader, const cck_json_node *from, cck_numa_placement *p)
{
    cck_json_get_fields(reader, from, method_fields, p);
    if (p->method == CCK_NUMA_SAMPLED)
        cck_json_get_fields(reader, from, placement_draws, p);
    cck_json_get_fields(reader, from, watch_fields, p);
    cck_json_get_fields(reader, from, balancing_fields, p);
    p->balancing_known = cck_node_member(from, "numa_balancing") != NULL;
    cck_placement_read_share(reader, from, "remote", &p->remote);
    read_rows(reader, from, p, p->rows);
    p->processes = cck_json_get_list(reader, from, "processes", read_process, p,
                                     sizeof *p->processes, &p->process_count);
    p->threads = cck_json_get_list(reader, from, "threads", cck_placement_read_thread, p,
                                   sizeof *p->threads, &p->thread_count);
    p->threads_left_out = cck_json_get_uint(reader, from, "threads_left_out", INT64_MAX);
    p->mappings = cck_json_get_list(reader, from, "mappings", cck_placement_read_mapping, p,
                                    sizeof *p->mappings, &p->mapping_count);
    p->mappings_left_out = cck_json_get_uint(reader, from, "mappings_left_out", INT64_MAX);
    p->points = cck_json_get_list(reader, from, "points", read_point, p, sizeof *p->points,
                                  &p->point_count);
}

cck_numa_placement *cck_placement_read_json(cck_json_reader *reader, const cck_json_node *parent)
{
    cck_numa_placement *placement = cck_json_make(reader, 1, sizeof *placement);
    const cck_json_node *from = cck_json_get_object(reader, parent, "placement");
    size_t before = cck_json_enter(reader, "placement");
    if (placement)
        read_nodes(reader, from, placement);
    if (!reader->code)
        read_members(reader, from, placement);
    cck_json_leave(reader, before);
    return reader->code ? NULL : placement;
}
