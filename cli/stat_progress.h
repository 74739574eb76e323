/* SPDX-License-Identifier: MIT */
#ifndef CLI_STAT_PROGRESS_H
#define CLI_STAT_PROGRESS_H

#include <cachecheck/stat.h>

/** What `cachecheck stat` tells while it runs; the callbacks' context. */
typedef struct cli_stat_progress {
    bool json;      /* intervals as JSON lines */
    bool to_file;   /* the report goes to a file: intervals go to stderr, else to stdout */
    bool quiet;
    bool announced; /* once, not for each of -r N */
} cli_stat_progress;

void cli_stat_on_start(void *context, const cck_source *source, int32_t pid);
void cli_stat_on_interval(void *context, const cck_interval *interval);

#endif
