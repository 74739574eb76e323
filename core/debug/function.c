/* SPDX-License-Identifier: MIT */
#include <dwarf.h>
#include <string.h>

#include "core/debug/internal.h"

/* The function that a scope is in. */
static const cck_scope *scope_function(const cck_scope *scope)
{
    while (scope && scope->kind != CCK_SCOPE_FUNCTION)
        scope = cck_scope_parent(scope);
    return scope;
}

/* Its contiguous part around an address: compilers split functions into hot and cold. */
static bool part_around(const cck_debug_module *module, const cck_scope *function, uint64_t address,
                        uint64_t *out_start, uint64_t *out_size)
{
    enum { MOST_PARTS = 4096 };
    Dwarf_Die die = function->die;
    Dwarf_Addr base, start, end;
    ptrdiff_t offset = 0;
    for (int i = 0;
         i < MOST_PARTS && (offset = dwarf_ranges(&die, offset, &base, &start, &end)) > 0; i++) {
        start += module->bias;
        end += module->bias;
        if (address >= start && address < end) {
            *out_start = start;
            *out_size = end - start;
            return true;
        }
    }
    return false;
}

bool cck_debug_function(cck_debug_module *module, uint64_t address, const char **out_name,
                        uint64_t *out_start, uint64_t *out_size)
{
    const cck_symbol *symbol = cck_debug_symbol_at(module, address);
    const cck_scope *function = scope_function(cck_debug_scope_at(module, address));
    uint64_t start, size;
    if (symbol && (symbol->sized || !function)) {
        start = symbol->start;
        size = symbol->size;
    } else if (!function || !part_around(module, function, address, &start, &size)) {
        return false;
    }
    const char *name = function ? cck_function_name(module, function) : "";
    *out_name = *name || !symbol ? name : cck_debug_demangle(module, symbol->name);
    *out_start = start;
    *out_size = size;
    return true;
}

bool cck_name_fits(const char *full, const char *name)
{
    size_t length = strlen(full), wanted = strlen(name);
    if (wanted == 0 || wanted > length || memcmp(full + length - wanted, name, wanted) != 0)
        return false;
    return wanted == length ||
           (length - wanted >= 2 && memcmp(full + length - wanted - 2, "::", 2) == 0);
}

/* Compilers' copies of a function, for known arguments and the like. */
static bool is_clone_of(const char *linkage, const char *name)
{
    static const char *const clones[] = {".constprop.", ".isra.", ".part.", ".llvm.", ".lto_priv."};
    size_t length = strlen(name);
    if (strncmp(linkage, name, length) != 0)
        return false;
    for (size_t i = 0; i < sizeof clones / sizeof *clones; i++)
        if (strncmp(linkage + length, clones[i], strlen(clones[i])) == 0)
            return true;
    return false;
}

static bool symbol_fits(cck_debug_module *module, const cck_symbol *symbol, const char *name)
{
    if (strcmp(symbol->name, name) == 0 || is_clone_of(symbol->name, name))
        return true;
    const char *demangled = cck_debug_demangle(module, symbol->name);
    return demangled != symbol->name && !strstr(symbol->name, ".cold") &&
           cck_name_fits(demangled, name);
}

size_t cck_debug_find_function(cck_debug_module *module, const char *name, uint64_t *out_addresses,
                               size_t most)
{
    const cck_symbols *symbols = cck_debug_symbols(module);
    size_t found = 0;
    uint64_t last = 0;
    for (size_t i = 0; symbols && i < symbols->function_count; i++) {
        const cck_symbol *symbol = &symbols->functions[i];
        if ((found && symbol->start == last) || !symbol_fits(module, symbol, name))
            continue;
        last = symbol->start;
        if (found < most)
            out_addresses[found] = symbol->start;
        found++;
    }
    return found;
}
