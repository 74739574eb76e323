/* SPDX-License-Identifier: MIT */
#ifndef CCK_REPORT_FINDING_PLACE_H
#define CCK_REPORT_FINDING_PLACE_H

#include <stdio.h>

#include <cachecheck/result.h>

/**
 * Where a finding is shown by tools that drop what has no place in a file: the main location,
 * else a field's, else the allocation, else the file it was seen in. `*out_line` is at least 1.
 * Never NULL; "" when there is nothing at all.
 */
const char *cck_finding_file(const cck_result *result, const cck_finding *finding,
                             uint32_t *out_line);

/** The path as seen from this folder, if it is in it; else as it is. */
const char *cck_path_from_here(const char *path);

/** Percent-encode a path for a URI (RFC 3986), slashes kept. */
void cck_path_write_uri(FILE *out, const char *path);

#endif
