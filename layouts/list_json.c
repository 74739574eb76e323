/* SPDX-License-Identifier: MIT */
/* Listings for programs: what the text shows, and the leaf fields of a type that is shown. */
#include "core/base/json_writer.h"
#include "layouts/view.h"

static const char *sync_word(cck_sync sync)
{
    static const char *const words[] = {"", "atomic", "lock", "volatile", "padded"};
    return (size_t)sync < sizeof words / sizeof *words ? words[sync] : "";
}

static bool write_leaf(void *context, const cck_field *leaf)
{
    cck_json *json = context;
    cck_json_inline(json);
    cck_json_object(json);
    cck_json_put_string(json, "name", leaf->path);
    cck_json_put_string(json, "type", cck_type_label(leaf->type));
    cck_json_put_uint(json, "offset", leaf->offset);
    cck_json_put_uint(json, "size", leaf->size);
    if (leaf->type->sync != CCK_SYNC_NONE)
        cck_json_put_string(json, "sync", sync_word(leaf->type->sync));
    if (leaf->member && leaf->member->bit_size) {
        cck_json_put_uint(json, "bit_offset", leaf->member->bit_offset);
        cck_json_put_uint(json, "bit_size", leaf->member->bit_size);
    }
    cck_json_object_end(json);
    return true;
}

static void write_order(cck_json *json, const cck_type *better)
{
    cck_json_key(json, "reorganised");
    cck_json_object(json);
    cck_json_put_uint(json, "size", better->size);
    cck_json_key(json, "order");
    cck_json_array(json);
    for (size_t i = 0; i < better->member_count; i++) {
        cck_json_inline(json);
        cck_json_object(json);
        cck_json_put_string(json, "name", better->members[i].name);
        cck_json_put_uint(json, "offset", better->members[i].offset);
        cck_json_object_end(json);
    }
    cck_json_array_end(json);
    cck_json_object_end(json);
}

static void write_row(cck_json *json, cck_view_page *page, const cck_view_row *row)
{
    cck_json_object(json);
    cck_json_put_string(json, "type", cck_type_label(row->type));
    cck_json_put_uint(json, "size", row->type->size);
    cck_json_put_uint(json, "align", row->type->align);
    cck_json_put_uint(json, "lines", row->lines);
    cck_json_put_uint(json, "members", row->members);
    cck_json_put_uint(json, "holes", row->holes);
    cck_json_put_uint(json, "hole_bytes", row->hole_bytes);
    cck_json_put_uint(json, "padding", row->padding);
    cck_json_put_string(json, "file", row->type->file);
    cck_json_put_uint(json, "line", row->type->line);
    if (page->view.kind == CCK_VIEW_CONTAINS) {
        cck_json_put_string(json, "member", row->member);
        cck_json_put_uint(json, "offset", row->offset);
    }
    if (page->view.kind == CCK_VIEW_SHOW) {
        cck_json_key(json, "fields");
        cck_json_array(json);
        cck_type_leaves(row->type, write_leaf, json);
        cck_json_array_end(json);
    }
    const cck_type *better =
        page->view.kind == CCK_VIEW_REORGANISE ? cck_reorganise(row->type, &page->arena) : NULL;
    if (better)
        write_order(json, better);
    cck_json_object_end(json);
}

void cck_view_write_json(const void *subject, FILE *out, const cck_report_options *options)
{
    cck_view_page *page = (cck_view_page *)(uintptr_t)subject; /* its arena grows */
    cck_json json;
    cck_json_begin(&json, out, !options->compact);
    cck_json_object(&json);
    cck_json_put_string(&json, "schema", "cachecheck-types/1");
    cck_json_put_uint(&json, "line_size", page->line);
    cck_json_put_uint(&json, "types_read", page->corpus.type_count);
    cck_json_key(&json, "types");
    cck_json_array(&json);
    for (size_t i = 0; i < page->count; i++)
        write_row(&json, page, &page->rows[i]);
    cck_json_array_end(&json);
    cck_json_object_end(&json);
    cck_json_end(&json);
}
