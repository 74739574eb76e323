/* SPDX-License-Identifier: MIT */
#include <cachecheck/report.h>

#include <stdbool.h>
#include <string.h>

#include "core/fail.h"
#include "core/output.h"
#include "core/report/csv.h"
#include "core/report/text.h"
#include "core/result.h"

enum { WIDTH = 100, WIDTH_LEAST = 40, ROWS = 10, ROWS_MOST = 1000000 };

static const struct format_name {
    const char *name, *ending;
    cck_format format;
} formats[] = {
    {"text", ".txt", CCK_FORMAT_TEXT},
    {"json", ".json", CCK_FORMAT_JSON},
    {"csv", ".csv", CCK_FORMAT_CSV},
};

int cck_format_by_name(const char *name)
{
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
        if (strcmp(formats[i].name, name) == 0)
            return (int)formats[i].format;
    return -1;
}

int cck_format_of_path(const char *path)
{
    size_t length = strlen(path);
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        size_t size = strlen(formats[i].ending);
        if (length > size && strcmp(path + length - size, formats[i].ending) == 0)
            return (int)formats[i].format;
    }
    return -1;
}

/* What is to be written, and how. */
typedef struct request {
    const cck_result *result;
    cck_format format;
    cck_report_options options;
} request;

/* Callers compiled with an older header hand over a shorter record. */
static request make_request(const cck_result *result, cck_format format,
                            const cck_report_options *options)
{
    request made = {.result = result, .format = format};
    if (options)
        memcpy(&made.options, options,
               options->size && options->size < sizeof made.options ? options->size
                                                                    : sizeof made.options);
    if (!made.options.width)
        made.options.width = WIDTH;
    if (made.options.width < WIDTH_LEAST)
        made.options.width = WIDTH_LEAST;
    if (!made.options.rows)
        made.options.rows = ROWS;
    if (made.options.rows > ROWS_MOST)
        made.options.rows = ROWS_MOST;
    return made;
}

static void write_request(const void *context, FILE *out)
{
    const request *wanted = context;
    const cck_report_options *options = &wanted->options;
    cck_text_report text = {
        .result = wanted->result,
        .out = out,
        .width = options->width,
        .rows = options->rows,
        .color = options->color,
        .utf8 = options->utf8,
        .verbose = options->verbose,
    };
    if (wanted->format == CCK_FORMAT_JSON)
        cck_result_write_json(wanted->result, out, !options->compact);
    else if (wanted->format == CCK_FORMAT_CSV)
        cck_csv_write(wanted->result, out);
    else
        cck_text_report_write(&text);
}

static bool known(cck_format format)
{
    return format == CCK_FORMAT_TEXT || format == CCK_FORMAT_JSON || format == CCK_FORMAT_CSV;
}

int cck_report_write(const cck_result *result, cck_format format, FILE *out,
                     const cck_report_options *options, cck_error *err)
{
    if (!known(format))
        return cck_fail(err, CCK_EINVALID, "there is no report format %d", (int)format);
    request wanted = make_request(result, format, options);
    write_request(&wanted, out);
    return cck_output_flush(out, "the report", err);
}

int cck_report_save(const cck_result *result, cck_format format, const char *path,
                    const cck_report_options *options, cck_error *err)
{
    if (!known(format))
        return cck_fail(err, CCK_EINVALID, "there is no report format %d", (int)format);
    request wanted = make_request(result, format, options);
    return cck_output_save(path, write_request, &wanted, err);
}
