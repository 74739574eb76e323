/* SPDX-License-Identifier: MIT */
/* Latency by size as a line on two logarithmic axes. */
#include <math.h>
#include <stdlib.h>

#include "core/base/number.h"
#include "core/base/text.h"
#include "core/report/html_page.h"
#include "core/report/picture.h"

enum { WIDTH = 900, HEIGHT = 360, LEFT = 60, RIGHT = 20, TOP = 30, BOTTOM = 44 };

typedef struct axes {
    double first, last;   /* log2 of bytes */
    double bottom, top;   /* log2 of ns */
} axes;

static double x_of(const axes *a, double bytes)
{
    return LEFT + (log2(bytes) - a->first) / (a->last - a->first) * (WIDTH - LEFT - RIGHT);
}

static double y_of(const axes *a, double ns)
{
    return HEIGHT - BOTTOM - (log2(ns) - a->bottom) / (a->top - a->bottom) * (HEIGHT - TOP - BOTTOM);
}

static void put_point(FILE *out, double x, double y)
{
    char across[CCK_NUMBER_SIZE], down[CCK_NUMBER_SIZE];
    cck_number_fixed(across, x, 1);
    cck_number_fixed(down, y, 1);
    fprintf(out, "%s,%s ", across, down);
}

static void put_line(FILE *out, const char *class, double x1, double y1, double x2, double y2)
{
    fprintf(out, "<polyline class=\"%s\" points=\"", class);
    put_point(out, x1, y1);
    put_point(out, x2, y2);
    fputs("\"/>", out);
}

static void put_label(FILE *out, double x, double y, const char *anchor, const char *text)
{
    char across[CCK_NUMBER_SIZE], down[CCK_NUMBER_SIZE];
    cck_number_fixed(across, x, 1);
    cck_number_fixed(down, y, 1);
    fprintf(out, "<text x=\"%s\" y=\"%s\" text-anchor=\"%s\">", across, down, anchor);
    cck_text_write_markup(out, text, 64);
    fputs("</text>", out);
}

static double bytes_of(const cck_grid *curve, size_t row)
{
    return strtod(curve->rows[row], NULL);
}

static bool find_axes(const cck_grid *curve, axes *out)
{
    size_t known = 0;
    for (size_t i = 0; i < curve->row_count; i++) {
        const cck_figure *figure = &curve->cells[i * curve->column_count];
        if (!figure->samples || figure->low <= 0 || bytes_of(curve, i) <= 0)
            continue;
        double low = floor(log2(figure->low)), high = ceil(log2(figure->high)), x = log2(bytes_of(curve, i));
        out->first = known ? fmin(out->first, x) : x;
        out->last = known ? fmax(out->last, x) : x;
        out->bottom = known ? fmin(out->bottom, low) : low;
        out->top = known ? fmax(out->top, high) : high;
        known++;
    }
    return known > 1 && out->last > out->first && out->top > out->bottom;
}

static void put_grid_lines(FILE *out, const axes *a)
{
    char text[CCK_NUMBER_SIZE + 4];
    for (double octave = ceil(a->first); octave <= a->last; octave += 2) {
        double x = x_of(a, exp2(octave));
        put_line(out, "rule", x, TOP, x, HEIGHT - BOTTOM);
        cck_number_bytes(text, exp2(octave));
        put_label(out, x, HEIGHT - BOTTOM + 16, "middle", text);
    }
    for (double octave = a->bottom; octave <= a->top; octave++) {
        double y = y_of(a, exp2(octave));
        put_line(out, "rule", LEFT, y, WIDTH - RIGHT, y);
        if (octave >= 0)
            cck_number_fixed(text, exp2(octave), 0);
        else
            cck_number_short(text, exp2(octave));
        put_label(out, LEFT - 6, y + 4, "end", text);
    }
    put_label(out, LEFT + (WIDTH - LEFT) / 2.0, HEIGHT - 6, "middle", "bytes visited in random order");
    put_label(out, 4, 14, "start", "ns a load");
}

static void put_edges(FILE *out, const axes *a, const cck_measurement_info *info)
{
    for (size_t i = 0; i < info->cache_count; i++) {
        const cck_measured_cache *cache = &info->caches[i];
        if (!cache->below || log2((double)cache->at_least) < a->first)
            continue;
        char text[32];
        double x = x_of(a, sqrt((double)cache->at_least * (double)cache->below));
        put_line(out, "edge", x, TOP, x, HEIGHT - BOTTOM);
        snprintf(text, sizeof text, "level %u ends", cache->level);
        put_label(out, x - 4, TOP + 12, "end", text);
    }
}

/* The quartiles as a band, the medians as a line. */
static void put_curve(FILE *out, const axes *a, const cck_grid *curve)
{
    fputs("<polygon class=\"band\" points=\"", out);
    for (size_t i = 0; i < curve->row_count; i++)
        if (curve->cells[i].samples && curve->cells[i].low > 0)
            put_point(out, x_of(a, bytes_of(curve, i)), y_of(a, curve->cells[i].low));
    for (size_t i = curve->row_count; i-- > 0;)
        if (curve->cells[i].samples && curve->cells[i].low > 0)
            put_point(out, x_of(a, bytes_of(curve, i)), y_of(a, curve->cells[i].high));
    fputs("\"/>\n<polyline class=\"median\" points=\"", out);
    for (size_t i = 0; i < curve->row_count; i++)
        if (curve->cells[i].samples && curve->cells[i].low > 0)
            put_point(out, x_of(a, bytes_of(curve, i)), y_of(a, curve->cells[i].median));
    fputs("\"/>\n", out);
}

void cck_html_curve(FILE *out, const cck_grid *curve, const cck_measurement_info *info)
{
    axes a = {0};
    if (curve->column_count != 1 || !find_axes(curve, &a))
        return;
    cck_html_figure(out, "Latency by size");
    fprintf(out,
            "<svg class=\"chart\" viewBox=\"0 0 %d %d\" role=\"img\" "
            "xmlns=\"http://www.w3.org/2000/svg\" aria-label=\"Latency by size\">\n",
            WIDTH, HEIGHT);
    put_grid_lines(out, &a);
    put_curve(out, &a, curve);
    put_edges(out, &a, info);
    fputs("</svg>", out);
    cck_html_wide_end(out);
    fputs("<figcaption>Time of a load (median, and the quartiles as a band) when so many "
          "bytes are visited in random order. ",
          out);
    cck_grid_words(out, curve);
    fputs(" Pages of ", out);
    cck_text_write_markup(out, info->pages, 1 << 16);
    fputs(".</figcaption></figure>\n", out);
}
