/* SPDX-License-Identifier: MIT */
#ifndef CLI_NUMA_PROGRESS_H
#define CLI_NUMA_PROGRESS_H

#include <cachecheck/numa.h>

#include "live_view.h"

/** What `numa` shows while it looks: a page that is painted over, or a line each interval. */
typedef struct cli_numa_progress {
    cli_live_view *view; /* NULL: lines */
    const char *color;
    bool lines; /* on stderr: the report alone goes to stdout */
    uint32_t rows;
} cli_numa_progress;

/** The `on_look` of cck_numa_options; the context is a cli_numa_progress. */
void cli_numa_on_look(void *context, const cck_result *result);

#endif
