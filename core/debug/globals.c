/* SPDX-License-Identifier: MIT */
#include <dwarf.h>
#include <stdlib.h>
#include <string.h>

#include "core/debug/internal.h"

/*
 * Symbols tell of every variable but not its type; DWARF tells of those that were compiled
 * with -g. Both are merged by address, once, as that takes a walk over all the units.
 */
typedef struct global {
    uint64_t start, size, reach; /* reach: the greatest end so far */
    const cck_symbol *symbol;    /* NULL: DWARF only */
    const cck_static *known;     /* NULL: symbol only */
    cck_unit *unit;
} global;

typedef struct variables {
    global *items;
    size_t count;
} variables;

typedef struct cck_globals {
    variables data, tls;
} cck_globals;

static int compare_globals(const void *a, const void *b)
{
    const global *left = a, *right = b;
    if (left->start != right->start)
        return left->start < right->start ? -1 : 1;
    /* The best name of a place comes first. */
    int left_rank = left->symbol ? left->symbol->rank : 0;
    int right_rank = right->symbol ? right->symbol->rank : 0;
    if (left_rank != right_rank)
        return left_rank > right_rank ? -1 : 1;
    if (left->symbol && right->symbol)
        return strcmp(left->symbol->name, right->symbol->name);
    return left->known && right->known ? (left->known->die.addr > right->known->die.addr) -
                                             (left->known->die.addr < right->known->die.addr)
                                       : 0;
}

static uint64_t size_of_type(Dwarf_Die *variable)
{
    Dwarf_Attribute attribute;
    Dwarf_Die type;
    Dwarf_Word size;
    if (!dwarf_formref_die(dwarf_attr_integrate(variable, DW_AT_type, &attribute), &type) ||
        dwarf_aggregate_size(&type, &size) != 0)
        return 0;
    return size;
}

/* Everything at one address becomes one variable. */
static void merge(global *into, const global *other)
{
    if (!into->symbol)
        into->symbol = other->symbol;
    if (!into->known && other->known) {
        into->known = other->known;
        into->unit = other->unit;
    }
}

static void size_fill(global *variable)
{
    if (variable->symbol && variable->symbol->sized) {
        variable->size = variable->symbol->size;
        return;
    }
    if (variable->known && variable->known->size) {
        variable->size = variable->known->size;
    } else if (variable->known) {
        Dwarf_Die die = variable->known->die;
        variable->size = size_of_type(&die);
    }
    if (!variable->size && variable->symbol)
        variable->size = variable->symbol->size;
    if (variable->size > UINT64_MAX - variable->start)
        variable->size = 0;
}

static void group_finish(variables *group)
{
    if (!group->count)
        return;
    qsort(group->items, group->count, sizeof *group->items, compare_globals);
    size_t kept = 0;
    for (size_t i = 1; i < group->count; i++) {
        if (group->items[i].start == group->items[kept].start)
            merge(&group->items[kept], &group->items[i]);
        else
            group->items[++kept] = group->items[i];
    }
    group->count = kept + 1;
    uint64_t reach = 0;
    for (size_t i = 0; i < group->count; i++) {
        global *variable = &group->items[i];
        size_fill(variable);
        if (variable->start + variable->size > reach)
            reach = variable->start + variable->size;
        variable->reach = reach;
    }
}

static void symbols_take(variables *group, const cck_symbol *symbols, size_t count)
{
    for (size_t i = 0; i < count; i++)
        group->items[group->count++] = (global){.start = symbols[i].start, .symbol = &symbols[i]};
}

static void statics_take(cck_globals *globals, cck_unit **units, size_t count)
{
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < units[i]->static_count; j++) {
            const cck_static *known = &units[i]->statics[j];
            variables *group = known->tls ? &globals->tls : &globals->data;
            group->items[group->count++] =
                (global){.start = known->start, .known = known, .unit = units[i]};
        }
}

static cck_globals *globals_read(cck_debug_module *module)
{
    cck_globals *globals = cck_arena_alloc(&module->arena, sizeof *globals);
    const cck_symbols *symbols = cck_debug_symbols(module);
    cck_unit **units;
    size_t unit_count, data, tls;
    if (!globals || !symbols)
        return NULL;
    data = symbols->object_count;
    tls = symbols->tls_count;
    /* Reading units may find more of them. */
    for (size_t i = 0; i < (unit_count = cck_debug_units(module, &units)); i++)
        cck_unit_read(units[i]);
    for (size_t i = 0; i < unit_count; i++)
        for (size_t j = 0; j < units[i]->static_count; j++)
            *(units[i]->statics[j].tls ? &tls : &data) += 1;
    globals->data.items = cck_arena_array(&module->arena, data, sizeof(global));
    globals->tls.items = cck_arena_array(&module->arena, tls, sizeof(global));
    if (!globals->data.items || !globals->tls.items)
        return NULL;
    symbols_take(&globals->data, symbols->objects, symbols->object_count);
    symbols_take(&globals->tls, symbols->tls, symbols->tls_count);
    statics_take(globals, units, unit_count);
    group_finish(&globals->data);
    group_finish(&globals->tls);
    return globals;
}

static const cck_globals *globals_of(cck_debug_module *module)
{
    if (!module->globals)
        module->globals = globals_read(module);
    return module->globals;
}

/* clang 14 leaves the function of a static local nameless; the symbol "f(int)::calls" has it. */
static const char *function_of_symbol(cck_debug_module *module, const cck_symbol *symbol,
                                      const char *name)
{
    const char *full = cck_debug_demangle(module, symbol->name);
    size_t length = strlen(full), own = strlen(name);
    if (length < own + 4 || strcmp(full + length - own, name) != 0 ||
        strncmp(full + length - own - 3, ")::", 3) != 0)
        return "";
    length -= own + 2;
    /* Back to the parenthesis that opens the parameters. */
    int depth = 0;
    do {
        length--;
        depth += (full[length] == ')') - (full[length] == '(');
    } while (length > 0 && depth > 0);
    const char *text = cck_arena_strndup(&module->arena, full, length);
    return text ? text : "";
}

/* thread_local! hides the variable in a closure of a constant that has the name it was given;
 * before Rust 1.79 or so in a function of it. */
static const char *plain_name(cck_debug_module *module, const char *name)
{
    static const struct {
        const char *behind, *end;
    } shapes[] = {
        {"::{", "__RUST_STD_INTERNAL_VAL"},
        {"::__getit::", "::VAL"},
        {"::__getit::", "::__KEY"},
    };
    size_t length = strlen(name);
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        const char *rest = strstr(name, shapes[i].behind);
        size_t end = strlen(shapes[i].end);
        if (!rest || rest == name || length < end ||
            strcmp(name + length - end, shapes[i].end) != 0)
            continue;
        const char *text = cck_arena_strndup(&module->arena, name, (size_t)(rest - name));
        return text ? text : name;
    }
    return name;
}

/* A part is a variable of its own, by the name that it has in the source: "stats.hits". */
static void part_fill(cck_debug_module *module, const cck_static *part, cck_variable *variable)
{
    cck_field field;
    bool known = variable->type &&
                 cck_type_field(variable->type, part->offset, part->size, &field) &&
                 field.offset == part->offset && field.size == part->size && *field.path;
    variable->type = known ? field.type : NULL;
    if (!known)
        return;
    const char *name = cck_arena_printf(&module->arena, "%s%s%s", variable->name,
                                        *field.path == '[' ? "" : ".", field.path);
    variable->name = name ? name : variable->name;
}

static void variable_fill(cck_debug_module *module, const global *from, cck_variable *out)
{
    *out = (cck_variable){
        .name = "", .start = from->start, .size = from->size, .file = "", .function = ""};
    if (from->known) {
        Dwarf_Die die = from->known->die;
        out->name = plain_name(module, cck_die_name(module, &die));
        out->type = cck_variable_type(module, &die);
        out->file = cck_die_declared(module, &die, &out->line);
        if (from->known->size)
            part_fill(module, from->known, out);
        if (from->known->function) {
            Dwarf_Die function = cck_die_at(from->known->function, &die);
            out->function = cck_die_name(module, &function);
            if (!*out->function && from->symbol)
                out->function = function_of_symbol(module, from->symbol, out->name);
        }
    }
    if (!*out->name && from->symbol)
        out->name = cck_debug_demangle(module, from->symbol->name);
}

/* How many start at or before a place. */
static size_t count_up_to(const variables *group, uint64_t start)
{
    size_t low = 0, high = group->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (group->items[middle].start <= start)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static const global *find(const variables *group, uint64_t place)
{
    for (size_t i = count_up_to(group, place); i > 0 && group->items[i - 1].reach > place; i--)
        if (place - group->items[i - 1].start < group->items[i - 1].size)
            return &group->items[i - 1];
    return NULL;
}

bool cck_debug_global(cck_debug_module *module, uint64_t address, cck_variable *out_variable)
{
    const cck_globals *globals = globals_of(module);
    const global *found = globals ? find(&globals->data, address) : NULL;
    if (!found)
        return false;
    variable_fill(module, found, out_variable);
    return true;
}

bool cck_debug_global_near(cck_debug_module *module, uint64_t address, int step,
                           cck_variable *out_variable)
{
    const cck_globals *globals = globals_of(module);
    if (!globals || step == 0)
        return false;
    const variables *data = &globals->data;
    const global *here = find(data, address);
    size_t next = count_up_to(data, here ? here->start : address);
    if (step > 0) {
        if (next == data->count)
            return false;
    } else {
        /* `next` is behind the one at the address, if there is one. */
        if (here && next > 0)
            next--;
        if (next == 0)
            return false;
        next--;
    }
    variable_fill(module, &data->items[next], out_variable);
    return true;
}

bool cck_debug_tls(cck_debug_module *module, uint64_t offset, cck_variable *out_variable)
{
    const cck_globals *globals = globals_of(module);
    const global *found = globals ? find(&globals->tls, offset) : NULL;
    if (!found)
        return false;
    variable_fill(module, found, out_variable);
    return true;
}

bool cck_debug_tls_size(cck_debug_module *module, uint64_t *out_size)
{
    if (!module->tls_size)
        return false;
    *out_size = module->tls_size;
    return true;
}

static bool is_named(cck_debug_module *module, const global *variable, const char *name)
{
    if (variable->symbol &&
        (strcmp(variable->symbol->name, name) == 0 ||
         cck_name_fits(cck_debug_demangle(module, variable->symbol->name), name)))
        return true;
    if (!variable->known)
        return false;
    Dwarf_Die die = variable->known->die;
    return cck_name_fits(cck_die_name(module, &die), name);
}

bool cck_debug_find_global(cck_debug_module *module, const char *name, cck_variable *out_variable)
{
    const cck_globals *globals = globals_of(module);
    if (!globals)
        return false;
    /* Of several the one of a type, as that is what is asked for. */
    const global *found = NULL;
    for (size_t i = 0; i < globals->data.count; i++) {
        const global *variable = &globals->data.items[i];
        if ((!found || (!found->known && variable->known)) && is_named(module, variable, name))
            found = variable;
    }
    if (!found)
        return false;
    variable_fill(module, found, out_variable);
    return true;
}
