/* SPDX-License-Identifier: MIT */
/* Changes written to where they belong: all of them or none. */
#include <stdlib.h>
#include <string.h>

#include "core/base/fail.h"
#include "core/base/output.h"
#include "layouts/fix.h"

typedef struct new_text {
    const char *path;
    const char *text;
    size_t size;
} new_text;

static void write_text(const void *context, FILE *out)
{
    const new_text *text = context;
    fwrite(text->text, 1, text->size, out);
}

/* Somebody may have saved the file meanwhile: that work is not to be lost. */
static int check_unchanged(cck_arena *arena, const cck_patch_file *file, cck_error *err)
{
    cck_patch_files fresh = {.arena = arena};
    const cck_patch_file *now = cck_patch_file_get(&fresh, file->path);
    if (now && now->size == file->size && memcmp(now->text, file->text, file->size) == 0)
        return 0;
    cck_fail(err, CCK_EBUSY, "%s has changed meanwhile; nothing was written", file->path);
    cck_hint(err, "run it again");
    return CCK_EBUSY;
}

static int write_one(const cck_edit *edits, size_t count, bool back, cck_error *err)
{
    const cck_patch_file *file = edits->file;
    size_t size = file->size;
    char *made = back ? NULL : cck_edits_apply(file, edits, count, &size);
    if (!back && !made)
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    const new_text text = {file->path, back ? file->text : made, size};
    int code = cck_output_save(file->path, write_text, &text, err);
    free(made);
    return code;
}

static size_t end_of_file(const struct cck_layout_edits *edits, size_t from)
{
    size_t end = from;
    while (end < edits->count && edits->items[end].file == edits->items[from].file)
        end++;
    return end;
}

static void write_patch(const void *context, FILE *out)
{
    fputs(context, out);
}

int cck_layout_fix_save(const cck_layout_fix *fix, const char *path, cck_error *err)
{
    return cck_output_save(path, write_patch, fix->patch, err);
}

int cck_layout_fix_apply(const cck_layout_fix *fix, cck_error *err)
{
    const struct cck_layout_edits *edits = fix->edits;
    cck_arena arena = {0};
    int code = 0;
    if (!fix->recompiled) {
        cck_fail(err, CCK_EUNSUPPORTED, "changes are made only when they can be compiled again");
        cck_hint(err, "audit the sources or headers, with -p or flags behind --; or apply the "
                      "output of --patch by hand");
        return CCK_EUNSUPPORTED;
    }
    for (size_t i = 0; i < edits->count && code == 0; i = end_of_file(edits, i))
        code = check_unchanged(&arena, edits->items[i].file, err);
    cck_arena_clear(&arena);
    size_t done = 0;
    while (done < edits->count && code == 0) {
        size_t end = end_of_file(edits, done);
        code = write_one(edits->items + done, end - done, false, err);
        if (code == 0)
            done = end;
    }
    for (size_t i = 0; code < 0 && i < done; i = end_of_file(edits, i))
        write_one(edits->items + i, 1, true, NULL);
    return code;
}
