/* SPDX-License-Identifier: MIT */
#include <stddef.h>
#include <stdio.h>

#include <cachecheck/cachecheck.h>

#include "commands.h"
#include "look.h"
#include "machine_measure.h"
#include "outputs.h"
#include "terminal.h"

typedef struct machine_values {
    const char *xml, *synthetic, *root, *capture, *color;
    cli_outputs outputs;
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
    {0, "format", CLI_STRING, "FORMAT", AT(outputs.format), "text, json, csv, markdown, svg (the drawing) or html",
     "text|json|csv|markdown|svg|html"},
    CLI_OUTPUT_ROW(AT(outputs.paths)),
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

static int write_with(const machine_values *values, cli_writer *writer, const void *subject)
{
    cck_report_options options = cli_outputs_options(&values->outputs, values->color);
    options.rows = values->rows;
    return cli_outputs_write(&values->outputs, writer, subject, &options);
}

/* Returns `code`, having said why it is below 0. */
static int told(int code, const cck_error *err)
{
    if (code < 0)
        cli_print_error(err);
    return code;
}

static int write_checks(const void *doctor, cck_format format, const char *path,
                        const cck_report_options *options, cck_error *err)
{
    return path ? cck_doctor_save(doctor, format, path, options, err)
                : cck_doctor_write(doctor, format, stdout, options, err);
}

static int show_checks(const machine_values *values)
{
    cck_error err = {0};
    cck_doctor *doctor = NULL;
    int code = told(cck_doctor_run(&doctor, &err), &err);
    if (code == 0)
        code = write_with(values, write_checks, doctor);
    cck_doctor_free(doctor);
    return code;
}

static int write_machine(const void *machine, cck_format format, const char *path,
                         const cck_report_options *options, cck_error *err)
{
    return path ? cck_machine_save(machine, format, path, options, err)
                : cck_machine_write(machine, format, stdout, options, err);
}

static int show_machine(const machine_values *values)
{
    const cck_machine_options source = {
        .size = sizeof source,
        .xml = values->xml,
        .synthetic = values->synthetic,
        .root = values->root,
    };
    cck_error err = {0};
    cck_machine *machine = NULL;
    int code = told(cck_machine_open(&machine, &source, &err), &err);
    if (code == 0)
        code = write_with(values, write_machine, machine);
    cck_machine_free(machine);
    return code;
}

/* What was measured, and where. */
typedef struct measured {
    cck_measurement *measurement;
    cck_machine *machine;
} measured;

static int write_measurement(const void *context, cck_format format, const char *path,
                             const cck_report_options *options, cck_error *err)
{
    const measured *subject = context;
    return path ? cck_measurement_save(subject->measurement, subject->machine, format, path,
                                       options, err)
                : cck_measurement_write(subject->measurement, subject->machine, format, stdout,
                                        options, err);
}

static int show_measurement(const machine_values *values)
{
    cck_error err = {0};
    measured subject = {0};
    int code = cck_machine_open(&subject.machine, NULL, &err);
    if (code == 0 && values->measure)
        code = cli_machine_measure(&subject.measurement, subject.machine, values->quick, &err);
    else if (code == 0)
        code = cck_measurement_recall(&subject.measurement, subject.machine, &err);
    if (told(code, &err) == 0)
        code = write_with(values, write_measurement, &subject);
    cck_measurement_free(subject.measurement);
    cck_machine_free(subject.machine);
    return code;
}

static int capture(const machine_values *values)
{
    cck_error err = {0};
    const cck_capture_options options = {.size = sizeof options, .host_name = values->host_name};
    int code = told(cck_machine_capture(values->capture, &options, &err), &err);
    if (code == 0)
        fprintf(stderr, "cachecheck: captured in %s; show it with: cachecheck machine --root %s\n",
                values->capture, values->capture);
    return code;
}

static bool consistent(const cli_command *command, const machine_values *values,
                       const char *left_over)
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
        if (rules[i].wrong)
            return cli_usage_error(command, rules[i].message);
    return true;
}

int cli_machine(const cli_command *command, int argc, char **argv)
{
    machine_values values = {0};
    int rest = cli_parse(command, argc, argv, &values);
    if (rest < 0)
        return rest == -2 ? CLI_OK : CLI_USAGE;
    if (!consistent(command, &values, argv[rest]) ||
        !cli_outputs_prepare(command, &values.outputs))
        return CLI_USAGE;
    int code = values.check                        ? show_checks(&values)
               : values.capture                    ? capture(&values)
               : values.measure || values.measured ? show_measurement(&values)
                                                   : show_machine(&values);
    return code == 0 ? CLI_OK : CLI_USAGE;
}
