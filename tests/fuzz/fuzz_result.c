/* SPDX-License-Identifier: MIT */
/* Bytes as a saved result: what loads must save, load and save alike, and be usable. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cachecheck/merge.h>
#include <cachecheck/report.h>

#include "core/result/result.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char *save(const cck_result *result, cck_format format)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    if (!out)
        abort();
    cck_report_options options = {.size = sizeof options, .utf8 = true, .verbose = true};
    cck_report_write(result, format, out, &options, NULL);
    fclose(out);
    return text;
}

typedef int writer(const void *what, cck_format format, FILE *out, const cck_report_options *options,
                   cck_error *err);

static void write_away(writer *write, const void *what, cck_format format)
{
    FILE *out = fopen("/dev/null", "w");
    if (!out)
        abort();
    write(what, format, out, NULL, NULL);
    fclose(out);
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

/* Nothing changed, so nothing is better or worse; and twice the same adds up. */
static void compare(const cck_result *before, const cck_result *after)
{
    static const cck_format formats[] = {CCK_FORMAT_TEXT, CCK_FORMAT_JSON, CCK_FORMAT_CSV,
                                         CCK_FORMAT_MARKDOWN};
    const cck_diff_options options = {.size = sizeof options, .force = true};
    cck_diff *diff = NULL;
    cck_merge *merge = NULL;
    if (cck_diff_make(&diff, before, after, &options, NULL) == 0) {
        if (diff->new_findings)
            abort();
        for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
            write_away(write_diff, diff, formats[i]);
        cck_diff_gate(diff, NULL);
    }
    if (cck_merge_new(&merge, NULL) == 0 && cck_merge_add(merge, before, "one", NULL) == 0 &&
        cck_merge_add(merge, after, "other", NULL) == 0)
        for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
            write_away(write_merged, cck_merge_view(merge), formats[i]);
    cck_diff_free(diff);
    cck_merge_free(merge);
}

static void use(cck_result *result)
{
    static const cck_format formats[] = {CCK_FORMAT_FOLDED,    CCK_FORMAT_FLAMEGRAPH,
                                         CCK_FORMAT_CALLGRIND, CCK_FORMAT_SPEEDSCOPE,
                                         CCK_FORMAT_FIREFOX,   CCK_FORMAT_SARIF,
                                         CCK_FORMAT_GITHUB,    CCK_FORMAT_MARKDOWN,
                                         CCK_FORMAT_HTML,      CCK_FORMAT_OPENMETRICS};
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
        write_away(write_result, result, formats[i]);
    free(save(result, CCK_FORMAT_TEXT));
    free(save(result, CCK_FORMAT_CSV));
    for (int kind = CCK_ROW_THREAD; kind <= CCK_ROW_NODE; kind++) {
        cck_result *grouped = NULL;
        if (cck_result_group(result, (cck_row_kind)kind, &grouped, NULL) == 0)
            free(save(grouped, CCK_FORMAT_TEXT));
        cck_result_free(grouped);
    }
    if (result->event_count) {
        cck_result_sort(result, result->events[0].name, NULL);
        cck_result_gate(result, result->events[0].name, NULL);
    }
    cck_result_gate(result, result->command, NULL);
    cck_result_sort(result, "name", NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cck_result *result = NULL, *again = NULL;
    if (cck_result_parse(&result, (const char *)data, size, NULL) != 0)
        return 0;
    char *first = save(result, CCK_FORMAT_JSON);
    if (cck_result_parse(&again, first, strlen(first), NULL) != 0)
        abort();
    char *second = save(again, CCK_FORMAT_JSON);
    if (strcmp(first, second) != 0)
        abort();
    compare(result, again);
    use(again);
    free(first);
    free(second);
    cck_result_free(result);
    cck_result_free(again);
    return 0;
}
