/* SPDX-License-Identifier: MIT */
#include "layouts/bulk.h"

#include <dwarf.h>
#include <string.h>

#include "core/debug/type_internal.h"
#include "core/fail.h"

enum { NESTING = 32 };

typedef struct bulk {
    cck_corpus *corpus;
    cck_debug_module *module;
    uint32_t input;
    const char *main_file;
    cck_error *err;
    int failed;
} bulk;

static void take(bulk *all, Dwarf_Die *die)
{
    const cck_type *type = cck_type_of_die(all->module, die);
    if (!type || (type->kind != CCK_TYPE_STRUCT && type->kind != CCK_TYPE_UNION) ||
        (!*type->name && !*type->alias))
        return;
    bool main_file = all->main_file && strcmp(type->file, all->main_file) == 0;
    all->corpus->inputs[all->input].types++;
    all->failed = cck_corpus_add(
        all->corpus,
        &(cck_corpus_type){.type = type, .input = all->input, .seen = 1, .main_file = main_file},
        all->err);
}

static void walk(bulk *all, Dwarf_Die *die, unsigned depth)
{
    Dwarf_Die child;
    for (bool more = cck_die_first(die, &child); more && !all->failed;
         more = cck_die_next(&child, &child)) {
        switch (dwarf_tag(&child)) {
        case DW_TAG_structure_type:
        case DW_TAG_class_type:
        case DW_TAG_interface_type:
        case DW_TAG_union_type:
            if (!dwarf_hasattr(&child, DW_AT_declaration))
                take(all, &child);
            if (depth < NESTING)
                walk(all, &child, depth + 1);
            break;
        case DW_TAG_typedef:
            take(all, &child);
            break;
        case DW_TAG_namespace:
        case DW_TAG_module:
            if (depth < NESTING)
                walk(all, &child, depth + 1);
            break;
        default:
            break;
        }
    }
}

static void debug_end(void *debug)
{
    cck_debug_free(debug);
}

static int globals_read(bulk *all)
{
    cck_variable variable;
    if (!cck_debug_global(all->module, 0, &variable) &&
        !cck_debug_global_near(all->module, 0, 1, &variable))
        return 0;
    do {
        int failed = cck_corpus_add_global(all->corpus,
                                           &(cck_corpus_global){.name = variable.name,
                                                                .function = variable.function,
                                                                .type = variable.type,
                                                                .address = variable.start,
                                                                .size = variable.size,
                                                                .placed = !all->module->relocatable,
                                                                .section = "",
                                                                .file = variable.file,
                                                                .line = variable.line,
                                                                .input = all->input},
                                           all->err);
        if (failed)
            return failed;
    } while (cck_debug_global_near(all->module, variable.start, 1, &variable));
    return 0;
}

int cck_bulk_read(cck_corpus *corpus, cck_debug *debug, cck_debug_module *module, uint32_t input,
                  const char *main_file, unsigned jobs, cck_error *err)
{
    (void)jobs;
    bulk all = {
        .corpus = corpus, .module = module, .input = input, .main_file = main_file, .err = err};
    cck_unit **units;
    all.failed = cck_corpus_own(corpus, debug, debug_end, err);
    if (all.failed)
        return all.failed;
    for (size_t i = 0; i < cck_debug_units(module, &units) && !all.failed; i++) {
        walk(&all, &units[i]->die, 0);
        corpus->inputs[input].units++;
    }
    return all.failed ? all.failed : globals_read(&all);
}
