/* SPDX-License-Identifier: MIT */
#ifndef CCK_LAYOUTS_RUN_H
#define CCK_LAYOUTS_RUN_H

#include "layouts/use.h"

/** All rules over a corpus. */
typedef struct cck_rules_request {
    const cck_corpus *corpus;
    const cck_layout_config *config; /* NULL none */
    cck_annotations *annotations;    /* NULL: sources are not read */
    const cck_words *words;          /* of several calls at a time; NULL: loaded for this one */
    const cck_result *profile;       /* NULL none */
    uint32_t line;                   /* bytes; 0: what the configuration says, else of each input */
    bool pair;                       /* pairs of lines count as one */
    bool system;                     /* types of libraries and of the system too */
    size_t first_type, last_type;    /* only these, for threads; both 0: all, and the globals */
} cck_rules_request;

/**
 * Findings, worst first, in the arena; unused types' INFO ones are among them. Types that are
 * locks or atomics themselves, and those of libraries and of the system that no input
 * names, are not looked at. CCK_ENOMEM.
 */
int cck_rules_run(const cck_rules_request *request, cck_arena *arena, cck_finding **out_findings,
                  size_t *out_count, cck_error *err);

#endif
