/* SPDX-License-Identifier: MIT */
/* A type as a picture: each cache line is a strip, each field a box as wide as its bytes. */
#include <inttypes.h>
#include <limits.h>

#include "core/base/text.h"
#include "layouts/view.h"

enum { LEFT = 64, TOP = 28, WIDTH = 1024, HEIGHT = 26, GAP = 6, LINES_MOST = 4096 };

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

static const char style[] =
    "<style>text{font:12px sans-serif;fill:#222}.title{font-weight:bold;font-size:14px}"
    ".at{fill:#777}rect{stroke:#fff}.line{fill:none;stroke:#bbb;stroke-dasharray:3}"
    ".hole{fill:#eee}.plain{fill:#a8c8e8}.atomic{fill:#f5c04e}.lock{fill:#ee8a7a}"
    ".volatile{fill:#c9b3e6}.padded{fill:#d5e8d4}</style>\n";

void cck_view_write_svg(const void *subject, FILE *out, const cck_report_options *options)
{
    const cck_view_page *page = subject;
    unsigned height = 0;
    (void)options;
    for (size_t i = 0; i < page->count; i++)
        height += height_of(&page->rows[i]);
    fprintf(out,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%u\" "
            "viewBox=\"0 0 %d %u\">\n%s",
            LEFT + WIDTH + 8, height, LEFT + WIDTH + 8, height, style);
    unsigned top = 0;
    for (size_t i = 0; i < page->count; i++) {
        put_type(out, page, &page->rows[i], top);
        top += height_of(&page->rows[i]);
    }
    fputs("</svg>\n", out);
}

void cck_view_write_html(const void *subject, FILE *out, const cck_report_options *options)
{
    fputs("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
          "<title>cachecheck layout</title></head><body>\n",
          out);
    cck_view_write_svg(subject, out, options);
    fputs("<p style=\"font:13px sans-serif\">Each strip is a cache line. Yellow: atomic, red: "
          "lock, violet: volatile, blue: plain, grey: unused.</p></body></html>\n",
          out);
}
