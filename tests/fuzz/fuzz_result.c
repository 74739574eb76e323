/* SPDX-License-Identifier: MIT */
/*
 * Bytes as a saved result: what loads must save, load and save alike, and be usable. All that is
 * made of results would take most of the time each time: the sum of the bytes chooses a part.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cachecheck/merge.h>
#include <cachecheck/report.h>

#include "core/result/result.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const cck_report_options at_length = {
    .size = sizeof at_length, .utf8 = true, .verbose = true};
static const cck_report_options *how; /* what is written away; NULL: as it is by default */

static char *save(const cck_result *result)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    if (!out)
        abort();
    cck_report_write(result, CCK_FORMAT_JSON, out, &at_length, NULL);
    fclose(out);
    return text;
}

typedef int writer(const void *what, cck_format format, FILE *out,
                   const cck_report_options *options, cck_error *err);

static void write_away(writer *write, const void *what, cck_format format)
{
    static FILE *out;
    if (!out)
        out = fopen("/dev/null", "w");
    if (!out)
        abort();
    write(what, format, out, how, NULL);
}

static int write_diff(const void *what, cck_format format, FILE *out,
                      const cck_report_options *options, cck_error *err)
{
    return cck_diff_write(what, format, out, options, err);
}

static int write_merged(const void *what, cck_format format, FILE *out,
                        const cck_report_options *options, cck_error *err)
{
    return cck_merge_write(what, format, out, options, err);
}

static int write_result(const void *what, cck_format format, FILE *out,
                        const cck_report_options *options, cck_error *err)
{
    return cck_report_write(what, format, out, options, err);
}

static const cck_format tables[] = {CCK_FORMAT_TEXT, CCK_FORMAT_JSON, CCK_FORMAT_CSV,
                                    CCK_FORMAT_MARKDOWN};
static const cck_format others[] = {
    CCK_FORMAT_FOLDED,     CCK_FORMAT_FLAMEGRAPH, CCK_FORMAT_CALLGRIND,
    CCK_FORMAT_SPEEDSCOPE, CCK_FORMAT_FIREFOX,    CCK_FORMAT_SARIF,
    CCK_FORMAT_GITHUB,     CCK_FORMAT_HTML,       CCK_FORMAT_OPENMETRICS,
};
enum { TABLES = sizeof tables / sizeof *tables, OTHERS = sizeof others / sizeof *others };

/* Nothing changed, so nothing is better or worse. */
static void compare(const cck_result *before, const cck_result *after, cck_format format)
{
    const cck_diff_options options = {.size = sizeof options, .force = true};
    cck_diff *diff = NULL;
    if (cck_diff_make(&diff, before, after, &options, NULL) != 0)
        return;
    if (diff->new_findings)
        abort();
    write_away(write_diff, diff, format);
    cck_diff_gate(diff, NULL);
    cck_diff_free(diff);
}

/* Twice the same adds up. */
static void merge(const cck_result *one, const cck_result *other, cck_format format)
{
    cck_merge *merged = NULL;
    if (cck_merge_new(&merged, NULL) == 0 && cck_merge_add(merged, one, "one", NULL) == 0 &&
        cck_merge_add(merged, other, "other", NULL) == 0)
        write_away(write_merged, cck_merge_view(merged), format);
    cck_merge_free(merged);
}

static void group(const cck_result *result, cck_row_kind kind)
{
    cck_result *grouped = NULL;
    if (cck_result_group(result, kind, &grouped, NULL) == 0)
        write_away(write_result, grouped, CCK_FORMAT_TEXT);
    cck_result_free(grouped);
}

static void sort_and_gate(cck_result *result)
{
    if (result->event_count) {
        cck_result_sort(result, result->events[0].name, NULL);
        cck_result_gate(result, result->events[0].name, NULL);
    }
    cck_result_gate(result, result->command, NULL);
    cck_result_sort(result, "name", NULL);
}

static void use(cck_result *result, cck_result *again, unsigned choice)
{
    enum { KINDS = CCK_ROW_NODE - CCK_ROW_THREAD + 1 };
    unsigned detail = choice / 12;
    how = choice / 6 % 2 ? &at_length : NULL;
    switch (choice % 6) {
    case 0:
        compare(result, again, tables[detail % TABLES]);
        break;
    case 1:
        merge(result, again, tables[detail % TABLES]);
        break;
    case 2:
        group(again, (cck_row_kind)(CCK_ROW_THREAD + detail % KINDS));
        break;
    case 3:
        write_away(write_result, again, tables[detail % TABLES]);
        sort_and_gate(again);
        break;
    default:
        write_away(write_result, again, others[detail % OTHERS]);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cck_result *result = NULL, *again = NULL;
    if (cck_result_parse(&result, (const char *)data, size, NULL) != 0)
        return 0;
    char *first = save(result);
    if (cck_result_parse(&again, first, strlen(first), NULL) != 0)
        abort();
    char *second = save(again);
    if (strcmp(first, second) != 0)
        abort();
    unsigned sum = 0;
    for (size_t i = 0; i < size; i++)
        sum = sum * 31 + data[i];
    use(result, again, sum >> 8);
    free(first);
    free(second);
    cck_result_free(result);
    cck_result_free(again);
    return 0;
}
