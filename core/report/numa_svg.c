/* SPDX-License-Identifier: MIT */
/* The picture of a placement: nodes as columns; above, threads by the time that they ran there;
 * below, memory by mapping. What is remote has another colour than what is at home. */
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/number.h"
#include "core/base/text.h"
#include "core/report/numa.h"

enum {
    LEFT = 240,   /* names */
    TOP = 46,
    COLUMN = 150, /* a node */
    ROW = 20,
    GAP = 8,
    ROWS_MOST = 20,
    LETTERS = 33 /* of a name that fit */
};

typedef struct numa_picture {
    FILE *out;
    const cck_numa_placement *placement;
    size_t columns[CCK_NUMA_COLUMNS];
    size_t count;
    unsigned y;
} numa_picture;

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static void put_name(const numa_picture *picture, const char *name)
{
    fprintf(picture->out, "<svg x=\"0\" y=\"%u\" width=\"%d\" height=\"%d\"><text x=\"4\" y=\"15\">",
            picture->y, LEFT - 6, ROW);
    cck_text_write_markup(picture->out, name, UINT_MAX);
    fputs("</text></svg>\n", picture->out);
}

/* Of a long path its end is what tells it from others. */
static void put_path(const numa_picture *picture, const char *name)
{
    char text[LETTERS + 8];
    size_t length = strlen(name), from = length > LETTERS ? length - LETTERS : 0;
    const char *slash = from && *name == '/' ? strchr(name + from, '/') : NULL;
    if (!slash) {
        put_name(picture, name);
        return;
    }
    snprintf(text, sizeof text, "\xe2\x80\xa6%s", slash);
    put_name(picture, text);
}

/* A bar as wide as its share of the column, with its words when one points at it. */
static void put_bar(const numa_picture *picture, size_t column, double part, bool remote,
                    const char *words)
{
    if (part <= 0)
        return;
    fprintf(picture->out, "<g><title>");
    cck_text_write_markup(picture->out, words, UINT_MAX);
    fprintf(picture->out,
            "</title><rect class=\"%s\" x=\"%zu\" y=\"%u\" width=\"%.1f\" height=\"%d\"/></g>\n",
            remote ? "far" : "home", LEFT + column * COLUMN + 4, picture->y + 2,
            part * (COLUMN - 8) < 1 ? 1 : part * (COLUMN - 8), ROW - 4);
}

static void put_heading(numa_picture *picture, const char *text)
{
    picture->y += GAP;
    fprintf(picture->out, "<text class=\"dim\" x=\"4\" y=\"%u\">%s</text>\n", picture->y + 12, text);
    picture->y += ROW;
}

static void put_columns(numa_picture *picture, unsigned height)
{
    char memory[CCK_NUMBER_SIZE];
    for (size_t i = 0; i < picture->count; i++) {
        const cck_numa_node *node = &picture->placement->nodes[picture->columns[i]];
        size_t x = LEFT + i * COLUMN;
        fprintf(picture->out,
                "<rect class=\"%s\" x=\"%zu\" y=\"4\" width=\"%d\" height=\"%u\"/>"
                "<text class=\"head\" x=\"%zu\" y=\"20\">node %" PRIu32 "</text>"
                "<text class=\"dim\" x=\"%zu\" y=\"36\">",
                node->takes_memory || node->runs_here ? "node" : "barred", x + 1, COLUMN - 2,
                height - 8, x + 6, node->index, x + 6);
        fputs(node->cpuless ? "no CPUs" : "CPUs ", picture->out);
        cck_text_write_markup(picture->out, node->cpus, 12);
        cck_number_bytes(memory, (double)node->memory);
        if (node->memory)
            fprintf(picture->out, ", %s", memory);
        fputs("</text>\n", picture->out);
    }
}

static void put_thread(numa_picture *picture, const cck_numa_thread *thread)
{
    char name[64], words[128];
    snprintf(name, sizeof name, "%.30s %" PRId32, thread->name, thread->tid);
    put_name(picture, name);
    for (size_t i = 0; thread->ran && i < picture->count; i++) {
        double part = thread->ran[picture->columns[i]];
        snprintf(words, sizeof words, "%s: %.0f %% of its time on node %" PRIu32, name, 100 * part,
                 picture->placement->nodes[picture->columns[i]].index);
        put_bar(picture, i, part, false, words);
    }
    picture->y += ROW;
}

/* Is the node one where hardly any thread ran? */
static bool is_remote(const cck_numa_placement *placement, size_t slot)
{
    double all = 0, here = 0;
    for (size_t i = 0; i < placement->thread_count; i++) {
        const cck_numa_thread *thread = &placement->threads[i];
        double weight = thread->ran_ns ? (double)thread->ran_ns : 1;
        all += thread->ran ? weight : 0;
        here += thread->ran ? weight * thread->ran[slot] : 0;
    }
    return placement->node_count > 1 && all > 0 && here < 0.1 * all;
}

static void put_mapping(numa_picture *picture, const cck_numa_mapping *mapping)
{
    char *name = NULL, number[CCK_NUMBER_SIZE], words[512];
    size_t size;
    FILE *out = open_memstream(&name, &size);
    if (!out)
        return;
    cck_numa_put_mapping(out, mapping);
    fclose(out);
    put_path(picture, name);
    for (size_t i = 0; i < picture->count; i++) {
        size_t slot = picture->columns[i];
        cck_number_bytes(number, (double)mapping->bytes[slot]);
        snprintf(words, sizeof words, "%.300s: %s on node %" PRIu32, name, number,
                 picture->placement->nodes[slot].index);
        put_bar(picture, i, (double)mapping->bytes[slot] / (double)mapping->resident,
                is_remote(picture->placement, slot), words);
    }
    picture->y += ROW;
    free(name);
}

static void put_total(numa_picture *picture)
{
    const uint64_t *total = picture->placement->rows[CCK_NUMA_ROW_TOTAL];
    double sum = 0;
    char number[CCK_NUMBER_SIZE], words[128];
    for (size_t i = 0; total && i < picture->placement->node_count; i++)
        sum += (double)total[i];
    if (sum <= 0)
        return;
    put_name(picture, "all memory");
    for (size_t i = 0; i < picture->count; i++) {
        size_t slot = picture->columns[i];
        cck_number_bytes(number, (double)total[slot]);
        snprintf(words, sizeof words, "%s on node %" PRIu32, number,
                 picture->placement->nodes[slot].index);
        put_bar(picture, i, (double)total[slot] / sum, is_remote(picture->placement, slot), words);
        if (total[slot])
            fprintf(picture->out, "<text x=\"%zu\" y=\"%u\">%s</text>\n",
                    LEFT + i * COLUMN + 8, picture->y + 15, number);
    }
    picture->y += ROW;
}

static const char style[] =
    ".placement{color:#1a1d21}.placement text{font:13px system-ui,sans-serif;fill:currentColor}"
    ".placement .head{font-weight:600}.placement .dim{fill:#59616b;font-size:12px}"
    ".placement .node{fill:none;stroke:currentColor;stroke-opacity:.35}"
    ".placement .barred{fill:currentColor;fill-opacity:.08;stroke:currentColor;stroke-opacity:.35;"
    "stroke-dasharray:4}.placement .far{fill:#f0a05a}.placement .home{fill:#6cc9ac}"
    "@media(prefers-color-scheme:dark){.placement{color:#e8eaed}.placement .dim{fill:#a4adb8}"
    ".placement .far{fill:#9c4a12}.placement .home{fill:#0d6b50}}";

void cck_numa_write_svg(const void *subject, FILE *out, const cck_report_options *options)
{
    const cck_result *result = subject;
    numa_picture picture = {.out = out, .placement = result->placement, .y = TOP};
    const cck_numa_placement *placement = picture.placement;
    size_t threads = least(placement->thread_count, ROWS_MOST), mappings = 0;
    (void)options;
    while (mappings < least(placement->mapping_count, ROWS_MOST) &&
           placement->mappings[mappings].resident)
        mappings++;
    picture.count = cck_numa_columns(placement, picture.columns);
    unsigned width = LEFT + (unsigned)picture.count * COLUMN + 4;
    unsigned height = TOP + 2 * (GAP + ROW) + (unsigned)(threads + mappings + 2) * ROW + 2 * GAP;
    fprintf(out,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %u %u\" width=\"%u\" "
            "height=\"%u\" class=\"placement\" role=\"img\" "
            "aria-label=\"Threads and memory by NUMA node\"><style>%s</style>\n",
            width, height, width, height, style);
    put_columns(&picture, height);
    put_heading(&picture, "threads ran on");
    for (size_t i = 0; i < threads; i++)
        put_thread(&picture, &placement->threads[i]);
    put_heading(&picture, "memory lies on");
    put_total(&picture);
    for (size_t i = 0; i < mappings; i++)
        put_mapping(&picture, &placement->mappings[i]);
    if (mappings < placement->mapping_count)
        fprintf(out, "<text class=\"dim\" x=\"4\" y=\"%u\">and %zu smaller ones</text>\n",
                picture.y + 14, placement->mapping_count - mappings);
    fputs("</svg>\n", out);
}
