/* SPDX-License-Identifier: MIT */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include <stdbool.h>
#include <stdio.h>

#include <cachecheck/result.h>
#include <cachecheck/simulate.h>

/** What a command that analyses tells on stderr while it runs; the callbacks' context. */
typedef struct cli_progress {
    bool quiet;
    bool line; /* one stands there and must be taken away */
} cli_progress;

/** Who looks, and why; numbers that are modelled are called so. */
void cli_progress_on_start(void *context, const cck_source *source, int32_t pid);

/** How far it is: one line that is written over, on a terminal only. */
void cli_progress_on_progress(void *context, const cck_progress *progress);

/** Of a program that is watched: "12 s, 4 threads, 11,400 samples, ...", without a newline. */
void cli_progress_print(const cck_progress *progress, FILE *out);

/** Take the line away; before anything else is printed. */
void cli_progress_end(cli_progress *progress);

/** "backend simulate (modelled, not measured); why; expected slowdown", where it needs saying. */
void cli_announce(const cck_source *source);

#endif
