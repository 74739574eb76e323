/* SPDX-License-Identifier: MIT */
#include "layouts/alloc_macro.h"

#include <ctype.h>
#include <string.h>

enum { LONGEST = 512 };

static bool is_word(char byte)
{
    return isalnum((unsigned char)byte) || byte == '_';
}

static bool is_blank(char byte)
{
    return byte == ' ' || byte == '\t';
}

static size_t word_length(const char *at)
{
    size_t length = 0;
    while (is_word(at[length]))
        length++;
    return length;
}

/* One of the functions that align to 16, called at `at` by its whole name. */
static const char *function_at(const char *text, const char *at)
{
    static const char *const functions[] = {"malloc", "calloc", "realloc"};
    size_t length = word_length(at);
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++)
        if (length == strlen(functions[i]) && strncmp(at, functions[i], length) == 0 &&
            (at == text || !is_word(at[-1])) && at[length + strspn(at + length, " ")] == '(')
            return functions[i];
    return NULL;
}

/* The definition's text, continued lines as one; NULL: too long. */
static char *body_of(cck_arena *arena, const char *from)
{
    size_t length = 0;
    while (length < LONGEST && from[length] &&
           (from[length] != '\n' || (length && from[length - 1] == '\\')))
        length++;
    char *body = length < LONGEST ? cck_arena_strndup(arena, from, length) : NULL;
    for (char *at = body; at && *at; at++)
        if (*at == '\n' || (*at == '\\' && at[1] == '\n'))
            *at = ' ';
    return body;
}

static const char *take_parameters(cck_arena *arena, const char *at, cck_alloc_macro *macro)
{
    for (macro->count = 0; macro->count < CCK_ALLOC_PARAMETERS; at++) {
        while (is_blank(*at))
            at++;
        size_t length = word_length(at);
        const char *name = length ? cck_arena_strndup(arena, at, length) : NULL;
        if (!name)
            return NULL;
        macro->parameters[macro->count++] = name;
        at += length;
        while (is_blank(*at))
            at++;
        if (*at == ')')
            return at + 1;
        if (*at != ',')
            return NULL;
    }
    return NULL;
}

/* "sizeof(type)" tells which parameter is the type. */
static bool find_type(cck_alloc_macro *macro)
{
    const char *size = strstr(macro->body, "sizeof");
    if (!size)
        return false;
    size += strlen("sizeof");
    size += strspn(size, " (");
    size_t length = word_length(size);
    for (macro->type = 0; length && macro->type < macro->count; macro->type++)
        if (strlen(macro->parameters[macro->type]) == length &&
            strncmp(macro->parameters[macro->type], size, length) == 0)
            return size[length] == ')';
    return false;
}

static bool find_function(cck_alloc_macro *macro)
{
    macro->function = NULL;
    for (const char *at = macro->body; *at && !macro->function; at++)
        macro->function = function_at(macro->body, at);
    return macro->function;
}

/* `at` behind "#define ". */
static bool define_read(cck_arena *arena, const char *at, cck_alloc_macro *macro)
{
    size_t length = word_length(at);
    *macro = (cck_alloc_macro){.name = NULL};
    if (!length || at[length] != '(' || !(macro->name = cck_arena_strndup(arena, at, length)))
        return false;
    const char *behind = take_parameters(arena, at + length + 1, macro);
    macro->body = behind ? body_of(arena, behind + strspn(behind, " \t")) : NULL;
    return macro->body && find_type(macro) && find_function(macro);
}

bool cck_alloc_macro_next(cck_arena *arena, const char *text, size_t *at,
                          cck_alloc_macro *out_macro)
{
    static const char word[] = "define";
    for (const char *found; (found = strstr(text + *at, word));) {
        *at = (size_t)(found - text) + sizeof word - 1;
        const char *hash = found;
        while (hash > text && is_blank(hash[-1]))
            hash--;
        if (hash == text || hash[-1] != '#' || !is_blank(text[*at]))
            continue;
        if (define_read(arena, text + *at + strspn(text + *at, " \t"), out_macro))
            return true;
    }
    return false;
}

const char **cck_alloc_macro_arguments(cck_arena *arena, const cck_alloc_macro *macro,
                                       const char *open, const char **out_end)
{
    const char **arguments = cck_arena_array(arena, macro->count, sizeof *arguments);
    const char *start = open;
    size_t count = 0;
    int depth = 0;
    for (const char *at = open; arguments && *at && at < open + LONGEST; at++) {
        bool ends = depth == 0 && (*at == ',' || *at == ')');
        depth += *at == '(';
        depth -= *at == ')';
        if (!ends)
            continue;
        const char *last = at;
        start += strspn(start, " \t\n");
        while (last > start && isspace((unsigned char)last[-1]))
            last--;
        if (count == macro->count ||
            !(arguments[count++] = cck_arena_strndup(arena, start, (size_t)(last - start))))
            return NULL;
        *out_end = at;
        if (*at == ')')
            return count == macro->count ? arguments : NULL;
        start = at + 1;
    }
    return NULL;
}

/* The argument for a word of the body, or the word. */
static const char *word_for(cck_arena *arena, const cck_alloc_macro *macro,
                            const char *const *arguments, const char *at, size_t length)
{
    for (size_t i = 0; i < macro->count; i++)
        if (strlen(macro->parameters[i]) == length &&
            strncmp(macro->parameters[i], at, length) == 0)
            return arguments[i];
    return cck_arena_strndup(arena, at, length);
}

const char *cck_alloc_macro_expand(cck_arena *arena, const cck_alloc_macro *macro,
                                   const char *const *arguments, unsigned align)
{
    const char *text = "";
    if (strcmp(macro->function, "malloc") != 0 || strpbrk(macro->body, "#\"'"))
        return NULL;
    for (const char *at = macro->body; *at && text;) {
        size_t length = word_length(at);
        if (function_at(macro->body, at)) {
            at = strchr(at, '(') + 1;
            text = cck_arena_printf(arena, "%saligned_alloc(%u, ", text, align);
        } else if (length) {
            const char *word = word_for(arena, macro, arguments, at, length);
            text = word ? cck_arena_printf(arena, "%s%s", text, word) : NULL;
            at += length;
        } else {
            text = cck_arena_printf(arena, "%s%c", text, *at++);
        }
    }
    return text;
}
