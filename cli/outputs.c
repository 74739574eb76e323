/* SPDX-License-Identifier: MIT */
#include "outputs.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cachecheck/target.h>

#include "terminal.h"

/* Names with their rank: they live as long as the program. */
static char *expanded[CLI_LIST_MOST];

/* "result.%r.json" with the number in it; NULL after printing why there is none. */
static char *with_rank(const char *path)
{
    const char *place = strstr(path, "%r");
    int32_t rank = cck_rank(NULL);
    char *text = NULL;
    if (rank < 0) {
        fputs("cachecheck: no rank for %r: no MPI or Slurm variable tells one\n"
              "  hint: start cachecheck by the launcher: mpirun -n 8 cachecheck stat -o "
              "'result.%r.json' -- ./app\n",
              stderr);
        return NULL;
    }
    if (asprintf(&text, "%.*s%" PRId32 "%s", (int)(place - path), path, rank, place + 2) < 0)
        return NULL;
    return text;
}

static bool is_file(const char *path)
{
    return path && strcmp(path, "-") != 0;
}

/* How many documents: stdout is one. */
static size_t count_of(const cli_outputs *outputs)
{
    return outputs->paths.count ? outputs->paths.count : 1;
}

static const char *choices_of(const cli_command *command)
{
    size_t cursor = 0;
    for (cli_option option; cli_option_next(command, &cursor, &option);)
        if (strcmp(option.name, "format") == 0)
            return option.choices;
    return "";
}

static bool offers(const char *choices, cck_format format)
{
    char name[32];
    for (const char *at = choices; *at; at += strspn(at, "|")) {
        size_t length = strcspn(at, "|");
        snprintf(name, sizeof name, "%.*s", (int)length, at);
        if (cck_format_by_name(name) == (int)format)
            return true;
        at += length;
    }
    return false;
}

static bool refuse(const cli_command *command, const char *path, cck_format format)
{
    bool call_paths = format >= CCK_FORMAT_FOLDED && format <= CCK_FORMAT_FIREFOX;
    fprintf(stderr, "cachecheck %s: '%s' names a format that this command does not write; its are ",
            command->name, cli_shown(path));
    for (const char *at = choices_of(command); *at; at++)
        fputs(*at == '|' ? ", " : (const char[]){*at, '\0'}, stderr);
    fprintf(stderr, "\n  %s\n",
            call_paths ? "call paths are what: cachecheck hotspots" : "name another file, or --format");
    return false;
}

/* Choose the format of one of them. ".svg" is a flame graph where there are any, else the
 * command's own picture. */
static bool choose_format(const cli_command *command, cli_outputs *outputs, size_t i)
{
    const char *path = i < outputs->paths.count ? outputs->paths.items[i] : NULL;
    const char *choices = choices_of(command);
    int format = outputs->format   ? cck_format_by_name(outputs->format)
                 : is_file(path) ? cck_format_of_path(path)
                                   : CCK_FORMAT_TEXT;
    if (format < 0)
        format = (int)outputs->unnamed;
    if (format == CCK_FORMAT_FLAMEGRAPH && !offers(choices, CCK_FORMAT_FLAMEGRAPH))
        format = CCK_FORMAT_SVG;
    outputs->formats[i] = (cck_format)format;
    return offers(choices, outputs->formats[i]) || refuse(command, path ? path : "-", outputs->formats[i]);
}

static bool prepare_path(const char **path, size_t i)
{
    if (strstr(*path, "%r")) {
        free(expanded[i]);
        expanded[i] = with_rank(*path);
        *path = expanded[i];
    }
    return *path && cli_check_output(*path);
}

bool cli_outputs_prepare(const cli_command *command, cli_outputs *outputs)
{
    if (outputs->paths.count > 1 && outputs->format) {
        fputs("cachecheck: several -o choose their formats by their endings: leave out --format\n",
              stderr);
        return false;
    }
    for (size_t i = 0; i < outputs->paths.count; i++)
        if (!prepare_path(&outputs->paths.items[i], i))
            return false;
    for (size_t i = 0; i < count_of(outputs); i++)
        if (!choose_format(command, outputs, i))
            return false;
    return true;
}

bool cli_outputs_have(const cli_outputs *outputs, cck_format format)
{
    for (size_t i = 0; i < count_of(outputs); i++)
        if (outputs->formats[i] == format)
            return true;
    return false;
}

bool cli_outputs_to_file(const cli_outputs *outputs)
{
    for (size_t i = 0; i < outputs->paths.count; i++)
        if (!is_file(outputs->paths.items[i]))
            return false;
    return outputs->paths.count > 0;
}

cck_report_options cli_outputs_options(const cli_outputs *outputs, const char *color)
{
    return cli_report_options(stdout, cli_outputs_to_file(outputs) ? "never" : color);
}

int cli_outputs_write(const cli_outputs *outputs, cli_writer *writer, const void *subject,
                      const cck_report_options *options)
{
    int code = 0;
    for (size_t i = 0; i < count_of(outputs); i++) {
        const char *path = i < outputs->paths.count ? outputs->paths.items[i] : NULL;
        cck_report_options own = *options;
        cck_error err = {0};
        own.color = own.color && !is_file(path);
        int one = writer(subject, outputs->formats[i], is_file(path) ? path : NULL, &own, &err);
        if (one < 0)
            cli_print_error(&err);
        code = code ? code : one;
    }
    return code;
}

int cli_write_result(const void *subject, cck_format format, const char *path,
                     const cck_report_options *options, cck_error *err)
{
    return path ? cck_report_save(subject, format, path, options, err)
                : cck_report_write(subject, format, stdout, options, err);
}
