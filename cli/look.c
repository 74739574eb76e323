/* SPDX-License-Identifier: MIT */
#include "look.h"

#include <stdio.h>
#include <unistd.h>

#include "commands.h"
#include "outcome.h"
#include "signals.h"
#include "terminal.h"

bool cli_usage_error(const cli_command *command, const char *message)
{
    fprintf(stderr, "cachecheck %s: %s\n  see: cachecheck %s --help\n", command->name, message,
            command->name);
    return false;
}

bool cli_look_prepare(const cli_command *command, cli_look_values *values,
                      const char *const *program, bool attaches)
{
    if (*program && values->pid)
        return cli_usage_error(command, "a program or -p PID, not both");
    if (!*program && !values->pid)
        return cli_usage_error(command, attaches
                                            ? "name a program behind --, or a process with -p PID"
                                            : "name a program behind --");
    for (size_t i = 0; i < values->environment.count; i++)
        if (!*values->environment.items[i] || *values->environment.items[i] == '=')
            return cli_usage_error(command,
                                   "--env needs a name: NAME=VALUE, or NAME to remove it");
    cck_error err = {0};
    if (values->gate && cck_result_findings_at(NULL, values->gate, &err) < 0) {
        cli_print_error(&err);
        return false;
    }
    return cli_outputs_prepare(command, &values->outputs);
}

cck_target_options cli_look_target(const cli_look_values *values, const char *const *program)
{
    return (cck_target_options){
        .size = sizeof(cck_target_options),
        .argv = *program ? program : NULL,
        .pid = (int32_t)values->pid,
        .directory = values->directory,
        .environment = values->environment.count ? values->environment.items : NULL,
        .foreground = isatty(STDIN_FILENO),
    };
}

int cli_look_run(const cli_look *look, cck_result **out_result)
{
    cck_error err = {0};
    void *session;
    int code = look->session->open(&session, look->target, look->options, &err);
    if (code == 0) {
        const cli_signalled signalled = {look->session->interrupt, look->session->forward, session};
        cli_signals_for(&signalled);
        if (look->begin)
            look->begin(look->context, session);
        code = look->session->run(session, out_result, &err);
        if (look->end)
            look->end(look->context);
        cli_signals_for(NULL);
        look->session->free(session);
    }
    if (code == 0)
        return CLI_OK;
    cli_print_error(&err);
    return cli_failure_status(&err);
}

cck_report_options cli_look_report(const cli_look_values *values)
{
    cck_report_options options = cli_outputs_options(&values->outputs, values->color);
    options.rows = values->rows;
    options.verbose = values->verbose;
    return options;
}

int cli_look_conclude(const cli_look_values *values, const cck_result *result,
                      const cck_report_options *options)
{
    if (cli_outputs_write(&values->outputs, cli_write_result, result, options) < 0)
        return CLI_OWN_FAILURE;
    /* The status says why, if the program could not run to its end. */
    return cli_gate_findings(result, values->gate, cli_exit_status(result));
}
