/* SPDX-License-Identifier: MIT */
#ifndef CCK_REPORT_CSV_H
#define CCK_REPORT_CSV_H

#include <stdio.h>

#include <cachecheck/result.h>

/**
 * One line for each row and event, behind a line of titles that only ever grows at its
 * end. The totals come first, with kind "total". docs/metrics.md explains the columns.
 */
void cck_csv_write(const cck_result *result, FILE *out);

#endif
