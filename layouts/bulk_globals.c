/* SPDX-License-Identifier: MIT */
#include <dwarf.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/fail.h"
#include "layouts/bulk_internal.h"

/* Sections that are written while the program starts, and never again. */
static const char *const settled[] = {".data.rel.ro", ".data.rel.ro.local", ".data..ro_after_init",
                                      ".init_array",  ".fini_array",        ".dynamic",
                                      ".got"};

bool cck_section_settled(const char *name)
{
    for (size_t i = 0; i < sizeof settled / sizeof *settled; i++)
        if (strcmp(name, settled[i]) == 0)
            return true;
    return false;
}

/* As cck_static_place(), but of an object file 0 is a place too. */
static bool place_of(cck_debug_module *module, Dwarf_Die *die, uint64_t *out_start)
{
    Dwarf_Attribute attribute;
    Dwarf_Op *ops;
    size_t count;
    bool tls = false;
    if (module->relocatable && dwarf_attr(die, DW_AT_location, &attribute) &&
        dwarf_getlocation(&attribute, &ops, &count) == 0 && count == 1 &&
        ops[0].atom == DW_OP_addr) {
        *out_start = ops[0].number + module->bias;
        return true;
    }
    return cck_static_place(module, die, out_start, &tls) && !tls;
}

static void global_add(cck_bulk_worker *worker, const cck_bulk_global *global)
{
    if ((worker->global_count & (worker->global_count - 1)) == 0) {
        size_t room = worker->global_count ? worker->global_count * 2 : 1;
        cck_bulk_global *grown = reallocarray(worker->globals, room, sizeof *grown);
        if (!grown)
            return;
        worker->globals = grown;
    }
    worker->globals[worker->global_count++] = *global;
}

static void global_load(cck_bulk_worker *worker, const cck_unit *unit,
                        const cck_scan_variable *variable)
{
    cck_debug_module *module = worker->module;
    const char *first = unit->die.addr;
    Dwarf_Die die = cck_die_at(first + variable->offset, &unit->die);
    cck_bulk_global found = {.unit = unit->number};
    cck_corpus_global *global = &found.global;
    if (!place_of(module, &die, &global->address))
        return;
    Dwarf_Attribute attribute;
    Dwarf_Die type;
    uint64_t align = 0;
    global->name = cck_die_name(module, &die);
    global->function = "";
    if (variable->function) {
        Dwarf_Die function = cck_die_at(first + variable->function, &unit->die);
        global->function = cck_die_name(module, &function);
    }
    if (dwarf_formref_die(dwarf_attr_integrate(&die, DW_AT_type, &attribute), &type))
        global->type = cck_type_of_die(module, &type);
    if (global->type)
        global->size = global->type->size;
    if (cck_die_number(&die, DW_AT_alignment, &align) && align <= UINT32_MAX)
        global->align = (uint32_t)align;
    global->file = cck_die_declared(module, &die, &global->line);
    global_add(worker, &found);
}

void cck_bulk_load_globals(cck_bulk_worker *worker, const cck_unit *unit, const cck_scan_unit *seen)
{
    for (size_t i = 0; i < seen->variable_count; i++)
        global_load(worker, unit, &seen->variables[i]);
}

/* By address; what knows a type comes first, then the earlier unit. */
static int compare(const void *a, const void *b)
{
    const cck_bulk_global *left = a, *right = b;
    if (left->global.address != right->global.address)
        return left->global.address < right->global.address ? -1 : 1;
    if (!left->global.type != !right->global.type)
        return left->global.type ? -1 : 1;
    if (left->unit != right->unit)
        return left->unit < right->unit ? -1 : 1;
    return strcmp(left->global.name, right->global.name);
}

static size_t symbols_take(cck_bulk *all, cck_bulk_global *list)
{
    const cck_symbols *symbols = cck_debug_objects(all->module);
    size_t count = symbols ? symbols->object_count : 0;
    for (size_t i = 0; i < count && list; i++)
        list[i] = (cck_bulk_global){
            .unit = UINT32_MAX,
            .global = {.name = cck_debug_demangle(all->module, symbols->objects[i].name),
                       .function = "",
                       .file = "",
                       .address = symbols->objects[i].start,
                       .size = symbols->objects[i].sized ? symbols->objects[i].size : 0}};
    return count;
}

/* The section of an address, which becomes an offset in it where nothing has its place yet. */
static void section_find(cck_bulk *all, cck_corpus_global *global)
{
    GElf_Shdr header;
    GElf_Addr address = global->address, bias;
    size_t names;
    Elf_Scn *section = dwfl_module_address_section(all->module->dwfl_module, &address, &bias);
    global->placed = !all->module->relocatable;
    global->section = "";
    if (!section || !gelf_getshdr(section, &header) ||
        elf_getshdrstrndx(all->module->elf, &names) != 0)
        return;
    const char *name = elf_strptr(all->module->elf, names, header.sh_name);
    global->section = name ? name : "";
    global->read_only = !(header.sh_flags & SHF_WRITE) || cck_section_settled(global->section);
    if (!global->placed)
        global->address = address;
}

static int globals_join(cck_bulk *all, cck_bulk_global *list, size_t count, cck_error *err)
{
    int failed = 0;
    if (count)
        qsort(list, count, sizeof *list, compare);
    for (size_t i = 0, next; i < count && !failed; i = next) {
        cck_corpus_global global = list[i].global;
        for (next = i + 1; next < count && list[next].global.address == global.address; next++) {
            const cck_corpus_global *other = &list[next].global;
            if (other->size && !other->type)
                global.size = other->size;
            if (!*global.name)
                global.name = other->name;
        }
        global.input = all->input;
        section_find(all, &global);
        failed = cck_corpus_add_global(all->corpus, &global, err);
    }
    return failed;
}

int cck_bulk_globals(cck_bulk *all, cck_error *err)
{
    size_t count = symbols_take(all, NULL);
    for (unsigned i = 0; i < all->worker_count; i++)
        count += all->workers[i].global_count;
    cck_bulk_global *list = calloc(count + 1, sizeof *list);
    if (!list)
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    count = symbols_take(all, list);
    for (unsigned i = 0; i < all->worker_count; i++) {
        const cck_bulk_worker *worker = &all->workers[i];
        if (worker->global_count)
            memcpy(list + count, worker->globals, worker->global_count * sizeof *list);
        count += worker->global_count;
    }
    int failed = globals_join(all, list, count, err);
    free(list);
    return failed;
}
