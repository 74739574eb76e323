/* SPDX-License-Identifier: MIT */
#include <dwarf.h>
#include <stdlib.h>
#include <string.h>

#include "core/debug/files.h"
#include "core/debug/internal.h"

/* A place in the source. */
typedef struct spot {
    const char *file;
    uint32_t line, column;
} spot;

static uint32_t positive(int number)
{
    return number > 0 ? (uint32_t)number : 0;
}

static spot spot_at(cck_debug_module *module, cck_unit *unit, uint64_t address)
{
    spot at = {.file = ""};
    Dwarf_Line *line = dwarf_getsrc_die(&unit->skeleton, address - module->bias);
    if (!line)
        return at;
    int number = 0;
    const char *file = dwarf_linesrc(line, NULL, NULL);
    cck_files *files = file ? cck_files_of(module, unit->skeleton.cu) : NULL;
    if (file)
        at.file = files ? cck_files_absolute(module, files, file) : file;
    if (dwarf_lineno(line, &number) == 0)
        at.line = positive(number);
    if (dwarf_linecol(line, &number) == 0)
        at.column = positive(number);
    return at;
}

static uint32_t number_of(Dwarf_Die *die, unsigned name)
{
    Dwarf_Attribute attribute;
    Dwarf_Word value;
    if (dwarf_formudata(dwarf_attr(die, name, &attribute), &value) != 0 || value > UINT32_MAX)
        return 0;
    return (uint32_t)value;
}

/* Where an inlined function was called. */
static spot spot_of_call(cck_debug_module *module, Dwarf_Die *inlined)
{
    spot at = {.file = "",
               .line = number_of(inlined, DW_AT_call_line),
               .column = number_of(inlined, DW_AT_call_column)};
    if (dwarf_hasattr(inlined, DW_AT_call_file))
        at.file = cck_unit_file(module, inlined, number_of(inlined, DW_AT_call_file));
    return at;
}

/* Implementations of traits and closures have no name of their own in DWARF. */
static bool is_vague(const char *name)
{
    return !*name || strchr(name, '{') || strstr(name, "<lambda");
}

const char *cck_function_name(cck_debug_module *module, const cck_scope *scope)
{
    Dwarf_Die die = scope->die;
    const char *name = cck_die_name(module, &die);
    if (!is_vague(name))
        return name;
    const char *linkage = cck_die_linkage(&die);
    return *linkage ? cck_debug_demangle(module, linkage) : name;
}

static cck_frame *frame_add(cck_debug_module *module, size_t count)
{
    if ((count & (count - 1)) == 0) {
        cck_frame *frames = reallocarray(module->frames, count ? count * 2 : 1, sizeof *frames);
        if (!frames)
            return NULL;
        module->frames = frames;
    }
    return &module->frames[count];
}

static const char *linkage_of(const cck_scope *scope, const cck_symbol *symbol)
{
    Dwarf_Die die = scope->die;
    const char *linkage = cck_die_linkage(&die);
    if (*linkage)
        return linkage;
    if (scope->kind == CCK_SCOPE_FUNCTION && symbol)
        return symbol->name;
    /* C: the name is the linkage. */
    const char *name = dwarf_diename(&die);
    return name ? name : "";
}

/* Code that no DIE claims: assembly, or a file without DWARF. */
static size_t frame_of_symbol(cck_debug_module *module, const cck_symbol *symbol, spot at,
                              size_t count)
{
    cck_frame *frame;
    if ((!symbol && !*at.file) || !(frame = frame_add(module, count)))
        return count;
    *frame = (cck_frame){.function = symbol ? cck_debug_demangle(module, symbol->name) : "",
                         .linkage = symbol ? symbol->name : "",
                         .file = at.file,
                         .line = at.line,
                         .column = at.column};
    return count + 1;
}

size_t cck_debug_frames(cck_debug_module *module, uint64_t address, const cck_frame **out_frames)
{
    cck_unit *unit = cck_debug_unit_at(module, address);
    const cck_symbol *symbol = cck_debug_symbol_at(module, address);
    const cck_scope *scope = unit ? cck_debug_scope_at(module, address) : NULL;
    spot at = unit ? spot_at(module, unit, address) : (spot){.file = ""};
    size_t count = 0;
    bool whole = false;
    for (; scope && !whole; scope = cck_scope_parent(scope)) {
        if (scope->kind == CCK_SCOPE_BLOCK)
            continue;
        cck_frame *frame = frame_add(module, count);
        if (!frame)
            break;
        whole = scope->kind == CCK_SCOPE_FUNCTION;
        *frame = (cck_frame){.function = cck_function_name(module, scope),
                             .linkage = linkage_of(scope, symbol),
                             .file = at.file,
                             .line = at.line,
                             .column = at.column,
                             .inlined = !whole};
        count++;
        if (!whole) {
            Dwarf_Die die = scope->die;
            at = spot_of_call(module, &die);
        }
    }
    if (!whole)
        count = frame_of_symbol(module, symbol, at, count);
    if (count)
        module->frames[count - 1].inlined = false;
    *out_frames = module->frames;
    return count;
}
