/* SPDX-License-Identifier: MIT */
/* Placement as JSON, the member "placement" of a result: docs/numa.md. */
#include "core/numa/numa.h"

#include <string.h>

#include "core/numa/policy.h"
#include "core/numa/words.h"
#include "core/result/words.h"

static void open_row(cck_json *json)
{
    cck_json_inline(json);
    cck_json_object(json);
}

static void put_int(cck_json *json, const char *key, int64_t number)
{
    cck_json_key(json, key);
    cck_json_int(json, number);
}

static void put_known_text(cck_json *json, const char *key, const char *text)
{
    if (text && *text)
        cck_json_put_string(json, key, text);
}

/* Unknown numbers are left out: 0 would pass for one. */
static void put_known_int(cck_json *json, const char *key, int64_t number)
{
    if (number >= 0)
        put_int(json, key, number);
}

static void put_share(cck_json *json, const char *key, const cck_numa_share *share)
{
    if (share->value < 0)
        return;
    cck_json_key(json, key);
    open_row(json);
    cck_json_put_number(json, "value", share->value);
    cck_json_put_number(json, "low", share->low);
    cck_json_put_number(json, "high", share->high);
    cck_json_object_end(json);
}

/* Bytes by node: {"0": 4096, "1": 0}. */
static void put_by_node(cck_json *json, const char *key, const cck_numa_placement *placement,
                        const uint64_t *bytes)
{
    char name[16];
    if (!bytes)
        return;
    cck_json_key(json, key);
    open_row(json);
    for (size_t i = 0; i < placement->node_count; i++) {
        snprintf(name, sizeof name, "%u", placement->nodes[i].index);
        cck_json_put_uint(json, name, bytes[i]);
    }
    cck_json_object_end(json);
}

static void put_policy(cck_json *json, const cck_numa_policy *policy, const char *unknown)
{
    cck_json_key(json, "policy");
    open_row(json);
    if (unknown) {
        cck_json_put_string(json, "unknown", unknown);
    } else {
        cck_json_put_string(json, "mode", cck_numa_mode_name(policy->mode));
        put_known_text(json, "flags", policy->flags);
        put_known_text(json, "nodes", policy->nodes);
        cck_json_put_string(json, "text", policy->text);
    }
    cck_json_object_end(json);
}

static void put_method(cck_json *json, cck_numa_method method, const char *unknown)
{
    cck_json_put_string(json, "method", cck_word_of(cck_numa_method_words, (int)method));
    put_known_text(json, "unknown", unknown);
}

static void put_draws(cck_json *json, cck_numa_method method, uint64_t drawn, uint64_t found)
{
    if (method != CCK_NUMA_SAMPLED)
        return;
    cck_json_put_uint(json, "pages_drawn", drawn);
    cck_json_put_uint(json, "pages_found", found);
}

static void write_node(cck_json *json, const cck_numa_placement *placement, const cck_numa_node *node)
{
    open_row(json);
    cck_json_put_uint(json, "index", node->index);
    cck_json_put_string(json, "cpus", node->cpus);
    cck_json_put_bool(json, "cpuless", node->cpuless);
    cck_json_put_bool(json, "runs_here", node->runs_here);
    cck_json_put_bool(json, "takes_memory", node->takes_memory);
    if (node->memory) {
        cck_json_put_uint(json, "memory", node->memory);
        cck_json_put_uint(json, "free", node->free);
    }
    if (node->distances) {
        cck_json_key(json, "distances");
        cck_json_array(json);
        for (size_t i = 0; i < placement->node_count; i++)
            cck_json_uint(json, node->distances[i]);
        cck_json_array_end(json);
    }
    cck_json_object_end(json);
}

static void write_rows(cck_json *json, const cck_numa_placement *placement, const uint64_t *const *rows)
{
    if (!rows[CCK_NUMA_ROW_TOTAL])
        return;
    cck_json_key(json, "memory");
    cck_json_object(json);
    for (int i = 0; i < CCK_NUMA_ROWS; i++)
        put_by_node(json, cck_word_of(cck_numa_row_words, i), placement, rows[i]);
    cck_json_object_end(json);
}

static void write_process(cck_json *json, const cck_numa_placement *placement,
                          const cck_numa_process *process)
{
    cck_json_object(json);
    put_int(json, "pid", process->pid);
    cck_json_put_string(json, "name", process->name);
    put_method(json, process->method, process->unknown);
    put_known_text(json, "by", process->by);
    put_draws(json, process->method, process->drawn, process->found);
    if (process->rss)
        cck_json_put_uint(json, "resident", process->rss);
    cck_json_put_uint(json, "mappings", process->mappings);
    cck_json_put_number(json, "cost_s", process->cost_s);
    cck_json_put_number(json, "age_s", process->age_s);
    write_rows(json, placement, process->rows);
    put_share(json, "remote", &process->remote);
    cck_json_object_end(json);
}

static void write_residency(cck_json *json, const cck_numa_thread *thread)
{
    cck_json_key(json, "residency");
    cck_json_array(json);
    for (size_t i = 0; i < thread->residency_count; i++) {
        const cck_residency *on = &thread->residency[i];
        open_row(json);
        cck_json_put_uint(json, "cpu", on->cpu);
        put_known_int(json, "node", on->node);
        cck_json_put_uint(json, "ns", on->ns);
        cck_json_put_number(json, "share", on->share);
        cck_json_object_end(json);
    }
    cck_json_array_end(json);
}

static void write_ran(cck_json *json, const cck_numa_placement *placement, const cck_numa_thread *thread)
{
    char name[16];
    cck_json_key(json, "ran");
    open_row(json);
    for (size_t i = 0; i < placement->node_count; i++) {
        snprintf(name, sizeof name, "%u", placement->nodes[i].index);
        cck_json_put_number(json, name, thread->ran[i]);
    }
    cck_json_object_end(json);
}

static void write_thread(cck_json *json, const cck_numa_placement *placement,
                         const cck_numa_thread *thread)
{
    const char state[2] = {thread->state, '\0'};
    cck_json_object(json);
    put_int(json, "pid", thread->pid);
    put_int(json, "tid", thread->tid);
    cck_json_put_string(json, "name", thread->name);
    cck_json_put_string(json, "state", state);
    put_known_int(json, "cpu", thread->cpu);
    put_known_int(json, "node", thread->node);
    put_known_text(json, "cpus_allowed", thread->cpus);
    put_known_text(json, "nodes_allowed", thread->mems);
    put_policy(json, &thread->policy, thread->policy_unknown);
    cck_json_put_string(json, "ran_by", cck_word_of(cck_numa_ran_words, (int)thread->ran_by));
    if (thread->ran)
        write_ran(json, placement, thread);
    if (thread->residency_count)
        write_residency(json, thread);
    cck_json_put_uint(json, "ran_ns", thread->ran_ns);
    cck_json_put_uint(json, "looks", thread->looks);
    put_known_int(json, "moves", thread->moves);
    put_known_int(json, "node_moves", thread->node_moves);
    if (thread->faults)
        put_by_node(json, "hint_faults", placement, thread->faults);
    else
        put_known_text(json, "hint_faults_unknown", thread->faults_unknown);
    put_known_int(json, "preferred_node", thread->preferred);
    put_share(json, "remote", &thread->remote);
    cck_json_object_end(json);
}

static void write_mapping(cck_json *json, const cck_numa_placement *placement,
                          const cck_numa_mapping *mapping)
{
    cck_json_object(json);
    put_int(json, "pid", mapping->pid);
    cck_json_key(json, "start");
    cck_json_address(json, mapping->start);
    cck_json_key(json, "end");
    cck_json_address(json, mapping->end);
    cck_json_put_string(json, "name", mapping->name);
    cck_json_put_string(json, "rights", mapping->rights);
    cck_json_put_string(json, "kind", cck_word_of(cck_numa_kind_words, (int)mapping->kind));
    if (mapping->stack_of)
        put_int(json, "stack_of", mapping->stack_of);
    put_policy(json, &mapping->policy, mapping->policy_unknown);
    put_method(json, mapping->method, mapping->unknown);
    put_draws(json, mapping->method, mapping->drawn, mapping->found);
    if (mapping->method != CCK_NUMA_UNKNOWN) {
        cck_json_put_uint(json, "resident", mapping->resident);
        put_by_node(json, "memory", placement, mapping->bytes);
    }
    if (mapping->method == CCK_NUMA_EXACT && mapping->page_size)
        cck_json_put_uint(json, "page_size", mapping->page_size);
    put_share(json, "remote", &mapping->remote);
    put_known_int(json, "nearest_node", mapping->nearest);
    cck_json_put_uint(json, "near_threads", mapping->near_threads);
    if (mapping->near_tid)
        put_int(json, "near_tid", mapping->near_tid);
    cck_json_object_end(json);
}

static void write_points(cck_json *json, const cck_numa_placement *placement)
{
    cck_json_key(json, "points");
    cck_json_array(json);
    for (size_t i = 0; i < placement->point_count; i++) {
        const cck_numa_point *point = &placement->points[i];
        open_row(json);
        cck_json_put_number(json, "time_s", point->time_s);
        cck_json_put_uint(json, "resident", point->resident);
        put_known_int(json, "node_moves", point->node_moves);
        put_share(json, "remote", &point->remote);
        cck_json_object_end(json);
    }
    cck_json_array_end(json);
}

#define WRITE_LIST(json, key, writer, placement, list, count)                                      \
    do {                                                                                           \
        cck_json_key(json, key);                                                                   \
        cck_json_array(json);                                                                      \
        for (size_t i = 0; i < (count); i++)                                                       \
            writer(json, placement, &(list)[i]);                                                   \
        cck_json_array_end(json);                                                                  \
    } while (0)

void cck_placement_write_json(cck_json *json, const cck_numa_placement *placement)
{
    cck_json_key(json, "placement");
    cck_json_object(json);
    put_method(json, placement->method, NULL);
    put_draws(json, placement->method, placement->drawn, placement->found);
    cck_json_put_number(json, "watched_s", placement->watched_s);
    cck_json_put_bool(json, "switches_recorded", placement->recorded);
    if (placement->balancing_known)
        cck_json_put_bool(json, "numa_balancing", placement->balancing);
    put_share(json, "remote", &placement->remote);
    write_rows(json, placement, placement->rows);
    WRITE_LIST(json, "nodes", write_node, placement, placement->nodes, placement->node_count);
    WRITE_LIST(json, "processes", write_process, placement, placement->processes,
               placement->process_count);
    WRITE_LIST(json, "threads", write_thread, placement, placement->threads,
               placement->thread_count);
    cck_json_put_uint(json, "threads_left_out", placement->threads_left_out);
    WRITE_LIST(json, "mappings", write_mapping, placement, placement->mappings,
               placement->mapping_count);
    cck_json_put_uint(json, "mappings_left_out", placement->mappings_left_out);
    write_points(json, placement);
    cck_json_object_end(json);
}
