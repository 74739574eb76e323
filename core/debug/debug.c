/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/base/fail.h"
#include "core/debug/internal.h"

int cck_debug_new(cck_debug **out_debug, cck_error *err)
{
    cck_debug *debug = calloc(1, sizeof *debug);
    if (!debug)
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    elf_version(EV_CURRENT);
    *out_debug = debug;
    return 0;
}

static void module_free(cck_debug_module *module)
{
    cck_module_close(module);
    cck_arena_clear(&module->arena);
    free(module);
}

void cck_debug_free(cck_debug *debug)
{
    if (!debug)
        return;
    for (cck_debug_module *module = debug->first, *next; module; module = next) {
        next = module->next;
        module_free(module);
    }
    cck_map_clear(&debug->modules);
    cck_map_clear(&debug->brief);
    free(debug);
}

/* FNV-1a (Fowler, Noll, Vo). */
static uint64_t hash_of(const char *text)
{
    uint64_t hash = 0xcbf29ce484222325u;
    for (; *text; text++)
        hash = (hash ^ (unsigned char)*text) * 0x100000001b3u;
    return hash;
}

static int check_build(const cck_debug_module *module, const char *build_id, cck_error *err)
{
    if (!build_id || !*build_id || !*module->build_id ||
        strcasecmp(module->build_id, build_id) == 0)
        return 0;
    cck_fail(err, CCK_EFORMAT, "%s was changed: its build-id is %s, recorded was %s", module->path,
             module->build_id, build_id);
    cck_hint(err, "record again, or put the file of that build back");
    return CCK_EFORMAT;
}

/* `first`: the file is open already; NULL: it is not. */
static int module_new(cck_debug *debug, const char *path, const cck_debug_module *first,
                      cck_debug_module **out_module, cck_error *err)
{
    cck_debug_module *module = calloc(1, sizeof *module);
    if (!module)
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    module->debug = debug;
    module->path = cck_arena_strdup(&module->arena, path);
    module->symbols_only = cck_map_get(&debug->brief, hash_of(path)) != NULL;
    int failed = 0;
    if (!module->path)
        failed = cck_fail(err, CCK_ENOMEM, "out of memory");
    else
        failed = first ? cck_module_open_again(module, first, err) : cck_module_open(module, err);
    if (failed) {
        module_free(module);
        return failed;
    }
    *out_module = module;
    return 0;
}

/* What owns a module, and finds it by its path. */
static int module_take(cck_debug *debug, cck_debug_module *module, uint64_t hash, cck_error *err)
{
    module->next_alike = cck_map_get(&debug->modules, hash);
    if (!cck_map_put(&debug->modules, hash, module)) {
        module_free(module);
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    }
    module->next = debug->first;
    debug->first = module;
    return 0;
}

int cck_debug_open_again(cck_debug *debug, const cck_debug_module *first,
                         cck_debug_module **out_module, cck_error *err)
{
    cck_debug_module *module;
    int failed = module_new(debug, first->path, first, &module, err);
    if (!failed)
        failed = module_take(debug, module, hash_of(first->path), err);
    if (!failed)
        *out_module = module;
    return failed;
}

int cck_debug_open(cck_debug *debug, const char *path, const char *build_id,
                   cck_debug_module **out_module, cck_error *err)
{
    uint64_t hash = hash_of(path);
    cck_debug_module *module = cck_map_get(&debug->modules, hash);
    while (module && strcmp(module->path, path) != 0)
        module = module->next_alike;
    if (!module) {
        int failed = module_new(debug, path, NULL, &module, err);
        if (!failed)
            failed = module_take(debug, module, hash, err);
        if (failed)
            return failed;
    }
    int failed = check_build(module, build_id, err);
    if (failed)
        return failed;
    *out_module = module;
    return 0;
}

int cck_debug_symbols_only(cck_debug *debug, const char *path, cck_error *err)
{
    return cck_map_put(&debug->brief, hash_of(path), debug)
               ? 0
               : cck_fail(err, CCK_ENOMEM, "out of memory");
}

const cck_debug_info *cck_debug_info_of(const cck_debug_module *module)
{
    return &module->info;
}
