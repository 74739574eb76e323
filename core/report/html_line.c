/* SPDX-License-Identifier: MIT */
/* A cache line as bytes: each field as wide as it is, in the colours of the threads that use
 * it; used by several, it has a stripe for each. The legend says the same in words. */
#include <inttypes.h>
#include <string.h>

#include "core/base/text.h"
#include "core/report/finding_words.h"
#include "core/report/html_report.h"

enum { LEFT = 44, TOP = 18, WIDTH = 896, HEIGHT = 34, GAP = 10, ROWS_MOST = 4, USERS_MOST = 8 };

typedef struct line_picture {
    FILE *out;
    const cck_finding *finding;
    uint32_t line; /* bytes */
    int64_t start; /* of the first line, from the object's start */
    unsigned rows;
    const cck_field_use *users[USERS_MOST]; /* a field of each thread */
    unsigned user_count;
} line_picture;

static bool same_user(const cck_field_use *a, const cck_field_use *b)
{
    return a->tid == b->tid && (a->tid || strcmp(a->thread, b->thread) == 0);
}

static unsigned colour_of(const line_picture *picture, const cck_field_use *field)
{
    for (unsigned i = 0; i < picture->user_count; i++)
        if (same_user(picture->users[i], field))
            return i;
    return USERS_MOST - 1;
}

static void find_users(line_picture *picture)
{
    const cck_finding *finding = picture->finding;
    for (size_t i = 0; i < finding->field_count; i++) {
        const cck_field_use *field = &finding->fields[i];
        unsigned known = 0;
        while (known < picture->user_count && !same_user(picture->users[known], field))
            known++;
        if (known == picture->user_count && known < USERS_MOST)
            picture->users[picture->user_count++] = field;
    }
}

/* The lines from the first field's to the last one's. */
static bool find_rows(line_picture *picture)
{
    const cck_finding *finding = picture->finding;
    picture->line = finding->line_size;
    picture->start = (int64_t)finding->line_offset;
    int64_t last = picture->start;
    if (!finding->field_count || picture->line < 16 || picture->line > 1024)
        return false;
    for (size_t i = 0; i < finding->field_count; i++) {
        int64_t from = (int64_t)finding->fields[i].offset, to;
        if (finding->fields[i].size > 4096 ||
            __builtin_add_overflow(from, (int64_t)finding->fields[i].size, &to))
            to = from;
        while (from < picture->start && picture->start - from < 4 * (int64_t)picture->line)
            picture->start -= picture->line;
        last = to > last ? to : last;
    }
    int64_t bytes = last - picture->start;
    picture->rows = bytes > 0 && bytes <= ROWS_MOST * (int64_t)picture->line
                        ? (unsigned)((bytes + picture->line - 1) / picture->line)
                    : bytes > 0 ? ROWS_MOST
                                : 1;
    return true;
}

static void put_ruler(const line_picture *picture)
{
    double scale = (double)WIDTH / picture->line;
    for (uint32_t byte = 0; byte < picture->line; byte += picture->line / 8)
        fprintf(picture->out, "<text class=\"dim\" x=\"%.1f\" y=\"12\">%" PRIu32 "</text>",
                LEFT + scale * byte, byte);
    for (unsigned row = 0; row < picture->rows; row++) {
        unsigned y = TOP + row * (HEIGHT + GAP);
        fprintf(picture->out,
                "<text class=\"dim\" x=\"0\" y=\"%u\">%+" PRId64 "</text>"
                "<rect class=\"hole\" x=\"%d\" y=\"%u\" width=\"%d\" height=\"%d\"/>\n",
                y + HEIGHT / 2 + 4, picture->start + (int64_t)row * picture->line, LEFT, y, WIDTH,
                HEIGHT);
    }
}

static void put_title(const line_picture *picture, const cck_field_use *field)
{
    char text[300];
    fputs("<title>", picture->out);
    cck_field_name(field, text, sizeof text);
    cck_html_text(picture->out, text);
    fprintf(picture->out, ", %" PRIu64 " bytes at %+" PRId64 ": ", field->size,
            (int64_t)field->offset);
    cck_field_thread(field, text, sizeof text);
    cck_html_text(picture->out, text);
    fprintf(picture->out, " %s%s</title>", field->atomic ? "atomically " : "",
            cck_field_verb(field));
}

/* The part of the fields `first` ... `first + count - 1`, which are one for each user of the same
 * bytes, that lies on a line. */
static void put_part(const line_picture *picture, const cck_field_use *first, size_t count,
                     uint32_t from, uint32_t to, unsigned row)
{
    FILE *out = picture->out;
    double scale = (double)WIDTH / picture->line, width = scale * (to - from) - 1;
    double x = LEFT + scale * from, stripe = (double)HEIGHT / (double)count;
    double y = TOP + row * (double)(HEIGHT + GAP);
    char text[300];
    for (size_t i = 0; i < count; i++) {
        fputs("<g>", out);
        put_title(picture, &first[i]);
        fprintf(out,
                "<rect class=\"t%u\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"/></g>",
                colour_of(picture, &first[i]), x, y + stripe * (double)i, width, stripe);
    }
    cck_field_name(first, text, sizeof text);
    fprintf(out, "<text x=\"%.1f\" y=\"%.1f\">", x + 4, y + HEIGHT / 2.0 + 4);
    if (width > 14)
        cck_text_write_markup(out, text, (unsigned)((width - 6) / 7));
    fputs("</text>\n", out);
}

static void put_fields(const line_picture *picture)
{
    const cck_finding *finding = picture->finding;
    int64_t end = (int64_t)picture->rows * picture->line;
    for (size_t i = 0, next; i < finding->field_count; i = next) {
        const cck_field_use *field = &finding->fields[i];
        for (next = i + 1; next < finding->field_count &&
                           finding->fields[next].offset == field->offset &&
                           finding->fields[next].size == field->size;)
            next++;
        int64_t at = (int64_t)field->offset - picture->start;
        int64_t stop = field->size > (uint64_t)end ? end : at + (int64_t)field->size;
        stop = stop > end ? end : stop == at ? at + 1 : stop;
        at = at < 0 ? 0 : at;
        for (int64_t part; at < stop; at = part) {
            part = (at / picture->line + 1) * picture->line;
            part = part < stop ? part : stop;
            put_part(picture, field, next - i, (uint32_t)(at % picture->line),
                     (uint32_t)((part - 1) % picture->line + 1), (unsigned)(at / picture->line));
        }
    }
}

static void put_legend(const line_picture *picture)
{
    char text[300];
    fputs("<figcaption>The ", picture->out);
    if (picture->rows > 1)
        fprintf(picture->out, "%u lines", picture->rows);
    else
        fputs("line", picture->out);
    fprintf(picture->out, " of %" PRIu32 " bytes, each field as wide as it is. ", picture->line);
    for (unsigned i = 0; i < picture->user_count; i++) {
        const char *mark = i + 1 == USERS_MOST ? " and others" : "";
        cck_field_thread(picture->users[i], text, sizeof text);
        fprintf(picture->out, "<span class=\"key t%u\"></span> ", i);
        cck_html_text(picture->out, text);
        fputs(mark, picture->out);
        size_t told = 0;
        for (size_t j = 0; j < picture->finding->field_count && told < 4; j++) {
            const cck_field_use *field = &picture->finding->fields[j];
            if (!same_user(field, picture->users[i]))
                continue;
            fprintf(picture->out, "%s%s ", told++ ? ", " : " ", cck_field_verb(field));
            cck_field_name(field, text, sizeof text);
            cck_html_text(picture->out, text);
        }
        fputs("; ", picture->out);
    }
    fputs("grey: nobody was seen to use it.</figcaption>\n", picture->out);
}

void cck_html_line(FILE *out, const cck_finding *finding)
{
    line_picture picture = {.out = out, .finding = finding};
    if (!find_rows(&picture))
        return;
    find_users(&picture);
    unsigned height = TOP + picture.rows * (HEIGHT + GAP);
    cck_html_figure(out, "the cache line as bytes");
    fprintf(out,
            "<svg class=\"line\" width=\"%d\" height=\"%u\" "
            "viewBox=\"0 0 %d %u\" role=\"img\" aria-label=\"the cache line as bytes\">\n",
            LEFT + WIDTH + 4, height, LEFT + WIDTH + 4, height);
    put_ruler(&picture);
    put_fields(&picture);
    fputs("</svg>", out);
    cck_html_wide_end(out);
    put_legend(&picture);
    fputs("</figure>\n", out);
}
