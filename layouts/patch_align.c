/* SPDX-License-Identifier: MIT */
/* The words that align a declaration, and where they go. */
#include <string.h>

#include "layouts/patch_plan.h"

/* A header that C++ reads too wants what both understand. */
static const char *aligner(const cck_patch_file *file, cck_language language)
{
    if (language == CCK_LANGUAGE_CPP)
        return "alignas(%u) ";
    bool both = memmem(file->text, file->size, "__cplusplus", strlen("__cplusplus")) != NULL;
    return both ? "__attribute__((aligned(%u))) " : "_Alignas(%u) ";
}

/* What the project writes: told by its configuration, or seen in the file itself. */
static const char *project_macro(const cck_plan_state *state, const cck_patch_file *file)
{
    static const char *const known[] = {"____cacheline_aligned_in_smp", "____cacheline_aligned"};
    if (*state->context->aligner)
        return state->context->aligner;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (memmem(file->text, file->size, known[i], strlen(known[i])))
            return known[i];
    return NULL;
}

/* A macro goes behind the declarator: before an initialiser, or the end. */
static size_t behind_declarator(const cck_patch_file *file, const cck_declaration *found)
{
    size_t at = found->name;
    size_t end = found->after ? found->after : found->end;
    while (at < end && file->code[at] != '=' && file->code[at] != '{')
        at++;
    while (at > found->name && strchr(" \t\n", file->code[at - 1]))
        at--;
    return at;
}

const char *cck_plan_alignment(const cck_plan_state *state, const cck_patch_file *file,
                               const cck_declaration *found, cck_language language, uint32_t align,
                               size_t *out_at)
{
    cck_arena *arena = state->context->files->arena;
    const char *macro = align == state->context->line ? project_macro(state, file) : NULL;
    *out_at = macro ? behind_declarator(file, found) : found->start;
    return macro ? cck_arena_printf(arena, " %s", macro)
                 : cck_arena_printf(arena, aligner(file, language), align);
}

const char *cck_plan_edit(cck_variant *variant, const cck_patch_file *file, size_t at,
                          size_t removed, const char *insert)
{
    if (!insert)
        return "out of memory";
    if (variant->count == CCK_EDITS_MOST)
        return "too much would have to change";
    variant->edits[variant->count++] = (cck_edit){file, at, removed, insert};
    return NULL;
}

/* The blanks behind a comma, on its line, go with it. */
static size_t comma_size(const cck_patch_file *file, size_t comma)
{
    size_t end = comma + 1;
    while (file->text[end] == ' ' || file->text[end] == '\t')
        end++;
    return end - comma;
}

/* "long a, b, c;" with `b` aligned is "long a; _Alignas(64) long b; long c;". */
static const char *split_declaration(cck_arena *arena, const cck_patch_file *file,
                                     const cck_declaration *found, const char *aligned,
                                     cck_variant *variant)
{
    int length = (int)(found->type_end - found->start);
    const char *type = file->text + found->start, *why = NULL;
    if (memchr(type, '\n', found->type_end - found->start) || memchr(type, '/', (size_t)length))
        return "several are declared at once: split the declaration first";
    if (found->before)
        why = cck_plan_edit(variant, file, found->before, comma_size(file, found->before),
                            cck_arena_printf(arena, "; %s%.*s ", aligned, length, type));
    else
        why = cck_plan_edit(variant, file, found->start, 0, aligned);
    if (!why && found->after)
        why = cck_plan_edit(variant, file, found->after, comma_size(file, found->after),
                            cck_arena_printf(arena, "; %.*s ", length, type));
    return why;
}

const char *cck_plan_align_declaration(const cck_plan_state *state, const char *path, uint32_t line,
                                       const char *name, cck_language language, uint32_t align,
                                       cck_variant *variant)
{
    cck_arena *arena = state->context->files->arena;
    const cck_patch_file *file = *path ? cck_patch_file_get(state->context->files, path) : NULL;
    cck_declaration found;
    if (!file)
        return *path ? "its source is not here" : "debug information does not say where it is";
    if (language != CCK_LANGUAGE_C && language != CCK_LANGUAGE_CPP)
        return "only C and C++ sources are changed: apply it by hand";
    const char *why = cck_patch_declaration(file, line, name, &found);
    if (why)
        return why;
    size_t at;
    const char *insert = cck_plan_alignment(state, file, &found, language, align, &at);
    if (!insert)
        return "out of memory";
    if (at != found.start || (!found.before && !found.after))
        return cck_plan_edit(variant, file, at, 0, insert);
    return split_declaration(arena, file, &found, insert, variant);
}
