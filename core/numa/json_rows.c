/* SPDX-License-Identifier: MIT */
/* Threads and mappings of a placement as JSON, both ways. */
#include <string.h>

#include "core/base/json_fields.h"
#include "core/numa/json_parts.h"
#include "core/numa/policy.h"
#include "core/numa/words.h"
#include "core/result/json.h"

#define POLICY(member) offsetof(cck_numa_policy, member)
#define THREAD(member) offsetof(cck_numa_thread, member)
#define MAPPING(member) offsetof(cck_numa_mapping, member)

static const cck_json_field policy_fields[] = {
    {"flags", CCK_JSON_TEXT_KNOWN, POLICY(flags), NULL},
    {"nodes", CCK_JSON_TEXT_KNOWN, POLICY(nodes), NULL},
    {"text", CCK_JSON_TEXT, POLICY(text), NULL},
    {0},
};

static const cck_json_field id_fields[] = {
    {"pid", CCK_JSON_I32, THREAD(pid), NULL},
    {"tid", CCK_JSON_I32, THREAD(tid), NULL},
    {"name", CCK_JSON_TEXT, THREAD(name), NULL},
    {0},
};
static const cck_json_field place_fields[] = {
    {"cpu", CCK_JSON_I32_KNOWN, THREAD(cpu), NULL},
    {"node", CCK_JSON_I32_KNOWN, THREAD(node), NULL},
    {"cpus_allowed", CCK_JSON_TEXT_KNOWN, THREAD(cpus), NULL},
    {"nodes_allowed", CCK_JSON_TEXT_KNOWN, THREAD(mems), NULL},
    {0},
};
static const cck_json_field ran_fields[] = {
    {"ran_by", CCK_JSON_WORD, THREAD(ran_by), cck_numa_ran_words},
    {0},
};
static const cck_json_field time_fields[] = {
    {"ran_ns", CCK_JSON_U64, THREAD(ran_ns), NULL},
    {"looks", CCK_JSON_U32, THREAD(looks), NULL},
    {"moves", CCK_JSON_I64_KNOWN, THREAD(moves), NULL},
    {"node_moves", CCK_JSON_I64_KNOWN, THREAD(node_moves), NULL},
    {0},
};
static const cck_json_field faults_fields[] = {
    {"hint_faults_unknown", CCK_JSON_TEXT_OR_NULL, THREAD(faults_unknown), NULL},
    {"preferred_node", CCK_JSON_I32_KNOWN, THREAD(preferred), NULL},
    {0},
};

static const cck_json_field mapping_fields[] = {
    {"pid", CCK_JSON_I32, MAPPING(pid), NULL},
    {"start", CCK_JSON_ADDRESS, MAPPING(start), NULL},
    {"end", CCK_JSON_ADDRESS, MAPPING(end), NULL},
    {"name", CCK_JSON_TEXT, MAPPING(name), NULL},
    {0},
};
static const cck_json_field kind_fields[] = {
    {"kind", CCK_JSON_WORD, MAPPING(kind), cck_numa_kind_words},
    {"stack_of", CCK_JSON_I32_SET, MAPPING(stack_of), NULL},
    {0},
};
static const cck_json_field row_fields[] = {
    {"row", CCK_JSON_WORD, MAPPING(category), cck_numa_row_words},
    {0},
};
static const cck_json_field known_fields[] = {
    {"method", CCK_JSON_WORD, MAPPING(method), cck_numa_method_words},
    {"unknown", CCK_JSON_TEXT_OR_NULL, MAPPING(unknown), NULL},
    {0},
};
static const cck_json_field draw_fields[] = {
    {"pages_drawn", CCK_JSON_U64, MAPPING(drawn), NULL},
    {"pages_found", CCK_JSON_U64, MAPPING(found), NULL},
    {0},
};
static const cck_json_field resident_fields[] = {
    {"resident", CCK_JSON_U64, MAPPING(resident), NULL},
    {0},
};
static const cck_json_field exact_fields[] = {
    {"page_size", CCK_JSON_U64_SET, MAPPING(page_size), NULL},
    {"anonymous", CCK_JSON_U64_SET, MAPPING(anonymous), NULL},
    {"dirty", CCK_JSON_U64_SET, MAPPING(dirty), NULL},
    {0},
};
static const cck_json_field huge_fields[] = {
    {"transparent_huge", CCK_JSON_U64, MAPPING(huge), NULL},
    {0},
};
static const cck_json_field huge_unknown_fields[] = {
    {"transparent_huge_unknown", CCK_JSON_TEXT, MAPPING(huge_unknown), NULL},
    {0},
};
static const cck_json_field near_fields[] = {
    {"nearest_node", CCK_JSON_I32_KNOWN, MAPPING(nearest), NULL},
    {"near_threads", CCK_JSON_U32, MAPPING(near_threads), NULL},
    {"near_tid", CCK_JSON_I32_SET, MAPPING(near_tid), NULL},
    {0},
};

/* ---- policies ---- */

static void write_policy(cck_json *json, const cck_numa_policy *policy, const char *unknown)
{
    cck_json_key(json, "policy");
    cck_json_inline(json);
    cck_json_object(json);
    if (unknown) {
        cck_json_put_string(json, "unknown", unknown);
    } else {
        cck_json_put_string(json, "mode", cck_numa_mode_name(policy->mode));
        cck_json_put_fields(json, policy_fields, policy);
    }
    cck_json_object_end(json);
}

static void read_policy(cck_json_reader *reader, const cck_json_node *parent, cck_numa_policy *policy,
                        const char **out_unknown)
{
    const cck_json_node *from = cck_json_get_object(reader, parent, "policy");
    size_t before = cck_json_enter(reader, "policy");
    *policy = (cck_numa_policy){.flags = "", .nodes = "", .text = ""};
    *out_unknown = cck_json_get_string_or(reader, from, "unknown", NULL);
    if (!*out_unknown) {
        policy->mode = cck_numa_mode_by_name(cck_json_get_string(reader, from, "mode"));
        cck_json_get_fields(reader, from, policy_fields, policy);
    }
    cck_json_leave(reader, before);
}

/* A few characters that are kept in the record itself: "S", "rw-p". */
static void read_short(cck_json_reader *reader, const cck_json_node *from, const char *key, char *to,
                       size_t size)
{
    const char *text = cck_json_get_string(reader, from, key);
    if (strlen(text) != size)
        cck_json_wrong_member(reader, key, "not as many characters as it has to have");
    else
        memcpy(to, text, size);
}

/* ---- threads ---- */

void cck_placement_write_thread(cck_json *json, const cck_numa_placement *placement,
                                const void *record)
{
    const cck_numa_thread *thread = record;
    const char state[2] = {thread->state, '\0'};
    cck_json_object(json);
    cck_json_put_fields(json, id_fields, thread);
    cck_json_put_string(json, "state", state);
    cck_json_put_fields(json, place_fields, thread);
    write_policy(json, &thread->policy, thread->policy_unknown);
    cck_json_put_fields(json, ran_fields, thread);
    cck_placement_write_shares(json, "ran", placement, thread->ran);
    if (thread->residency_count)
        cck_json_put_records(json, "residency", cck_residency_fields, thread->residency,
                             thread->residency_count, sizeof *thread->residency);
    cck_json_put_fields(json, time_fields, thread);
    cck_placement_write_bytes(json, "hint_faults", placement, thread->faults);
    cck_json_put_fields(json, faults_fields, thread);
    cck_placement_write_share(json, "remote", &thread->remote);
    cck_json_object_end(json);
}

void cck_placement_read_thread(cck_json_reader *reader, const cck_json_node *from, void *record,
                               void *placement)
{
    cck_numa_thread *thread = record;
    cck_json_get_fields(reader, from, id_fields, thread);
    read_short(reader, from, "state", &thread->state, 1);
    cck_json_get_fields(reader, from, place_fields, thread);
    read_policy(reader, from, &thread->policy, &thread->policy_unknown);
    cck_json_get_fields(reader, from, ran_fields, thread);
    thread->ran = cck_placement_read_shares(reader, from, "ran", placement);
    if (cck_node_member(from, "residency"))
        thread->residency =
            cck_json_get_records(reader, from, "residency", cck_residency_fields,
                                 sizeof *thread->residency, &thread->residency_count);
    cck_json_get_fields(reader, from, time_fields, thread);
    thread->faults = cck_placement_read_bytes(reader, from, "hint_faults", placement);
    cck_json_get_fields(reader, from, faults_fields, thread);
    cck_placement_read_share(reader, from, "remote", &thread->remote);
}

/* ---- mappings ---- */

void cck_placement_write_mapping(cck_json *json, const cck_numa_placement *placement,
                                 const void *record)
{
    const cck_numa_mapping *mapping = record;
    cck_json_object(json);
    cck_json_put_fields(json, mapping_fields, mapping);
    cck_json_put_string(json, "rights", mapping->rights);
    cck_json_put_fields(json, kind_fields, mapping);
    cck_json_put_fields(json, row_fields, mapping);
    write_policy(json, &mapping->policy, mapping->policy_unknown);
    cck_json_put_fields(json, known_fields, mapping);
    if (mapping->method == CCK_NUMA_SAMPLED)
        cck_json_put_fields(json, draw_fields, mapping);
    if (mapping->method != CCK_NUMA_UNKNOWN) {
        cck_json_put_fields(json, resident_fields, mapping);
        cck_placement_write_bytes(json, "memory", placement, mapping->bytes);
    }
    if (mapping->method == CCK_NUMA_EXACT)
        cck_json_put_fields(json, exact_fields, mapping);
    cck_json_put_fields(json, mapping->huge_unknown ? huge_unknown_fields : huge_fields, mapping);
    cck_placement_write_share(json, "remote", &mapping->remote);
    cck_json_put_fields(json, near_fields, mapping);
    cck_json_object_end(json);
}

/* Results of before "row" do not tell it. */
static cck_numa_category category_of(const cck_numa_mapping *mapping)
{
    return mapping->kind == CCK_NUMA_HEAP    ? CCK_NUMA_ROW_HEAP
           : mapping->kind == CCK_NUMA_STACK ? CCK_NUMA_ROW_STACK
           : mapping->kind == CCK_NUMA_HUGE  ? CCK_NUMA_ROW_HUGE
                                             : CCK_NUMA_ROW_PRIVATE;
}

void cck_placement_read_mapping(cck_json_reader *reader, const cck_json_node *from, void *record,
                                void *placement)
{
    const cck_numa_placement *nodes = placement;
    cck_numa_mapping *mapping = record;
    cck_json_get_fields(reader, from, mapping_fields, mapping);
    read_short(reader, from, "rights", mapping->rights, sizeof mapping->rights - 1);
    cck_json_get_fields(reader, from, kind_fields, mapping);
    mapping->category = category_of(mapping);
    if (cck_node_member(from, "row"))
        cck_json_get_fields(reader, from, row_fields, mapping);
    read_policy(reader, from, &mapping->policy, &mapping->policy_unknown);
    cck_json_get_fields(reader, from, known_fields, mapping);
    if (mapping->method == CCK_NUMA_SAMPLED)
        cck_json_get_fields(reader, from, draw_fields, mapping);
    if (mapping->method != CCK_NUMA_UNKNOWN) {
        cck_json_get_fields(reader, from, resident_fields, mapping);
        mapping->bytes = cck_placement_read_bytes(reader, from, "memory", placement);
        if (!mapping->bytes)
            cck_json_wrong_member(reader, "memory", "missing");
    } else {
        mapping->bytes = cck_json_make(reader, nodes->node_count, sizeof *mapping->bytes);
    }
    if (mapping->method == CCK_NUMA_EXACT)
        cck_json_get_fields(reader, from, exact_fields, mapping);
    if (cck_node_member(from, "transparent_huge"))
        cck_json_get_fields(reader, from, huge_fields, mapping);
    else if (cck_node_member(from, "transparent_huge_unknown"))
        cck_json_get_fields(reader, from, huge_unknown_fields, mapping);
    else
        mapping->huge_unknown = "an older version made this result";
    cck_placement_read_share(reader, from, "remote", &mapping->remote);
    cck_json_get_fields(reader, from, near_fields, mapping);
}
