/* SPDX-License-Identifier: MIT */
#include "keys.h"

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

/* What the terminal was; valid while `changed`. Put back at exit, too, should that come first. */
static struct termios before;
static volatile sig_atomic_t changed;

static void put_back(void)
{
    if (changed)
        tcsetattr(STDIN_FILENO, TCSANOW, &before);
    changed = 0;
}

static void *listen(void *argument)
{
    cli_keys *keys = argument;
    for (;;) {
        struct pollfd fds[] = {{.fd = STDIN_FILENO, .events = POLLIN},
                               {.fd = keys->wake[0], .events = POLLIN}};
        char key;
        if (poll(fds, 2, -1) < 0)
            continue;
        if (fds[1].revents)
            return NULL;
        if (fds[0].revents && read(STDIN_FILENO, &key, 1) != 1)
            return NULL; /* the terminal is gone */
        if (fds[0].revents && (key == 'q' || key == 'Q')) {
            keys->quit(keys->context);
            return NULL;
        }
    }
}

/* Keys one by one, unseen; Ctrl-C stays a signal. */
static bool take_terminal(void)
{
    static bool registered;
    if (!isatty(STDIN_FILENO) || tcgetpgrp(STDIN_FILENO) != getpgrp() ||
        tcgetattr(STDIN_FILENO, &before) < 0)
        return false;
    if (!registered)
        registered = atexit(put_back) == 0;
    struct termios raw = before;
    raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
    raw.c_cc[VMIN] = 1;
    raw.c_cc[VTIME] = 0;
    changed = 1;
    if (tcsetattr(STDIN_FILENO, TCSANOW, &raw) == 0)
        return true;
    changed = 0;
    return false;
}

void cli_keys_start(cli_keys *keys, void (*quit)(void *context), void *context)
{
    *keys = (cli_keys){.quit = quit, .context = context};
    if (pipe(keys->wake) < 0)
        return;
    if (take_terminal()) {
        /* Signals are for the thread that looks. */
        sigset_t all, old;
        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, &old);
        keys->started = pthread_create(&keys->thread, NULL, listen, keys) == 0;
        pthread_sigmask(SIG_SETMASK, &old, NULL);
    }
    if (keys->started)
        return;
    put_back();
    close(keys->wake[0]);
    close(keys->wake[1]);
}

void cli_keys_stop(cli_keys *keys)
{
    if (!keys->started)
        return;
    if (write(keys->wake[1], "", 1) == 1)
        pthread_join(keys->thread, NULL);
    close(keys->wake[0]);
    close(keys->wake[1]);
    put_back();
    keys->started = false;
}
