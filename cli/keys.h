/* SPDX-License-Identifier: MIT */
#ifndef CLI_KEYS_H
#define CLI_KEYS_H

#include <pthread.h>
#include <stdbool.h>
#include <termios.h>

/**
 * The key q while a running process is looked at: its terminal is ours alone then. Keys come
 * one by one and are not shown until cli_keys_stop() puts the terminal back as it was.
 */
typedef struct cli_keys {
    bool started;
    int wake[2]; /* a byte ends the thread */
    pthread_t thread;
    void (*quit)(void *context);
    void *context;
} cli_keys;

/** Call `quit` from another thread when q is pressed. Does nothing where stdin is no terminal of
 * ours. The record must stay until cli_keys_stop(). */
void cli_keys_start(cli_keys *keys, void (*quit)(void *context), void *context);

/** May be called twice. */
void cli_keys_stop(cli_keys *keys);

#endif
