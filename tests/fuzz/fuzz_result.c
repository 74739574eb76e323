/* SPDX-License-Identifier: MIT */
/* Bytes as a saved result: what loads must save, load and save alike, and be usable. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

static void use(cck_result *result)
{
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
    use(again);
    free(first);
    free(second);
    cck_result_free(result);
    cck_result_free(again);
    return 0;
}
