/* SPDX-License-Identifier: MIT */
#include "layouts/patch_lines.h"

#include <ctype.h>
#include <string.h>

static size_t start_of_line(const cck_patch_file *file, size_t at)
{
    while (at > 0 && file->text[at - 1] != '\n')
        at--;
    return at;
}

static size_t end_of_line(const cck_patch_file *file, size_t at)
{
    while (at < file->size && file->text[at] != '\n')
        at++;
    return at < file->size ? at + 1 : at;
}

static bool is_blank(const char *text, size_t from, size_t to)
{
    for (; from < to; from++)
        if (!isspace((unsigned char)text[from]))
            return false;
    return true;
}

/* Nothing else follows at once that the comment above could be about too. */
void cck_patch_lines_add_comment(const cck_patch_file *file, cck_patch_lines *lines)
{
    size_t from = lines->from, next_end = end_of_line(file, lines->to);
    while (from > 0) {
        size_t above = start_of_line(file, from - 1);
        if (is_blank(file->text, above, from) || !is_blank(file->code, above, from) ||
            file->text[above + strspn(file->text + above, " \t")] == '#')
            break;
        from = above;
    }
    if (is_blank(file->text, lines->to, next_end) || is_blank(file->code, lines->to, next_end) ||
        file->code[lines->to + strspn(file->code + lines->to, " \t")] == '}')
        lines->from = from;
}

const char *cck_patch_lines_of(const cck_patch_file *file, const cck_member *member,
                               cck_patch_lines *out_lines)
{
    cck_declaration found;
    const char *why = cck_patch_declaration(file, member->line, member->name, &found);
    if (why)
        return why;
    *out_lines = (cck_patch_lines){.from = start_of_line(file, found.start),
                                   .to = end_of_line(file, found.end),
                                   .start = found.start,
                                   .name = found.name,
                                   .end = found.end};
    if (found.before || found.after || !is_blank(file->code, out_lines->from, found.start) ||
        !is_blank(file->code, found.end + 1, out_lines->to))
        return "something else is declared on its line";
    return NULL;
}

bool cck_patch_lines_quiet(const cck_patch_file *file, size_t from, size_t to)
{
    for (size_t at = from; at < to; at = end_of_line(file, at)) {
        size_t first = at + strspn(file->text + at, " \t"), end = end_of_line(file, at);
        if (file->text[first] == '#')
            return false;
        while (end > at && isspace((unsigned char)file->code[end - 1]))
            end--;
        if (end > at && file->code[end - 1] == ':')
            return false;
    }
    return true;
}

static bool remove_line(const cck_patch_file *file, size_t at, cck_variant *variant)
{
    if (variant->count == CCK_EDITS_MOST)
        return false;
    variant->edits[variant->count++] = (cck_edit){file, at, end_of_line(file, at) - at, ""};
    return true;
}

const char *cck_patch_lines_remove(const cck_patch_file *file, const cck_patch_lines *lines,
                                   size_t keep, cck_variant *variant)
{
    bool room = true;
    for (size_t at = lines->from; at < lines->to && room; at = end_of_line(file, at))
        room = remove_line(file, at, variant);
    size_t above = lines->from ? start_of_line(file, lines->from - 1) : 0, below = lines->to;
    if (room && lines->from && is_blank(file->text, above, lines->from) && below != keep &&
        below < file->size && is_blank(file->text, below, end_of_line(file, below)))
        room = remove_line(file, below, variant);
    variant->moves = true;
    return room ? NULL : "too much would have to change";
}
