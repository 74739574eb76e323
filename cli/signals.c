/* SPDX-License-Identifier: MIT */
#include "signals.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>

#include "live_view.h"

static const cli_signalled *volatile current;

static void on_end(int signal)
{
    int saved = errno;
    if (current)
        current->interrupt(current->session, signal);
    errno = saved;
}

static void on_pass(int signal)
{
    int saved = errno;
    if (current)
        current->forward(current->session, signal);
    errno = saved;
}

static void on_stop(int signal)
{
    int saved = errno;
    if (current)
        current->forward(current->session, signal);
    cli_live_view_pause();
    raise(SIGSTOP);
    cli_live_view_resume();
    errno = saved;
}

/* A handler, not SIG_IGN, which the target would inherit: a reader of the intervals that
 * went away costs their lines, and never leaves the target without the one who counts. */
static void on_closed_pipe(int signal)
{
    (void)signal;
}

static const struct {
    int signal;
    void (*handler)(int signal);
} table[] = {
    {SIGINT, on_end},    {SIGTERM, on_end},         {SIGQUIT, on_end},  {SIGHUP, on_end},
    {SIGTSTP, on_stop},  {SIGCONT, on_pass},        {SIGUSR1, on_pass}, {SIGUSR2, on_pass},
    {SIGWINCH, on_pass}, {SIGPIPE, on_closed_pipe},
};

void cli_signals_for(const cli_signalled *signalled)
{
    current = signalled;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct sigaction old, action = {.sa_flags = SA_RESTART};
        action.sa_handler = signalled ? table[i].handler : SIG_DFL;
        sigemptyset(&action.sa_mask);
        /* What was ignored stays ignored, as under nohup. */
        if (sigaction(table[i].signal, NULL, &old) == 0 && old.sa_handler != SIG_IGN)
            sigaction(table[i].signal, &action, NULL);
    }
}
