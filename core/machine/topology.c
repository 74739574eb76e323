/* SPDX-License-Identifier: MIT */
/* The parts of a machine, kept in a result. */
#include "core/machine/topology.h"

#include <limits.h>
#include <string.h>

#include "core/base/fail.h"
#include "core/result/words.h"

/* Linux has at most 8192 CPUs, and a level of caches, cores and CPUs each; hwloc's trees are some
 * fifteen levels deep. */
enum { PARTS_MOST = 1 << 17, DEPTH_MOST = 64, NAME_MOST = 32 };

const char *const cck_part_words[] = {"machine", "package", "die",  "group", "node",
                                      "memory-cache", "cache", "core", "cpu",   NULL};

const cck_part *cck_topology_copy(cck_arena *arena, const cck_part *parts, size_t count)
{
    cck_part *copies = cck_arena_array(arena, count + 1, sizeof *copies);
    for (size_t i = 0; copies && i < count; i++) {
        copies[i] = parts[i];
        copies[i].name = cck_arena_strdup(arena, parts[i].name);
        copies[i].detail = cck_arena_strdup(arena, parts[i].detail);
        if (!copies[i].name || !copies[i].detail)
            return NULL;
    }
    return copies;
}

/* ---- written ---- */

static void write_part(cck_json *json, const cck_part *part)
{
    cck_json_inline(json);
    cck_json_object(json);
    cck_json_put_string(json, "kind", cck_word_of(cck_part_words, (int)part->kind));
    cck_json_put_string(json, "name", part->name);
    if (*part->detail)
        cck_json_put_string(json, "detail", part->detail);
    cck_json_put_uint(json, "logical", part->logical);
    if (part->os >= 0)
        cck_json_put_uint(json, "os", (uint64_t)part->os);
    if (part->size)
        cck_json_put_uint(json, "size", part->size);
    cck_json_put_uint(json, "cpus", part->cpus);
    cck_json_put_bool(json, "allowed", part->allowed);
    cck_json_put_uint(json, "parent", part->parent);
    cck_json_object_end(json);
}

void cck_topology_write(cck_json *json, const cck_part *parts, size_t count)
{
    cck_json_key(json, "topology");
    cck_json_array(json);
    for (size_t i = 0; i < count; i++)
        write_part(json, &parts[i]);
    cck_json_array_end(json);
}

/* ---- read ---- */

/* Our own words, which drawings put on terminals. */
static const char *read_name(cck_json_reader *reader, const cck_json_node *from)
{
    const char *name = cck_json_get_string(reader, from, "name");
    size_t length = strlen(name);
    for (size_t i = 0; i < length; i++)
        if (length > NAME_MOST || name[i] < ' ' || name[i] > '~') {
            cck_json_wrong(reader, "a name of a part expected");
            return "";
        }
    return name;
}

static void read_part(cck_json_reader *reader, const cck_json_node *from, cck_part *part)
{
    *part = (cck_part){
        .kind = (cck_part_kind)cck_json_get_word(reader, from, "kind", cck_part_words),
        .name = read_name(reader, from),
        .detail = cck_json_get_string_or(reader, from, "detail", ""),
        .logical = (unsigned)cck_json_get_uint(reader, from, "logical", UINT_MAX),
        .os = cck_json_get_int(reader, from, "os", -1, 0, INT32_MAX),
        .size = (uint64_t)cck_json_get_int(reader, from, "size", 0, 0, INT64_MAX),
        .cpus = (unsigned)cck_json_get_uint(reader, from, "cpus", UINT_MAX),
        .allowed = cck_json_get_bool(reader, from, "allowed", true),
        .parent = cck_json_get_uint(reader, from, "parent", PARTS_MOST),
    };
}

static bool is_memory(const cck_part *part)
{
    return part->kind == CCK_PART_NODE || part->kind == CCK_PART_MEMORY_CACHE;
}

/* Each part must hang below the one before it, or below one that holds that one: the way from the
 * machine to the last part is all that must be known. Ends follow from that. */
static bool grows(cck_part *parts, size_t at, const size_t path[DEPTH_MOST], size_t *depth)
{
    if (!at)
        return parts[0].parent == 0 && parts[0].kind == CCK_PART_MACHINE && (*depth = 1) == 1;
    while (*depth && path[*depth - 1] != parts[at].parent)
        parts[path[--*depth]].end = at;
    return *depth && *depth < DEPTH_MOST && parts[at].kind != CCK_PART_MACHINE &&
           (is_memory(&parts[at]) || !is_memory(&parts[parts[at].parent]));
}

static bool find_ends(cck_json_reader *reader, cck_part *parts, size_t count)
{
    size_t path[DEPTH_MOST] = {0}, depth = 0;
    for (size_t i = 0; i < count && !reader->code; i++) {
        if (!grows(parts, i, path, &depth)) {
            cck_json_enter_index(reader, i);
            cck_json_wrong(reader, "a part that hangs in no tree");
            return false;
        }
        if (i)
            path[depth++] = i;
    }
    while (depth)
        parts[path[--depth]].end = count;
    return !reader->code;
}

const cck_part *cck_topology_read(cck_json_reader *reader, const cck_json_node *root, size_t *out_count)
{
    *out_count = 0;
    if (!cck_node_member(root, "topology"))
        return NULL;
    const cck_json_node *array = cck_json_get_array(reader, root, "topology");
    size_t count = cck_node_size(array), before = cck_json_enter(reader, "topology");
    cck_part *parts = NULL;
    if (count > PARTS_MOST)
        cck_json_wrong(reader, "more parts than a machine has");
    else
        parts = cck_arena_array(reader->arena, count + 1, sizeof *parts);
    if (!parts && !reader->code)
        reader->code = cck_fail(&reader->error, CCK_ENOMEM, "out of memory");
    const cck_json_node *from = cck_node_first(array);
    for (size_t i = 0; parts && i < count && !reader->code; i++) {
        size_t inner = cck_json_enter_index(reader, i);
        read_part(reader, from, &parts[i]);
        cck_json_leave(reader, inner);
        from = cck_node_next(from);
    }
    bool ok = parts && find_ends(reader, parts, count);
    cck_json_leave(reader, before);
    *out_count = ok ? count : 0;
    return ok ? parts : NULL;
}
