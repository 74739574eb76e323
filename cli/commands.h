/* SPDX-License-Identifier: MIT */
#ifndef CLI_COMMANDS_H
#define CLI_COMMANDS_H

#include "options.h"

/* Exit statuses; docs/exit-status in the manual page. */
enum {
    CLI_OK = 0,
    CLI_GATE = 1,           /* --fail-on triggered */
    CLI_USAGE = 2,          /* analyses: usage, configuration or input error */
    CLI_OWN_FAILURE = 125,  /* commands that run a program: cachecheck itself failed */
    CLI_CANNOT_EXECUTE = 126,
    CLI_NOT_FOUND = 127
};

extern const cli_option cli_stat_options[];
extern const char *const cli_stat_examples[];
int cli_stat(const cli_command *command, int argc, char **argv);

extern const cli_option cli_compare_options[];
extern const char *const cli_compare_examples[];
int cli_compare(const cli_command *command, int argc, char **argv);

extern const cli_option cli_diff_options[];
extern const char *const cli_diff_examples[];
int cli_diff(const cli_command *command, int argc, char **argv);

extern const cli_option cli_hotspots_options[];
extern const char *const cli_hotspots_examples[];
int cli_hotspots(const cli_command *command, int argc, char **argv);

extern const cli_option cli_layout_options[];
extern const char *const cli_layout_examples[];
int cli_layout(const cli_command *command, int argc, char **argv);

extern const cli_option cli_machine_options[];
extern const char *const cli_machine_examples[];
int cli_machine(const cli_command *command, int argc, char **argv);

extern const cli_option cli_merge_options[];
extern const char *const cli_merge_examples[];
int cli_merge(const cli_command *command, int argc, char **argv);

extern const cli_option cli_report_options_table[];
extern const char *const cli_report_examples[];
int cli_report(const cli_command *command, int argc, char **argv);
extern const cli_option cli_numa_options[];
extern const char *const cli_numa_examples[];
int cli_numa(const cli_command *command, int argc, char **argv);

extern const cli_option cli_sharing_options[];
extern const char *const cli_sharing_examples[];
int cli_sharing(const cli_command *command, int argc, char **argv);

extern const cli_option cli_verify_options[];
extern const char *const cli_verify_examples[];
int cli_verify(const cli_command *command, int argc, char **argv);

#endif
