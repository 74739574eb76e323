/* SPDX-License-Identifier: MIT */
/* The machine in documents of schema cachecheck/1. */
#include "core/machine/json.h"

#include <cachecheck/version.h>

#include "core/result/words.h"

static void put_cache(cck_json *json, const cck_cache *cache)
{
    cck_json_inline(json);
    cck_json_object(json);
    cck_json_put_uint(json, "level", cache->level);
    cck_json_put_string(json, "kind", cck_word_of(cck_cache_words, (int)cache->kind));
    cck_json_put_uint(json, "size", cache->size);
    cck_json_put_uint(json, "ways", cache->ways);
    cck_json_put_uint(json, "line", cache->line);
    cck_json_put_uint(json, "count", cache->count);
    cck_json_put_uint(json, "pus", cache->pus);
    cck_json_object_end(json);
}

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
    cck_json_put_string(json, "cpu_vendor", machine->cpu_vendor);
    cck_json_put_string(json, "cpu_model", machine->cpu_model);
    cck_json_put_string(json, "arch", machine->arch);
    cck_json_put_string(json, "kernel", machine->kernel);
    cck_json_put_string(json, "hypervisor", machine->hypervisor);
    cck_json_put_string(json, "container", machine->container);
    cck_json_put_string(json, "origin", machine->origin);
    cck_json_key(json, "is_thissystem");
    cck_json_bool(json, machine->is_thissystem);
    cck_json_put_uint(json, "packages", machine->packages);
    cck_json_put_uint(json, "cores", machine->cores);
    cck_json_put_uint(json, "pus", machine->pus);
    cck_json_put_uint(json, "nodes", machine->nodes);
    cck_json_put_uint(json, "allowed_pus", machine->allowed_pus);
    cck_json_put_uint(json, "line_size", machine->line_size);
    cck_json_put_uint(json, "memory", machine->memory);
    cck_json_key(json, "caches");
    cck_json_array(json);
    for (size_t i = 0; i < machine->cache_count; i++)
        put_cache(json, &machine->caches[i]);
    cck_json_array_end(json);
    cck_json_object_end(json);
}
