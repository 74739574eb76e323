/* SPDX-License-Identifier: MIT */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cachecheck/cachecheck.h>

#include "commands.h"
#include "look.h"
#include "outputs.h"
#include "terminal.h"

typedef struct report_values {
    const char *color, *annotate;
    cli_outputs outputs;
    uint32_t rows;
    bool verbose;
} report_values;

#define AT(member) offsetof(report_values, member)

const cli_option cli_report_options_table[] = {
    CLI_OUTPUT_ROW(AT(outputs.paths)),
    {0, "format", CLI_STRING, "FORMAT", AT(outputs.format),
     "html (default for -o without a known ending), text, json, csv, markdown, openmetrics, "
     "jsonl, sarif, github, folded, flamegraph, callgrind, speedscope, firefox or svg (the picture of "
     "numa); several RESULTs go into html only",
     "html|text|json|csv|markdown|openmetrics|jsonl|sarif|github|folded|flamegraph|callgrind|"
     "speedscope|firefox|svg"},
    {0, "annotate", CLI_STRING, "WHAT", AT(annotate),
     "text of hotspots: source with costs, of a file or a function, or hot", NULL},
    {0, "rows", CLI_COUNT, "N", AT(rows), "text: show at most N rows (default 10)", NULL},
    {'v', "verbose", CLI_FLAG, NULL, AT(verbose), "text: explain every event and metric", NULL},
    {0, "color", CLI_STRING, "WHEN", AT(color), "auto, always or never", "auto|always|never"},
    {0},
};

const char *const cli_report_examples[] = {
    "cachecheck report sharing.json -o sharing.html",
    "a page to pass on: findings with code and pictures",
    "cachecheck report before.json after.json hot.json -o all.html",
    "several results on one page",
    "cachecheck report hot.json -o hot.svg",
    "another format of a result that was kept",
    NULL,
};

/* The results, and what to call them. */
typedef struct report_subject {
    const cck_result *const *results;
    const char *const *names;
    size_t count;
} report_subject;

static int write_results(const void *context, cck_format format, const char *path,
                         const cck_report_options *options, cck_error *err)
{
    const report_subject *subject = context;
    if (format != CCK_FORMAT_HTML)
        return cli_write_result(subject->results[0], format, path, options, err);
    return path ? cck_page_save(subject->results, subject->names, subject->count, path, options, err)
                : cck_page_write(subject->results, subject->names, subject->count, stdout, options,
                                 err);
}

static int write_all(const report_subject *subject, const report_values *values)
{
    cck_report_options options = cli_outputs_options(&values->outputs, values->color);
    options.rows = values->rows;
    options.verbose = values->verbose;
    options.annotate = values->annotate;
    return cli_outputs_write(&values->outputs, write_results, subject, &options);
}

static int report(char **paths, size_t count, const report_values *values)
{
    cck_error err = {0};
    int code = 0;
    cck_result **results = calloc(count + 1, sizeof *results);
    if (!results) {
        fputs("cachecheck: out of memory\n", stderr);
        return CLI_USAGE;
    }
    for (size_t i = 0; i < count && code == 0; i++)
        code = cck_result_load(&results[i], paths[i], &err);
    const report_subject subject = {(const cck_result *const *)results, (const char *const *)paths,
                                    count};
    if (code < 0)
        cli_print_error(&err);
    else
        code = write_all(&subject, values);
    for (size_t i = 0; i < count; i++)
        cck_result_free(results[i]);
    free(results);
    return code < 0 ? CLI_USAGE : CLI_OK;
}

/* Options may stand behind the files as well: report a.json -o a.html. */
static int parse(const cli_command *command, int argc, char **argv, report_values *values,
                 char **paths, size_t *out_count)
{
    size_t count = 0;
    for (int at = 0; at < argc;) {
        int rest = cli_parse(command, argc - at, argv + at, values);
        if (rest < 0)
            return rest;
        at += rest;
        if (at < argc)
            paths[count++] = argv[at];
    }
    *out_count = count;
    return 0;
}

/* Several results go into pages only. */
static bool makes_pages(const cli_outputs *outputs)
{
    for (size_t i = 0; i < outputs->paths.count || i == 0; i++)
        if (outputs->formats[i] != CCK_FORMAT_HTML)
            return false;
    return true;
}

static bool prepare(const cli_command *command, report_values *values, size_t count)
{
    if (!count)
        return cli_usage_error(command, "name a result: what cachecheck wrote with -o FILE.json");
    if (!cli_outputs_prepare(command, &values->outputs))
        return false;
    if (count > 1 && !makes_pages(&values->outputs))
        return cli_usage_error(command, "several results go into one page only: -o FILE.html");
    return true;
}

int cli_report(const cli_command *command, int argc, char **argv)
{
    report_values values = {.outputs.unnamed = CCK_FORMAT_HTML};
    size_t count = 0;
    char **paths = calloc((size_t)argc + 1, sizeof *paths);
    int status = CLI_USAGE;
    int code = paths ? parse(command, argc, argv, &values, paths, &count) : -1;
    if (!paths)
        fputs("cachecheck: out of memory\n", stderr);
    else if (code == -2)
        status = CLI_OK;
    else if (code == 0 && prepare(command, &values, count))
        status = report(paths, count, &values);
    free(paths);
    return status;
}
