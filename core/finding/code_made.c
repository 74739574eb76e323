/* SPDX-License-Identifier: MIT */
/* What an allocation is for: the code that asked for it knows. */
#include <string.h>

#include "core/finding/code_name.h"
#include "core/finding/object_wrapper.h"

enum { CALLS_MOST = 8, NAME_MOST = 1024 };

/* ---- by the instruction that stores what it got ---- */

/* Rust allocates through layers that speak of bytes, and what is stored first is rarely what the
 * allocation is for: only what a counted pointer points to is taken, at its exact size. */
static bool may_be_allocated(const cck_type *type, uint64_t size)
{
    return type->language != CCK_LANGUAGE_RUST || (type->size == size && cck_type_is_wrapper(type));
}

const cck_type *cck_code_allocated(cck_code_names *names, uint32_t path, uint64_t size)
{
    cck_code calls[CALLS_MOST];
    size_t count;
    const cck_type *type;
    cck_code_path(names, path, CALLS_MOST, "allocated", &count, calls);
    for (size_t i = 0; i < count; i++) {
        cck_debug_module *module = cck_code_module(names, calls[i].module);
        uint64_t code = cck_code_offset(names, calls[i].module, calls[i].address);
        if (module && cck_debug_allocated(module, code, &type) && may_be_allocated(type, size))
            return type;
    }
    return NULL;
}

/* ---- by the names of functions ---- */

/* What allocates for containers has the type that it makes as its first parameter. */
static const struct {
    const char *name;
    uint64_t base; /* of the first element: behind the counts of a shared slice */
} makers[] = {
    {"std::__new_allocator<", 0},  {"__gnu_cxx::new_allocator<", 0}, {"std::allocator<", 0},
    {"alloc::vec::from_elem<", 0}, {"alloc::raw_vec::RawVec<", 0},   {"alloc::vec::Vec<", 0},
    {"alloc::boxed::Box<", 0},     {"alloc::sync::Arc<[", 16},       {"alloc::rc::Rc<[", 16},
};

/* "a<b<c>, d>" from behind its first '<': "b<c>"; "a<[b], c>" from behind its '[': "b". */
static bool first_parameter(const char *text, char name[NAME_MOST])
{
    size_t length = 0;
    int depth = 0;
    for (; length < NAME_MOST && text[length]; length++) {
        char at = text[length];
        if (depth == 0 && (at == ',' || at == '>' || at == ']'))
            break;
        depth += (at == '<' || at == '(' || at == '[') - (at == '>' || at == ')' || at == ']');
    }
    while (length && text[length - 1] == ' ')
        length--;
    if (!length || length >= NAME_MOST || !text[length])
        return false;
    memcpy(name, text, length);
    name[length] = '\0';
    return true;
}

/* Bytes may become anything. */
static bool is_number(const char *name)
{
    static const char *const words[] = {"short", "int", "long", "float", "double", "i16",
                                        "u16",   "i32", "u32",  "i64",   "u64",    "i128",
                                        "u128",  "f32", "f64",  "isize", "usize",  NULL};
    size_t length = strlen(name);
    const char *last = strrchr(name, ' ');
    last = last ? last + 1 : name;
    if (length && name[length - 1] == '*')
        return true;
    for (size_t i = 0; words[i]; i++)
        if (strcmp(last, words[i]) == 0)
            return true;
    return strcmp(name, "unsigned") == 0 || strcmp(name, "long unsigned") == 0;
}

static cck_made made_by(cck_debug_module *module, const char *function)
{
    char name[NAME_MOST];
    for (size_t i = 0; i < sizeof makers / sizeof *makers; i++) {
        size_t length = strlen(makers[i].name);
        if (strncmp(function, makers[i].name, length) != 0 ||
            !first_parameter(function + length, name))
            continue;
        cck_made made = {.base = makers[i].base, .numbers = is_number(name)};
        made.type = made.numbers ? NULL : cck_debug_find_type(module, name);
        if (made.type && made.base && made.type->align > made.base)
            made.base = made.type->align;
        return made;
    }
    return (cck_made){.type = NULL};
}

cck_made cck_code_made_for(cck_code_names *names, uint32_t path)
{
    const cck_observed *observed = names->observed;
    for (int depth = 0; depth < CALLS_MOST && path < observed->path_count; depth++) {
        cck_code call = observed->paths[path].call;
        cck_debug_module *module = cck_code_module(names, call.module);
        const cck_frame *frames;
        size_t count =
            module ? cck_debug_frames(module, cck_code_offset(names, call.module, call.address),
                                      &frames)
                   : 0;
        for (size_t i = 0; i < count; i++) {
            if (!cck_code_is_allocator(frames[i].function))
                return (cck_made){.type = NULL}; /* the program's own: it knows better */
            cck_made made = made_by(module, frames[i].function);
            if (made.type || made.numbers)
                return made;
        }
        path = observed->paths[path].parent;
    }
    return (cck_made){.type = NULL};
}
