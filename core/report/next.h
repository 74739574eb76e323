/* SPDX-License-Identifier: MIT */
#ifndef CCK_REPORT_NEXT_H
#define CCK_REPORT_NEXT_H

#include <cachecheck/result.h>

/** The one command to run next, or NULL (no memory, nothing to add). The caller frees it. */
char *cck_report_next(const cck_result *result);

#endif
