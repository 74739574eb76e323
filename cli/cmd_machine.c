/* SPDX-License-Identifier: MIT */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cachecheck/cachecheck.h>

#include "commands.h"
#include "machine_measure.h"
#include "terminal.h"

typedef struct machine_values {
    const char *xml, *synthetic, *root, *capture, *format, *output, *color;
    uint32_t rows;
    bool check, measure, measured, quick, host_name;
} machine_values;

#define AT(member) offsetof(machine_values, member)

const cli_option cli_machine_options[] = {
    {0, "check", CLI_FLAG, NULL, AT(check),
     "say for every backend and its parts whether it works here, why not, and what would "
     "enable it",
     NULL},
    {0, "measure", CLI_FLAG, NULL, AT(measure),
     "measure what lines, memory, false sharing and atomic operations cost here, and keep it",
     NULL},
    {0, "quick", CLI_FLAG, NULL, AT(quick), "of --measure: below 20 s, with fewer repetitions",
     NULL},
    {0, "measured", CLI_FLAG, NULL, AT(measured), "show what was measured and kept", NULL},
    {0, "xml", CLI_STRING, "FILE", AT(xml), "show the machine that lstopo recorded in FILE", NULL},
    {0, "synthetic", CLI_STRING, "TEXT", AT(synthetic),
     "show a made-up machine, such as 'pack:2 numa:2 l3:1 core:8 pu:2'", NULL},
    {0, "root", CLI_STRING, "FILE", AT(root),
     "show the machine that --capture put into FILE, or a folder with a recorded /proc and /sys",
     NULL},
    {0, "capture", CLI_STRING, "FILE", AT(capture),
     "put this machine into FILE (tar) for a bug report; README.txt in it lists what it holds",
     NULL},
    {0, "host-name", CLI_FLAG, NULL, AT(host_name), "of --capture: say the host's name in it",
     NULL},
    {0, "rows", CLI_COUNT, "N", AT(rows), "show at most N NUMA nodes (default 10)", NULL},
    {0, "format", CLI_STRING, "FORMAT", AT(format), "text, json, csv, svg (the drawing) or html",
     "text|json|csv|svg|html"},
    {'o', "output", CLI_STRING, "FILE", AT(output),
     "write to FILE, whole or not at all; its ending chooses the format", NULL},
    {0, "color", CLI_STRING, "WHEN", AT(color), "auto, always or never", "auto|always|never"},
    {0},
};

const char *const cli_machine_examples[] = {
    "cachecheck machine",
    "packages, cores, NUMA nodes and caches",
    "cachecheck machine --check",
    "what works here, and what would enable the rest",
    "cachecheck machine --measure --quick",
    "what lines, memory, false sharing and atomic operations cost here",
    "cachecheck machine --format html -o machine.html",
    "the topology as a picture",
    "cachecheck machine --capture machine.tar",
    "this machine in one file, for a bug report",
    "cachecheck machine --xml server.xml",
    "another machine, recorded there with: lstopo server.xml",
    NULL,
};

static bool goes_to_file(const machine_values *values)
{
    return values->output && strcmp(values->output, "-") != 0;
}

static cck_report_options report_options(const machine_values *values)
{
    cck_report_options options =
        cli_report_options(stdout, goes_to_file(values) ? "never" : values->color);
    options.rows = values->rows;
    return options;
}

static int show_checks(const machine_values *values, cck_format format, cck_error *err)
{
    cck_doctor *doctor = NULL;
    int code = cck_doctor_run(&doctor, err);
    if (code < 0)
        return code;
    const cck_report_options options = report_options(values);
    if (goes_to_file(values))
        code = cck_doctor_save(doctor, format, values->output, &options, err);
    else
        code = cck_doctor_write(doctor, format, stdout, &options, err);
    cck_doctor_free(doctor);
    return code;
}

static int show_machine(const machine_values *values, cck_format format, cck_error *err)
{
    const cck_machine_options source = {
        .size = sizeof source,
        .xml = values->xml,
        .synthetic = values->synthetic,
        .root = values->root,
    };
    cck_machine *machine = NULL;
    int code = cck_machine_open(&machine, &source, err);
    if (code < 0)
        return code;
    const cck_report_options options = report_options(values);
    if (goes_to_file(values))
        code = cck_machine_save(machine, format, values->output, &options, err);
    else
        code = cck_machine_write(machine, format, stdout, &options, err);
    cck_machine_free(machine);
    return code;
}

static int show_measurement(const machine_values *values, cck_format format, cck_error *err)
{
    cck_machine *machine = NULL;
    cck_measurement *measurement = NULL;
    if (!cli_check_output(values->output))
        return CLI_USAGE;
    int code = cck_machine_open(&machine, NULL, err);
    if (code < 0)
        return code;
    if (values->measure)
        code = cli_machine_measure(&measurement, machine, values->quick, err);
    else
        code = cck_measurement_recall(&measurement, machine, err);
    const cck_report_options options = report_options(values);
    if (code == 0 && goes_to_file(values))
        code = cck_measurement_save(measurement, machine, format, values->output, &options, err);
    else if (code == 0)
        code = cck_measurement_write(measurement, machine, format, stdout, &options, err);
    cck_measurement_free(measurement);
    cck_machine_free(machine);
    return code;
}

static int capture(const machine_values *values, cck_error *err)
{
    const cck_capture_options options = {.size = sizeof options, .host_name = values->host_name};
    int code = cck_machine_capture(values->capture, &options, err);
    if (code == 0)
        fprintf(stderr, "cachecheck: captured in %s; show it with: cachecheck machine --root %s\n",
                values->capture, values->capture);
    return code;
}

static bool consistent(const machine_values *values, const char *left_over)
{
    bool model = values->xml || values->synthetic || values->root;
    int reports = values->check + values->measure + values->measured + (values->capture != NULL);
    const struct {
        bool wrong;
        const char *message;
    } rules[] = {
        {left_over != NULL, "takes no arguments besides options"},
        {values->check && model, "--check examines this machine, not a model"},
        {(values->measure || values->measured) && model, "this machine is measured, not a model"},
        {values->capture && model, "--capture takes this machine, not a model"},
        {reports > 1, "--check, --measure, --measured and --capture: ask for one of them"},
        {values->quick && !values->measure, "--quick is a way to --measure"},
        {values->host_name && !values->capture, "--host-name is for --capture"},
    };
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
        if (rules[i].wrong) {
            fprintf(stderr, "cachecheck machine: %s\n  see: cachecheck machine --help\n",
                    rules[i].message);
            return false;
        }
    return true;
}

int cli_machine(const cli_command *command, int argc, char **argv)
{
    machine_values values = {0};
    cck_error err = {0};
    int rest = cli_parse(command, argc, argv, &values);
    if (rest < 0)
        return rest == -2 ? CLI_OK : CLI_USAGE;
    if (!consistent(&values, argv[rest]))
        return CLI_USAGE;
    cck_format format = (cck_format)cli_choose_format(values.format, values.output);
    if (format == CCK_FORMAT_FLAMEGRAPH) /* what ".svg" stands for elsewhere */
        format = CCK_FORMAT_SVG;
    int code;
    if (values.check)
        code = show_checks(&values, format, &err);
    else if (values.capture)
        code = capture(&values, &err);
    else if (values.measure || values.measured)
        code = show_measurement(&values, format, &err);
    else
        code = show_machine(&values, format, &err);
    if (code < 0)
        cli_print_error(&err);
    return code == 0 ? CLI_OK : CLI_USAGE;
}
