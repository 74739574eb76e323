/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cachecheck/cachecheck.h>

#include "commands.h"
#include "difference.h"
#include "outputs.h"
#include "signals.h"
#include "silence.h"
#include "terminal.h"
#include "verify_patch.h"

typedef struct verify_values {
    const char *build, *patch, *finding, *commands, *measure, *backend, *set, *threshold;
    const char *save, *color;
    cli_outputs outputs;
    cli_list copied, events, only, environment;
    uint32_t repeat, variant, rows;
    bool show_output, quiet;
} verify_values;

#define AT(member) offsetof(verify_values, member)

const cli_option cli_verify_options[] = {
    {0, "build", CLI_STRING, "COMMAND", AT(build),
     "how to build, for the shell, from the folder where you stand ('make -j8'); 'true' for what "
     "needs no build",
     NULL},
    {0, "patch", CLI_STRING, "FILE", AT(patch),
     "verify this unified diff ('-': from stdin); a finding named besides is what it is to mend",
     NULL},
    {0, "finding", CLI_STRING, "ID", AT(finding), "number or id, instead of RESULT.json#ID", NULL},
    {0, "variant", CLI_COUNT, "N", AT(variant), "the N-th other way to mend it", NULL},
    {'p', "commands", CLI_STRING, "DIR", AT(commands),
     "folder of compile_commands.json, for findings whose patch is to be made", NULL},
    {0, "copy", CLI_LIST, "PATH", AT(copied),
     "take along a file or folder that git ignores and the build needs; may be repeated", NULL},
    {0, "measure", CLI_STRING, "WHAT", AT(measure),
     "runs (the clock and counters, in turns), model (transfers of lines, simulated once each), or "
     "all (the default)",
     "all|runs|model"},
    {'r', "repeat", CLI_COUNT, "N", AT(repeat), "run N pairs (default 10)", NULL},
    {'e', "event", CLI_LIST, "EVENTS", AT(events), "events to count, as of stat", NULL},
    {0, "set", CLI_STRING, "SET", AT(set), "a named set of events instead", NULL},
    {0, "backend", CLI_STRING, "WHO", AT(backend),
     "who counts in the runs: pmu, software, or auto (the default): pmu where there is one",
     "auto|pmu|software"},
    {'m', "metric", CLI_LIST, "NAME", AT(only),
     "judge by this event or metric (default: elapsed_s and task-clock); may be repeated", NULL},
    {0, "threshold", CLI_STRING, "PERCENT", AT(threshold), "smaller changes are noise (default 1)",
     NULL},
    {0, "env", CLI_LIST, "NAME=VALUE", AT(environment),
     "set a variable for the program; NAME alone removes it; may be repeated", NULL},
    {0, "show-output", CLI_FLAG, NULL, AT(show_output),
     "let the program write to stdout; else what it writes there is dropped", NULL},
    {0, "save", CLI_STRING, "DIR", AT(save),
     "keep the results of both sides there, for diff and report: runs-before.json, "
     "model-before.json, ...",
     NULL},
    {0, "rows", CLI_COUNT, "N", AT(rows), "show at most N findings (default 10)", NULL},
    {0, "format", CLI_STRING, "FORMAT", AT(outputs.format), "text, markdown or json",
     "text|markdown|json"},
    CLI_OUTPUT_ROW(AT(outputs.paths)),
    {'q', "quiet", CLI_FLAG, NULL, AT(quiet), "do not tell the steps on stderr", NULL},
    {0, "color", CLI_STRING, "WHEN", AT(color), "auto, always or never", "auto|always|never"},
    {0},
};

const char *const cli_verify_examples[] = {
    "cachecheck sharing -o sharing.json -- ./app",
    "which lines do the threads fight over?",
    "cachecheck verify sharing.json#1 --build make -- ./app",
    "does the fix of the first finding help?",
    "cachecheck verify --patch fix.diff --build 'cmake -S . -B b && cmake --build b' -- b/app",
    "a patch of your own; the program where the build puts it",
    "cachecheck verify sharing.json#1 --build make -r 30 -o verify.md -- ./app",
    "more runs, and a comment for the pull request",
    NULL,
};

static int usage_error(const char *message)
{
    fprintf(stderr, "cachecheck verify: %s\n  see: cachecheck verify --help\n", message);
    return CLI_USAGE;
}

/* ---- the session ---- */

static void interrupt(void *session, int signal)
{
    cck_verify_interrupt(session, signal);
}

static void forward(void *session, int signal)
{
    cck_verify_forward(session, signal);
}

static void on_step(void *context, const char *step)
{
    const verify_values *values = context;
    if (!values->quiet)
        fprintf(stderr, "cachecheck: %s\n", step);
}

static void print_build_log(const cck_verify *verify)
{
    const char *path, *tail = cck_verify_build_log(verify, &path);
    if (!tail)
        return;
    fprintf(stderr, "  the end of what it said%s%s:\n", *path ? ", all of it in " : "", path);
    for (const char *line = tail; *line; line += strcspn(line, "\n"), line += *line == '\n')
        fprintf(stderr, "  | %.*s\n", (int)strcspn(line, "\n"), line);
}

static bool is_word(const char *word, const char *value)
{
    return value && strcmp(value, word) == 0;
}

static cck_verify_options options_of(const verify_values *values, const cli_patch *patch,
                                     const char *const *argv)
{
    cck_verify_options options = {
        .size = sizeof options,
        .patch = patch->text,
        .build = values->build,
        .argv = argv,
        .environment = values->environment.count ? values->environment.items : NULL,
        .copy = values->copied.count ? values->copied.items : NULL,
        .finding = patch->finding,
        .pairs = values->repeat,
        .backend = is_word("pmu", values->backend)        ? CCK_BACKEND_PMU
                   : is_word("software", values->backend) ? CCK_BACKEND_SOFTWARE
                                                          : CCK_BACKEND_AUTO,
        .events = values->events.count ? values->events.items : NULL,
        .set = values->set,
        .only = values->only.count ? values->only.items : NULL,
        .threshold = -1,
        .no_runs = is_word("model", values->measure),
        .no_model = is_word("runs", values->measure),
        .foreground = isatty(STDIN_FILENO),
        .on_step = on_step,
        .context = (void *)(uintptr_t)values,
    };
    if (values->threshold)
        cli_parse_percent(values->threshold, &options.threshold);
    return options;
}

static int run(const verify_values *values, const cck_verify_options *options,
               cck_verification **out_made)
{
    cck_error err = {0};
    cck_verify *verify = NULL;
    int code = cck_verify_new(&verify, options, &err);
    if (code == 0) {
        const cli_signalled signalled = {interrupt, forward, verify};
        int kept = cli_silence(!values->show_output);
        cli_signals_for(&signalled);
        code = cck_verify_run(verify, out_made, &err);
        cli_signals_for(NULL);
        cli_unsilence(kept);
    }
    if (code < 0) {
        cli_print_error(&err);
        if (verify)
            print_build_log(verify);
    }
    cck_verify_free(verify);
    return code;
}

/* ---- what is written ---- */

static int save_side(const char *folder, const char *name, const cck_result *result)
{
    cck_error err = {0};
    char *path = NULL;
    int code =
        asprintf(&path, "%s/%s.json", folder, name) < 0 ? -1 : cck_result_save(result, path, &err);
    if (code < 0)
        cli_print_error(&err);
    free(path);
    return code;
}

static int save_sides(const char *folder, const cck_verification *made)
{
    int code = 0;
    if (made->runs)
        code = save_side(folder, "runs-before", made->runs->before) |
               save_side(folder, "runs-after", made->runs->after);
    if (made->model)
        code |= save_side(folder, "model-before", made->model->before) |
                save_side(folder, "model-after", made->model->after);
    return code;
}

static int write_verification(const void *made, cck_format format, const char *path,
                              const cck_report_options *options, cck_error *err)
{
    return path ? cck_verification_save(made, format, path, options, err)
                : cck_verification_write(made, format, stdout, options, err);
}

static int write_made(const verify_values *values, const cck_verification *made)
{
    cck_report_options options = cli_outputs_options(&values->outputs, values->color);
    options.rows = values->rows;
    return cli_outputs_write(&values->outputs, write_verification, made, &options);
}

/* What is written may go to a file, and the status alone does not say why. */
static void say_unjudged(const cck_verification *made)
{
    cck_error err = {0};
    if (made->verdict != CCK_VERIFY_UNKNOWN)
        return;
    snprintf(err.message, sizeof err.message, "%s", made->sentence);
    cli_print_error(&err);
}

static int status_of(const cck_verification *made)
{
    switch (made->verdict) {
    case CCK_VERIFY_IMPROVED:
    case CCK_VERIFY_MODELLED:
        return CLI_OK;
    case CCK_VERIFY_UNCHANGED:
    case CCK_VERIFY_REGRESSED:
        return CLI_GATE;
    case CCK_VERIFY_UNKNOWN:
        break;
    }
    return CLI_USAGE;
}

/* What was looked at is what is to become better; ended by NULL, malloc'ed. */
static const char **command_of(const cck_result *result)
{
    size_t count = result ? result->target.argc : 0;
    const char **argv = calloc(count + 1, sizeof *argv);
    for (size_t i = 0; argv && i < count; i++)
        argv[i] = result->target.argv[i];
    return argv;
}

static int verify(const verify_values *values, const char *const *argv,
                  const cli_patch_source *source)
{
    cli_patch patch;
    cck_verification *made = NULL;
    int status = CLI_USAGE;
    const char **own = NULL;
    if (cli_patch_find(&patch, source)) {
        own = *argv ? NULL : command_of(patch.result);
        const cck_verify_options options = options_of(values, &patch, own ? own : argv);
        if (run(values, &options, &made) == 0) {
            status = status_of(made);
            say_unjudged(made);
            if (write_made(values, made) < 0 ||
                (values->save && save_sides(values->save, made) < 0))
                status = CLI_USAGE;
        }
    }
    free(own);
    cck_verification_free(made);
    cli_patch_clear(&patch);
    return status;
}

/* ---- all of it ---- */

static bool folder_is_there(const char *folder)
{
    struct stat status;
    if (!folder || mkdir(folder, 0777) == 0 ||
        (errno == EEXIST && stat(folder, &status) == 0 && S_ISDIR(status.st_mode) &&
         access(folder, W_OK) == 0))
        return true;
    fprintf(stderr, "cachecheck verify: cannot write into %s: %s\n", cli_shown(folder), strerror(errno));
    return false;
}

/* Options may stand behind the finding as well. Where the program is, or as cli_parse(). */
static int parse(const cli_command *command, int argc, char **argv, verify_values *values,
                 const char **out_name)
{
    int rest = cli_parse(command, argc, argv, values);
    if (rest < 0 || rest >= argc || strcmp(argv[rest - 1], "--") == 0)
        return rest;
    *out_name = argv[rest];
    int more = cli_parse(command, argc - rest, argv + rest, values);
    if (more < 0)
        return more;
    rest += more;
    if (rest < argc && strcmp(argv[rest - 1], "--") != 0) {
        usage_error("the program stands behind --");
        return -1;
    }
    return rest;
}

int cli_verify(const cli_command *command, int argc, char **argv)
{
    verify_values values = {0};
    const char *name = NULL;
    double share;
    int rest = parse(command, argc, argv, &values, &name);
    if (rest < 0)
        return rest == -2 ? CLI_OK : CLI_USAGE;
    if (!name && !values.patch)
        return usage_error("name a finding (result.json#1), or a patch with --patch FILE");
    if (!values.build)
        return usage_error(
            "how is it built? --build 'make'; for what needs no build: --build true");
    if (values.threshold && !cli_parse_percent(values.threshold, &share))
        return usage_error("--threshold takes percents from 0 on");
    if (values.set && values.events.count)
        return usage_error("--set or -e, not both");
    if (!cli_outputs_prepare(command, &values.outputs) || !folder_is_there(values.save))
        return CLI_USAGE;
    const cli_patch_source source = {name, values.finding, values.patch, values.variant,
                                     values.commands};
    return verify(&values, (const char *const *)argv + rest, &source);
}
