/* SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <string.h>

#include "core/debug/type.h"
#include "layouts/annotation_internal.h"

/*
 * Allocations by malloc and its like, in sources: for which type they are says the sizeof in their
 * arguments, or the declaration of the pointer that they start with.
 */
enum { MOST = 4096, LONGEST = 512 };

static const char *const functions[] = {"malloc", "calloc", "realloc"};

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
    for (size_t i = 0; at[i] && i < LONGEST; i++) {
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

static void look_for(cck_annotations *annotations, const cck_annotated *file, const char *function)
{
    const char *at = file->text, *counted = at;
    size_t length = strlen(function);
    uint32_t number = 1;
    for (size_t i = 0; i < MOST && (at = strstr(at, function)); i++, at += length) {
        const char *open = at + length + strspn(at + length, " ");
        const char *line = start_of_line(file->text, at);
        bool whole = at == file->text || !is_word(at[-1]);
        const char *end = whole && *open == '(' ? end_of_arguments(open + 1) : NULL;
        if (!end || in_comment(line, at) || line[strspn(line, " \t")] == '#')
            continue;
        for (; counted < line; counted++)
            number += *counted == '\n';
        char *type = type_of(&annotations->arena, line, at, open + 1, end);
        if (type)
            keep(annotations,
                 &(cck_annotation_heap){cck_type_bare(type), function, file->path, number, NULL});
    }
}

void cck_annotated_parse_heap(cck_annotations *annotations, const cck_annotated *file)
{
    if (!strstr(file->text, "alloc"))
        return;
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++)
        look_for(annotations, file, functions[i]);
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
