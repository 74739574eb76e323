/* SPDX-License-Identifier: MIT */
#ifndef CCK_CORE_REPORT_LIMIT_ROWS_H
#define CCK_CORE_REPORT_LIMIT_ROWS_H

#include <cachecheck/machine.h>

#include "core/base/arena.h"

/** A line of the table that sets the machine and what this process may use side by side. */
typedef struct cck_limit_row {
    const char *what, *all, *ours;
    const char *by; /* what keeps the rest from it; "" nothing */
} cck_limit_row;

enum { CCK_LIMIT_ROWS = 4 };

/** The rows; 0 when this process may use all of it, or nothing is known. Strings of the arena. */
size_t cck_limit_rows(cck_arena *arena, const cck_machine *machine,
                      cck_limit_row out_rows[CCK_LIMIT_ROWS]);

#endif
