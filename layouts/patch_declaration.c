/* SPDX-License-Identifier: MIT */
/* Finds the declaration that a line of debug information means, and says no where it is not
 * certain: a wrong change is worse than none. */
#include <ctype.h>
#include <string.h>

#include "layouts/patch.h"

static bool is_word(char byte)
{
    return isalnum((unsigned char)byte) || byte == '_';
}

/* The next `word` in [from, to) of the code; `to` if there is none. */
static size_t find_word(const cck_patch_file *file, size_t from, size_t to, const char *word)
{
    size_t length = strlen(word);
    for (size_t at = from; at + length <= to; at++)
        if (memcmp(file->code + at, word, length) == 0 && !is_word(file->code[at + length]) &&
            (at == 0 || !is_word(file->code[at - 1])))
            return at;
    return to;
}

/* Behind the last ";", "{", "}" or "public:" before it. */
static size_t find_start(const char *code, size_t at)
{
    size_t start = at;
    unsigned depth = 0;
    while (start > 0) {
        char byte = code[start - 1];
        bool scope = byte == ':' && ((start > 1 && code[start - 2] == ':') || code[start] == ':');
        depth += byte == ')';
        depth -= byte == '(' && depth;
        if (!depth && (strchr(";{}", byte) || (byte == ':' && !scope)))
            break;
        start--;
    }
    while (start < at && isspace((unsigned char)code[start]))
        start++;
    return start;
}

/* The last comma before `name` and the first one behind it that are in no brackets: several
 * things are declared at once. */
static void find_commas(const char *code, cck_declaration *found)
{
    int depth = 0;
    for (size_t i = found->start; i < found->end && !found->after; i++) {
        depth += strchr("(<[{", code[i]) && code[i];
        depth -= strchr(")>]}", code[i]) && code[i];
        if (code[i] != ',' || depth > 0)
            continue;
        if (i < found->name)
            found->before = i;
        else
            found->after = i;
    }
}

/* Where "unsigned long" ends in "unsigned long *a, b[2]": before the first declarator. */
static size_t find_type_end(const char *code, const cck_declaration *found)
{
    size_t end = found->start, word = 0;
    int depth = 0;
    for (; end < found->end; end++) {
        char byte = code[end];
        if (depth == 0 && (strchr("*&,;=[({:", byte) && byte) &&
            !(byte == ':' && (code[end + 1] == ':' || code[end - 1] == ':')))
            break;
        depth += byte == '<';
        depth -= byte == '>';
        if (is_word(byte) && (end == found->start || !is_word(code[end - 1])))
            word = end;
    }
    /* At a "*" the type is whole; else the last word is the first declarator's name. */
    end = end < found->end && strchr("*&", code[end]) ? end : word;
    while (end > found->start && isspace((unsigned char)code[end - 1]))
        end--;
    return end;
}

static size_t find_end(const cck_patch_file *file, size_t at)
{
    int depth = 0;
    for (; at < file->size; at++) {
        char byte = file->code[at];
        depth += byte && strchr("({[", byte);
        depth -= byte && strchr(")}]", byte);
        if (depth < 0 || (byte == ';' && depth == 0))
            break;
    }
    return at;
}

/* Whether a word between them makes it something that takes no alignment. */
static const char *refusal(const cck_patch_file *file, const cck_declaration *found)
{
    const char *code = file->code;
    if (found->start >= found->name)
        return "its type and name are not on one declaration";
    if (found->end >= file->size || code[found->end] != ';')
        return "where its declaration ends is not clear";
    if (memchr(code + found->start, '{', found->name - found->start))
        return "its type is defined in its declaration";
    if (found->type_end <= found->start && (found->before || found->after))
        return "several are declared at once: split the declaration first";
    for (size_t i = found->name; i < (found->after ? found->after : found->end); i++) {
        if (code[i] == ':' && code[i + 1] != ':' && code[i - 1] != ':')
            return "it is a bit-field";
        if (strchr("={", code[i]))
            break;
    }
    if (find_word(file, found->start, found->end, "alignas") < found->end ||
        find_word(file, found->start, found->end, "_Alignas") < found->end ||
        find_word(file, found->start, found->end, "aligned") < found->end)
        return "it is aligned already: change that by hand";
    if (find_word(file, found->start, found->name, "typedef") < found->name)
        return "it is a type's name";
    return NULL;
}

const char *cck_patch_declaration(const cck_patch_file *file, uint32_t line, const char *name,
                                  cck_declaration *out_declaration)
{
    size_t from = cck_patch_line(file, line), to = cck_patch_line(file, line + 1);
    if (!*name || from >= to)
        return "its line is not in the file: has it changed since it was compiled?";
    size_t at = find_word(file, from, to, name);
    if (at == to)
        return "its name is not on its line: a macro declares it, or the file has changed";
    cck_declaration found = {.name = at};
    found.start = find_start(file->code, at);
    found.end = find_end(file, at);
    if (found.start < found.name) {
        find_commas(file->code, &found);
        found.type_end = find_type_end(file->code, &found);
    }
    const char *why = refusal(file, &found);
    if (!why)
        *out_declaration = found;
    return why;
}

bool cck_patch_call(const cck_patch_file *file, uint32_t line, const char *function, size_t *out_at)
{
    size_t from = cck_patch_line(file, line), to = cck_patch_line(file, line + 1);
    size_t at = from < to ? find_word(file, from, to, function) : to;
    if (at >= to || file->code[at + strlen(function)] != '(')
        return false;
    *out_at = at;
    return true;
}

/* ---- layouts that are promises ---- */

static const char *last_part(const char *name)
{
    const char *part = cck_type_bare(name);
    for (const char *at = part; *at && *at != '<'; at++)
        if (at[0] == ':' && at[1] == ':')
            part = at + 2;
    return part;
}

/* static_assert(sizeof(struct header) == 64): the size or an offset is meant to be so. */
static bool is_asserted(const cck_patch_file *file, const char *name)
{
    static const char *const asserts[] = {
        "static_assert",    "_Static_assert",   "BUILD_BUG_ON",   "BUILD_BUG_ON_MSG",
        "StaticAssertDecl", "StaticAssertStmt", "G_STATIC_ASSERT"};
    for (size_t i = 0; *name && i < sizeof asserts / sizeof *asserts; i++) {
        size_t at = 0;
        while ((at = find_word(file, at, file->size, asserts[i])) < file->size) {
            size_t end = find_end(file, at);
            bool about = find_word(file, at, end, name) < end;
            if (about && (find_word(file, at, end, "sizeof") < end ||
                          find_word(file, at, end, "offsetof") < end))
                return true;
            at = end > at ? end : at + 1;
        }
    }
    return false;
}

static bool holds(const cck_patch_file *file, const char *text)
{
    return memmem(file->text, file->size, text, strlen(text)) != NULL;
}

static bool is_public_folder(const char *path)
{
    return strncmp(path, "include/", 8) == 0 || strstr(path, "/include/") != NULL;
}

static bool is_packed(const cck_type *type)
{
    for (size_t i = 0; i < type->member_count; i++) {
        const cck_member *member = &type->members[i];
        uint32_t align = member->type->align;
        if (!member->bit_size && align > 1 && member->offset % align)
            return true;
    }
    return false;
}

const char *cck_patch_guard(cck_patch_files *files, const cck_type *type)
{
    if (is_packed(type))
        return "it is packed: its layout is a format that others rely on";
    const cck_patch_file *file = *type->file ? cck_patch_file_get(files, type->file) : NULL;
    if (!file)
        return NULL;
    if (is_asserted(file, last_part(cck_type_label(type))))
        return "a static assertion fixes its size or offsets";
    if (strstr(type->file, "/uapi/") || strncmp(type->file, "/usr/", 5) == 0)
        return "it is part of the system's interface";
    if (is_public_folder(type->file) &&
        (holds(file, "extern \"C\"") || holds(file, "visibility(\"default\")")))
        return "it is in a public header of a C interface: programs are compiled against it";
    return NULL;
}
