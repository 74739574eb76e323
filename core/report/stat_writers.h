/* SPDX-License-Identifier: MIT */
#ifndef CCK_REPORT_STAT_WRITERS_H
#define CCK_REPORT_STAT_WRITERS_H

#include "core/report/document.h"

/** A cck_result as OpenMetrics text, as JSON lines; counts, and profiles, as Markdown. */
cck_document_writer cck_openmetrics_write, cck_lines_write, cck_stat_write_markdown,
    cck_hotspots_write_markdown;

#endif
