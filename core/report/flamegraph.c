/* SPDX-License-Identifier: MIT */
/* A flame graph (Gregg, The Flame Graph, CACM 59(6), 2016) as one SVG file: readable
 * without scripts, with a small one for zoom and search, for mouse and keyboard. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/number.h"
#include "core/base/text.h"
#include "core/report/call_tree.h"
#include "core/report/flamegraph_parts.h"
#include "core/report/hotspots.h"

enum {
    WIDTH = 1200,
    MARGIN = 10,
    ROW = 18,
    HEAD = 64,
    FOOT = 30,
    LETTER = 7,
    COLOURS = 8,
    NAME_MOST = 4096
};

static const double narrowest = 0.25; /* pixels; narrower frames would be dust */

static unsigned colour_of(const char *name)
{
    uint32_t sum = 2166136261u; /* FNV-1a: the same name has the same colour in every graph */
    for (; *name; name++)
        sum = (sum ^ (unsigned char)*name) * 16777619u;
    sum = (sum ^ sum >> 16) * 0x85ebca6bu;
    return (sum ^ sum >> 13) % COLOURS;
}

static void write_pixels(FILE *out, const char *attribute, double value)
{
    char number[CCK_NUMBER_SIZE];
    cck_number_fixed(number, value, 2);
    fprintf(out, " %s=\"%s\"", attribute, number);
}

static void write_share(FILE *out, uint64_t part, uint64_t whole)
{
    char count[CCK_NUMBER_SIZE], percent[CCK_NUMBER_SIZE];
    cck_number_grouped(count, part);
    cck_number_percent(percent, whole ? 100.0 * (double)part / (double)whole : 0);
    fputs(count, out);
    fputs(" (", out);
    cck_text_write_markup(out, percent, sizeof percent);
    fputs(" %)", out);
}

typedef struct flamegraph {
    const cck_result *result;
    const cck_profile *profile;
    const cck_call_tree *tree;
    FILE *out;
    double height;
    size_t drawn, left_out;
} flamegraph;

static void write_frame(flamegraph *graph, const cck_call_frame *frame, double x, double width)
{
    FILE *out = graph->out;
    double y = graph->height - FOOT - (frame->depth + 1.0) * ROW;
    fprintf(out, "<g class=\"c%u\" tabindex=\"%d\"><title>", colour_of(frame->name),
            graph->drawn++ ? -1 : 0);
    cck_text_write_markup(out, frame->name, NAME_MOST);
    if (frame->function != CCK_PROFILE_NONE) {
        const cck_profile_function *function = &graph->profile->functions[frame->function];
        fputs("\n", out);
        cck_text_write_markup(out, *function->file ? function->file : function->module, NAME_MOST);
    }
    fprintf(out, "\n%s: ", graph->profile->classes[graph->profile->by].label);
    write_share(out, frame->total, graph->tree->total);
    fputs(", itself ", out);
    write_share(out, frame->self, graph->tree->total);
    fputs("</title><rect", out);
    write_pixels(out, "x", x);
    write_pixels(out, "y", y);
    write_pixels(out, "width", width);
    fprintf(out, " height=\"%d\" rx=\"2\"/><text", ROW - 1);
    write_pixels(out, "x", x + 3);
    write_pixels(out, "y", y + ROW - 5);
    fputs(">", out);
    if (width > 3 * LETTER)
        cck_text_write_markup(out, frame->name, (unsigned)((width - 6) / LETTER));
    fputs("</text></g>\n", out);
}

static void write_frames(flamegraph *graph)
{
    const cck_call_tree *tree = graph->tree;
    double place[CCK_CALL_TREE_DEPTH + 1] = {0}; /* where the next frame of a level begins */
    double scale = tree->total ? (WIDTH - 2.0 * MARGIN) / (double)tree->total : 0;
    place[0] = MARGIN;
    for (size_t i = 0; i < tree->count; i++) {
        const cck_call_frame *frame = &tree->frames[i];
        double x = place[frame->depth], width = (double)frame->total * scale;
        place[frame->depth] = x + width;
        place[frame->depth + 1] = x; /* its first child */
        if (width < narrowest)
            graph->left_out++;
        else
            write_frame(graph, frame, x, width);
    }
}

/* Levels that have a frame wide enough to be drawn. */
static uint32_t drawn_depth(const cck_call_tree *tree)
{
    uint32_t depth = 0;
    double scale = tree->total ? (WIDTH - 2.0 * MARGIN) / (double)tree->total : 0;
    for (size_t i = 0; i < tree->count; i++)
        if ((double)tree->frames[i].total * scale >= narrowest && tree->frames[i].depth >= depth)
            depth = tree->frames[i].depth + 1;
    return depth;
}

static void write_command(FILE *out, const cck_target_info *target)
{
    char *command = NULL;
    size_t size;
    FILE *memory = open_memstream(&command, &size);
    if (!memory)
        return;
    if (target->argc)
        cck_text_command(memory, target->argv, target->argc);
    else
        fprintf(memory, "process %d", target->pid);
    fclose(memory);
    cck_text_write_markup(out, command ? command : "", 110);
    free(command);
}

static void write_head(const flamegraph *graph)
{
    FILE *out = graph->out;
    const cck_profile *profile = graph->profile;
    const char *label = profile->classes[profile->by].label;
    fprintf(out,
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%.0f\" "
            "viewBox=\"0 0 %d %.0f\" role=\"group\">\n<title>Flame graph by %s: ",
            WIDTH, graph->height, WIDTH, graph->height, label);
    write_command(out, &graph->result->target);
    fprintf(out, "</title>\n<style>%s</style>\n", cck_flamegraph_style);
    fprintf(out,
            "<rect class=\"back\" width=\"100%%\" height=\"100%%\"/>\n"
            "<text class=\"head\" x=\"%d\" y=\"24\">%c%s of ",
            MARGIN, label[0] >= 'a' && label[0] <= 'z' ? label[0] - 32 : label[0], label + 1);
    write_command(out, &graph->result->target);
    fprintf(out, "</text>\n<text class=\"note\" x=\"%d\" y=\"44\">", MARGIN);
    char count[CCK_NUMBER_SIZE];
    cck_number_grouped(count, graph->tree->total);
    fprintf(out, "%s %s; %s by the %s backend", count, label,
            graph->result->source.evidence == CCK_SIMULATED ? "modelled, not measured," : "seen",
            graph->result->source.backend);
    if (profile->unattributed[profile->by]) {
        cck_number_grouped(count, profile->unattributed[profile->by]);
        fprintf(out, "; %s more belong to no code", count);
    }
    fputs("</text>\n<g id=\"frames\">\n", out);
}

static void write_foot(const flamegraph *graph)
{
    FILE *out = graph->out;
    fprintf(out, "</g>\n<text class=\"note\" id=\"told\" x=\"%d\" y=\"%.0f\">", MARGIN,
            graph->height - 10);
    if (!graph->tree->count)
        fputs("there were none", out);
    else if (graph->left_out)
        fprintf(out, "%zu frames are too narrow to be drawn", graph->left_out);
    fprintf(out, "</text>\n<script>//<![CDATA[\n%s//]]></script>\n</svg>\n", cck_flamegraph_script);
}

void cck_flamegraph_write(const void *subject, FILE *out, const cck_report_options *options)
{
    const cck_result *result = subject;
    cck_call_tree tree;
    (void)options;
    if (cck_call_tree_make(&tree, result->profile, result->profile->by)) {
        flamegraph graph = {.result = result,
                            .profile = result->profile,
                            .tree = &tree,
                            .out = out,
                            .height = HEAD + FOOT + (double)ROW * drawn_depth(&tree)};
        write_head(&graph);
        write_frames(&graph);
        write_foot(&graph);
    }
    cck_call_tree_clear(&tree);
}
