/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cachecheck/cachecheck.h>

#include "commands.h"
#include "layout_values.h"
#include "look.h"
#include "outcome.h"
#include "terminal.h"

#define AT(member) offsetof(cli_layout_values, member)

const cli_option cli_layout_options[] = {
    {'p', "commands", CLI_STRING, "DIR", AT(commands),
     "folder of compile_commands.json, for the flags of headers and sources", NULL},
    {0, "compiler", CLI_STRING, "NAME", AT(compiler),
     "compiler for headers and sources (default: CC or CXX, else cc, c++)", NULL},
    {0, "line", CLI_COUNT, "BYTES", AT(line),
     "bytes of a cache line: 64, 128 or 256 (default: the target's)", NULL},
    {0, "pair", CLI_FLAG, NULL, AT(pair),
     "treat pairs of lines as one, as adjacent-line prefetchers fetch them", NULL},
    {0, "type", CLI_STRING, "PATTERN", AT(types), "only types whose name matches ('app::*')", NULL},
    {0, "header", CLI_STRING, "PATTERN", AT(headers),
     "only types declared in files that match ('stats.h', 'src/*')", NULL},
    {0, "rule", CLI_LIST, "RULE", AT(rules), "only this rule; may be repeated", NULL},
    {0, "ignore", CLI_LIST, "RULE", AT(ignored), "not this rule; may be repeated", NULL},
    {0, "config", CLI_STRING, "FILE", AT(config),
     "configuration (default: .cachecheck here or in a folder above)", NULL},
    {0, "min-severity", CLI_STRING, "SEVERITY", AT(severity),
     "leave out findings below (default low)", "info|low|medium|high|critical"},
    {0, "fail-on", CLI_STRING, "WHAT", AT(gate),
     "exit with 1 if there is a finding of that severity or worse, or of that rule (default "
     "medium); never: do not",
     NULL},
    {0, "profile", CLI_STRING, "FILE", AT(profile),
     "a result of `cachecheck sharing`: findings by what threads really did", NULL},
    {0, "diff", CLI_STRING, "REV", AT(diff),
     "tell only what the working tree adds to, or worsens against, a git revision", NULL},
    {0, "baseline", CLI_STRING, "FILE", AT(baseline),
     "do not tell again what an earlier result has, and count what is new and resolved", NULL},
    {0, "write-baseline", CLI_STRING, "FILE", AT(write_baseline), "write all findings there", NULL},
    {0, "patch", CLI_FLAG, NULL, AT(patch),
     "print changes that mend findings as a unified diff, after it compiled and passed the audit",
     NULL},
    {0, "fix", CLI_FLAG, NULL, AT(fix), "make these changes, all or none", NULL},
    {0, "show", CLI_STRING, "TYPE", AT(show),
     "print a type as source with offsets, lines, holes and what synchronises; with --format svg "
     "or html a picture",
     NULL},
    {0, "sizes", CLI_FLAG, NULL, AT(sizes), "list all types with sizes and holes", NULL},
    {0, "holes", CLI_FLAG, NULL, AT(holes), "list the types that have holes", NULL},
    {0, "contains", CLI_STRING, "TYPE", AT(contains), "list the types that hold one of it", NULL},
    {0, "reorganise", CLI_STRING, "TYPE", AT(reorganise),
     "print a type in an order that needs fewer bytes", NULL},
    {0, "sort", CLI_STRING, "KEY", AT(sort), "order of listings (default size)",
     "size|name|holes|lines|members|file"},
    {0, "hex", CLI_FLAG, NULL, AT(hex), "offsets and sizes in hexadecimal", NULL},
    {'j', "jobs", CLI_COUNT, "N", AT(jobs), "threads (default: all CPUs that may be used)", NULL},
    {0, "top", CLI_COUNT, "N", AT(top), "show at most N findings or rows", NULL},
    {0, "format", CLI_STRING, "FORMAT", AT(outputs.format),
     "text, json, csv or html (a page); sarif for code scanning, github for annotations, markdown "
     "for comments; with --show, svg and html are its picture",
     "text|json|csv|sarif|github|markdown|html|svg|jsonl"},
    CLI_OUTPUT_ROW(AT(outputs.paths)),
    {'v', "verbose", CLI_FLAG, NULL, AT(verbose), "all fields, and other ways to mend it", NULL},
    {0, "color", CLI_STRING, "WHEN", AT(color), "auto, always or never", "auto|always|never"},
    {0},
};

const char *const cli_layout_examples[] = {
    "cachecheck layout include/stats.h -- -Iinclude -std=c11",
    "audit a header before it is merged",
    "cachecheck layout -p build --diff origin/main src/",
    "what does this branch add?",
    "cachecheck layout --format sarif -o layout.sarif ./app",
    "audit a program that has debug information, for code scanning",
    "cachecheck layout --patch include/stats.h",
    "how to mend it",
    "cachecheck layout --show 'struct stats' include/stats.h",
    "offsets, lines and holes of one type",
    NULL,
};

/* ---- what was asked for ---- */

static bool is_listing(const cli_layout_values *values)
{
    return values->show || values->sizes || values->holes || values->contains || values->reorganise;
}

static bool never_fails(const cli_layout_values *values)
{
    return values->gate && strcmp(values->gate, "never") == 0;
}

/* Why these formats are none of what was asked for; NULL if they are. */
static const char *wrong_format(const cli_layout_values *values)
{
    static const cck_format reports[] = {CCK_FORMAT_SARIF, CCK_FORMAT_GITHUB, CCK_FORMAT_LINES};
    if (cli_outputs_have(&values->outputs, CCK_FORMAT_SVG) && !values->show)
        return "svg is the picture of a type: use --show TYPE";
    if (!is_listing(values))
        return NULL;
    for (size_t i = 0; i < sizeof reports / sizeof *reports; i++)
        if (cli_outputs_have(&values->outputs, reports[i]))
            return "listings come as text, json, csv or markdown, and a type (--show) as svg and html";
    return cli_outputs_have(&values->outputs, CCK_FORMAT_HTML) && !values->show
               ? "html is the picture of a type, or the page of an audit: use --show TYPE"
               : NULL;
}

static bool consistent(const cli_command *command, const cli_layout_values *values,
                       const char *const *paths)
{
    int ways = !!values->show + values->sizes + values->holes + !!values->contains +
               !!values->reorganise + values->patch + values->fix;
    const char *wrong = wrong_format(values);
    if (ways > 1)
        wrong = "one of --show, --sizes, --holes, --contains, --reorganise, --patch, --fix at a "
                "time";
    if (!*paths)
        wrong = "name headers, sources, objects or programs";
    if (values->line && values->line != 64 && values->line != 128 && values->line != 256)
        wrong = "--line takes 64, 128 or 256";
    if (values->baseline && values->diff)
        wrong = "--baseline or --diff, not both";
    if (wrong)
        return cli_usage_error(command, wrong);
    cck_error err = {0};
    if (!values->gate || never_fails(values) ||
        cck_result_findings_at(NULL, values->gate, &err) >= 0)
        return true;
    cli_print_error(&err);
    return false;
}

static cck_layout_options options_of(const cli_layout_values *values, const char *const *paths,
                                     const char *const *flags)
{
    return (cck_layout_options){
        .size = sizeof(cck_layout_options),
        .paths = paths,
        .compile_flags = flags,
        .compile_commands = values->commands,
        .compiler = values->compiler,
        .config = values->config,
        .line = values->line,
        .pair = values->pair,
        .types = values->types,
        .headers = values->headers,
        .profile = values->profile,
        .baseline = values->baseline,
        .diff = values->diff,
        .least = cli_severity_by_name(values->severity),
        .jobs = values->jobs,
        .rules = values->rules.count ? values->rules.items : NULL,
        .ignored = values->ignored.count ? values->ignored.items : NULL,
        .write_baseline = values->write_baseline,
        .fixes = cli_outputs_have(&values->outputs, CCK_FORMAT_SARIF),
    };
}

static cck_report_options report_of(const cli_layout_values *values)
{
    cck_report_options report = cli_outputs_options(&values->outputs, values->color);
    report.rows = values->top;
    report.verbose = values->verbose;
    return report;
}

static int failed(const cck_error *err)
{
    cli_print_error(err);
    return CLI_USAGE;
}

/* ---- listings ---- */

static cck_layout_view view_of(const cli_layout_values *values)
{
    const char *type = values->show       ? values->show
                       : values->contains ? values->contains
                                          : values->reorganise;
    return (cck_layout_view){
        .size = sizeof(cck_layout_view),
        .kind = values->show         ? CCK_VIEW_SHOW
                : values->contains   ? CCK_VIEW_CONTAINS
                : values->reorganise ? CCK_VIEW_REORGANISE
                : values->holes      ? CCK_VIEW_HOLES
                                     : CCK_VIEW_SIZES,
        .type = type,
        .sort = values->sort,
        .hex = values->hex,
    };
}

/* A listing, and of what. */
typedef struct listing {
    const cck_layout_options *options;
    cck_layout_view view;
} listing;

static int write_listing(const void *context, cck_format format, const char *path,
                         const cck_report_options *report, cck_error *err)
{
    const listing *subject = context;
    return path ? cck_layout_view_save(subject->options, &subject->view, format, path, report, err)
                : cck_layout_view_write(subject->options, &subject->view, format, stdout, report,
                                        err);
}

static int list(const cli_layout_values *values, const cck_layout_options *options)
{
    const listing subject = {options, view_of(values)};
    const cck_report_options report = report_of(values);
    return cli_outputs_write(&values->outputs, write_listing, &subject, &report) < 0 ? CLI_USAGE
                                                                                     : CLI_OK;
}

/* ---- audits ---- */

static int gate(const cck_result *result, const cli_layout_values *values)
{
    if (never_fails(values))
        return CLI_OK;
    const char *what = values->gate ? values->gate : "medium";
    return cck_result_findings_at(result, what, NULL) > 0 ? CLI_GATE : CLI_OK;
}

static int audit(const cli_layout_values *values, const cck_layout_options *options)
{
    cck_error err = {0};
    cck_result *result = NULL;
    if (cck_layout_audit(&result, options, &err) < 0)
        return failed(&err);
    cck_report_options report = report_of(values);
    int status = cli_outputs_write(&values->outputs, cli_write_result, result, &report) < 0
                     ? CLI_USAGE
                     : gate(result, values);
    cck_result_free(result);
    return status;
}

/* ---- fixes ---- */

static void say_what_is_left(const cck_layout_fix *fix, const char *verb)
{
    fprintf(stderr, "cachecheck: %s %zu finding%s; %zu stay%s\n", verb, fix->mended,
            fix->mended == 1 ? "" : "s", fix->left, fix->left == 1 ? "s" : "");
    for (size_t i = 0; i < fix->result->finding_count; i++) {
        const cck_finding *finding = &fix->result->findings[i];
        if (*finding->suggestion.patch || !finding->note_count ||
            strncmp(finding->notes[finding->note_count - 1], "no patch: ", 10) != 0)
            continue;
        fprintf(stderr, "  %s: %s: %s\n", finding->rule,
                cli_shown(*finding->object.type ? finding->object.type : finding->object.name),
                finding->notes[finding->note_count - 1]);
    }
}

static int write_changes(const void *context, cck_format format, const char *path,
                         const cck_report_options *report, cck_error *err)
{
    const cck_layout_fix *fix = context;
    (void)format;
    (void)report;
    if (path)
        return cck_layout_fix_save(fix, path, err);
    if (fputs(fix->patch, stdout) >= 0 && fflush(stdout) == 0 && !ferror(stdout))
        return 0;
    *err = (cck_error){.code = CCK_EIO, .os_error = errno};
    snprintf(err->message, sizeof err->message, "cannot write the patch: %s", strerror(errno));
    return CCK_EIO;
}

/* With a format the report, in which mended findings have their patch; else the diff. */
static int write_patch(const cck_layout_fix *fix, const cli_layout_values *values)
{
    const cck_report_options report = report_of(values);
    int code = values->outputs.format
                   ? cli_outputs_write(&values->outputs, cli_write_result, fix->result, &report)
                   : cli_outputs_write(&values->outputs, write_changes, fix, &report);
    if (code < 0)
        return CLI_USAGE;
    if (!values->outputs.format)
        say_what_is_left(fix, fix->recompiled ? "compiled and audited again: the patch mends"
                                              : "not compiled again: the patch should mend");
    return fix->left ? CLI_GATE : CLI_OK;
}

static int apply(const cck_layout_fix *fix)
{
    cck_error err = {0};
    if (fix->mended && cck_layout_fix_apply(fix, &err) < 0)
        return failed(&err);
    say_what_is_left(fix, "compiled and audited again: mended");
    return fix->left ? CLI_GATE : CLI_OK;
}

static int mend(const cli_layout_values *values, const cck_layout_options *options)
{
    cck_error err = {0};
    cck_layout_fix *fix = NULL;
    if (cck_layout_fix_new(&fix, options, &err) < 0)
        return failed(&err);
    int status = values->fix ? apply(fix) : write_patch(fix, values);
    cck_layout_fix_free(fix);
    return status;
}

/* ---- all of it ---- */

/* Options may stand between and behind the paths. Returns where the compiler's flags begin (or
 * argc), or a negative number as cli_parse() does. */
static int parse_all(const cli_command *command, int argc, char **argv, cli_layout_values *values,
                     const char **paths)
{
    size_t count = 0;
    for (int base = 0;;) {
        int rest = cli_parse(command, argc - base, argv + base, values);
        if (rest < 0)
            return rest;
        base += rest;
        if (base >= argc || (rest > 1 && strcmp(argv[base - 1], "--") == 0))
            return base;
        paths[count++] = argv[base];
    }
}

int cli_layout(const cli_command *command, int argc, char **argv)
{
    cli_layout_values values = {0};
    const char **paths = calloc((size_t)argc + 1, sizeof *paths);
    if (!paths) {
        fputs("cachecheck: out of memory\n", stderr);
        return CLI_USAGE;
    }
    int rest = parse_all(command, argc, argv, &values, paths);
    int status = rest == -2 ? CLI_OK : CLI_USAGE;
    if (rest >= 0 && cli_outputs_prepare(command, &values.outputs) &&
        consistent(command, &values, paths)) {
        const char *const *flags = rest < argc ? (const char *const *)argv + rest : NULL;
        cck_layout_options options = options_of(&values, paths, flags);
        status = is_listing(&values)          ? list(&values, &options)
                 : values.patch || values.fix ? mend(&values, &options)
                                              : audit(&values, &options);
    }
    free(paths);
    return status;
}
