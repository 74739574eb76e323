/* SPDX-License-Identifier: MIT */
#ifndef CLI_SIGNALS_H
#define CLI_SIGNALS_H

/** Who is told of signals while a program runs: a session, and its two async-signal-safe
 * functions. */
typedef struct cli_signalled {
    void (*interrupt)(void *session, int signal);
    void (*forward)(void *session, int signal);
    void *session;
} cli_signalled;

/**
 * While a program runs: Ctrl-C and SIGTERM end it (twice: kill it) and the report
 * still comes; Ctrl-Z stops both; other signals are passed on. The record must stay until
 * NULL ends that.
 */
void cli_signals_for(const cli_signalled *signalled);

#endif
