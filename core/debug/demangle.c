/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <libiberty/demangle.h>

#include "core/debug/internal.h"

/*
 * Mangled names come from outside, and back references let a short one stand for a text of
 * any length. So the callback forms are used: they allocate nothing for C++, and are left
 * by a jump when the text grows beyond reason.
 */
enum { LONGEST_NAME = 8192, LONGEST_TEXT = 8192 };

typedef struct writer {
    jmp_buf enough;
    size_t length;
    char text[LONGEST_TEXT];
} writer;

static void writer_add(const char *text, size_t length, void *context)
{
    writer *out = context;
    if (length >= sizeof out->text - out->length)
        longjmp(out->enough, 1);
    memcpy(out->text + out->length, text, length);
    out->length += length;
}

static bool demangle(const char *name, writer *out)
{
    out->length = 0;
    if (setjmp(out->enough))
        return false;
    /* Rust first: its old scheme looks like C++, with a hash behind. */
    if (!rust_demangle_callback(name, DMGL_NO_OPTS, writer_add, out)) {
        out->length = 0;
        if (!cplus_demangle_v3_callback(name, DMGL_NO_OPTS, writer_add, out))
            return false;
    }
    out->text[out->length] = '\0';
    return out->length > 0;
}

/* Compilers append ".cold", ".part.0" and the like to the names of what they split off. */
static bool demangle_clone(const char *name, writer *out)
{
    char cut[LONGEST_NAME];
    size_t length = strlen(name);
    if (length >= sizeof cut)
        return false;
    memcpy(cut, name, length + 1);
    for (int i = 0; i < 4; i++) {
        if (demangle(cut, out)) {
            char *clone = strstr(out->text, " [clone ");
            if (clone)
                *clone = '\0';
            return true;
        }
        char *dot = strrchr(cut, '.');
        if (!dot)
            return false;
        *dot = '\0';
    }
    return false;
}

static bool is_mangled(const char *name)
{
    return (name[0] == '_' && (name[1] == 'Z' || name[1] == 'R')) || strncmp(name, "__Z", 3) == 0;
}

const char *cck_debug_demangle(cck_debug_module *module, const char *linkage)
{
    if (!is_mangled(linkage))
        return linkage;
    char *known = cck_map_get(&module->demangled, (uintptr_t)linkage);
    if (known)
        return known;
    writer *out = malloc(sizeof *out);
    if (!out)
        return linkage;
    const char *text = demangle_clone(linkage, out)
                           ? cck_arena_strndup(&module->arena, out->text, out->length)
                           : linkage;
    free(out);
    if (!text)
        return linkage;
    cck_map_put(&module->demangled, (uintptr_t)linkage, (void *)text);
    return text;
}
