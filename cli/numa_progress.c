/* SPDX-License-Identifier: MIT */
#include "numa_progress.h"

#include <inttypes.h>
#include <stdio.h>

static void print_line(const cck_numa_placement *placement)
{
    if (!placement->point_count)
        return;
    const cck_numa_point *point = &placement->points[placement->point_count - 1];
    uint64_t ms = (uint64_t)(point->time_s * 1e3 + 0.5);
    fprintf(stderr, "%6" PRIu64 ".%03" PRIu64 " s  %8" PRIu64 " MiB  ", ms / 1000, ms % 1000,
            point->resident >> 20);
    if (point->remote.value < 0)
        fputs("remote unknown", stderr);
    else
        fprintf(stderr, "%3.0f %% remote (%.0f-%.0f)", 100 * point->remote.value,
                100 * point->remote.low, 100 * point->remote.high);
    if (point->node_moves >= 0)
        fprintf(stderr, "  %" PRId64 " changes of node", point->node_moves);
    fputc('\n', stderr);
}

void cli_numa_on_look(void *context, const cck_result *result)
{
    cli_numa_progress *progress = context;
    FILE *page = progress->view ? cli_live_view_page(progress->view) : NULL;
    if (page) {
        cck_report_options options = cli_live_view_options(progress->view, progress->color);
        options.rows = progress->rows;
        cck_report_write(result, CCK_FORMAT_TEXT, page, &options, NULL);
        cli_live_view_show(progress->view);
    } else if (progress->lines && result->placement) {
        print_line(result->placement);
    }
}
