/* SPDX-License-Identifier: MIT */
#include "core/report/sarif_fix.h"

#include <stdlib.h>
#include <string.h>

#include "core/report/finding_place.h"

void cck_sarif_write_artifact(cck_json *json, const char *file)
{
    char *uri = NULL;
    size_t size;
    const char *path = cck_path_from_here(file);
    FILE *out = open_memstream(&uri, &size);
    if (out) {
        if (*path == '/')
            fputs("file://", out);
        cck_path_write_uri(out, path);
        fclose(out);
    }
    cck_json_key(json, "artifactLocation");
    cck_json_inline(json);
    cck_json_object(json);
    cck_json_put_string(json, "uri", uri ? uri : "");
    if (*path != '/')
        cck_json_put_string(json, "uriBaseId", "%SRCROOT%");
    cck_json_object_end(json);
    free(uri);
}

/* ---- a unified diff, line by line ---- */

typedef struct diff_cursor {
    const char *at;     /* the line's first byte */
    size_t length;      /* without the newline */
    unsigned long line; /* number in the old file of the next line there */
} diff_cursor;

static bool next_line(diff_cursor *cursor)
{
    cursor->at += cursor->length;
    if (*cursor->at == '\n')
        cursor->at++;
    cursor->length = strcspn(cursor->at, "\n");
    return *cursor->at != '\0';
}

static bool starts(const diff_cursor *cursor, const char *with)
{
    size_t length = strlen(with);
    return cursor->length >= length && memcmp(cursor->at, with, length) == 0;
}

static bool is_change(const diff_cursor *cursor)
{
    return *cursor->at == '-' || *cursor->at == '+';
}

/* Lines taken out and put in, one behind the other: a replacement of whole lines. */
static bool write_replacement(cck_json *json, diff_cursor *cursor)
{
    char *text = NULL;
    size_t size;
    FILE *inserted = open_memstream(&text, &size);
    unsigned long first = cursor->line;
    bool more = true;
    for (; more && is_change(cursor) && !starts(cursor, "--- "); more = next_line(cursor)) {
        if (*cursor->at == '-')
            cursor->line++;
        else if (inserted)
            fprintf(inserted, "%.*s\n", (int)cursor->length - 1, cursor->at + 1);
    }
    if (inserted)
        fclose(inserted);
    cck_json_object(json);
    cck_json_key(json, "deletedRegion");
    cck_json_inline(json);
    cck_json_object(json);
    cck_json_put_uint(json, "startLine", first);
    cck_json_put_uint(json, "startColumn", 1);
    cck_json_put_uint(json, "endLine", cursor->line);
    cck_json_put_uint(json, "endColumn", 1);
    cck_json_object_end(json);
    cck_json_key(json, "insertedContent");
    cck_json_object(json);
    cck_json_put_string(json, "text", text ? text : "");
    cck_json_object_end(json);
    cck_json_object_end(json);
    free(text);
    return more;
}

/* From behind "--- a/FILE" to the next file's, or the end. */
static bool write_replacements(cck_json *json, diff_cursor *cursor)
{
    bool more = next_line(cursor); /* +++ */
    if (more && starts(cursor, "+++ "))
        more = next_line(cursor);
    while (more && !starts(cursor, "--- ")) {
        if (starts(cursor, "@@ -"))
            cursor->line = strtoul(cursor->at + 4, NULL, 10);
        else if (is_change(cursor)) {
            more = write_replacement(json, cursor);
            continue;
        } else if (*cursor->at == ' ')
            cursor->line++;
        more = next_line(cursor);
    }
    return more;
}

static bool write_change(cck_json *json, diff_cursor *cursor)
{
    const char *name = cursor->at + 4;
    size_t length = cursor->length - 4;
    if (length > 2 && memcmp(name, "a/", 2) == 0) {
        name += 2;
        length -= 2;
    }
    char *file = strndup(name, length);
    cck_json_object(json);
    cck_sarif_write_artifact(json, file ? file : "");
    free(file);
    cck_json_key(json, "replacements");
    cck_json_array(json);
    bool more = write_replacements(json, cursor);
    cck_json_array_end(json);
    cck_json_object_end(json);
    return more;
}

void cck_sarif_write_fixes(cck_json *json, const cck_suggestion *suggestion)
{
    diff_cursor cursor = {.at = suggestion->patch};
    cursor.length = strcspn(cursor.at, "\n");
    if (!starts(&cursor, "--- "))
        return;
    cck_json_key(json, "fixes");
    cck_json_array(json);
    cck_json_object(json);
    cck_json_key(json, "description");
    cck_json_object(json);
    cck_json_put_string(json, "text", suggestion->text);
    cck_json_object_end(json);
    cck_json_key(json, "artifactChanges");
    cck_json_array(json);
    for (bool more = true; more && starts(&cursor, "--- ");)
        more = write_change(json, &cursor);
    cck_json_array_end(json);
    cck_json_object_end(json);
    cck_json_array_end(json);
}
