/* SPDX-License-Identifier: MIT */
#ifndef CCK_LAYOUTS_REPORT_H
#define CCK_LAYOUTS_REPORT_H

#include "layouts/advice.h"
#include "layouts/rule.h"
#include "layouts/use.h"

/** From what a rule saw to a finding: names, places, evidence, suggestion, id. */

/** What a rule says. Strings may be temporary. */
typedef struct cck_rule_report {
    const cck_rule *rule;
    cck_severity severity;
    const char *title;
    const cck_leaf *const *leaves; /* those in conflict; sorted here */
    size_t count;
    const char *assumes; /* what must be so for it to cost time; "" */
    const char *note;    /* one more sentence; NULL none */
    cck_advice_kind advice;
    bool split;                 /* FIELD: a large object may be split instead */
    const cck_leaf *move;       /* FIELD: the one to separate, which is where the report points;
                                   NULL: the last of `leaves` */
    const char *allocated_file; /* where objects are allocated; NULL: not known */
    uint32_t allocated_line;
    const cck_type *element;        /* ELEMENT, HEAP: the type to change */
    uint64_t element_count, stride; /* of an array */
} cck_rule_report;

enum { CCK_REPORT_FIELDS = 32 };

/** Where findings are gathered. */
struct cck_rule_sink {
    const cck_rule_context *context;
    const cck_use_source *source;
    cck_arena *arena;
    cck_finding *findings; /* malloc'ed */
    size_t count, capacity;
    size_t first_of_type; /* index of the first finding about the type that is looked at */
    bool failed;          /* memory was out */
};

/** Tell of a type, or of globals (`globals` as many as leaves, NULL otherwise). What comments
 * or the configuration ignore is dropped. */
void cck_report_type(cck_rule_sink *sink, const cck_corpus_type *entry,
                     const cck_rule_report *report);
void cck_report_globals(cck_rule_sink *sink, const cck_corpus_global *const *globals,
                        const cck_rule_report *report);

/** Formatted text that lives as long as the findings; "" when memory is out. */
const char *cck_report_text(cck_rule_sink *sink, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/** "`a`, `b` and `c`": of at most four; then "and 3 more". */
const char *cck_report_names(cck_rule_sink *sink, const cck_leaf *const *leaves, size_t count);

/** Whether an earlier, at least as severe finding about the type being looked at already has both
 * fields. */
bool cck_report_known(const cck_rule_sink *sink, const cck_leaf *a, const cck_leaf *b,
                      cck_severity severity);

#endif
