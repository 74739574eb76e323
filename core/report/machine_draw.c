/* SPDX-License-Identifier: MIT */
/* The boxes on a terminal. */
#include <stdlib.h>
#include <string.h>

#include "core/report/boxes.h"
#include "core/report/machine_text.h"

enum { CORES_MOST = 16, CELLS_MOST = 1 << 22 };

/* What a cell of the canvas shows: ASCII, or one of these. */
typedef enum stroke {
    STROKE_ACROSS = 1,
    STROKE_DOWN,
    STROKE_TOP_LEFT,
    STROKE_TOP_RIGHT,
    STROKE_BOTTOM_LEFT,
    STROKE_BOTTOM_RIGHT,
    STROKES
} stroke;

static const char *const strokes[][STROKES] = {
    {"", "-", "|", "+", "+", "+", "+"},
    {"", "\xe2\x94\x80", "\xe2\x94\x82", "\xe2\x94\x8c", "\xe2\x94\x90", "\xe2\x94\x94",
     "\xe2\x94\x98"},
};

typedef enum ink { INK_PLAIN, INK_MEMORY, INK_FORBIDDEN, INK_FOLDED } ink;

static const char *const colors[] = {"", "36", "31", "2"}; /* ECMA-48 SGR */

typedef struct canvas {
    unsigned width, height;
    unsigned char *cells, *inks;
} canvas;

static void put(canvas *c, unsigned x, unsigned y, unsigned char what, ink in)
{
    if (x >= c->width || y >= c->height)
        return;
    c->cells[y * c->width + x] = what;
    c->inks[y * c->width + x] = (unsigned char)in;
}

static void put_text(canvas *c, unsigned x, unsigned y, const char *text, ink in)
{
    for (; *text; text++)
        put(c, x++, y, (unsigned char)*text, in);
}

static void frame(canvas *c, const cck_box *box, ink in)
{
    unsigned right = box->x + box->width - 1, bottom = box->y + box->height - 1;
    for (unsigned x = box->x; x <= right; x++) {
        put(c, x, box->y, STROKE_ACROSS, in);
        put(c, x, bottom, STROKE_ACROSS, in);
    }
    for (unsigned y = box->y; y <= bottom; y++) {
        put(c, box->x, y, STROKE_DOWN, in);
        put(c, right, y, STROKE_DOWN, in);
    }
    put(c, box->x, box->y, STROKE_TOP_LEFT, in);
    put(c, right, box->y, STROKE_TOP_RIGHT, in);
    put(c, box->x, bottom, STROKE_BOTTOM_LEFT, in);
    put(c, right, bottom, STROKE_BOTTOM_RIGHT, in);
}

static void draw(canvas *c, const cck_box *box)
{
    ink in = !box->allowed ? INK_FORBIDDEN : box->folded ? INK_FOLDED : INK_PLAIN;
    frame(c, box, in);
    put(c, box->x + 1, box->y, ' ', in);
    put_text(c, box->x + 2, box->y, box->title, in);
    put(c, box->x + 2 + (unsigned)strlen(box->title), box->y, ' ', in);
    for (size_t i = 0; i < box->line_count; i++) {
        const cck_box_line *line = &box->lines[i];
        bool memory = line->kind == CCK_PART_NODE || line->kind == CCK_PART_MEMORY_CACHE;
        put_text(c, box->x + 2, box->y + 1 + (unsigned)i, line->text,
                 !line->allowed ? INK_FORBIDDEN : memory ? INK_MEMORY : in);
    }
    for (size_t i = 0; i < box->child_count; i++)
        draw(c, box->children[i]);
}

static void print_row(const canvas *c, unsigned y, FILE *out, const cck_report_options *options)
{
    const unsigned char *cells = c->cells + (size_t)y * c->width;
    const unsigned char *inks = c->inks + (size_t)y * c->width;
    unsigned used = c->width;
    unsigned char now = INK_PLAIN;
    while (used && cells[used - 1] == ' ')
        used--;
    for (unsigned x = 0; x < used; x++) {
        if (options->color && inks[x] != now)
            fprintf(out, "\033[0%s%sm", inks[x] ? ";" : "", colors[inks[x]]);
        now = inks[x];
        if (cells[x] < STROKES)
            fputs(strokes[options->utf8][cells[x]], out);
        else
            fputc(cells[x], out);
    }
    if (options->color && now)
        fputs("\033[0m", out);
    fputc('\n', out);
}

void cck_text_drawing(FILE *out, const cck_part *parts, size_t count,
                      const cck_report_options *options)
{
    const cck_boxes_plan plan = {
        .parts = parts, .count = count, .width = options->width, .most = CORES_MOST};
    cck_boxes boxes;
    cck_boxes_new(&boxes, &plan);
    canvas c = {.width = boxes.root ? boxes.root->width : 0,
                .height = boxes.root ? boxes.root->height : 0};
    size_t cells = (size_t)c.width * c.height;
    c.cells = cells && cells <= CELLS_MOST ? malloc(cells) : NULL;
    c.inks = c.cells ? calloc(cells, 1) : NULL;
    if (c.inks) {
        memset(c.cells, ' ', cells);
        draw(&c, boxes.root);
        for (unsigned y = 0; y < c.height; y++)
            print_row(&c, y, out, options);
    }
    free(c.cells);
    free(c.inks);
    cck_boxes_clear(&boxes);
}
