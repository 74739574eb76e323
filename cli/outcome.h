/* SPDX-License-Identifier: MIT */
#ifndef CLI_OUTCOME_H
#define CLI_OUTCOME_H

#include <stdbool.h>

#include <cachecheck/error.h>
#include <cachecheck/result.h>

/**
 * Exit statuses of commands that run a program: the program's own, as a shell would have it;
 * 126, said on stderr with a hint, if the simulator could not run all of it.
 */
int cli_exit_status(const cck_result *result);

/** That of a session which failed: not found, cannot be executed, or our own failure. */
int cli_failure_status(const cck_error *err);

/**
 * CLI_GATE, said on stderr, if there are findings at `gate` (a severity or a rule; NULL: no gate);
 * CLI_OWN_FAILURE, said with a hint, if too little was seen to judge; else `status`.
 */
int cli_gate_findings(const cck_result *result, const char *gate, int status);

/** "info" to "critical"; low for others, and NULL: what is told if nothing was asked for. */
cck_severity cli_severity_by_name(const char *name);

#endif
