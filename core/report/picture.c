/* SPDX-License-Identifier: MIT */
/* The topology as SVG: the terminal's boxes, with more room and colours. */
#include "core/report/picture.h"

#include <stdio.h>
#include <string.h>

#include "core/base/text.h"
#include "core/machine/topology.h"
#include "core/result/words.h"

enum { WIDE = 150, CORES_MOST = 128, CELL_X = 8, CELL_Y = 18, MARGIN = 8, ALL = 1 << 16 };

/* Light, and dark where the reader prefers it. Forbidden parts are dashed too: not by colour alone. */
static const char style[] =
    "<style>.topology text{font:12px ui-monospace,Menlo,Consolas,monospace;fill:#1a1d21}"
    ".topology .name{font-weight:600}.topology rect{stroke:#8a929c;fill:#fff}"
    ".topology .machine{fill:#f7f8fa}.topology .package,.topology .die{fill:#eceff4}"
    ".topology .group{fill:#e2e7ef}.topology .cache{fill:#d6e2f3}.topology .core{fill:#fdfdfd}"
    ".topology .node,.topology .memory-cache{fill:#f5e0bd}.topology .cpu{fill:#d7edd0}"
    ".topology .folded{fill:none;stroke-dasharray:2 3}"
    ".topology .forbidden{fill:#f3d0cf;stroke:#a33;stroke-dasharray:5 3}.topology .use{stroke:none}"
    "@media(prefers-color-scheme:dark){.topology text{fill:#e8eaed}"
    ".topology rect{stroke:#6b7480;fill:#1b1f25}.topology .machine{fill:#14171c}"
    ".topology .package,.topology .die{fill:#1d2128}.topology .group{fill:#262c35}"
    ".topology .cache{fill:#233754}.topology .core{fill:#14171c}"
    ".topology .node,.topology .memory-cache{fill:#574012}.topology .cpu{fill:#21462a}"
    ".topology .folded{fill:none}.topology .forbidden{fill:#561f1f;stroke:#e08080}}</style>\n";

static void put_rect(FILE *out, cck_part_kind kind, bool allowed, bool folded, unsigned x,
                     unsigned y, unsigned width, unsigned height)
{
    fprintf(out, "<rect class=\"%s%s%s\" x=\"%u\" y=\"%u\" width=\"%u\" height=\"%u\" rx=\"3\"/>",
            cck_word_of(cck_part_words, (int)kind), folded ? " folded" : "",
            allowed ? "" : " forbidden", x, y, width, height);
}

/* How much a program used it, as far as the line goes; the text on it says the same. */
static void put_use(FILE *out, const cck_part_use *use, unsigned x, unsigned y, unsigned width,
                    unsigned height)
{
    if (!use || !use->colour)
        return;
    double filled = use->share > 1 ? width : use->share > 0 ? use->share * width : 0;
    fprintf(out,
            "<rect class=\"use\" style=\"fill:var(--%s)\" x=\"%u\" y=\"%u\" width=\"%.1f\" "
            "height=\"%u\" rx=\"3\"/>",
            use->colour, x, y, filled, height);
}

static void put_text(FILE *out, const char *text, const char *class, unsigned x, unsigned y)
{
    fprintf(out, "<text%s x=\"%u\" y=\"%u\">", class, x, y);
    cck_text_write_markup(out, text, ALL);
    fputs("</text>", out);
}

static void put_lines(FILE *out, const cck_box *box, unsigned x, unsigned y)
{
    for (size_t i = 0; i < box->line_count; i++) {
        const cck_box_line *line = &box->lines[i];
        unsigned top = y + (1 + (unsigned)i) * CELL_Y;
        if (!box->folded)
            put_rect(out, line->kind, line->allowed, false, x + CELL_X - 2, top + 2,
                     (box->width - 2) * CELL_X + 2, CELL_Y - 3);
        put_use(out, line->use, x + CELL_X - 1, top + 3, (box->width - 2) * CELL_X, CELL_Y - 5);
        put_text(out, line->text, "", x + 2 * CELL_X - 2, top + CELL_Y - 5);
        fputc('\n', out);
    }
}

static void put_box(FILE *out, const cck_box *box)
{
    unsigned x = MARGIN + box->x * CELL_X, y = MARGIN + box->y * CELL_Y;
    fputs("<g><title>", out);
    cck_text_write_markup(out, box->title, ALL);
    fputs("</title>", out);
    put_rect(out, box->kind, box->allowed, box->folded, x + 1, y + 2, box->width * CELL_X - 2,
             box->height * CELL_Y - 6);
    put_use(out, box->use, x + 2, y + 3, box->width * CELL_X - 4, CELL_Y - 2);
    put_text(out, box->title, " class=\"name\"", x + CELL_X, y + CELL_Y - 3);
    fputs("</g>\n", out);
    put_lines(out, box, x, y);
    for (size_t i = 0; i < box->child_count; i++)
        put_box(out, box->children[i]);
}

void cck_svg_drawing(FILE *out, const cck_boxes_plan *plan)
{
    cck_boxes boxes;
    size_t counts[CCK_PART_CPU + 1] = {0};
    cck_boxes_new(&boxes, plan);
    const cck_box *root = boxes.root;
    unsigned width = root ? root->width * CELL_X + 2 * MARGIN : 1;
    unsigned height = root ? root->height * CELL_Y + 2 * MARGIN : 1;
    for (size_t i = 0; i < plan->count; i++)
        counts[plan->parts[i].kind]++;
    fprintf(out,
            "<svg class=\"topology\" xmlns=\"http://www.w3.org/2000/svg\" width=\"%u\" "
            "height=\"%u\" viewBox=\"0 0 %u %u\" role=\"img\" aria-label=\"Topology: packages %zu, "
            "nodes %zu, cores %zu, CPUs %zu%s\">\n%s",
            width, height, width, height, counts[CCK_PART_PACKAGE], counts[CCK_PART_NODE],
            counts[CCK_PART_CORE], counts[CCK_PART_CPU],
            plan->uses ? ", and what the program used of them" : "", style);
    if (root)
        put_box(out, root);
    fputs("</svg>\n", out);
    cck_boxes_clear(&boxes);
}

cck_boxes_plan cck_drawing_plan(const cck_part *parts, size_t count)
{
    return (cck_boxes_plan){.parts = parts, .count = count, .width = WIDE, .most = CORES_MOST};
}

void cck_svg_machine(const void *subject, FILE *out, const cck_report_options *options)
{
    size_t count;
    const cck_part *parts = cck_machine_get_parts(subject, &count);
    const cck_boxes_plan plan = cck_drawing_plan(parts, count);
    (void)options;
    fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n", out);
    cck_svg_drawing(out, &plan);
}
