/* SPDX-License-Identifier: MIT */
/* What the user asks for, and whether there is such a thing. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/fail.h"
#include "core/base/nearest.h"
#include "core/sharing/what_if.h"

enum { NAME_MOST = 512, ALIGN_LEAST = 8, ALIGN_MOST = 4096, ID_DIGITS = 16 };

static int bad_align(const char *text, cck_error *err)
{
    cck_fail(err, CCK_EINVALID, "--what-if '%s': the alignment is not a power of two from %d to %d",
             text, ALIGN_LEAST, ALIGN_MOST);
    cck_hint(err, "such as: --what-if 'struct stats.misses@64'");
    return CCK_EINVALID;
}

static bool is_id(const char *name)
{
    return strlen(name) == ID_DIGITS && strspn(name, "0123456789abcdef") == ID_DIGITS;
}

static int read_one(cck_what_if_plan *plan, const char *text, cck_what_if_spec *out, cck_error *err)
{
    const char *at = strrchr(text, '@');
    size_t length = at ? (size_t)(at - text) : strlen(text);
    *out = (cck_what_if_spec){.kind = CCK_WHAT_IF_NAMED,
                              .text = cck_arena_strdup(plan->arena, text),
                              .name = cck_arena_strndup(plan->arena, text, length)};
    if (!out->text || !out->name)
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    if (at) {
        char *end;
        unsigned long align = strtoul(at + 1, &end, 10);
        if (at[1] < '0' || at[1] > '9' || *end || align < ALIGN_LEAST || align > ALIGN_MOST ||
            align & (align - 1))
            return bad_align(text, err);
        out->align = (uint32_t)align;
    }
    if (!length || length >= NAME_MOST) {
        cck_fail(err, CCK_EINVALID, "--what-if '%s' names nothing", text);
        cck_hint(err,
                 "a type or a variable, and a field of it: --what-if 'struct stats.misses@64'");
        return CCK_EINVALID;
    }
    if (out->name[length - 1] == '.') { /* it would stand for the whole object */
        cck_fail(err, CCK_EINVALID, "--what-if '%s' ends before the name of a field", text);
        cck_hint(err, "such as: --what-if 'struct stats.misses@64'; the whole object is '%.*s'",
                 (int)(length - 1), out->name);
        return CCK_EINVALID;
    }
    if (strcmp(out->name, "all") == 0)
        out->kind = CCK_WHAT_IF_ALL;
    else if (strcmp(out->name, "finding") == 0)
        out->kind = CCK_WHAT_IF_WORST;
    else if (is_id(out->name))
        out->kind = CCK_WHAT_IF_ID;
    return 0;
}

int cck_what_if_read(cck_what_if_plan *plan, const char *const *texts, cck_arena *arena,
                     cck_error *err)
{
    *plan = (cck_what_if_plan){.arena = arena};
    size_t count = 0;
    while (texts && texts[count])
        count++;
    if (count > CCK_WHAT_IF_MOST)
        return cck_fail(err, CCK_ELIMIT, "more than %d changes at once", CCK_WHAT_IF_MOST);
    plan->specs = cck_arena_array(arena, count, sizeof *plan->specs);
    if (!plan->specs)
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    for (size_t i = 0; i < count; i++) {
        int code = read_one(plan, texts[i], &plan->specs[i], err);
        if (code < 0)
            return code;
    }
    plan->spec_count = count;
    for (size_t i = 0; i < count; i++)
        if (plan->specs[i].kind != CCK_WHAT_IF_ALL)
            plan->changes[plan->change_count++] = (cck_what_if_change){.spec = &plan->specs[i],
                                                                       .finding = "",
                                                                       .what = "",
                                                                       .object = "",
                                                                       .cost_of = "",
                                                                       .first = SIZE_MAX};
    return 0;
}

void cck_what_if_clear(cck_what_if_plan *plan)
{
    free(plan->objects);
    free(plan->paths);
    plan->objects = NULL;
    plan->paths = NULL;
}

/* ---- names ---- */

const char *cck_what_if_split(const char *whole, unsigned step, char *name, size_t size)
{
    size_t length = strlen(whole), border = length;
    int depth = 0;
    for (size_t at = length; step && at-- > 0;) {
        depth += (whole[at] == '>') - (whole[at] == '<');
        if (whole[at] == '.' && depth == 0) {
            border = at;
            step--;
        }
    }
    if (step || border >= size)
        return NULL;
    memcpy(name, whole, border);
    name[border] = '\0';
    return whole + border + (border < length);
}

static const char *without_word(const char *name)
{
    static const char *const words[] = {"struct ", "class ", "union ", "enum "};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strncmp(name, words[i], strlen(words[i])) == 0)
            return name + strlen(words[i]);
    return name;
}

bool cck_what_if_names(const char *name, const char *wanted)
{
    name = without_word(name);
    wanted = without_word(wanted);
    size_t length = strlen(name), tail = strlen(wanted);
    if (!tail || length < tail || strcmp(name + length - tail, wanted) != 0)
        return false;
    return length == tail || name[length - tail - 1] == ':';
}

/* ---- fields ---- */

static const cck_member *find_member(const cck_type *type, const char *name, size_t length,
                                     uint64_t *offset, unsigned depth)
{
    for (size_t i = 0; i < type->member_count && depth < 8; i++) {
        const cck_member *member = &type->members[i];
        if (strlen(member->name) == length && strncmp(member->name, name, length) == 0) {
            *offset += member->offset;
            return member;
        }
        if (*member->name && !member->base)
            continue;
        uint64_t inner = *offset + member->offset;
        const cck_member *found = find_member(member->type, name, length, &inner, depth + 1);
        if (found) {
            *offset = inner;
            return found;
        }
    }
    return NULL;
}

static bool take_index(const cck_type **type, const char **path, uint64_t *offset)
{
    char *end;
    if ((*type)->kind != CCK_TYPE_ARRAY || !(*type)->target || (*path)[1] < '0' || (*path)[1] > '9')
        return false;
    unsigned long long index = strtoull(*path + 1, &end, 10);
    uint64_t stride = (*type)->stride ? (*type)->stride : (*type)->target->size;
    if (*end != ']' || index >= (*type)->count)
        return false;
    *offset += index * stride;
    *type = (*type)->target;
    *path = end + 1;
    return true;
}

bool cck_what_if_field(const cck_type *type, const char *path, uint64_t *out_offset,
                       uint64_t *out_size)
{
    uint64_t offset = 0;
    while (*path) {
        path += *path == '.';
        if (*path == '[') {
            if (!take_index(&type, &path, &offset))
                return false;
            continue;
        }
        size_t length = strcspn(path, ".[");
        const cck_member *member = length ? find_member(type, path, length, &offset, 0) : NULL;
        if (!member)
            return false;
        type = member->type;
        path += length;
    }
    *out_offset = offset;
    *out_size = type->size;
    return type->size > 0;
}

/* ---- is there such a thing? ---- */

static const cck_type *named_type(cck_debug_module *module, const char *name)
{
    cck_variable variable;
    const cck_type *type = cck_debug_find_type(module, name);
    if (!type && cck_debug_find_global(module, name, &variable))
        type = variable.type;
    return type;
}

/* Numbers have no entry among the types of debug information that go by name. */
static bool is_number(const char *name)
{
    static const char *const words[] = {"char", "short", "int",   "long",  "float",   "double",
                                        "bool", "_Bool", "i8",    "u8",    "i16",     "u16",
                                        "i32",  "u32",   "i64",   "u64",   "i128",    "u128",
                                        "f32",  "f64",   "isize", "usize", "unsigned"};
    const char *last = strrchr(name, ' ');
    last = last ? last + 1 : name;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(last, words[i]) == 0)
            return true;
    return strchr(name, '*') != NULL;
}

static int no_field(const cck_type *type, const char *field, cck_error *err)
{
    cck_nearest_search search = {.word = field};
    for (size_t i = 0; i < type->member_count; i++)
        if (*type->members[i].name)
            cck_nearest_offer(&search, type->members[i].name);
    cck_fail(err, CCK_ENOTFOUND, "%s has no field '%s'", cck_type_label(type), field);
    if (*search.found)
        cck_hint(err, "did you mean '%s'?", search.found);
    return CCK_ENOTFOUND;
}

static int check_one(cck_debug_module *module, const cck_what_if_spec *spec, const char *program,
                     cck_error *err)
{
    char name[NAME_MOST], without[NAME_MOST] = "";
    const char *field, *missing = NULL;
    const cck_type *holder = NULL;
    cck_variable variable;
    for (unsigned step = 0; (field = cck_what_if_split(spec->name, step, name, sizeof name));
         step++) {
        uint64_t offset, size;
        const cck_type *type = named_type(module, name);
        snprintf(without, sizeof without, "%s", name);
        if (!*field && (type || is_number(name) || cck_debug_find_global(module, name, &variable)))
            return 0;
        if (!type)
            continue;
        if (type->kind == CCK_TYPE_ARRAY && type->target)
            type = type->target;
        if (cck_what_if_field(type, field, &offset, &size))
            return 0;
        holder = type;
        missing = field;
    }
    if (holder)
        return no_field(holder, missing, err);
    char nearest[CCK_NEAREST_LENGTH + 1];
    cck_fail(err, CCK_ENOTFOUND, "--what-if: %s has no type and no variable '%s'", program,
             without);
    if (cck_debug_nearest_type(module, without, nearest, sizeof nearest))
        cck_hint(err, "did you mean '%s'?", nearest);
    return CCK_ENOTFOUND;
}

int cck_what_if_check(const cck_what_if_plan *plan, const char *program, cck_error *err)
{
    cck_debug *debug;
    cck_debug_module *module;
    cck_error ignored = {0};
    int code = cck_debug_new(&debug, err);
    if (code < 0)
        return code;
    bool known = cck_debug_open(debug, program, "", &module, &ignored) == 0 &&
                 cck_debug_info_of(module)->types;
    for (size_t i = 0; known && i < plan->spec_count && code == 0; i++)
        if (plan->specs[i].kind == CCK_WHAT_IF_NAMED)
            code = check_one(module, &plan->specs[i], program, err);
    cck_debug_free(debug);
    return code;
}
