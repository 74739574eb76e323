/* SPDX-License-Identifier: MIT */
/* A placement on a page: its picture, threads against nodes, mappings. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/number.h"
#include "core/numa/words.h"
#include "core/report/html_report.h"
#include "core/report/numa.h"
#include "core/result/words.h"

/* Words of a writer, as text of the page. */
#define PUT_WORDS(put, target, ...)                                                                \
    do {                                                                                           \
        char *made = NULL;                                                                         \
        size_t size;                                                                               \
        FILE *words = open_memstream(&made, &size);                                                \
        if (words) {                                                                               \
            __VA_ARGS__;                                                                           \
            fclose(words);                                                                         \
            put(target, made);                                                                     \
        }                                                                                          \
        free(made);                                                                                \
    } while (0)

static void put_paragraph(FILE *out, const char *text)
{
    cck_html_element(out, "p", NULL, text);
}

static void put_bytes(FILE *out, uint64_t bytes)
{
    char number[CCK_NUMBER_SIZE];
    cck_number_bytes(number, (double)bytes);
    cck_html_number(out, number);
}

static void put_node_headings(FILE *out, const cck_numa_placement *placement,
                              const size_t *columns, size_t count)
{
    for (size_t i = 0; i < count; i++)
        fprintf(out, "<th scope=\"col\" class=\"num\">node %" PRIu32 "</th>",
                placement->nodes[columns[i]].index);
}

static void put_threads(FILE *out, const cck_numa_placement *placement, const size_t *columns,
                        size_t count)
{
    char number[CCK_NUMBER_SIZE];
    fputs("<h3>Threads</h3>\n", out);
    PUT_WORDS(put_paragraph, out, cck_numa_put_watched(words, placement));
    cck_html_wide(out, "threads against nodes");
    fputs("<table class=\"sortable\"><thead><tr><th scope=\"col\">thread</th>"
          "<th scope=\"col\" class=\"num\">tid</th>",
          out);
    put_node_headings(out, placement, columns, count);
    fputs("<th scope=\"col\" class=\"num\">remote</th><th scope=\"col\">may run on</th>"
          "<th scope=\"col\">policy</th></tr></thead><tbody>\n",
          out);
    for (size_t i = 0; i < placement->thread_count; i++) {
        const cck_numa_thread *thread = &placement->threads[i];
        fputs("<tr>", out);
        cck_html_cell(out, *thread->name ? thread->name : "(no name)");
        snprintf(number, sizeof number, "%" PRId32, thread->tid);
        cck_html_number(out, number);
        for (size_t j = 0; j < count; j++) {
            snprintf(number, sizeof number, "%.0f %%",
                     thread->ran ? 100 * thread->ran[columns[j]] : 0);
            cck_html_number(out, thread->ran ? number : "-");
        }
        PUT_WORDS(cck_html_number, out, cck_numa_put_share(words, &thread->remote));
        cck_html_cell(out, *thread->cpus ? thread->cpus : "-");
        cck_html_cell(out, thread->policy_unknown ? "-" : thread->policy.text);
        fputs("</tr>\n", out);
    }
    fputs("</tbody></table>", out);
    cck_html_wide_end(out);
    if (placement->threads_left_out)
        fprintf(out, "<p class=\"note\">and %" PRIu64 " more threads</p>\n",
                placement->threads_left_out);
}

static void put_mappings(const cck_html_report *report, const cck_numa_placement *placement,
                         const size_t *columns, size_t count)
{
    FILE *out = report->out;
    char selector[64];
    fputs("<h3>Mappings</h3>\n", out);
    PUT_WORDS(put_paragraph, out, cck_numa_put_method(words, placement));
    if (!placement->mapping_count)
        return;
    snprintf(selector, sizeof selector, "#mappings-%u tbody tr", report->number);
    cck_html_filter(out, selector, "Only mappings with");
    cck_html_wide(out, "mappings by node");
    fprintf(out,
            "<table class=\"sortable\" id=\"mappings-%u\"><thead><tr><th scope=\"col\">mapping</th>"
            "<th scope=\"col\">kind</th>",
            report->number);
    put_node_headings(out, placement, columns, count);
    fputs("<th scope=\"col\" class=\"num\">remote</th><th scope=\"col\">policy</th></tr></thead>"
          "<tbody>\n",
          out);
    for (size_t i = 0; i < placement->mapping_count; i++) {
        const cck_numa_mapping *mapping = &placement->mappings[i];
        fputs("<tr>", out);
        PUT_WORDS(cck_html_cell, out, cck_numa_put_mapping(words, mapping));
        cck_html_cell(out, cck_word_of(cck_numa_kind_words, (int)mapping->kind));
        for (size_t j = 0; j < count; j++) {
            if (mapping->method == CCK_NUMA_UNKNOWN)
                cck_html_number(out, "-");
            else
                put_bytes(out, mapping->bytes[columns[j]]);
        }
        PUT_WORDS(cck_html_number, out, cck_numa_put_share(words, &mapping->remote));
        cck_html_cell(out, mapping->policy_unknown ? "-" : mapping->policy.text);
        fputs("</tr>\n", out);
    }
    fputs("</tbody></table>", out);
    cck_html_wide_end(out);
    if (placement->mappings_left_out)
        fprintf(out, "<p class=\"note\">and %" PRIu64 " smaller ones</p>\n",
                placement->mappings_left_out);
}

bool cck_html_has_placement(const cck_result *result)
{
    return result->placement != NULL;
}

void cck_html_placement(const cck_html_report *report)
{
    const cck_numa_placement *placement = report->result->placement;
    size_t columns[CCK_NUMA_COLUMNS], count = cck_numa_columns(placement, columns);
    cck_html_report_section(report, "placement", "Where threads run and memory lies");
    cck_html_figure(report->out, "threads and memory by NUMA node");
    cck_numa_write_svg(report->result, report->out, NULL);
    cck_html_figure_end(report->out,
                        "Threads by the share of their time on each node; mappings by the share of "
                        "their bytes. Orange: memory on a node where hardly any thread ran. Dashed: "
                        "a node that the process may not use. The tables below have the numbers.");
    put_threads(report->out, placement, columns, count);
    put_mappings(report, placement, columns, count);
    cck_html_section_end(report->out);
}
