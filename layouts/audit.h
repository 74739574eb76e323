/* SPDX-License-Identifier: MIT */
#ifndef CCK_LAYOUTS_AUDIT_H
#define CCK_LAYOUTS_AUDIT_H

#include <cachecheck/layout.h>

#include "layouts/corpus.h"

/** An audit with what it read, for those who want more than findings. */
typedef struct cck_audit {
    cck_corpus corpus;
    cck_result *result;
    const cck_finding *all; /* before any were left out because they are old; shallow */
    size_t all_count;
    const char *aligner; /* what the project writes to align; "" (in the result's arena) */
    const char *headers; /* what the configuration restricts it to; "" */
    uint32_t line;       /* bytes that are fought over together */
} cck_audit;

/** Read, judge, choose, sort; without baseline, revision and fixes. Clear it in any case. */
int cck_audit_run(cck_audit *audit, const cck_layout_options *options, cck_error *err);
void cck_audit_clear(cck_audit *audit);

/** Options as far as a caller with an older header has them. */
cck_layout_options cck_layout_options_complete(const cck_layout_options *given);

/** Say again how many findings there are: the verdict. */
int cck_audit_sum_up(cck_result *result, cck_error *err);

/** The finding of that id, or NULL. */
const cck_finding *cck_audit_find(const cck_result *result, const char *id);

/** Drop what an earlier result has as well; with `worse`, only if it was as severe there. Notes
 * how many are new, unchanged and gone, in words that begin with `since`. */
int cck_audit_subtract(cck_result *result, const cck_result *before, const char *since,
                       cck_error *err);

/** The audit of the same inputs as they were at a git revision; NULL in `*out_before` with a
 * note in `result` if that was not possible. Errors: no repository, unknown revision. */
int cck_audit_revision(cck_result **out_before, cck_result *result,
                       const cck_layout_options *options, cck_error *err);

/** Make patches, and check them; fills in the findings' suggestions. */
int cck_audit_fix(cck_layout_fix *fix, cck_audit *audit, const cck_layout_options *options,
                  cck_error *err);

#endif
