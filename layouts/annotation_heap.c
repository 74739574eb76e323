/* SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <string.h>

#include "core/debug/type.h"
#include "layouts/alloc_macro.h"
#include "layouts/annotation_internal.h"

/*
 * Allocations by malloc and its like, in sources: for which type they are says the sizeof in their
 * arguments, or the declaration of the pointer that they start with. Macros around them have the
 * type for an argument.
 */
enum { MOST = 4096, LONGEST = 512, MACROS_MOST = 64 };

/* And what projects call their own that end at once if there is no memory. */
static const char *const functions[] = {"malloc",  "calloc",  "realloc",  "xmalloc",  "xcalloc",
                                        "zmalloc", "zcalloc", "g_malloc", "g_malloc0"};

static uint64_t hash(const char *text)
{
    uint64_t sum = UINT64_C(0xcbf29ce484222325); /* FNV-1a */
    for (; *text; text++)
        sum = (sum ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
    return sum;
}

static bool is_word(char byte)
{
    return isalnum((unsigned char)byte) || byte == '_';
}

static const char *start_of_line(const char *text, const char *at)
{
    while (at > text && at[-1] != '\n')
        at--;
    return at;
}

/* Behind "//" on its line, or on a line of a longer comment. */
static bool in_comment(const char *line, const char *at)
{
    const char *first = line + strspn(line, " \t");
    if (*first == '*' || strncmp(first, "/*", 2) == 0)
        return true;
    for (const char *c = line; c + 1 < at; c++)
        if (c[0] == '/' && c[1] == '/')
            return true;
    return false;
}

/* The end of the arguments that begin behind "("; NULL: too far. */
static const char *end_of_arguments(const char *at)
{
    int depth = 1;
    for (size_t i = 0; i < LONGEST && at[i]; i++) {
        depth += at[i] == '(';
        depth -= at[i] == ')';
        if (depth == 0)
            return at + i;
    }
    return NULL;
}

static char *trimmed(cck_arena *arena, const char *from, const char *to)
{
    while (from < to && isspace((unsigned char)*from))
        from++;
    while (to > from && isspace((unsigned char)to[-1]))
        to--;
    return to > from ? cck_arena_strndup(arena, from, (size_t)(to - from)) : NULL;
}

/* "struct T *name = malloc(": the T of such a declaration, if `name` is its pointer. */
static char *declared_type(cck_arena *arena, const char *line, const char *call, const char *name,
                           size_t length)
{
    const char *star = memchr(line, '*', (size_t)(call - line));
    const char *word = star ? star + 1 + strspn(star + 1, " ") : NULL;
    if (!word || word + length >= call || strncmp(word, name, length) != 0 || is_word(word[length]))
        return NULL;
    const char *equals = word + length + strspn(word + length, " ");
    return *equals == '=' ? trimmed(arena, line, star) : NULL;
}

/* Of "sizeof(struct T)", "sizeof *p" and "sizeof(*p)". */
static char *type_of(cck_arena *arena, const char *line, const char *call, const char *from,
                     const char *to)
{
    const char *size = memmem(from, (size_t)(to - from), "sizeof", strlen("sizeof"));
    if (!size)
        return NULL;
    size += strlen("sizeof");
    size += strspn(size, " (");
    if (*size == '*') {
        size += 1 + strspn(size + 1, " ");
        size_t length = 0;
        while (is_word(size[length]))
            length++;
        return length ? declared_type(arena, line, call, size, length) : NULL;
    }
    const char *end = memchr(size, ')', (size_t)(to + 1 - size));
    return end ? trimmed(arena, size, end) : NULL;
}

static void keep(cck_annotations *annotations, const cck_annotation_heap *found)
{
    uint64_t key = hash(found->type);
    cck_annotation_heap *heap = cck_arena_alloc(&annotations->arena, sizeof *heap);
    const cck_annotation_heap *known = cck_map_get(&annotations->heaps, key);
    if (!heap || (known && strcmp(known->type, found->type) == 0))
        return; /* the first one is enough */
    *heap = *found;
    heap->next = known;
    cck_map_put(&annotations->heaps, key, heap);
}

/* Calls of a function or macro, one after the other. */
typedef struct calls {
    const cck_annotated *file;
    const char *name, *at, *counted;
    uint32_t number;         /* the line of `counted` */
    const char *line, *open; /* of the call: its line, and behind its "(" */
} calls;

static bool next_call(calls *all)
{
    size_t length = strlen(all->name);
    for (size_t i = 0; i < MOST && (all->at = strstr(all->at, all->name)); i++) {
        const char *call = all->at, *text = all->file->text;
        all->at += length;
        all->open = all->at + strspn(all->at, " ");
        all->line = start_of_line(text, call);
        bool whole = (call == text || !is_word(call[-1])) && *all->open == '(';
        if (!whole || in_comment(all->line, call) || all->line[strspn(all->line, " \t")] == '#')
            continue;
        all->open++;
        for (; all->counted < all->line; all->counted++)
            all->number += *all->counted == '\n';
        return true;
    }
    return false;
}

static void look_for(cck_annotations *annotations, const cck_annotated *file, const char *function)
{
    calls all = {
        .file = file, .name = function, .at = file->text, .counted = file->text, .number = 1};
    while (next_call(&all)) {
        const char *end = end_of_arguments(all.open);
        char *type =
            end ? type_of(&annotations->arena, all.line, all.at - strlen(function), all.open, end)
                : NULL;
        if (type)
            keep(annotations, &(cck_annotation_heap){cck_type_bare(type), function, file->path,
                                                     all.number, NULL});
    }
}

/* As they are defined in the same file. */
static void look_for_macros(cck_annotations *annotations, const cck_annotated *file)
{
    cck_alloc_macro macro;
    size_t at = 0;
    for (size_t i = 0;
         i < MACROS_MOST && cck_alloc_macro_next(&annotations->arena, file->text, &at, &macro);
         i++) {
        calls all = {
            .file = file, .name = macro.name, .at = file->text, .counted = file->text, .number = 1};
        while (next_call(&all)) {
            const char *end;
            const char **arguments =
                cck_alloc_macro_arguments(&annotations->arena, &macro, all.open, &end);
            if (arguments && *arguments[macro.type])
                keep(annotations, &(cck_annotation_heap){cck_type_bare(arguments[macro.type]),
                                                         macro.name, file->path, all.number, NULL});
        }
    }
}

void cck_annotated_parse_heap(cck_annotations *annotations, const cck_annotated *file)
{
    if (!strstr(file->text, "alloc"))
        return;
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++)
        look_for(annotations, file, functions[i]);
    look_for_macros(annotations, file);
}

const cck_annotation_heap *cck_annotation_allocation(const cck_annotations *annotations,
                                                     const char *type)
{
    type = cck_type_bare(type);
    const cck_annotation_heap *heap = cck_map_get(&annotations->heaps, hash(type));
    while (heap && strcmp(heap->type, type) != 0)
        heap = heap->next;
    return heap;
}
