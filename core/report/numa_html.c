/* SPDX-License-Identifier: MIT */
/* A placement as a page: verdict, picture, findings, tables. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/number.h"
#include "core/numa/words.h"
#include "core/report/html_page.h"
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

static void put_fix(FILE *out, const cck_suggestion *fix)
{
    if (!*fix->text)
        return;
    put_paragraph(out, fix->text);
    if (*fix->code)
        cck_html_code(out, fix->code);
}

static void put_finding(FILE *out, const cck_finding *finding)
{
    const char *severity = cck_word_of(cck_severity_words, (int)finding->severity);
    fputs("<article><h3><span class=\"badge ", out);
    cck_html_text(out, severity);
    fputs("\">", out);
    cck_html_text(out, severity);
    fputs("</span> ", out);
    cck_html_text(out, finding->rule);
    fputs("</h3>\n", out);
    put_paragraph(out, finding->title);
    if (finding->evidence.text && *finding->evidence.text)
        cck_html_element(out, "p", "dim", finding->evidence.text);
    put_fix(out, &finding->suggestion);
    for (size_t i = 0; i < finding->suggestion.variant_count; i++)
        put_fix(out, &finding->suggestion.variants[i]);
    for (size_t i = 0; i < finding->note_count; i++)
        cck_html_element(out, "p", "note", finding->notes[i]);
    fputs("</article>\n", out);
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
        fprintf(out, "<th>node %" PRIu32 "</th>", placement->nodes[columns[i]].index);
}

static void put_threads(FILE *out, const cck_numa_placement *placement, const size_t *columns,
                        size_t count)
{
    char number[CCK_NUMBER_SIZE];
    cck_html_section(out, "threads", "Threads");
    PUT_WORDS(put_paragraph, out, cck_numa_put_watched(words, placement));
    fputs("<div class=\"wide\"><table class=\"sortable\"><thead><tr><th>thread</th><th>tid</th>", out);
    put_node_headings(out, placement, columns, count);
    fputs("<th>remote</th><th>may run on</th><th>policy</th></tr></thead><tbody>\n", out);
    for (size_t i = 0; i < placement->thread_count; i++) {
        const cck_numa_thread *thread = &placement->threads[i];
        fputs("<tr>", out);
        cck_html_cell(out, thread->name);
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
    fputs("</tbody></table></div>\n", out);
    cck_html_section_end(out);
}

static void put_mappings(FILE *out, const cck_numa_placement *placement, const size_t *columns,
                         size_t count)
{
    cck_html_section(out, "mappings", "Mappings");
    PUT_WORDS(put_paragraph, out, cck_numa_put_method(words, placement));
    cck_html_filter(out, "#mappings tbody tr", "mappings");
    fputs("<div class=\"wide\"><table class=\"sortable\"><thead><tr><th>mapping</th><th>kind</th>",
          out);
    put_node_headings(out, placement, columns, count);
    fputs("<th>remote</th><th>policy</th></tr></thead><tbody>\n", out);
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
    fputs("</tbody></table></div>\n", out);
    if (placement->mappings_left_out)
        fprintf(out, "<p class=\"note\">and %" PRIu64 " smaller ones</p>\n",
                placement->mappings_left_out);
    cck_html_section_end(out);
}

void cck_numa_write_html(const void *subject, FILE *out, const cck_report_options *options)
{
    const cck_result *result = subject;
    const cck_numa_placement *placement = result->placement;
    size_t columns[CCK_NUMA_COLUMNS], count = cck_numa_columns(placement, columns);
    const cck_html_page page = {.title = "threads and memory by NUMA node",
                                .subtitle = result->total.verdict.text};
    cck_html_begin(out, &page);
    cck_html_section(out, "picture", "Where they are");
    cck_html_figure(out);
    cck_numa_write_svg(subject, out, options);
    cck_html_figure_end(out, "Threads by the share of their time on each node; mappings by the share "
                             "of their bytes. Orange: memory on a node where hardly any thread ran. "
                             "Dashed: a node that the process may not use.");
    cck_html_section_end(out);
    if (result->finding_count) {
        cck_html_section(out, "findings", "Findings");
        for (size_t i = 0; i < result->finding_count; i++)
            put_finding(out, &result->findings[i]);
        cck_html_section_end(out);
    }
    put_threads(out, placement, columns, count);
    put_mappings(out, placement, columns, count);
    cck_html_end(out, &page);
}
