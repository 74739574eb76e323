/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "core/debug/internal.h"

/* Better names of the same thing: what the program exports, not what libc calls itself. */
static uint8_t symbol_rank(const GElf_Sym *symbol, const char *name)
{
    static const uint8_t of_binding[] = {[STB_LOCAL] = 1, [STB_GLOBAL] = 3, [STB_WEAK] = 2};
    unsigned binding = GELF_ST_BIND(symbol->st_info);
    uint8_t rank = binding < sizeof of_binding ? of_binding[binding] : 1;
    return (uint8_t)((symbol->st_size ? 16 : 0) + (name[0] != '_' ? 8 : 0) + rank);
}

static int compare_symbols(const void *a, const void *b)
{
    const cck_symbol *left = a, *right = b;
    if (left->start != right->start)
        return left->start < right->start ? -1 : 1;
    if (left->rank != right->rank)
        return left->rank < right->rank ? -1 : 1;
    return strcmp(left->name, right->name);
}

static bool symbol_add(cck_symbol **symbols, size_t *count, const GElf_Sym *symbol, uint64_t start,
                       const char *name)
{
    if ((*count & (*count - 1)) == 0) {
        cck_symbol *grown = reallocarray(*symbols, *count ? *count * 2 : 1, sizeof *grown);
        if (!grown)
            return false;
        *symbols = grown;
    }
    (*symbols)[(*count)++] = (cck_symbol){
        .start = start,
        .size = symbol->st_size > UINT64_MAX - start ? 0 : symbol->st_size,
        .name = name,
        .rank = symbol_rank(symbol, name),
        .sized = symbol->st_size != 0,
    };
    return true;
}

/* Names that linkers and start files put at the borders of data; they hold nothing. */
static bool is_border(const GElf_Sym *symbol, const char *name)
{
    return symbol->st_size == 0 && name[0] == '_';
}

static bool symbol_see(cck_debug_module *module, cck_symbols *symbols, const GElf_Sym *symbol,
                       uint64_t address, const char *name)
{
    switch (GELF_ST_TYPE(symbol->st_info)) {
    case STT_FUNC:
    case STT_GNU_IFUNC:
        return symbol_add(&symbols->functions, &symbols->function_count, symbol, address, name);
    case STT_OBJECT:
    case STT_COMMON:
        return is_border(symbol, name) ||
               symbol_add(&symbols->objects, &symbols->object_count, symbol, address, name);
    case STT_TLS:
        return symbol_add(&symbols->tls, &symbols->tls_count, symbol, symbol->st_value, name);
    case STT_NOTYPE: /* hand-written assembly */
        if (cck_debug_is_code(module, address))
            return is_border(symbol, name) ||
                   symbol_add(&symbols->functions, &symbols->function_count, symbol, address, name);
        return symbol->st_size == 0 ||
               symbol_add(&symbols->objects, &symbols->object_count, symbol, address, name);
    default: /* sections and files are no names of things */
        return true;
    }
}

/* Where the section that an address lies in ends. */
static uint64_t section_end(cck_debug_module *module, uint64_t address)
{
    for (Elf_Scn *section = NULL; (section = elf_nextscn(module->elf, section));) {
        GElf_Shdr header;
        if (gelf_getshdr(section, &header) && (header.sh_flags & SHF_ALLOC) &&
            !(header.sh_flags & SHF_TLS) && address >= header.sh_addr &&
            address - header.sh_addr < header.sh_size)
            return header.sh_addr + header.sh_size;
    }
    return address;
}

/* Sorts; a symbol without a size reaches up to the next one, or to the end of its section. */
static void symbols_finish(cck_debug_module *module, cck_symbol *symbols, size_t count, bool tls)
{
    if (!count)
        return;
    qsort(symbols, count, sizeof *symbols, compare_symbols);
    uint64_t next = UINT64_MAX;
    for (size_t i = count; i-- > 0;) {
        if (i + 1 < count && symbols[i + 1].start != symbols[i].start)
            next = symbols[i + 1].start;
        if (symbols[i].size || tls)
            continue;
        uint64_t end = section_end(module, symbols[i].start);
        symbols[i].size = (end < next ? end : next) - symbols[i].start;
    }
    uint64_t reach = 0;
    for (size_t i = 0; i < count; i++) {
        if (symbols[i].start + symbols[i].size > reach)
            reach = symbols[i].start + symbols[i].size;
        symbols[i].reach = reach;
    }
}

static void *arena_copy(cck_arena *arena, void *items, size_t count, size_t size)
{
    void *copy = cck_arena_array(arena, count, size);
    if (copy && count)
        memcpy(copy, items, count * size);
    free(items);
    return copy;
}

static void symbols_keep(cck_debug_module *module, cck_symbol **symbols, size_t *count)
{
    *symbols = arena_copy(&module->arena, *symbols, *count, sizeof **symbols);
    if (!*symbols)
        *count = 0;
}

static cck_symbols *symbols_read(cck_debug_module *module)
{
    cck_symbols *symbols = cck_arena_alloc(&module->arena, sizeof *symbols);
    if (!symbols)
        return NULL;
    int count = dwfl_module_getsymtab(module->dwfl_module);
    for (int i = 1; i < count; i++) {
        GElf_Sym symbol;
        GElf_Addr address;
        GElf_Word section;
        const char *name = dwfl_module_getsym_info(module->dwfl_module, i, &symbol, &address,
                                                   &section, NULL, NULL);
        if (!name || !*name || section == SHN_UNDEF || symbol.st_shndx == SHN_ABS)
            continue;
        if (!symbol_see(module, symbols, &symbol, address, name))
            break;
    }
    symbols_keep(module, &symbols->functions, &symbols->function_count);
    symbols_keep(module, &symbols->objects, &symbols->object_count);
    symbols_keep(module, &symbols->tls, &symbols->tls_count);
    symbols_finish(module, symbols->objects, symbols->object_count, false);
    symbols_finish(module, symbols->tls, symbols->tls_count, true);
    return symbols;
}

const cck_symbols *cck_debug_objects(cck_debug_module *module)
{
    if (!module->symbols)
        module->symbols = symbols_read(module);
    return module->symbols;
}

const cck_symbols *cck_debug_symbols(cck_debug_module *module)
{
    cck_symbols *symbols = (cck_symbols *)(uintptr_t)cck_debug_objects(module);
    if (symbols && !symbols->functions_sorted) {
        symbols_finish(module, symbols->functions, symbols->function_count, false);
        symbols->functions_sorted = true;
    }
    return symbols;
}

const cck_symbol *cck_debug_symbol_at(cck_debug_module *module, uint64_t address)
{
    const cck_symbols *symbols = cck_debug_symbols(module);
    if (!symbols)
        return NULL;
    size_t low = 0, high = symbols->function_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (symbols->functions[middle].start <= address)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low > 0 && symbols->functions[low - 1].reach > address; low--) {
        const cck_symbol *symbol = &symbols->functions[low - 1];
        if (address - symbol->start < symbol->size)
            return symbol;
    }
    return NULL;
}
