/* SPDX-License-Identifier: MIT */
#ifndef CCK_LAYOUTS_VIEW_H
#define CCK_LAYOUTS_VIEW_H

#include <cachecheck/layout.h>

#include "core/report/document.h"
#include "layouts/corpus.h"

/** What is listed of a type: its row. */
typedef struct cck_view_row {
    const cck_type *type;
    uint64_t lines;      /* that an object touches, if it starts one */
    uint64_t holes;      /* between members */
    uint64_t hole_bytes; /* of them */
    uint64_t padding;    /* bytes at the end */
    uint64_t members;
    const char *member; /* CONTAINS: where the other type is in it; "" */
    uint64_t offset;    /* of it */
} cck_view_row;

/** A listing that is ready to be written. */
typedef struct cck_view_page {
    cck_corpus corpus;
    cck_layout_view view;
    uint32_t line;      /* bytes */
    cck_view_row *rows; /* those asked for, sorted */
    size_t count;
    cck_result *profile; /* NULL none */
    cck_arena arena;
} cck_view_page;

/** Holes and padding of a record; bit-fields and overlays count as what they cover. */
cck_view_row cck_view_row_of(const cck_type *type, uint32_t line);

/** Writers; the subject is a cck_view_page. */
cck_document_writer cck_view_write_table, cck_view_write_markdown, cck_view_write_csv,
    cck_view_write_json,
    cck_view_write_show, cck_view_write_reorganised, cck_view_write_svg, cck_view_write_html;

/**
 * The type with its members in an order that needs fewer bytes; NULL: there is none better
 * (or memory is out). Groups that share bytes stay together, bases and the virtual table
 * stay first, a flexible array stays last. In the arena.
 */
const cck_type *cck_reorganise(const cck_type *type, cck_arena *arena);

#endif
