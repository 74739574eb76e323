/* SPDX-License-Identifier: MIT */
/* A diff was made where the user stood, and is applied elsewhere: its names are brought to the
 * top of the tree, and what would lead out of it is refused before anything is built. */
#include "core/verify/patch.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/fail.h"

enum { FILES_MOST = 4096 };

typedef struct patch_reader {
    cck_tree_patch *patch;
    cck_arena *arena;
    FILE *out;
    const char *top, *below;
    const char *line;                 /* the one looked at */
    size_t length;                    /* without its newline */
    bool by_git;                      /* behind "diff --git": names are from the top */
    unsigned long old_left, new_left; /* lines of the hunk that are still to come */
    bool hunks;                       /* the file has one */
    cck_error *err;
} patch_reader;

static bool starts(const patch_reader *reader, const char *with)
{
    size_t length = strlen(with);
    return reader->length >= length && memcmp(reader->line, with, length) == 0;
}

static int no_memory(const patch_reader *reader)
{
    return cck_fail(reader->err, CCK_ENOMEM, "out of memory");
}

/* ---- names ---- */

static bool climbs(const char *name)
{
    for (; name; name = strchr(name, '/')) {
        name += *name == '/';
        if (strncmp(name, "..", 2) == 0 && (!name[2] || name[2] == '/'))
            return true;
    }
    return false;
}

static int fail_outside(const patch_reader *reader, const char *name)
{
    cck_fail(reader->err, CCK_EINVALID, "the patch changes %.200s, which is not in %.200s", name,
             reader->top);
    cck_hint(reader->err, "verify copies one tree only: run it in the project that holds the file");
    return CCK_EINVALID;
}

/* The name behind "--- " or "+++ ", as one from the top; NULL for /dev/null. */
static int name_of(const patch_reader *reader, const char **out_name)
{
    const char *text = reader->line + 4;
    size_t length = 0, top = strlen(reader->top);
    while (length < reader->length - 4 && !strchr("\t\r", text[length]))
        length++;
    char *name = cck_arena_strndup(reader->arena, text, length);
    if (!name)
        return no_memory(reader);
    *out_name = NULL;
    if (strcmp(name, "/dev/null") == 0)
        return 0;
    const char *slash = strchr(name, '/');
    if (*name == '/' && (strncmp(name, reader->top, top) != 0 || name[top] != '/'))
        return fail_outside(reader, name);
    if (*name == '/')
        *out_name = name + top + 1;
    else
        *out_name = cck_arena_printf(reader->arena, "%s%s", reader->by_git ? "" : reader->below,
                                     slash ? slash + 1 : name);
    if (!*out_name)
        return no_memory(reader);
    return climbs(*out_name) || !**out_name ? fail_outside(reader, name) : 0;
}

static int keep_name(const patch_reader *reader, const char *name)
{
    cck_tree_patch *patch = reader->patch;
    for (size_t i = 0; i < patch->file_count; i++)
        if (strcmp(patch->files[i], name) == 0)
            return 0;
    if (patch->file_count == FILES_MOST)
        return cck_fail(reader->err, CCK_ELIMIT, "the patch changes more than %d files",
                        FILES_MOST);
    patch->files[patch->file_count++] = name;
    return 0;
}

static int take_name(patch_reader *reader)
{
    const char *name = NULL;
    bool old = *reader->line == '-';
    int code = name_of(reader, &name);
    if (code < 0)
        return code;
    if (name)
        fprintf(reader->out, "%.3s %s/%s\n", reader->line, old ? "a" : "b", name);
    else
        fprintf(reader->out, "%.3s /dev/null\n", reader->line);
    return name ? keep_name(reader, name) : 0;
}

/* ---- hunks ---- */

static int fail_damaged(const patch_reader *reader)
{
    int length = reader->length < 60 ? (int)reader->length : 60;
    cck_fail(reader->err, CCK_EFORMAT, "the patch is damaged, at: %.*s", length ? length : 7,
             length ? reader->line : "its end");
    cck_hint(reader->err, "make it anew: cachecheck layout --patch, or git diff");
    return CCK_EFORMAT;
}

/* "-3,7": how many; one where it is not said. */
static bool read_range(const char **at, char sign, unsigned long *out_count)
{
    char *end;
    if (**at != sign)
        return false;
    strtoul(*at + 1, &end, 10);
    *out_count = 1;
    if (end == *at + 1)
        return false;
    if (*end == ',') {
        const char *digits = end + 1;
        *out_count = strtoul(digits, &end, 10);
        if (end == digits)
            return false;
    }
    *at = end;
    return true;
}

static int begin_hunk(patch_reader *reader)
{
    const char *at = reader->line + 3;
    if (!read_range(&at, '-', &reader->old_left) || *at++ != ' ' ||
        !read_range(&at, '+', &reader->new_left) || strncmp(at, " @@", 3) != 0)
        return fail_damaged(reader);
    if (!reader->patch->file_count)
        return fail_damaged(reader);
    reader->hunks = true;
    return 0;
}

static int take_hunk_line(patch_reader *reader)
{
    char mark = reader->length ? *reader->line : ' '; /* mail loses blanks at the end of lines */
    bool old = mark == ' ' || mark == '-', new = mark == ' ' || mark == '+';
    if (mark == '\\')
        return 0;
    if ((!old && !new) || (old && !reader->old_left) || (new && !reader->new_left))
        return fail_damaged(reader);
    reader->old_left -= old;
    reader->new_left -= new;
    reader->patch->added += mark == '+';
    reader->patch->removed += mark == '-';
    return 0;
}

/* ---- all of it ---- */

static int take_line(patch_reader *reader)
{
    int code = 0;
    if (reader->old_left || reader->new_left) {
        code = take_hunk_line(reader);
    } else if (starts(reader, "--- ") || starts(reader, "+++ ")) {
        return take_name(reader);
    } else if (starts(reader, "@@ ")) {
        code = begin_hunk(reader);
    } else if (starts(reader, "diff --git ")) {
        reader->by_git = true;
    }
    fprintf(reader->out, "%.*s\n", (int)reader->length, reader->line);
    return code;
}

static int read_lines(patch_reader *reader, const char *text)
{
    int code = 0;
    while (*text && code == 0) {
        reader->line = text;
        reader->length = strcspn(text, "\n");
        code = take_line(reader);
        text += reader->length + (text[reader->length] == '\n');
    }
    if (code == 0 && (reader->old_left || reader->new_left)) {
        reader->length = 0;
        code = fail_damaged(reader);
    }
    if (code < 0 || reader->hunks)
        return code;
    cck_fail(reader->err, CCK_EFORMAT,
             "this is no unified diff: it has no hunk that changes a "
             "file");
    cck_hint(reader->err, "such as `cachecheck layout --patch` or `git diff` write it");
    return CCK_EFORMAT;
}

int cck_tree_patch_read(cck_tree_patch *out_patch, cck_arena *arena, const char *text,
                        const char *top, const char *below, cck_error *err)
{
    cck_tree_patch patch = {.files = cck_arena_array(arena, FILES_MOST, sizeof *patch.files)};
    patch_reader reader = {.patch = &patch, .arena = arena, .top = top, .below = below, .err = err};
    char *made = NULL;
    size_t size;
    reader.out = patch.files ? open_memstream(&made, &size) : NULL;
    if (!reader.out)
        return no_memory(&reader);
    int code = read_lines(&reader, text);
    bool failed = ferror(reader.out);
    if ((fclose(reader.out) != 0 || failed) && code == 0)
        code = no_memory(&reader);
    patch.text = code == 0 ? cck_arena_strdup(arena, made) : NULL;
    free(made);
    if (code < 0)
        return code;
    if (!patch.text)
        return no_memory(&reader);
    *out_patch = patch;
    return 0;
}
