/* SPDX-License-Identifier: MIT */
/* Calls that allocate what they do not align. */
#include <string.h>

#include "layouts/alloc_macro.h"
#include "layouts/patch_plan.h"

/* "lanes = calloc(1, sizeof *lanes);", a statement of its own on one line. */
typedef struct cleared {
    size_t line, call, end;           /* end: behind the semicolon */
    const char *indent, *name, *size; /* of the line; what is assigned to; how much */
} cleared;

static bool is_blank(char byte)
{
    return byte == ' ' || byte == '\t';
}

static const char *text_of(cck_arena *arena, const cck_patch_file *file, size_t from, size_t to)
{
    while (from < to && is_blank(file->text[from]))
        from++;
    while (to > from && is_blank(file->text[to - 1]))
        to--;
    return cck_arena_strndup(arena, file->text + from, to - from);
}

/* Another statement can follow it: it is not the whole body of an "if". */
static bool is_in_block(const cck_patch_file *file, size_t line)
{
    while (line > 0 && strchr(" \t\n", file->code[line - 1]))
        line--;
    return line > 0 && strchr(";{}", file->code[line - 1]);
}

/* What is assigned to, without the type of a declaration: "lanes" of "struct lane *lanes". */
static bool find_name(cck_arena *arena, const cck_patch_file *file, cleared *found)
{
    size_t from = found->line, end = found->call;
    while (is_blank(file->code[from]))
        from++;
    found->indent = cck_arena_strndup(arena, file->text + found->line, from - found->line);
    while (end > from && is_blank(file->code[end - 1]))
        end--;
    if (file->code[from] == '*' || end == from || file->code[--end] != '=')
        return false;
    while (end > from && is_blank(file->code[end - 1]))
        end--;
    size_t start = end;
    while (start > from && !strchr(" \t*=!+-/%&|^<", file->code[start - 1]) &&
           file->code[start - 1] != ')')
        start -= start - 1 > from && file->code[start - 1] == '>' && file->code[start - 2] == '-'
                     ? 2
                     : 1;
    found->name = text_of(arena, file, start, end);
    return start < end;
}

/* Of one thing only: of several, calloc() sees to it that the product does not overflow. */
static bool find_size(cck_arena *arena, const cck_patch_file *file, cleared *found)
{
    size_t open = found->call + strlen("calloc"), comma = 0, at = open;
    unsigned depth = 0;
    for (; file->code[at] && file->code[at] != '\n'; at++) {
        depth += file->code[at] == '(';
        if (file->code[at] == ',' && depth == 1)
            comma = at;
        if (file->code[at] == ')' && --depth == 0)
            break;
    }
    if (file->code[at] != ')' || !comma || file->code[at + 1] != ';')
        return false;
    found->end = at + 2;
    const char *first = text_of(arena, file, open + 1, comma);
    const char *second = text_of(arena, file, comma + 1, at);
    if (!first || !second)
        return false;
    found->size = strcmp(first, "1") == 0 ? second : first;
    return strcmp(first, "1") == 0 || strcmp(second, "1") == 0;
}

static const char *plan_cleared(const cck_plan_state *state, const cck_patch_file *file,
                                size_t line, size_t call, uint32_t align, cck_variant *variant)
{
    cck_arena *arena = state->context->files->arena;
    cleared found = {.line = line, .call = call};
    if (!memmem(file->text, file->size, "string.h", strlen("string.h")))
        return "calloc also clears: that takes memset, and <string.h> is not included";
    if (!is_in_block(file, line) || !find_name(arena, file, &found) ||
        !find_size(arena, file, &found))
        return "calloc also clears: change what is no statement that allocates one by hand";
    const char *step = strchr(found.indent, '\t') ? "\t" : "    ";
    const char *why = cck_plan_edit(
        variant, file, call, found.end - call,
        cck_arena_printf(arena, "aligned_alloc(%u, %s);\n%sif (%s)\n%s%smemset(%s, 0, %s);", align,
                         found.size, found.indent, found.name, found.indent, step, found.name,
                         found.size));
    variant->text = "allocate it with aligned_alloc, and clear it";
    return why;
}

/* The call of a macro of the same file: what it stands for is written out, with aligned_alloc;
 * other calls of it stay. NULL, or why it cannot be. */
static const char *plan_macro(const cck_plan_state *state, const cck_patch_file *file,
                              uint32_t line, uint32_t align, cck_variant *variant)
{
    cck_arena *arena = state->context->files->arena;
    cck_alloc_macro macro;
    size_t from = 0, call;
    while (cck_alloc_macro_next(arena, file->text, &from, &macro)) {
        if (!cck_patch_call(file, line, macro.name, &call))
            continue;
        const char *open = file->text + call + strlen(macro.name) + 1, *end = NULL;
        const char **arguments = cck_alloc_macro_arguments(arena, &macro, open, &end);
        const char *text =
            arguments ? cck_alloc_macro_expand(arena, &macro, arguments, align) : NULL;
        if (!text || memchr(open, '\n', (size_t)(end - open)))
            return "the macro that allocates is not a plain malloc on one line: change it by hand";
        variant->text =
            cck_arena_printf(arena, "allocate it with aligned_alloc instead of %s", macro.name);
        return cck_plan_edit(variant, file, call, (size_t)(end + 1 - (file->text + call)), text);
    }
    return "neither malloc nor calloc is called there: realloc moves what it enlarges, and "
           "macros of other files have other users";
}

/* malloc(...) becomes aligned_alloc(64, ...): the size of the type is a multiple of that. */
void cck_plan_allocation(cck_plan_state *state, cck_plan *plan)
{
    const cck_location *place = state->finding->locations;
    const cck_type *type = cck_plan_record(state->context->corpus, state->finding->object.type,
                                           state->finding->object.size);
    cck_variant variant = {.text = "allocate it with aligned_alloc"};
    bool known = state->finding->location_count && strcmp(place->role, "allocated") == 0;
    const cck_patch_file *file =
        known ? cck_patch_file_get(state->context->files, place->file) : NULL;
    size_t call = 0;
    plan->why = "changes of this kind are made by hand";
    if (!file || !type || type->language != CCK_LANGUAGE_C)
        return;
    if (cck_patch_call(file, place->line, "malloc", &call))
        plan->why = cck_plan_edit(
            &variant, file, call, strlen("malloc("),
            cck_arena_printf(state->context->files->arena, "aligned_alloc(%u, ", type->align));
    else if (cck_patch_call(file, place->line, "calloc", &call))
        plan->why = plan_cleared(state, file, cck_patch_line(file, place->line), call, type->align,
                                 &variant);
    else
        plan->why = plan_macro(state, file, place->line, type->align, &variant);
    if (!plan->why)
        plan->variants[plan->count++] = variant;
}
