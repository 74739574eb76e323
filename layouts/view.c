/* SPDX-License-Identifier: MIT */
#include "layouts/view.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/fail.h"
#include "core/report/markdown_text.h"
#include "layouts/select.h"

enum { NAMED_MOST = 64, DEEPEST = 16 };

/* ---- a row ---- */

cck_view_row cck_view_row_of(const cck_type *type, uint32_t line)
{
    cck_view_row row = {.type = type, .members = type->member_count, .member = ""};
    uint64_t end = 0;
    bool overlay = type->kind == CCK_TYPE_UNION;
    for (size_t i = 0; i < type->member_count; i++) {
        const cck_member *member = &type->members[i];
        uint64_t start = member->offset, size = member->type->size;
        if (member->bit_size) {
            start += member->bit_offset / 8;
            size = (member->bit_offset % 8 + member->bit_size + 7) / 8;
        }
        if (!overlay && start > end) {
            row.holes++;
            row.hole_bytes += start - end;
        }
        if (start <= type->size && start + size > end)
            end = start + size;
    }
    if (type->member_count && type->size > end)
        row.padding = type->size - end;
    row.lines = line ? (type->size + line - 1) / line : 0;
    return row;
}

/* ---- which rows ---- */

/* Whether `type` holds one of `wanted`, at any depth; where goes to *row. */
static bool contains(const cck_type *type, const cck_type *wanted, unsigned depth,
                     cck_view_row *row, cck_arena *arena)
{
    for (size_t i = 0; i < type->member_count && depth < DEEPEST; i++) {
        const cck_member *member = &type->members[i];
        const cck_type *inner = member->type;
        for (unsigned j = 0; j < DEEPEST && inner->kind == CCK_TYPE_ARRAY && inner->target; j++)
            inner = inner->target;
        bool found = inner == wanted ||
                     (*wanted->name && inner->size == wanted->size && inner->kind == wanted->kind &&
                      strcmp(inner->name, wanted->name) == 0);
        cck_view_row deeper = {.member = ""};
        if (!found && !contains(inner, wanted, depth + 1, &deeper, arena))
            continue;
        const char *dot = *deeper.member && *member->name ? "." : "";
        row->member = cck_arena_printf(arena, "%s%s%s", member->name, dot, deeper.member);
        if (!row->member)
            row->member = member->name;
        row->offset = member->offset + deeper.offset;
        return true;
    }
    return false;
}

static bool wanted(cck_view_page *page, cck_view_row *row, const cck_type *const *named,
                   size_t named_count)
{
    if (page->view.kind == CCK_VIEW_HOLES)
        return row->holes > 0;
    if (page->view.kind != CCK_VIEW_CONTAINS)
        return true;
    for (size_t i = 0; i < named_count; i++)
        if (contains(row->type, named[i], 0, row, &page->arena))
            return true;
    return false;
}

static int choose_all(cck_view_page *page, const cck_layout_options *options,
                      const cck_type *const *named, size_t named_count, cck_error *err)
{
    const cck_corpus *corpus = &page->corpus;
    page->rows = cck_arena_array(&page->arena, corpus->type_count + 1, sizeof *page->rows);
    if (!page->rows)
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    for (size_t i = 0; i < corpus->type_count; i++) {
        const cck_type *type = corpus->types[i].type;
        if (!cck_type_selected(options, cck_type_label(type), type->file))
            continue;
        cck_view_row row = cck_view_row_of(type, page->line);
        if (wanted(page, &row, named, named_count))
            page->rows[page->count++] = row;
    }
    return 0;
}

static int choose(cck_view_page *page, const cck_layout_options *options, cck_error *err)
{
    cck_layout_view_kind kind = page->view.kind;
    const cck_type *named[NAMED_MOST];
    size_t count = 0;
    if (kind == CCK_VIEW_SIZES || kind == CCK_VIEW_HOLES)
        return choose_all(page, options, NULL, 0, err);
    int code = cck_corpus_find(&page->corpus, page->view.type ? page->view.type : "", named,
                               NAMED_MOST, &count, err);
    if (code < 0 || kind == CCK_VIEW_CONTAINS)
        return code < 0 ? code : choose_all(page, options, named, count, err);
    page->rows = cck_arena_array(&page->arena, count, sizeof *page->rows);
    if (!page->rows)
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    for (; page->count < count; page->count++)
        page->rows[page->count] = cck_view_row_of(named[page->count], page->line);
    return 0;
}

/* ---- sorted ---- */

static int compare(const void *a, const void *b, void *key)
{
    const cck_view_row *left = a, *right = b;
    const char *sort = key;
    uint64_t x = left->type->size, y = right->type->size;
    int order = 0;
    if (strcmp(sort, "holes") == 0) {
        x = left->hole_bytes + left->padding;
        y = right->hole_bytes + right->padding;
    } else if (strcmp(sort, "lines") == 0) {
        x = left->lines;
        y = right->lines;
    } else if (strcmp(sort, "members") == 0) {
        x = left->members;
        y = right->members;
    } else if (strcmp(sort, "file") == 0) {
        order = strcmp(left->type->file, right->type->file);
        x = right->type->line;
        y = left->type->line;
    } else if (strcmp(sort, "name") == 0) {
        x = y = 0;
    }
    if (!order)
        order = x > y ? -1 : x < y;
    return order ? order : strcmp(cck_type_label(left->type), cck_type_label(right->type));
}

static int check_sort(const char *sort, cck_error *err)
{
    static const char *const keys[] = {"size", "name", "holes", "lines", "members", "file", NULL};
    for (const char *const *key = keys; *key; key++)
        if (strcmp(*key, sort) == 0)
            return 0;
    cck_fail(err, CCK_EINVALID, "cannot sort types by '%s'", sort);
    cck_hint(err, "sort by size, name, holes, lines, members or file");
    return CCK_EINVALID;
}

/* Read inputs and choose rows; clear it in any case. */
static int page_make(cck_view_page *page, const cck_layout_options *options,
                     const cck_layout_view *view, cck_error *err)
{
    *page = (cck_view_page){.view = *view, .line = options->line};
    const char *sort = view->sort ? view->sort : view->kind == CCK_VIEW_HOLES ? "holes" : "size";
    int code = check_sort(sort, err);
    if (code == 0 && options->profile)
        code = cck_result_load(&page->profile, options->profile, err);
    if (code == 0)
        code = cck_corpus_load(&page->corpus, options, err);
    if (code < 0)
        return code;
    if (!page->line)
        page->line = page->corpus.input_count ? page->corpus.inputs[0].line : 64;
    code = choose(page, options, err);
    if (code == 0 && page->count > 1)
        qsort_r(page->rows, page->count, sizeof *page->rows, compare, (void *)(uintptr_t)sort);
    return code;
}

static void page_clear(cck_view_page *page)
{
    cck_corpus_clear(&page->corpus);
    cck_result_free(page->profile);
    cck_arena_clear(&page->arena);
}

/* ---- written ---- */

/* Source is a block of code. */
static void fill_shown(FILE *out, const void *subject, const cck_report_options *options)
{
    cck_view_write_show(subject, out, options);
}

static void write_shown_markdown(const void *subject, FILE *out, const cck_report_options *options)
{
    cck_markdown_page(out, fill_shown, subject, options);
}

static void fill_reorganised(FILE *out, const void *subject, const cck_report_options *options)
{
    cck_view_write_reorganised(subject, out, options);
}

static void write_reorganised_markdown(const void *subject, FILE *out,
                                       const cck_report_options *options)
{
    cck_markdown_page(out, fill_reorganised, subject, options);
}

static cck_document document_of(const cck_view_page *page)
{
    cck_document document = {
        .name = "the listing",
        .subject = page,
        .text = cck_view_write_table,
        .csv = cck_view_write_csv,
        .json = cck_view_write_json,
        .markdown = cck_view_write_markdown,
    };
    if (page->view.kind == CCK_VIEW_SHOW) {
        document.text = cck_view_write_show;
        document.markdown = write_shown_markdown;
        document.svg = cck_view_write_svg;
        document.html = cck_view_write_html;
    } else if (page->view.kind == CCK_VIEW_REORGANISE) {
        document.text = cck_view_write_reorganised;
        document.markdown = write_reorganised_markdown;
    }
    return document;
}

/* Callers compiled with an older header hand over a shorter record. */
static void complete(cck_layout_options *options, const cck_layout_options *given)
{
    *options = (cck_layout_options){0};
    memcpy(options, given,
           given->size && given->size < sizeof *options ? given->size : sizeof *options);
}

/* To a file of that path, or to an open stream. */
static int view_put(const cck_layout_options *options, const cck_layout_view *view,
                    cck_format format, const char *path, FILE *out,
                    const cck_report_options *report, cck_error *err)
{
    cck_view_page page;
    cck_layout_options all;
    uint64_t failures = cck_memory_failures();
    complete(&all, options);
    int code = page_make(&page, &all, view, err);
    if (code == 0 && cck_memory_failures() != failures)
        code = cck_fail(err, CCK_ENOMEM, "out of memory");
    const cck_document document = document_of(&page);
    if (code == 0)
        code = path ? cck_document_save(&document, format, path, report, err)
                    : cck_document_write(&document, format, out, report, err);
    page_clear(&page);
    return code;
}

int cck_layout_view_write(const cck_layout_options *options, const cck_layout_view *view,
                          cck_format format, FILE *out, const cck_report_options *report,
                          cck_error *err)
{
    return view_put(options, view, format, NULL, out, report, err);
}

int cck_layout_view_save(const cck_layout_options *options, const cck_layout_view *view,
                         cck_format format, const char *path, const cck_report_options *report,
                         cck_error *err)
{
    return view_put(options, view, format, path, NULL, report, err);
}
