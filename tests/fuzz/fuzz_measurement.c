/* SPDX-License-Identifier: MIT */
/* Bytes as a measurement that was kept, or came with a capture: what loads can be written. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cachecheck/report.h>

#include "core/machine/measurement.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const cck_machine *machine(void)
{
    static cck_machine *made;
    const cck_machine_options options = {.size = sizeof options,
                                         .synthetic = "pack:1 numa:2 l3:1 core:2 pu:1"};
    if (!made && cck_machine_open(&made, &options, NULL) < 0)
        abort();
    return made;
}

static char *save(const cck_measurement *measurement, cck_format format)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    cck_report_options options = {.size = sizeof options, .utf8 = true, .verbose = true};
    if (!out)
        abort();
    cck_measurement_write(measurement, machine(), format, out, &options, NULL);
    fclose(out);
    return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const cck_format formats[] = {CCK_FORMAT_TEXT, CCK_FORMAT_CSV, CCK_FORMAT_HTML};
    cck_measurement *measurement = NULL, *again = NULL;
    double transfer;
    if (cck_measurement_parse(&measurement, (const char *)data, size, NULL) != 0)
        return 0;
    cck_measurement_transfer(measurement, &transfer);
    unsigned sum = 0;
    for (size_t i = 0; i < size; i++)
        sum = sum * 31 + data[i];
    free(save(measurement, formats[(sum >> 8) % (sizeof formats / sizeof *formats)]));
    char *first = save(measurement, CCK_FORMAT_JSON);
    if (cck_measurement_parse(&again, first, strlen(first), NULL) != 0)
        abort();
    char *second = save(again, CCK_FORMAT_JSON);
    if (strcmp(first, second) != 0)
        abort();
    free(first);
    free(second);
    cck_measurement_free(measurement);
    cck_measurement_free(again);
    return 0;
}
