/* SPDX-License-Identifier: MIT */
#include <dwarf.h>
#include <string.h>

#include "core/debug/internal.h"

static const struct {
    unsigned code;
    cck_language language;
} languages[] = {
    {DW_LANG_C, CCK_LANGUAGE_C},
    {DW_LANG_C89, CCK_LANGUAGE_C},
    {DW_LANG_C99, CCK_LANGUAGE_C},
    {DW_LANG_C11, CCK_LANGUAGE_C},
    {0x2c, CCK_LANGUAGE_C}, /* DW_LANG_C17, newer than libdw's list */
    {DW_LANG_C_plus_plus, CCK_LANGUAGE_CPP},
    {DW_LANG_C_plus_plus_03, CCK_LANGUAGE_CPP},
    {DW_LANG_C_plus_plus_11, CCK_LANGUAGE_CPP},
    {DW_LANG_C_plus_plus_14, CCK_LANGUAGE_CPP},
    {0x2b, CCK_LANGUAGE_CPP}, /* DW_LANG_C_plus_plus_20 */
    {DW_LANG_Rust, CCK_LANGUAGE_RUST},
    {DW_LANG_Go, CCK_LANGUAGE_GO},
};

static const char *const language_names[] = {
    [CCK_LANGUAGE_UNKNOWN] = "",  [CCK_LANGUAGE_C] = "C",   [CCK_LANGUAGE_CPP] = "C++",
    [CCK_LANGUAGE_RUST] = "Rust", [CCK_LANGUAGE_GO] = "Go",
};
enum { LANGUAGES = sizeof language_names / sizeof *language_names };

cck_language cck_language_of(unsigned dwarf_language)
{
    for (size_t i = 0; i < sizeof languages / sizeof *languages; i++)
        if (languages[i].code == dwarf_language)
            return languages[i].language;
    return CCK_LANGUAGE_UNKNOWN;
}

/* What the units have, gathered over all of them. */
typedef struct survey {
    size_t of_language[LANGUAGES];
    bool units, lines, types;
    const char *split; /* name of a split unit's file that was not found */
} survey;

/* -g1 gives functions and lines only: no unit has a type then. */
static bool has_types(Dwarf_Die *unit)
{
    enum { ENOUGH = 64 };
    Dwarf_Die die, next;
    if (dwarf_child(unit, &die) != 0)
        return false;
    for (int i = 0; i < ENOUGH; i++) {
        int tag = dwarf_tag(&die);
        /* What has a type may have it in another unit, as dwz does. */
        if (tag == DW_TAG_base_type || tag == DW_TAG_structure_type || tag == DW_TAG_class_type ||
            dwarf_hasattr(&die, DW_AT_type))
            return true;
        if (dwarf_siblingof(&die, &next) != 0)
            break;
        die = next;
    }
    return false;
}

static void survey_unit(survey *seen, Dwarf_CU *cu, Dwarf_Die *die, Dwarf_Die *split)
{
    Dwarf_Attribute attribute;
    uint8_t type = 0;
    Dwarf_Word language = 0;
    seen->units = true;
    if (dwarf_hasattr(die, DW_AT_stmt_list))
        seen->lines = true;
    dwarf_cu_info(cu, NULL, &type, NULL, NULL, NULL, NULL, NULL);
    Dwarf_Die *whole = dwarf_tag(split) != DW_TAG_invalid ? split : die;
    if (type == DW_UT_skeleton && whole == die) {
        const char *name = dwarf_formstring(dwarf_attr(die, DW_AT_dwo_name, &attribute));
        if (!name)
            name = dwarf_formstring(dwarf_attr(die, DW_AT_GNU_dwo_name, &attribute));
        seen->split = name ? name : "";
        return;
    }
    if (dwarf_formudata(dwarf_attr(whole, DW_AT_language, &attribute), &language) == 0 &&
        language <= UINT32_MAX)
        seen->of_language[cck_language_of((unsigned)language)]++;
    if (!seen->types)
        seen->types = has_types(whole);
}

static const char *language_most(const survey *seen)
{
    size_t best = CCK_LANGUAGE_UNKNOWN;
    for (size_t i = best + 1; i < LANGUAGES; i++)
        if (seen->of_language[i] > (best ? seen->of_language[best] : 0))
            best = i;
    return language_names[best];
}

bool cck_debug_is_packaged(const char *path)
{
    static const char *const roots[] = {"/usr/lib", "/usr/bin", "/usr/sbin", "/lib", "/bin"};
    for (size_t i = 0; i < sizeof roots / sizeof *roots; i++)
        if (strncmp(path, roots[i], strlen(roots[i])) == 0)
            return true;
    return false;
}

static const char *missing_text(cck_debug_module *module, const survey *seen)
{
    cck_arena *arena = &module->arena;
    const char *text = "";
    if (module->symbols_only)
        text = "lines were not looked up: too little ran there";
    else if (seen->split)
        text = cck_arena_printf(arena,
                                "split debug info %s was not found: keep the .dwo files "
                                "where they were built",
                                seen->split);
    else if (!seen->units && module->unfit)
        text = cck_arena_printf(arena, "debug info %s is of another build", module->unfit);
    else if (!seen->units && cck_debug_is_packaged(module->path))
        text = "no debug info: install the -dbgsym (or -dbg) package of the same version; "
               "find-dbgsym-packages (debian-goodies) names it";
    else if (!seen->units)
        text = module->info.symbols ? "no debug info: compile with -g, and do not strip"
                                    : "stripped: compile with -g, and do not strip";
    else if (!seen->types)
        text = "no types in the debug info: compile with -g instead of -g1";
    return text ? text : "";
}

static bool has_symbols(const cck_debug_module *module)
{
    for (Elf_Scn *section = NULL; (section = elf_nextscn(module->elf, section));) {
        GElf_Shdr header;
        if (gelf_getshdr(section, &header) &&
            (header.sh_type == SHT_SYMTAB || header.sh_type == SHT_DYNSYM))
            return true;
    }
    return false;
}

void cck_debug_info_read(cck_debug_module *module)
{
    survey seen = {0};
    Dwarf_CU *cu = NULL;
    Dwarf_Die die, split;
    while (module->dwarf && dwarf_get_units(module->dwarf, cu, &cu, NULL, NULL, &die, &split) == 0)
        survey_unit(&seen, cu, &die, &split);
    const char *separate = NULL;
    dwfl_module_info(module->dwfl_module, NULL, NULL, NULL, NULL, NULL, NULL, &separate);
    module->info.symbols = has_symbols(module) || (separate && *separate);
    module->info.lines = seen.lines;
    module->info.types = seen.types;
    module->info.separate = separate ? separate : "";
    module->info.language = language_most(&seen);
    module->info.missing = missing_text(module, &seen);
}
