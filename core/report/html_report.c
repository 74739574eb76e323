/* SPDX-License-Identifier: MIT */
/* Results as one page: what they say first, then what it rests on. */
#include <inttypes.h>
#include <string.h>

#include "core/base/fail.h"
#include "core/report/document.h"
#include "core/report/html_report.h"
#include "core/report/html_writers.h"
#include "core/result/result.h"
#include "core/result/words.h"

static const char style[] =
    ".key{display:inline-block;width:.8rem;height:.8rem;border:1px solid var(--rule)}"
    "mark{background:var(--t3);color:var(--ink)}iframe{display:block;border:1px solid var(--rule);width:100%;min-width:60rem}"
    "details.finding{content-visibility:auto;contain-intrinsic-size:auto 2.5rem}"
    ".chunk{content-visibility:auto;contain-intrinsic-size:auto 250rem}"
    ".line{width:100%;min-width:40rem;max-width:944px;height:auto}div.finding{border-bottom:1px solid var(--rule);padding:.4rem "
    "0}details.finding>:not(summary){margin-left:1rem}summary .dim{font-size:.9rem}\n";

typedef struct result_page {
    const cck_result *const *results;
    const char *const *names;
    size_t count;
} result_page;

static const char *name_of(const result_page *page, size_t i)
{
    const char *name = page->names ? page->names[i] : NULL;
    return name && *name ? name : page->results[i]->command;
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* "cachecheck sharing: app" */
static void make_title(const result_page *page, char *title, size_t size)
{
    const cck_result *result = page->results[0];
    if (page->count > 1)
        snprintf(title, size, "cachecheck: %zu results", page->count);
    else if (result->target.argc)
        snprintf(title, size, "cachecheck %.40s: %.120s", result->command,
                 base_name(result->target.argv[0]));
    else
        snprintf(title, size, "cachecheck %.40s", result->command);
}

/* ---- finding one's way ---- */

static const struct part {
    const char *id, *title;
    bool (*has)(const cck_result *result);
    void (*write)(const cck_html_report *report);
} parts[] = {
    {"summary", "Summary", NULL, cck_html_summary},
    {"findings", "Findings", cck_html_has_findings, cck_html_findings},
    {"hotspots", "Hot spots", cck_html_has_profile, cck_html_profile},
    {"placement", "Threads and memory", cck_html_has_placement, cck_html_placement},
    {"timeline", "Over time", cck_html_has_timeline, cck_html_timeline},
    {"threads", "Threads", cck_html_has_threads, cck_html_threads},
    {"machine", "Machine", NULL, cck_html_places},
    {"measured", "What it costs", cck_html_has_measured, cck_html_measured},
    {"numbers", "Numbers", cck_html_has_numbers, cck_html_numbers},
};

static bool has_part(const cck_result *result, const struct part *part)
{
    return !part->has || part->has(result);
}

static void write_navigation(FILE *out, const result_page *page)
{
    fputs("<nav aria-label=\"parts\">\n", out);
    for (size_t i = 0; i < page->count; i++) {
        fputs("<ul>", out);
        if (page->count > 1) {
            fprintf(out, "<li><a href=\"#result-%zu\">", i);
            cck_html_text(out, name_of(page, i));
            fputs("</a></li>", out);
        }
        for (size_t j = 0; j < sizeof parts / sizeof *parts; j++)
            if (has_part(page->results[i], &parts[j]))
                fprintf(out, "<li><a href=\"#%s-%zu\">%s</a></li>", parts[j].id, i, parts[j].title);
        fputs("</ul>\n", out);
    }
    fputs("</nav>\n", out);
}

/* Several results: a line each, before the first of them. */
static void write_overview(FILE *out, const result_page *page)
{
    static const char *const titles[] = {"result", "command", "evidence", "#findings", "verdict"};
    cck_html_wide(out, "results");
    fputs("<table class=\"sortable\">", out);
    cck_html_headings(out, titles, sizeof titles / sizeof *titles);
    fputs("<tbody>\n", out);
    for (size_t i = 0; i < page->count; i++) {
        const cck_result *result = page->results[i];
        fprintf(out, "<tr><td><a href=\"#result-%zu\">", i);
        cck_html_text(out, name_of(page, i));
        fputs("</a></td>", out);
        cck_html_cell(out, result->command);
        cck_html_cell(out, *result->source.backend
                               ? cck_word_of(cck_evidence_words, (int)result->source.evidence)
                               : "-");
        if (cck_html_has_findings(result))
            fprintf(out, "<td class=\"num\">%zu</td>", result->finding_count);
        else
            fputs("<td class=\"num\">-</td>", out);
        cck_html_cell(out, result->total.verdict.text);
        fputs("</tr>\n", out);
    }
    fputs("</tbody></table>", out);
    cck_html_wide_end(out);
    fputs("<p class=\"dim\">What changed between two of them: <code>cachecheck "
          "diff A.json B.json</code></p>\n",
          out);
}

static void write_page(const void *subject, FILE *out, const cck_report_options *options)
{
    const result_page *results = subject;
    char title[200];
    (void)options;
    make_title(results, title, sizeof title);
    const cck_html_page page = {.title = title, .style = style};
    cck_html_begin(out, &page);
    write_navigation(out, results);
    if (results->count > 1)
        write_overview(out, results);
    for (size_t i = 0; i < results->count; i++) {
        cck_arena arena = {0};
        const cck_result view = cck_result_view(results->results[i], &arena);
        const cck_html_report report = {&view, out, name_of(results, i), (unsigned)i};
        if (results->count > 1) {
            fprintf(out, "<h1 id=\"result-%zu\">", i);
            cck_html_text(out, report.name);
            fputs("</h1>\n", out);
        }
        for (size_t j = 0; j < sizeof parts / sizeof *parts; j++)
            if (has_part(report.result, &parts[j]))
                parts[j].write(&report);
        cck_arena_clear(&arena);
    }
    cck_html_end(out, &page);
}

/* ---- entries ---- */

void cck_html_write(const void *subject, FILE *out, const cck_report_options *options)
{
    const cck_result *result = subject;
    const result_page page = {.results = &result, .count = 1};
    write_page(&page, out, options);
}

static int document_of(cck_document *document, const result_page *page, cck_error *err)
{
    if (!page->count)
        return cck_fail(err, CCK_EINVALID, "a page needs a result");
    *document = (cck_document){.name = "the page", .subject = page, .html = write_page};
    return 0;
}

int cck_page_write(const cck_result *const *results, const char *const *names, size_t count,
                   FILE *out, const cck_report_options *options, cck_error *err)
{
    const result_page page = {results, names, count};
    cck_document document;
    int code = document_of(&document, &page, err);
    return code ? code : cck_document_write(&document, CCK_FORMAT_HTML, out, options, err);
}

int cck_page_save(const cck_result *const *results, const char *const *names, size_t count,
                  const char *path, const cck_report_options *options, cck_error *err)
{
    const result_page page = {results, names, count};
    cck_document document;
    int code = document_of(&document, &page, err);
    return code ? code : cck_document_save(&document, CCK_FORMAT_HTML, path, options, err);
}
