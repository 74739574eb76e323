/* SPDX-License-Identifier: MIT */
/* From edits to texts and unified diffs. */
#include <stdlib.h>
#include <string.h>

#include "core/report/finding_place.h"
#include "layouts/patch.h"

enum { CONTEXT = 3 };

/* ---- edits ---- */

static int compare(const void *a, const void *b)
{
    const cck_edit *left = a, *right = b;
    int order = strcmp(left->file->path, right->file->path);
    if (order)
        return order;
    if (left->at != right->at)
        return left->at < right->at ? -1 : 1;
    /* "alignas(128)" is the larger of two alignments, and the longer text. */
    size_t x = strlen(left->insert), y = strlen(right->insert);
    return x != y ? (x < y ? -1 : 1) : strcmp(left->insert, right->insert);
}

/* Lines that move are no alignment, and never give way to one. */
static bool is_alignment(const cck_edit *edit)
{
    return !strchr(edit->insert, '\n');
}

size_t cck_edits_sort(cck_edit *edits, size_t count)
{
    size_t kept = 0;
    if (count)
        qsort(edits, count, sizeof *edits, compare);
    for (size_t i = 0; i < count; i++) {
        /* Of two alignments at one place the larger, which comes last, does for both. */
        bool same = kept && edits[kept - 1].file == edits[i].file &&
                    edits[kept - 1].at == edits[i].at &&
                    is_alignment(&edits[kept - 1]) == is_alignment(&edits[i]);
        edits[same ? kept - 1 : kept++] = edits[i];
    }
    return kept;
}

/* Write [from, to) of a file with those of the edits that lie within. */
static void put_edited(FILE *out, const cck_patch_file *file, size_t from, size_t to,
                       const cck_edit *edits, size_t count)
{
    size_t at = from;
    for (size_t i = 0; i < count; i++) {
        if (edits[i].file != file || edits[i].at < at || edits[i].at >= to)
            continue;
        fwrite(file->text + at, 1, edits[i].at - at, out);
        fputs(edits[i].insert, out);
        at = edits[i].at + edits[i].removed;
    }
    if (at < to)
        fwrite(file->text + at, 1, to - at, out);
}

char *cck_edits_apply(const cck_patch_file *file, const cck_edit *edits, size_t count,
                      size_t *out_size)
{
    char *text = NULL;
    FILE *out = open_memstream(&text, out_size);
    if (!out)
        return NULL;
    put_edited(out, file, 0, file->size, edits, count);
    bool failed = ferror(out);
    if (fclose(out) != 0 || failed) {
        free(text);
        return NULL;
    }
    return text;
}

/* ---- a diff ---- */

typedef struct line_span {
    size_t from, to; /* with the newline */
    bool changed;
} line_span;

static size_t split_lines(const cck_patch_file *file, const cck_edit *edits, size_t count,
                          line_span **out_lines)
{
    size_t lines = 0, capacity = 256;
    line_span *spans = calloc(capacity, sizeof *spans);
    for (size_t at = 0, edit = 0; spans && at < file->size;) {
        if (lines == capacity) {
            line_span *grown = reallocarray(spans, capacity *= 2, sizeof *spans);
            if (!grown) {
                free(spans);
                return 0;
            }
            spans = grown;
        }
        const char *end = memchr(file->text + at, '\n', file->size - at);
        size_t next = end ? (size_t)(end - file->text) + 1 : file->size;
        spans[lines] = (line_span){at, next, false};
        for (; edit < count && edits[edit].at < next; edit++)
            spans[lines].changed = true;
        lines++;
        at = next;
    }
    *out_lines = spans;
    return spans ? lines : 0;
}

/* Each line of `text` behind a mark. */
static void put_marked(FILE *out, char mark, const char *text, size_t size)
{
    for (size_t at = 0; at < size;) {
        const char *end = memchr(text + at, '\n', size - at);
        size_t next = end ? (size_t)(end - text) + 1 : size;
        putc(mark, out);
        fwrite(text + at, 1, next - at, out);
        if (!end)
            fputs("\n\\ No newline at end of file\n", out);
        at = next;
    }
}

static size_t count_lines(const char *text, size_t size)
{
    size_t lines = size && text[size - 1] != '\n';
    for (size_t i = 0; i < size; i++)
        lines += text[i] == '\n';
    return lines;
}

static char *changed_text(const cck_patch_file *file, const line_span *line, const cck_edit *edits,
                          size_t count, size_t *out_size)
{
    char *text = NULL;
    FILE *out = open_memstream(&text, out_size);
    if (!out)
        return NULL;
    put_edited(out, file, line->from, line->to, edits, count);
    fclose(out);
    return text;
}

/* Lines [first, last) of the old text; `*shift` is how many more the new one has so far. */
static void put_hunk(FILE *out, const cck_patch_file *file, const line_span *lines, size_t first,
                     size_t last, const cck_edit *edits, size_t count, size_t *shift)
{
    char *body = NULL;
    size_t size, added = 0;
    FILE *hunk = open_memstream(&body, &size);
    if (!hunk)
        return;
    for (size_t i = first; i < last; i++) {
        const char *old = file->text + lines[i].from;
        size_t length = lines[i].to - lines[i].from, new_length = 0;
        if (!lines[i].changed) {
            put_marked(hunk, ' ', old, length);
            continue;
        }
        char *text = changed_text(file, &lines[i], edits, count, &new_length);
        size_t put = text && new_length > length ? new_length - length : 0;
        if (put && text[put - 1] == '\n' && memcmp(text + put, old, length) == 0) {
            put_marked(hunk, '+', text, put); /* lines are put before it, and it stays */
            put_marked(hunk, ' ', old, length);
        } else {
            put_marked(hunk, '-', old, length);
            if (text)
                put_marked(hunk, '+', text, new_length);
        }
        added += count_lines(text ? text : "", new_length) - 1;
        free(text);
    }
    fclose(hunk);
    fprintf(out, "@@ -%zu,%zu +%zu,%zu @@\n%s", first + 1, last - first, first + 1 + *shift,
            last - first + added, body);
    *shift += added;
    free(body);
}

static void put_file(FILE *out, const cck_patch_file *file, const cck_edit *edits, size_t count)
{
    line_span *lines = NULL;
    size_t line_count = split_lines(file, edits, count, &lines), shift = 0;
    const char *path = cck_path_from_here(file->path);
    const char *prefix[] = {*path == '/' ? "" : "a/", *path == '/' ? "" : "b/"};
    fprintf(out, "--- %s%s\n+++ %s%s\n", prefix[0], path, prefix[1], path);
    for (size_t i = 0; i < line_count; i++) {
        if (!lines[i].changed)
            continue;
        size_t first = i > CONTEXT ? i - CONTEXT : 0, last = i;
        for (size_t j = i; j < line_count && j <= last + 2 * CONTEXT; j++)
            if (lines[j].changed)
                last = j;
        size_t end = last + CONTEXT + 1 < line_count ? last + CONTEXT + 1 : line_count;
        put_hunk(out, file, lines, first, end, edits, count, &shift);
        i = last;
    }
    free(lines);
}

void cck_edits_write_diff(const cck_edit *edits, size_t count, FILE *out)
{
    for (size_t i = 0; i < count;) {
        size_t end = i;
        while (end < count && edits[end].file == edits[i].file)
            end++;
        put_file(out, edits[i].file, edits + i, end - i);
        i = end;
    }
}
