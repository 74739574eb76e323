/* SPDX-License-Identifier: MIT */
#ifndef CCK_REPORT_FINDING_WORDS_H
#define CCK_REPORT_FINDING_WORDS_H

#include <stdio.h>

#include <cachecheck/finding.h>

/* The words of a finding, as text and pages have them. Names are as they came: whoever shows
 * them escapes them. */

/** "src/a.c:41 in work", "libfoo.so+0x12 in f", or nothing. */
void cck_finding_put_place(FILE *out, const cck_location *location);

/** "heap block, 40 bytes, allocated at src/a.c:88 in start". */
void cck_finding_put_object(FILE *out, const cck_finding *finding);

/** "simulated, 34,215 line transfers, about 28.4 M/s of virtual time". */
void cck_finding_put_evidence(FILE *out, const cck_finding *finding);

/** "align `misses` to 64 bytes (+56 bytes per object)". */
void cck_finding_put_suggestion(FILE *out, const cck_suggestion *suggestion);

/** The field, or "bytes 8-15"; "T3 worker-1", or "several threads"; "writes", "updates", "reads".
 */
void cck_field_name(const cck_field_use *field, char *buffer, size_t size);
void cck_field_thread(const cck_field_use *field, char *buffer, size_t size);
const char *cck_field_verb(const cck_field_use *field);

#endif
