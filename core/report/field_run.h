/* SPDX-License-Identifier: MIT */
#ifndef CCK_REPORT_FIELD_RUN_H
#define CCK_REPORT_FIELD_RUN_H

#include <stddef.h>

#include <cachecheck/finding.h>

/**
 * How many fields from `fields` on, of `count`, are elements in a row that the same code of the
 * same thread uses the same way: a buffer that is set byte by byte is one row of a report, not 64.
 * 1 where they are fewer than three.
 */
size_t cck_field_run(const cck_field_use *fields, size_t count);

/** "bytes[0..31]" of a run of so many; the name of the field for 1. */
void cck_field_run_name(const cck_field_use *first, size_t run, char *buffer, size_t size);

#endif
