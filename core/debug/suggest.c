/* SPDX-License-Identifier: MIT */
#include "core/debug/suggest.h"

#include <string.h>

#include "core/debug/layout_text.h"

enum { LONGEST = 512, PARTS_MOST = 8 };

static uint64_t up(uint64_t size, uint64_t line)
{
    return (size + line - 1) / line * line;
}

static cck_language language_of(const cck_suggest_request *request)
{
    if (request->language != CCK_LANGUAGE_UNKNOWN || !request->type)
        return request->language;
    return request->type->language;
}

static const char *text_of(const char *text)
{
    return text ? text : "";
}

/* A declaration of C or C++ that is aligned: by the language's word before it, or by the
 * project's macro behind it. */
static const char *align_declaration(const cck_suggest_request *request, const char *declaration,
                                     cck_arena *arena)
{
    if (request->macro && *request->macro)
        return cck_arena_printf(arena, "%s %s;", declaration, request->macro);
    const char *word = language_of(request) == CCK_LANGUAGE_CPP ? "alignas" : "_Alignas";
    return cck_arena_printf(arena, "%s(%u) %s;", word, request->line, declaration);
}

/** The field to separate, and its neighbour behind. */
typedef struct cck_pair {
    const cck_member *hot, *next;
    size_t index;
} cck_pair;

static bool find_pair(const cck_type *type, uint64_t offset, cck_pair *out_pair)
{
    for (size_t i = type->member_count; i-- > 0;) {
        const cck_member *member = &type->members[i];
        if (offset < member->offset || offset - member->offset >= member->type->size)
            continue;
        *out_pair = (cck_pair){member, NULL, i};
        for (size_t j = i + 1; j < type->member_count && !out_pair->next; j++)
            if (type->members[j].offset >= member->offset + member->type->size)
                out_pair->next = &type->members[j];
        return true;
    }
    return false;
}

static const char *field_code(const cck_pair *pair, const cck_suggest_request *request,
                              cck_arena *arena)
{
    char hot[LONGEST], next[LONGEST] = "";
    cck_language language = language_of(request);
    unsigned line = request->line;
    cck_layout_declaration(pair->hot, language, hot, sizeof hot);
    if (pair->next)
        cck_layout_declaration(pair->next, language, next, sizeof next);
    switch (language) {
    case CCK_LANGUAGE_RUST:
        return cck_arena_printf(
            arena,
            "#[repr(align(%u))]\nstruct CacheAligned<T>(T); // or crossbeam_utils::CachePadded\n"
            "%s: CacheAligned<%s>,",
            line, pair->hot->name, cck_type_name_here(pair->hot->type, arena));
    case CCK_LANGUAGE_GO: {
        uint64_t before = up(pair->hot->offset, line) - pair->hot->offset;
        uint64_t after = up(pair->hot->type->size, line) - pair->hot->type->size;
        const char *first =
            before ? cck_arena_printf(arena, "_ [%llu]byte\n", (unsigned long long)before) : "";
        return cck_arena_printf(arena, "%s%s\n_ [%llu]byte", text_of(first), hot,
                                (unsigned long long)after);
    }
    default:
        if (pair->next)
            return cck_arena_printf(arena, "%s\n%s",
                                    text_of(align_declaration(request, hot, arena)),
                                    text_of(align_declaration(request, next, arena)));
        return align_declaration(request, hot, arena);
    }
}

static bool suggest_field(const cck_suggest_request *request, cck_arena *arena, cck_change *out)
{
    cck_pair pair;
    const cck_type *type = request->type;
    if (!type || !find_pair(type, request->offset, &pair) ||
        !cck_relayout_separate(type, pair.index, request->line, arena, &out->layout))
        return false;
    const char *name = *pair.hot->name ? pair.hot->name : cck_type_label(pair.hot->type);
    out->old_size = type->size;
    out->new_size = out->layout.new_size;
    out->code = field_code(&pair, request, arena);
    const char *also = pair.next && language_of(request) != CCK_LANGUAGE_RUST
                           ? cck_arena_printf(arena, ", and start the next line with %s",
                                              *pair.next->name ? pair.next->name : "what follows")
                           : "";
    out->text =
        cck_arena_printf(arena,
                         "give %s of %s a line of its own: align it to %u bytes%s; an "
                         "object then takes %llu bytes instead of %llu",
                         name, cck_type_label(type), request->line, text_of(also),
                         (unsigned long long)out->new_size, (unsigned long long)out->old_size);
    return true;
}

/* ---- parts ---- */

static const char *part_code(const cck_member *first, const cck_suggest_request *request,
                             const char *before, cck_arena *arena)
{
    char text[LONGEST];
    cck_language language = language_of(request);
    cck_layout_declaration(first, language, text, sizeof text);
    const char *between = *before ? "\n" : "";
    if (language == CCK_LANGUAGE_RUST)
        return cck_arena_printf(arena, "%s%s%s: CacheAligned<%s>,", before, between, first->name,
                                cck_type_name_here(first->type, arena));
    if (language == CCK_LANGUAGE_GO)
        return cck_arena_printf(
            arena, "%s%s_ [%llu]byte\n%s", before, between,
            (unsigned long long)(up(first->offset, request->line) - first->offset), text);
    return cck_arena_printf(arena, "%s%s%s", before, between,
                            text_of(align_declaration(request, text, arena)));
}

/* Members that start a part; 0: one of them is no direct member. */
static size_t find_starts(const cck_suggest_request *request, size_t members[PARTS_MOST])
{
    size_t count = 0;
    cck_pair pair;
    for (size_t i = 0; i < request->start_count && count < PARTS_MOST; i++) {
        if (!find_pair(request->type, request->starts[i], &pair) || !*pair.hot->name)
            return 0;
        members[count++] = pair.index;
    }
    return count;
}

static bool suggest_parts(const cck_suggest_request *request, cck_arena *arena, cck_change *out)
{
    size_t members[PARTS_MOST];
    const cck_type *type = request->type;
    size_t count = type ? find_starts(request, members) : 0;
    if (!count || !cck_relayout_start(type, members, count, request->line, arena, &out->layout))
        return false;
    const char *names = "", *code = "";
    if (language_of(request) == CCK_LANGUAGE_RUST)
        code = text_of(cck_arena_printf(
            arena, "#[repr(align(%u))] struct CacheAligned<T>(T); // or crossbeam's CachePadded",
            request->line));
    for (size_t i = 0; i < count; i++) {
        const cck_member *first = &type->members[members[i]];
        names = text_of(cck_arena_printf(arena, "%s%s`%s`", names,
                                         !i               ? ""
                                         : i + 1 == count ? " and "
                                                          : ", ",
                                         first->name));
        code = text_of(part_code(first, request, code, arena));
    }
    out->old_size = type->size;
    out->new_size = out->layout.new_size;
    out->code = code;
    out->text = cck_arena_printf(arena, "align %s of `%s` to %u bytes", names, cck_type_label(type),
                                 request->line);
    return true;
}

/* The layout of one thing that is aligned and rounded up, its inside unchanged. */
static bool widen(const cck_suggest_request *request, uint64_t size, uint32_t align,
                  cck_arena *arena, cck_change *out)
{
    if (size == 0 || (size % request->line == 0 && align >= request->line))
        return false;
    out->old_size = size;
    out->new_size = up(size, request->line);
    out->layout = (cck_relayout){.new_size = out->new_size, .new_align = request->line};
    if (align > request->line)
        out->layout.new_align = align;
    out->layout.moves = cck_arena_alloc(arena, sizeof *out->layout.moves);
    if (!out->layout.moves)
        return false;
    out->layout.moves[0] = (cck_move){0, size, 0};
    out->layout.move_count = 1;
    return true;
}

static bool is_unnamed(const cck_type *type)
{
    return !*type->name && !*type->alias;
}

/* "unsigned int value[4]": what a struct of that one member has inside. */
static const char *value_of(const cck_suggest_request *request, cck_arena *arena)
{
    const cck_member value = {.name = "value", .type = request->type, .file = ""};
    char text[LONGEST];
    if (request->type->kind != CCK_TYPE_ARRAY)
        return text_of(cck_arena_printf(arena, "%s value", cck_type_label(request->type)));
    cck_layout_declaration(&value, language_of(request), text, sizeof text);
    return text_of(cck_arena_strdup(arena, text));
}

static const char *keyword(const cck_type *type)
{
    return type->kind == CCK_TYPE_UNION ? "union" : "struct";
}

static const char *c_type_code(const cck_suggest_request *request, cck_arena *arena)
{
    const cck_type *type = request->type;
    unsigned line = request->line;
    const char *name = is_unnamed(type) ? "" : cck_type_bare(cck_type_label(type)),
               *gap = *name ? " " : "";
    if (!cck_type_is_own(type))
        return cck_arena_printf(arena, "struct padded { _Alignas(%u) %s; };", line,
                                value_of(request, arena));
    if (request->macro && *request->macro)
        return cck_arena_printf(arena, "%s%s%s { ... } %s;", keyword(type), gap, name,
                                request->macro);
    return cck_arena_printf(arena, "%s%s%s { ... } __attribute__((aligned(%u)))%s", keyword(type),
                            gap, name, line, *name ? ";" : "");
}

static const char *type_code(const cck_suggest_request *request, const cck_change *out,
                             cck_arena *arena)
{
    const cck_type *type = request->type;
    const char *there = cck_type_name_there(type, arena), *here = cck_type_name_here(type, arena);
    unsigned line = request->line;
    unsigned long long pad = out->new_size - out->old_size;
    switch (language_of(request)) {
    case CCK_LANGUAGE_RUST:
        return cck_type_is_own(type)
                   ? cck_arena_printf(arena, "#[repr(align(%u))]\nstruct %s { ... }", line, there)
                   : cck_arena_printf(arena, "crossbeam_utils::CachePadded<%s>", here);
    case CCK_LANGUAGE_GO:
        return cck_type_is_own(type)
                   ? cck_arena_printf(arena, "type %s struct {\n\t...\n\t_ [%llu]byte\n}", there,
                                      pad)
                   : cck_arena_printf(arena, "struct {\n\tvalue %s\n\t_ [%llu]byte\n}", here, pad);
    case CCK_LANGUAGE_CPP:
        if (cck_type_is_own(type))
            return cck_arena_printf(arena, "%s alignas(%u)%s%s { ... }%s", keyword(type), line,
                                    is_unnamed(type) ? "" : " ", is_unnamed(type) ? "" : there,
                                    is_unnamed(type) ? "" : ";");
        return cck_arena_printf(arena, "struct alignas(%u) padded { %s; };", line,
                                value_of(request, arena));
    default:
        return c_type_code(request, arena);
    }
}

static bool suggest_element(const cck_suggest_request *request, cck_arena *arena, cck_change *out)
{
    const cck_type *type = request->type;
    if (!type || !widen(request, type->size, type->align, arena, out))
        return false;
    out->code = type_code(request, out, arena);
    out->text = cck_arena_printf(
        arena,
        "align %s to %u bytes, so that each element has lines of its own: %llu bytes "
        "instead of %llu for each element",
        cck_type_label(type), request->line, (unsigned long long)out->new_size,
        (unsigned long long)out->old_size);
    return true;
}

static bool suggest_global(const cck_suggest_request *request, cck_arena *arena, cck_change *out)
{
    const cck_type *type = request->type;
    uint64_t size = request->size ? request->size : type ? type->size : 0;
    cck_member variable = {.name = request->name ? request->name : "", .type = type, .file = ""};
    cck_language language = language_of(request);
    char text[LONGEST];
    if (!widen(request, size, 1, arena, out))
        return false;
    if (!type)
        snprintf(text, sizeof text, "... %s", variable.name);
    else
        cck_layout_declaration(&variable, language, text, sizeof text);
    unsigned long long pad = out->new_size - out->old_size;
    if (language == CCK_LANGUAGE_RUST)
        out->code = cck_arena_printf(
            arena,
            request->local ? "let mut %s: crossbeam_utils::CachePadded<%s> = CachePadded::new(...);"
                           : "static %s: crossbeam_utils::CachePadded<%s> = ...;",
            variable.name, type ? cck_type_name_here(type, arena) : "...");
    else if (language == CCK_LANGUAGE_GO)
        out->code = cck_arena_printf(arena, "var %s struct {\n\tvalue %s\n\t_ [%llu]byte\n}",
                                     variable.name, type ? cck_type_label(type) : "...", pad);
    else
        out->code = align_declaration(request, text, arena);
    out->text = cck_arena_printf(
        arena,
        "align %s to %u bytes, and what the linker puts behind it too: it then takes %llu "
        "bytes instead of %llu",
        variable.name, request->line, (unsigned long long)out->new_size,
        (unsigned long long)out->old_size);
    return true;
}

/* A type that asks for its alignment gets it of new, make_unique and containers. */
static const char *cpp_heap_code(const cck_suggest_request *request, cck_arena *arena)
{
    const char *label = cck_type_label(request->type);
    if (request->type->align >= request->line)
        return cck_arena_printf(arena, "new %s // aligned to %u from C++17 on", label,
                                request->type->align);
    if (cck_type_is_own(request->type))
        return cck_arena_printf(arena, "struct alignas(%u) %s { ... }; // new aligns from C++17 on",
                                request->line, cck_type_name_there(request->type, arena));
    return cck_arena_printf(arena,
                            "struct alignas(%u) padded { %s value; }; // new aligns from C++17 on",
                            request->line, label);
}

static bool suggest_heap(const cck_suggest_request *request, cck_arena *arena, cck_change *out)
{
    const cck_type *type = request->type;
    uint64_t size = request->size ? request->size : type ? type->size : 0;
    unsigned line = request->line;
    if (!widen(request, size, 1, arena, out))
        return false;
    unsigned long long rounded = out->new_size;
    if (language_of(request) == CCK_LANGUAGE_RUST || language_of(request) == CCK_LANGUAGE_GO)
        out->code = type ? type_code(request, out, arena) : "";
    else if (language_of(request) == CCK_LANGUAGE_CPP && type &&
             (cck_type_is_own(type) || type->sync != CCK_SYNC_NONE))
        out->code = cpp_heap_code(request, arena);
    else
        out->code = cck_arena_printf(arena, "aligned_alloc(%u, %llu) /* or posix_memalign() */",
                                     line, rounded);
    out->text = cck_arena_printf(arena,
                                 "allocate the block at a multiple of %u bytes and round its size "
                                 "up: %llu bytes instead of %llu",
                                 line, rounded, (unsigned long long)out->old_size);
    return true;
}

bool cck_suggest(const cck_suggest_request *request, cck_arena *arena, cck_change *out_change)
{
    static bool (*const suggesters[])(const cck_suggest_request *, cck_arena *, cck_change *) = {
        [CCK_SUGGEST_FIELD] = suggest_field,   [CCK_SUGGEST_ELEMENT] = suggest_element,
        [CCK_SUGGEST_GLOBAL] = suggest_global, [CCK_SUGGEST_HEAP] = suggest_heap,
        [CCK_SUGGEST_PARTS] = suggest_parts,   [CCK_SUGGEST_SPLIT] = cck_suggest_split,
    };
    cck_change suggestion = {.text = "", .code = ""};
    if (request->line == 0 || (size_t)request->kind >= sizeof suggesters / sizeof *suggesters ||
        !suggesters[request->kind](request, arena, &suggestion))
        return false;
    suggestion.text = text_of(suggestion.text);
    suggestion.code = text_of(suggestion.code);
    suggestion.cost = (int64_t)(suggestion.new_size - suggestion.old_size);
    *out_change = suggestion;
    return true;
}
