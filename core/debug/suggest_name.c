/* SPDX-License-Identifier: MIT */
/* What a type is called where it is declared, and whether that is a place to change. */
#include <ctype.h>
#include <string.h>

#include "core/debug/suggest.h"

/* Beginnings of names that are declared in somebody else's code. */
static const char *const libraries[] = {
    "std::",      "core::",      "alloc::", "__gnu_cxx::", "parking_lot::",
    "lock_api::", "tokio::",     "boost::", "crossbeam",   "once_cell::",
    "spin::",     "hashbrown::", "tbb::",   "__cxxabiv1::"};

static bool is_library(const cck_type *type)
{
    const char *label = cck_type_label(type);
    for (size_t i = 0; i < sizeof libraries / sizeof *libraries; i++)
        if (strncmp(label, libraries[i], strlen(libraries[i])) == 0)
            return true;
    bool tuple =
        type->language == CCK_LANGUAGE_RUST && !isalpha((unsigned char)*label) && *label != '_';
    return tuple || (type->file && strncmp(type->file, "/usr/include/", 13) == 0);
}

bool cck_type_is_own(const cck_type *type)
{
    bool record = type && (type->kind == CCK_TYPE_STRUCT || type->kind == CCK_TYPE_UNION);
    /* An atomic is the library's to declare; a wrapper of one is the user's. */
    return record && (type->sync == CCK_SYNC_NONE || type->sync_inside) && !is_library(type);
}

/* Behind the last separator that no bracket encloses; `*out_end`: where its parameters begin. */
static const char *last_name(const char *name, const char *separator, const char **out_end)
{
    size_t length = strlen(separator);
    const char *last = name, *at = name;
    int depth = 0;
    *out_end = NULL;
    for (; *at; at++) {
        if (*at == '<' || *at == '(' || *at == '[') {
            if (depth++ == 0 && at > last)
                *out_end = at;
        } else if (*at == '>' || *at == ')' || *at == ']') {
            depth--;
        } else if (depth == 0 && strncmp(at, separator, length) == 0) {
            last = at + length;
            *out_end = NULL;
        }
    }
    if (!*out_end)
        *out_end = at;
    return last;
}

const char *cck_type_name_there(const cck_type *type, cck_arena *arena)
{
    const char *label = cck_type_label(type), *end;
    if (type->language == CCK_LANGUAGE_C || type->language == CCK_LANGUAGE_UNKNOWN)
        return cck_type_bare(label);
    const char *last = last_name(label, type->language == CCK_LANGUAGE_GO ? "." : "::", &end);
    const char *name = end > last ? cck_arena_strndup(arena, last, (size_t)(end - last)) : NULL;
    return name ? name : label;
}

const char *cck_type_name_here(const cck_type *type, cck_arena *arena)
{
    const char *label = cck_type_label(type);
    char *name = type->language == CCK_LANGUAGE_RUST ? cck_arena_strdup(arena, label) : NULL;
    size_t length = 0;
    for (const char *at = label; name && *at; at++) {
        if (strncmp(at, "::", 2) != 0) {
            name[length++] = *at;
            continue;
        }
        while (length && (isalnum((unsigned char)name[length - 1]) || name[length - 1] == '_'))
            length--;
        at++;
    }
    if (name)
        name[length] = '\0';
    return name ? name : label;
}
