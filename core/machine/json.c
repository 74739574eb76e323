/* SPDX-License-Identifier: MIT */
/* The machine in documents of schema cachecheck/1. */
#include "core/machine/json.h"

#include <cachecheck/version.h>

#include "core/base/json_fields.h"
#include "core/result/words.h"

#define CACHE(member)   offsetof(cck_cache, member)
#define MACHINE(member) offsetof(cck_machine_info, member)

static const cck_json_field cache_fields[] = {
    {"level", CCK_JSON_U32, CACHE(level), NULL},
    {"kind", CCK_JSON_WORD, CACHE(kind), cck_cache_words},
    {"size", CCK_JSON_U64_SET, CACHE(size), NULL},
    {"ways", CCK_JSON_U32_SET, CACHE(ways), NULL},
    {"line", CCK_JSON_U32_SET, CACHE(line), NULL},
    {"count", CCK_JSON_U32, CACHE(count), NULL},
    {"pus", CCK_JSON_U32, CACHE(pus), NULL},
    {0},
};

static const cck_json_field machine_fields[] = {
    {"cpu_vendor", CCK_JSON_TEXT, MACHINE(cpu_vendor), NULL},
    {"cpu_model", CCK_JSON_TEXT, MACHINE(cpu_model), NULL},
    {"arch", CCK_JSON_TEXT, MACHINE(arch), NULL},
    {"kernel", CCK_JSON_TEXT, MACHINE(kernel), NULL},
    {"hypervisor", CCK_JSON_TEXT, MACHINE(hypervisor), NULL},
    {"container", CCK_JSON_TEXT, MACHINE(container), NULL},
    {"origin", CCK_JSON_TEXT, MACHINE(origin), NULL},
    {"is_thissystem", CCK_JSON_BOOL, MACHINE(is_thissystem), NULL},
    {"packages", CCK_JSON_U32, MACHINE(packages), NULL},
    {"cores", CCK_JSON_U32, MACHINE(cores), NULL},
    {"pus", CCK_JSON_U32, MACHINE(pus), NULL},
    {"nodes", CCK_JSON_U32, MACHINE(nodes), NULL},
    {"allowed_pus", CCK_JSON_U32, MACHINE(allowed_pus), NULL},
    {"line_size", CCK_JSON_U32_SET, MACHINE(line_size), NULL},
    {"memory", CCK_JSON_U64_SET, MACHINE(memory), NULL},
    {0},
};

void cck_json_document(cck_json *json, const char *command)
{
    cck_json_put_string(json, "schema", "cachecheck/1");
    cck_json_put_string(json, "command", command);
    cck_json_key(json, "tool");
    cck_json_inline(json);
    cck_json_object(json);
    cck_json_put_string(json, "version", cck_version());
    cck_json_object_end(json);
}

void cck_json_machine(cck_json *json, const cck_machine_info *machine)
{
    cck_json_key(json, "machine");
    cck_json_object(json);
    cck_json_put_fields(json, machine_fields, machine);
    cck_json_put_records(json, "caches", cache_fields, machine->caches, machine->cache_count,
                         sizeof *machine->caches);
    if (machine->note_count)
        cck_json_put_strings(json, "notes", machine->notes, machine->note_count);
    cck_json_object_end(json);
}

void cck_json_read_machine(cck_json_reader *reader, const cck_json_node *root,
                           cck_machine_info *machine)
{
    const cck_json_node *from = cck_json_get_object(reader, root, "machine");
    size_t before = cck_json_enter(reader, "machine");
    if (from) {
        cck_json_get_fields(reader, from, machine_fields, machine);
        machine->caches = cck_json_get_records(reader, from, "caches", cache_fields,
                                               sizeof *machine->caches, &machine->cache_count);
        if (cck_node_member(from, "notes"))
            machine->notes = cck_json_get_strings(reader, from, "notes", &machine->note_count);
    }
    cck_json_leave(reader, before);
}
