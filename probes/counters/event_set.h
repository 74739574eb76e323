/* SPDX-License-Identifier: MIT */
#ifndef CCK_COUNTERS_EVENT_SET_H
#define CCK_COUNTERS_EVENT_SET_H

#include "probes/counters/event.h"

/**
 * The tables behind event sets: one text file a micro-architecture in sets/,
 * compiled in. sets/README.md describes their lines.
 */

/** One compiled-in table. */
typedef struct cck_event_table {
    const char *uarch; /* file name without .set: "intel-skl" */
    const char *text;
} cck_event_table;

/** Made by sets/CMakeLists.txt; in the order of their names. */
extern const cck_event_table cck_event_tables[];
extern const size_t cck_event_tables_count;

/** A span of a table's text. */
typedef struct cck_event_span {
    const char *text;
    size_t length;
} cck_event_span;

/** A line `event ROLE ENCODING NAME [MEANING]`. */
typedef struct cck_event_row {
    cck_event_span role, encoding, name, meaning;
} cck_event_row;

/** The table of that name, or NULL. */
const cck_event_table *cck_event_table_find(const char *uarch);

/** The event of a role, in the table or in those it builds on; false if there is none. */
bool cck_event_table_row(const cck_event_table *table, const char *role, size_t length,
                         cck_event_row *out_row);

/** The roles of a set, separated by blanks, from the table or those it builds on. */
bool cck_event_table_set(const cck_event_table *table, const char *set, cck_event_span *out_roles);

/** libpfm4's name of the PMU whose names the rows use; empty if it has none. */
cck_event_span cck_event_table_pfm(const cck_event_table *table);

/** For a mixed machine: the n-th `part PMU TABLE` line; false behind the last. */
bool cck_event_table_part(const cck_event_table *table, size_t n, cck_event_span *out_pmu,
                          const cck_event_table **out_table);

/** The next blank-separated word of `*rest`, which moves on; empty at the end. */
cck_event_span cck_event_span_word(cck_event_span *rest);

/** The table the scope names, or that of its machine; NULL if the name is unknown. */
const cck_event_table *cck_event_scope_table(const cck_event_scope *scope);

/** What a generic name really counts on this micro-architecture. In the scope's arena. */
typedef struct cck_event_set_note {
    const char *role, *counted, *meaning;
} cck_event_set_note;

bool cck_event_set_explain(cck_event_set_note *out_note, const char *generic,
                           const cck_event_scope *scope);

/**
 * The role that the scope's table gives to a code of the core PMU, or "": an event
 * means the same to metrics whichever way it was named.
 */
const char *cck_event_table_role(const cck_event_scope *scope, const struct perf_event_attr *attr);

/** The sets, as `--list` shows them. */
typedef struct cck_event_set_about {
    const char *name, *about;
} cck_event_set_about;

extern const cck_event_set_about cck_event_sets[];
extern const size_t cck_event_sets_count;

#endif
