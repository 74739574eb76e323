/* SPDX-License-Identifier: MIT */
#ifndef CLI_LOOK_H
#define CLI_LOOK_H

#include <stdbool.h>

#include <cachecheck/result.h>
#include <cachecheck/target.h>

#include "outputs.h"

/**
 * What commands share that look at a program while it runs: which program, where the report
 * goes, signals, and what the exit status tells. The values are a member `look` of the command's.
 */
typedef struct cli_look_values {
    const char *directory, *gate, *color;
    cli_list environment;
    cli_outputs outputs;
    uint32_t pid, rows;
    double duration;
    bool verbose, quiet;
} cli_look_values;

/* Rows of option tables; `values` is the type of the command's values. */
#define CLI_PROGRAM_ROWS(values)                                                                   \
    {0,                                                                                            \
     "cd",                                                                                         \
     CLI_STRING,                                                                                   \
     "DIR",                                                                                        \
     offsetof(values, look.directory),                                                             \
     "run the program in DIR",                                                                     \
     NULL},                                                                                        \
    {                                                                                              \
        0, "env", CLI_LIST, "NAME=VALUE", offsetof(values, look.environment),                      \
            "set a variable for the program; NAME alone removes it; may be repeated", NULL         \
    }
#define CLI_DURATION_ROW(values)                                                                   \
    {                                                                                              \
        0, "duration", CLI_NUMBER, "SECONDS", offsetof(values, look.duration),                     \
            "stop after so many seconds", NULL                                                     \
    }
#define CLI_COLOR_ROW(values)                                                                      \
    {                                                                                              \
        0, "color", CLI_STRING, "WHEN", offsetof(values, look.color), "auto, always or never",     \
            "auto|always|never"                                                                    \
    }

/** Say that `message` is wrong with the command line of `command`; returns false. */
bool cli_usage_error(const cli_command *command, const char *message);

/**
 * A program or a process, not both; variables with names; outputs that can be written, which
 * are prepared. Prints what is wrong and returns false.
 */
bool cli_look_prepare(const cli_command *command, cli_look_values *values,
                      const char *const *program, bool attaches);

/** The target of those values; it borrows them and `program`. */
cck_target_options cli_look_target(const cli_look_values *values, const char *const *program);

/** The functions of a session of the library's, its type forgotten: see CLI_SESSION(). */
typedef struct cli_session {
    int (*open)(void **out_session, const cck_target_options *target, const void *options,
                cck_error *err);
    int (*run)(void *session, cck_result **out_result, cck_error *err);
    void (*interrupt)(void *session, int signal);
    void (*forward)(void *session, int signal);
    void (*free)(void *session);
} cli_session;

/** Define `session_calls`, the functions of cck_NAME. */
#define CLI_SESSION(name)                                                                          \
    static int session_open(void **out_session, const cck_target_options *target,                  \
                            const void *options, cck_error *err)                                   \
    {                                                                                              \
        cck_##name *opened = NULL;                                                                 \
        int code = cck_##name##_new(&opened, target, options, err);                                \
        *out_session = opened;                                                                     \
        return code;                                                                               \
    }                                                                                              \
    static int session_run(void *session, cck_result **out_result, cck_error *err)                 \
    {                                                                                              \
        return cck_##name##_run(session, out_result, err);                                         \
    }                                                                                              \
    static void session_interrupt(void *session, int signal)                                       \
    {                                                                                              \
        cck_##name##_interrupt(session, signal);                                                   \
    }                                                                                              \
    static void session_forward(void *session, int signal)                                         \
    {                                                                                              \
        cck_##name##_forward(session, signal);                                                     \
    }                                                                                              \
    static void session_free(void *session)                                                        \
    {                                                                                              \
        cck_##name##_free(session);                                                                \
    }                                                                                              \
    static const cli_session session_calls = {session_open, session_run, session_interrupt,              \
                                        session_forward, session_free}

/** A look at a target. */
typedef struct cli_look {
    const cli_session *session;
    const cck_target_options *target;
    const void *options; /* of the session's kind */
    void (*begin)(void *context, void *session); /* before it runs; may be NULL */
    void (*end)(void *context); /* when it has run, before anything is printed; may be NULL */
    void *context;
} cli_look;

/** Look, passing signals on meanwhile. 0 and a result (the caller's), or the exit status after
 *  printing why. */
int cli_look_run(const cli_look *look, cck_result **out_result);

/** How the report is wanted. */
cck_report_options cli_look_report(const cli_look_values *values);

/** Write the report, look at the gate over findings, and return the exit status. */
int cli_look_conclude(const cli_look_values *values, const cck_result *result,
                      const cck_report_options *options);

#endif
