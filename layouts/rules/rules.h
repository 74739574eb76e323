/* SPDX-License-Identifier: MIT */
#ifndef CCK_LAYOUTS_RULES_H
#define CCK_LAYOUTS_RULES_H

#include "layouts/report.h"
#include "layouts/share.h"

/** The rules; each file of this folder is one, described in docs/rules/. */
extern const cck_rule cck_rule_adjacent_atomics;
extern const cck_rule cck_rule_two_writer_fields;
extern const cck_rule cck_rule_read_mostly_beside_hot;
extern const cck_rule cck_rule_atomic_beside_lock;
extern const cck_rule cck_rule_straddling_atomic;
extern const cck_rule cck_rule_straddling_lock;
extern const cck_rule cck_rule_per_thread_array_element;
extern const cck_rule cck_rule_array_of_locks;
extern const cck_rule cck_rule_neighbouring_globals;
extern const cck_rule cck_rule_over_aligned_on_heap;
extern const cck_rule cck_rule_misplaced_alignas;
extern const cck_rule cck_rule_constructive_constant_misuse;
extern const cck_rule cck_rule_hot_field_far_from_its_lock;
extern const cck_rule cck_rule_poor_packing;

/** A set of leaves in conflict, each once; what is too much is left out. */
typedef struct cck_leaf_set {
    const cck_leaf *items[CCK_REPORT_FIELDS];
    size_t count;
} cck_leaf_set;

void cck_leaf_set_add(cck_leaf_set *set, const cck_leaf *leaf);

/** As cck_words_pair() of their paths; most leaves are of no pair, which is told at once. */
cck_pair_strength cck_leaves_pair(const cck_words *words, const cck_leaf *a, const cck_leaf *b);

/** Whether both can be on one line of an object that begins anywhere. Of what is told by sides, in
 * records of their own, all that is behind them counts, as far as a line. */
bool cck_leaves_near(const cck_type *type, const cck_leaf *a, const cck_leaf *b, uint32_t line);

/** A search for pairs of leaves that harm each other. */
typedef struct cck_pair_search {
    const cck_rule_context *context;
    const cck_type *type;
    cck_rule_sink *sink;
    bool ring, lockless, locked, padded, copied; /* what the rule found out about the type */
    unsigned operations;                         /* pointers to functions that it has */
    bool own_lines;    /* an element for a thread or CPU, with lines of its own */
    bool private_type; /* by its name it belongs to one CPU, thread or side: no more than low */
    bool (*wants)(const struct cck_pair_search *search, const cck_leaf *leaf);
    /** How bad a pair is, `a` the first by offset; INFO: not at all. */
    cck_severity (*judge)(const struct cck_pair_search *search, const cck_leaf *a,
                          const cck_leaf *b);
} cck_pair_search;

/** All that are worse than low, or else the low ones. */
typedef struct cck_pairs {
    cck_leaf_set set;
    cck_severity severity;          /* of the worst pair ... */
    const cck_leaf *first, *second; /* ... which is this */
} cck_pairs;

/**
 * All pairs of one type, told of together. Left out are those that overlap, belong to one
 * group, have one writer, are the matter of a record within the type, or were told of by
 * an earlier rule. False: there are none.
 */
bool cck_pairs_find(cck_pair_search *search, const cck_leaf *leaves, size_t count,
                    cck_pairs *out_found);

#endif
