/* SPDX-License-Identifier: MIT */
/* A profile on a page: the flame graph, with the functions, lines and objects as tables. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/number.h"
#include "core/report/hotspots.h"
#include "core/report/html_report.h"

enum { ROWS_MOST = 30 };

static void put_share(FILE *out, uint64_t part, uint64_t whole)
{
    char number[CCK_NUMBER_SIZE], percent[CCK_NUMBER_SIZE];
    cck_number_grouped(number, part);
    cck_number_percent(percent, whole ? 100.0 * (double)part / (double)whole : 0);
    fprintf(out, "<td class=\"num\" data-key=\"%" PRIu64 "\">%s</td><td class=\"num\">", part,
            number);
    cck_html_text(out, percent);
    fputs(" %</td>", out);
}

static void open_table(FILE *out, const char *heading, const char *const *titles, size_t count)
{
    cck_html_element(out, "h3", NULL, heading);
    cck_html_wide(out, heading);
    fputs("<table class=\"sortable\">", out);
    cck_html_headings(out, titles, count);
    fputs("<tbody>\n", out);
}

static void close_table(FILE *out, size_t shown, size_t count)
{
    fputs("</tbody></table>", out);
    cck_html_wide_end(out);
    if (shown < count)
        fprintf(out, "<p class=\"dim\">and %zu more; all are in the JSON result</p>\n",
                count - shown);
}

static void put_functions(FILE *out, const cck_profile *profile)
{
    static const char *const titles[] = {"#itself", "#share",   "#with callees",
                                         "#share",  "function", "file"};
    size_t by = profile->by, i;
    uint64_t total = profile->total[by];
    open_table(out, "Functions", titles, sizeof titles / sizeof *titles);
    for (i = 0; i < profile->function_count && i < ROWS_MOST; i++) {
        const cck_profile_function *function = &profile->functions[i];
        fputs("<tr>", out);
        put_share(out, function->self[by], total);
        put_share(out, function->inclusive[by], total);
        cck_html_cell(out, function->name);
        cck_html_cell(out, *function->file ? function->file : function->module);
        fputs("</tr>\n", out);
    }
    close_table(out, i, profile->function_count);
}

static void put_lines(FILE *out, const cck_profile *profile)
{
    static const char *const titles[] = {"#cost", "#share", "line", "function"};
    size_t by = profile->by, i, shown = 0, known = 0;
    open_table(out, "Source lines", titles, sizeof titles / sizeof *titles);
    for (i = 0; i < profile->line_count; i++) {
        const cck_profile_line *line = &profile->lines[i];
        if (!*line->file || !line->costs[by])
            continue;
        if (known++ >= ROWS_MOST)
            continue;
        shown++;
        fputs("<tr>", out);
        put_share(out, line->costs[by], profile->total[by]);
        fputs("<td>", out);
        cck_html_text(out, line->file);
        fprintf(out, ":%" PRIu32 "</td>", line->line);
        cck_html_cell(out, profile->functions[line->function].name);
        fputs("</tr>\n", out);
    }
    close_table(out, shown, known);
}

static void put_objects(FILE *out, const cck_profile *profile)
{
    static const char *const titles[] = {"#cost", "#share", "kind", "object", "type", "#bytes"};
    size_t by = profile->by, i;
    if (!profile->object_count)
        return;
    open_table(out, "Objects in memory", titles, sizeof titles / sizeof *titles);
    for (i = 0; i < profile->object_count && i < ROWS_MOST; i++) {
        const cck_profile_object *object = &profile->objects[i];
        fputs("<tr>", out);
        put_share(out, object->costs[by], profile->total[by]);
        cck_html_cell(out, object->kind);
        cck_html_cell(out, *object->name              ? object->name
                           : object->allocation_count ? object->allocation[0].function
                                                      : "");
        cck_html_cell(out, object->type);
        fprintf(out, "<td class=\"num\">%" PRIu64 "</td></tr>\n", object->size);
    }
    close_table(out, i, profile->object_count);
}

/* The graph is a document of its own in a frame: its script and style concern nothing else, and
 * it may do nothing but run that script. */
static void put_flame_graph(const cck_html_report *report)
{
    char *svg = NULL, *start;
    size_t size;
    unsigned height = 400;
    FILE *memory = open_memstream(&svg, &size);
    if (!memory)
        return;
    const cck_report_options options = {0};
    cck_flamegraph_write(report->result, memory, &options);
    fclose(memory);
    start = svg ? strstr(svg, "<svg") : NULL;
    const char *high = start ? strstr(start, "height=\"") : NULL;
    if (high)
        height = (unsigned)strtoul(high + strlen("height=\""), NULL, 10);
    if (start) {
        cck_html_figure(report->out, "flame graph");
        fprintf(report->out,
                "<iframe title=\"flame graph\" sandbox=\"allow-scripts\" "
                "style=\"aspect-ratio:1200/%u\" srcdoc=\"&lt;style&gt;:root{color-scheme:light "
                "dark}body{margin:0}svg{width:100%%;height:auto;"
                "display:block}&lt;/style&gt;",
                height);
        for (const char *at = start; *at; at++)
            if (*at == '"')
                fputs("&quot;", report->out);
            else if (*at == '&')
                fputs("&amp;", report->out);
            else
                putc(*at, report->out);
        fputs("\"></iframe>\n", report->out);
        cck_html_figure_end(report->out,
                            "Call paths, outermost at the bottom; as wide as what they cost. The "
                         "tables below have the same numbers. With scripts: click or Enter zooms, "
                         "Escape goes back, / searches.");
    }
    free(svg);
}

bool cck_html_has_profile(const cck_result *result)
{
    return result->profile != NULL;
}

void cck_html_profile(const cck_html_report *report)
{
    const cck_profile *profile = report->result->profile;
    char heading[160];
    snprintf(heading, sizeof heading, "Hot spots by %.100s", profile->classes[profile->by].label);
    cck_html_report_section(report, "hotspots", heading);
    put_flame_graph(report);
    put_functions(report->out, profile);
    put_lines(report->out, profile);
    put_objects(report->out, profile);
    cck_html_section_end(report->out);
}
