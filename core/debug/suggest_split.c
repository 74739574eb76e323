/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "core/debug/layout_text.h"
#include "core/debug/suggest.h"

/*
 * Splitting: what is written goes into a struct of its own, which has its lines for itself; the
 * rest keeps together. Several uses of the fields have to be changed by hand.
 */

enum { LONGEST = 512, FIELDS_MOST = 16 };

static uint64_t up(uint64_t size, uint64_t line)
{
    return (size + line - 1) / line * line;
}

/* The direct members at the offsets, each once, in order; 0: one has no name. */
static size_t find_members(const cck_suggest_request *request,
                           const cck_member *members[FIELDS_MOST])
{
    const cck_type *type = request->type;
    size_t count = 0;
    for (size_t i = 0; i < type->member_count && count < FIELDS_MOST; i++) {
        const cck_member *member = &type->members[i];
        bool wanted = false;
        for (size_t j = 0; j < request->start_count; j++)
            wanted |= request->starts[j] >= member->offset &&
                      request->starts[j] - member->offset < member->type->size;
        if (!wanted)
            continue;
        if (!*member->name || member->bit_size || member->base)
            return 0;
        members[count++] = member;
    }
    return count;
}

/* The last part of its name, without "struct" and namespaces; "" if it has none to build on. */
static const char *short_name(const cck_type *type)
{
    const char *name = cck_type_bare(*type->name ? type->name : type->alias), *part = name;
    for (const char *at = name; *at; at++) {
        if (*at == '<' || *at == ' ')
            return "";
        if (at[0] == ':' && at[1] == ':')
            part = at + 2;
    }
    return part;
}

static const char *code_of(const cck_suggest_request *request, const cck_member *const *members,
                           size_t count, cck_arena *arena)
{
    cck_language language = request->type->language;
    const char *word = language == CCK_LANGUAGE_CPP ? "alignas" : "_Alignas";
    const char *name = short_name(request->type);
    char *code = cck_arena_printf(arena, "struct %s_hot {", name);
    for (size_t i = 0; i < count && code; i++) {
        char text[LONGEST];
        cck_layout_declaration(members[i], language, text, sizeof text);
        code = i ? cck_arena_printf(arena, "%s\n    %s;", code, text)
                 : cck_arena_printf(arena, "%s\n    %s(%u) %s;", code, word, request->line, text);
    }
    return code ? cck_arena_printf(arena, "%s\n};\nstruct %s { ... struct %s_hot hot; };", code,
                                   name, name)
                : NULL;
}

bool cck_suggest_split(const cck_suggest_request *request, cck_arena *arena, cck_change *out)
{
    const cck_type *type = request->type;
    const cck_member *members[FIELDS_MOST];
    bool c = type->language == CCK_LANGUAGE_C || type->language == CCK_LANGUAGE_CPP;
    size_t count = c && *short_name(type) ? find_members(request, members) : 0;
    if (!count || count == type->member_count)
        return false;
    uint64_t hot = 0;
    for (size_t i = 0; i < count; i++)
        hot = up(hot, members[i]->type->align) + members[i]->type->size;
    uint64_t rest = type->size > hot ? type->size - hot : 0;
    out->old_size = type->size;
    out->new_size = up(rest, request->line) + up(hot, request->line);
    out->code = code_of(request, members, count, arena);
    out->text = cck_arena_printf(
        arena, "split %s: what is written goes into a struct that has its lines for itself",
        cck_type_label(type));
    return out->code && out->text;
}
