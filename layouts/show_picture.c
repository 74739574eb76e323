/* SPDX-License-Identifier: MIT */
/* A type as a picture: each cache line is a strip, each field a box as wide as its bytes. */
#include <inttypes.h>
#include <limits.h>

#include "core/base/text.h"
#include "core/report/html_page.h"
#include "layouts/view.h"

enum { LEFT = 64, TOP = 28, WIDTH = 1024, HEIGHT = 26, GAP = 6, LINES_MOST = 4096, LABEL_MOST = 200, LABELS_MOST = 8 };

typedef struct strip_picture {
    FILE *out;
    uint32_t line; /* bytes */
    unsigned top;  /* of the type's first strip */
    uint64_t size, lines;
} strip_picture;

static const char *class_of(const cck_type *type)
{
    static const char *const classes[] = {"plain", "atomic", "lock", "volatile", "padded"};
    return (size_t)type->sync < sizeof classes / sizeof *classes ? classes[type->sync] : "plain";
}

/* The part of a field that lies on one line. */
static void put_box(const strip_picture *picture, const cck_field *leaf, uint64_t from, uint64_t to)
{
    FILE *out = picture->out;
    uint64_t row = from / picture->line;
    double scale = (double)WIDTH / picture->line;
    double x = LEFT + scale * (double)(from % picture->line);
    double width = scale * (double)(to - from);
    unsigned y = picture->top + (unsigned)row * (HEIGHT + GAP);
    fprintf(out, "<g><title>");
    cck_text_write_markup(out, leaf->path, UINT_MAX);
    fputs(": ", out);
    cck_text_write_markup(out, cck_type_label(leaf->type), UINT_MAX);
    fprintf(out, ", offset %" PRIu64 ", %" PRIu64 " bytes</title>", leaf->offset, leaf->size);
    fprintf(out, "<rect class=\"%s\" x=\"%.1f\" y=\"%u\" width=\"%.1f\" height=\"%d\"/>",
            class_of(leaf->type), x, y, width, HEIGHT);
    fprintf(out, "<svg x=\"%.1f\" y=\"%u\" width=\"%.1f\" height=\"%d\"><text x=\"3\" y=\"17\">", x,
            y, width, HEIGHT);
    cck_text_write_markup(out, leaf->path, UINT_MAX);
    fputs("</text></svg></g>\n", out);
}

static bool put_leaf(void *context, const cck_field *leaf)
{
    const strip_picture *picture = context;
    uint64_t size = leaf->size ? leaf->size : 1;
    uint64_t end = leaf->offset + size;
    if (end > picture->size)
        end = picture->size;
    for (uint64_t from = leaf->offset; from < end;) {
        uint64_t to = (from / picture->line + 1) * picture->line;
        if (from / picture->line >= picture->lines)
            return false;
        put_box(picture, leaf, from, to < end ? to : end);
        from = to;
    }
    return true;
}

static uint64_t lines_of(const cck_view_row *row)
{
    return row->lines < LINES_MOST ? row->lines : LINES_MOST;
}

static void put_type(FILE *out, const cck_view_page *page, const cck_view_row *row, unsigned top)
{
    strip_picture picture = {out, page->line, top + TOP, row->type->size, lines_of(row)};
    fprintf(out, "<text class=\"title\" x=\"4\" y=\"%u\">", top + 18);
    cck_text_write_markup(out, cck_type_label(row->type), UINT_MAX);
    fprintf(out, ", %" PRIu64 " bytes, lines of %u</text>\n", row->type->size, page->line);
    for (uint64_t i = 0; i < picture.lines; i++) {
        unsigned y = picture.top + (unsigned)i * (HEIGHT + GAP);
        uint64_t bytes = row->type->size - i * page->line;
        double width = bytes < page->line ? (double)WIDTH * (double)bytes / page->line : WIDTH;
        fprintf(out, "<text class=\"at\" x=\"4\" y=\"%u\">%" PRIu64 "</text>", y + 17,
                i * page->line);
        fprintf(out, "<rect class=\"line\" x=\"%d\" y=\"%u\" width=\"%d\" height=\"%d\"/>", LEFT, y,
                WIDTH, HEIGHT);
        fprintf(out, "<rect class=\"hole\" x=\"%d\" y=\"%u\" width=\"%.1f\" height=\"%d\"/>\n",
                LEFT, y, width, HEIGHT);
    }
    cck_type_leaves(row->type, put_leaf, &picture);
}

static unsigned height_of(const cck_view_row *row)
{
    return TOP + (unsigned)lines_of(row) * (HEIGHT + GAP) + GAP;
}

/* Light, and dark where the reader prefers it. */
static const char style[] =
    "<style>.strips text{font:12px system-ui,sans-serif;fill:#1a1d21}"
    ".strips .title{font-weight:600;font-size:14px}.strips .at{fill:#59616b}.strips rect{stroke:#fff}"
    ".strips .line{fill:none;stroke:#8a929c;stroke-dasharray:3}.strips .hole{fill:#e3e6ea}"
    ".strips .plain{fill:#a8c8e8}.strips .atomic{fill:#f5c04e}.strips .lock{fill:#f09a8c}"
    ".strips .volatile{fill:#cdb9e8}.strips .padded{fill:#cfe6cd}"
    "@media(prefers-color-scheme:dark){.strips text{fill:#e8eaed}.strips .at{fill:#a4adb8}"
    ".strips rect{stroke:#15181c}.strips .line{stroke:#6b7480}.strips .hole{fill:#30363d}"
    ".strips .plain{fill:#1f4c74}.strips .atomic{fill:#7a5a00}.strips .lock{fill:#8c3427}"
    ".strips .volatile{fill:#573f7c}.strips .padded{fill:#2c5530}}</style>\n";

static void put_label(FILE *out, const cck_view_page *page)
{
    fputs("Fields on cache lines: ", out);
    for (size_t i = 0; i < page->count; i++) {
        fputs(i ? "; " : "", out);
        cck_text_write_markup(out, cck_type_label(page->rows[i].type), LABEL_MOST);
        fprintf(out, ", %" PRIu64 " bytes", page->rows[i].type->size);
        if (i + 1 == LABELS_MOST && i + 1 < page->count) {
            fprintf(out, "; %zu more", page->count - i - 1);
            break;
        }
    }
}

void cck_view_write_svg(const void *subject, FILE *out, const cck_report_options *options)
{
    const cck_view_page *page = subject;
    unsigned height = 0;
    (void)options;
    for (size_t i = 0; i < page->count; i++)
        height += height_of(&page->rows[i]);
    fprintf(out,
            "<svg class=\"strips\" xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%u\" "
            "viewBox=\"0 0 %d %u\" role=\"img\" aria-label=\"",
            LEFT + WIDTH + 8, height, LEFT + WIDTH + 8, height);
    put_label(out, page);
    fprintf(out, "\">\n%s", style);
    unsigned top = 0;
    for (size_t i = 0; i < page->count; i++) {
        put_type(out, page, &page->rows[i], top);
        top += height_of(&page->rows[i]);
    }
    fputs("</svg>\n", out);
}

/* ---- the page: the picture, and the same as tables ---- */

typedef struct field_table {
    FILE *out;
    uint32_t line; /* bytes */
} field_table;

static bool put_row(void *context, const cck_field *leaf)
{
    const field_table *table = context;
    uint64_t numbers[] = {leaf->offset, leaf->size, leaf->offset / table->line};
    fputs("<tr>", table->out);
    for (size_t i = 0; i < 3; i++)
        fprintf(table->out, "<td class=\"num\">%" PRIu64 "</td>", numbers[i]);
    cck_html_cell(table->out, leaf->path);
    cck_html_cell(table->out, cck_type_label(leaf->type));
    cck_html_cell(table->out, class_of(leaf->type));
    fputs("</tr>\n", table->out);
    return true;
}

static void put_table(FILE *out, const cck_view_page *page, const cck_type *type)
{
    static const char *const titles[] = {"#offset", "#bytes", "#line", "field", "type", "kind"};
    field_table table = {out, page->line};
    fputs("<details><summary>Fields of ", out);
    cck_html_text(out, cck_type_label(type));
    fputs("</summary>\n", out);
    cck_html_wide(out, cck_type_label(type));
    fputs("<table class=\"sortable\">", out);
    cck_html_headings(out, titles, sizeof titles / sizeof *titles);
    fputs("<tbody>\n", out);
    cck_type_leaves(type, put_row, &table);
    fputs("</tbody></table>", out);
    cck_html_wide_end(out);
    fputs("</details>\n", out);
}

void cck_view_write_html(const void *subject, FILE *out, const cck_report_options *options)
{
    const cck_view_page *listing = subject;
    const cck_html_page page = {.title = "cachecheck layout: fields on cache lines"};
    cck_html_begin(out, &page);
    cck_html_section(out, "picture", "Lines");
    cck_html_figure(out, "fields on cache lines");
    cck_view_write_svg(subject, out, options);
    cck_html_figure_end(out, "Each strip is a cache line, each box a field as wide as its bytes. "
                             "Yellow: atomic, red: lock, violet: volatile, green: padded to a line of "
                             "its own, blue: plain, grey: unused. The same in words below.");
    for (size_t i = 0; i < listing->count; i++)
        put_table(out, listing, listing->rows[i].type);
    cck_html_section_end(out);
    cck_html_end(out, &page);
}
