/* SPDX-License-Identifier: MIT */
#ifndef CCK_CORE_EXPRESSION_H
#define CCK_CORE_EXPRESSION_H

#include <stdbool.h>
#include <stddef.h>

#include <cachecheck/error.h>

#include "core/base/arena.h"

/**
 * Formulas: metrics ("1000 * llc_misses / instructions"), verdict rules and gates
 * ("llc_mpki > 5 || LLC-load-misses >= 1e6"). Numbers, names, + - * / ( ), the
 * comparisons < <= > >= == !=, && || and !. What compares or joins gives 1 or 0.
 *
 * A name is an identifier, anything between quotes, or the longest name that
 * `known` recognises at that place: event names hold dashes and dots.
 */

/** Length of the longest known name at the start of `text`, 0 if there is none. */
typedef size_t cck_expression_known(const void *context, const char *text);

typedef struct cck_expression {
    const struct cck_expression_node *nodes; /* in evaluation order: operands first */
    size_t node_count;
    const char *const *names; /* each once, in the order of first use */
    size_t name_count;
} cck_expression;

/** The value of a name, or of the whole. */
typedef struct cck_operand {
    double value;
    const char *missing; /* NULL, or why there is no number; borrowed */
} cck_operand;

/**
 * Parse `text` into the arena. `known` may be NULL. CCK_EINVALID with the position
 * and what was expected there; CCK_ELIMIT when it is nested or long beyond reason.
 */
int cck_expression_parse(cck_expression *expression, const char *text, cck_arena *arena,
                         cck_expression_known *known, const void *context, cck_error *err);

/**
 * Evaluate, with one operand for each name. What is missing makes missing whatever
 * it decides: "a && b" is 0 as soon as one side is 0, "a || b" is 1 as soon as one
 * side is true, everything else needs both. A division by zero is missing too.
 */
cck_operand cck_expression_evaluate(const cck_expression *expression, const cck_operand *operands);

#endif
