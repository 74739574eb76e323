/* SPDX-License-Identifier: MIT */
#ifndef CCK_REPORT_NUMA_H
#define CCK_REPORT_NUMA_H

#include <cachecheck/numa.h>

#include "core/report/document.h"
#include "core/report/text.h"

/** Writers of a result that has a placement. */
cck_document_writer cck_numa_write_csv, cck_numa_write_svg;

void cck_numa_write_text(const cck_text_report *report);

/* More nodes than this are not shown side by side: those with most memory and threads are. */
enum { CCK_NUMA_COLUMNS = 12 };

/** Nodes to show in columns, by number: slots in `out`, and how many. */
size_t cck_numa_columns(const cck_numa_placement *placement, size_t out[CCK_NUMA_COLUMNS]);

/** How the pages were found out, in words: "sampled: 9,800 pages found of 10,000 drawn ...". */
void cck_numa_put_method(FILE *out, const cck_numa_placement *placement);

/** How it is known where threads ran. */
void cck_numa_put_watched(FILE *out, const cck_numa_placement *placement);

/** What a mapping is called: its name, or what it is for. */
void cck_numa_put_mapping(FILE *out, const cck_numa_mapping *mapping);

/** "48 %", "48 % (47-49)"; "-" unknown. */
void cck_numa_put_share(FILE *out, const cck_numa_share *share);

#endif
