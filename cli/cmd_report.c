/* SPDX-License-Identifier: MIT */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cachecheck/cachecheck.h>

#include "commands.h"
#include "terminal.h"

typedef struct report_values {
    const char *format, *output, *color, *annotate;
    uint32_t rows;
    bool verbose;
} report_values;

#define AT(member) offsetof(report_values, member)

const cli_option cli_report_options_table[] = {
    {'o', "output", CLI_STRING, "FILE", AT(output),
     "write to FILE, whole or not at all; its ending chooses the format: .html, .md, .sarif, "
     ".csv, .svg (flame graph), .folded, .speedscope.json, ...",
     NULL},
    {0, "format", CLI_STRING, "FORMAT", AT(format),
     "html (default for -o without a known ending), text, json, csv, markdown, openmetrics, "
     "jsonl, sarif, github, folded, flamegraph, callgrind, speedscope or firefox; several FILEs go "
     "into html only",
     "html|text|json|csv|markdown|openmetrics|jsonl|sarif|github|folded|flamegraph|callgrind|"
     "speedscope|firefox"},
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

static int usage_error(const char *message)
{
    fprintf(stderr, "cachecheck report: %s\n  see: cachecheck report --help\n", message);
    return CLI_USAGE;
}

static bool goes_to_file(const report_values *values)
{
    return values->output && strcmp(values->output, "-") != 0;
}

/* Text on a terminal; a page where a file has no ending that says otherwise. */
static cck_format choose_format(const report_values *values)
{
    int named = values->output ? cck_format_of_path(values->output) : -1;
    if (values->format)
        return (cck_format)cck_format_by_name(values->format);
    return named >= 0             ? (cck_format)named
           : goes_to_file(values) ? CCK_FORMAT_HTML
                                  : CCK_FORMAT_TEXT;
}

static int write_results(const cck_result *const *results, const char *const *names, size_t count,
                         const report_values *values, cck_error *err)
{
    cck_format format = choose_format(values);
    cck_report_options options =
        cli_report_options(stdout, goes_to_file(values) ? "never" : values->color);
    options.rows = values->rows;
    options.verbose = values->verbose;
    options.annotate = values->annotate;
    if (format == CCK_FORMAT_HTML)
        return goes_to_file(values)
                   ? cck_page_save(results, names, count, values->output, &options, err)
                   : cck_page_write(results, names, count, stdout, &options, err);
    return goes_to_file(values) ? cck_report_save(results[0], format, values->output, &options, err)
                                : cck_report_write(results[0], format, stdout, &options, err);
}

static int report(char **paths, size_t count, const report_values *values)
{
    cck_error err = {0};
    cck_result **results = calloc(count, sizeof *results);
    int code = results ? 0 : CCK_ENOMEM;
    for (size_t i = 0; i < count && code == 0; i++)
        code = cck_result_load(&results[i], paths[i], &err);
    if (code == 0)
        code = write_results((const cck_result *const *)results, (const char *const *)paths, count,
                             values, &err);
    if (code < 0)
        cli_print_error(&err);
    for (size_t i = 0; results && i < count; i++)
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

int cli_report(const cli_command *command, int argc, char **argv)
{
    report_values values = {0};
    size_t count = 0;
    char **paths = calloc((size_t)argc + 1, sizeof *paths);
    int status = CLI_USAGE;
    int code = paths ? parse(command, argc, argv, &values, paths, &count) : -1;
    if (!paths)
        fputs("cachecheck: out of memory\n", stderr);
    else if (code < 0)
        status = code == -2 ? CLI_OK : CLI_USAGE;
    else if (!count)
        status = usage_error("name a result: what cachecheck wrote with -o FILE.json");
    else if (count > 1 && choose_format(&values) != CCK_FORMAT_HTML)
        status = usage_error("several results go into one page only: -o FILE.html");
    else
        status = report(paths, count, &values);
    free(paths);
    return status;
}
