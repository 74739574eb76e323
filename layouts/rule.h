/* SPDX-License-Identifier: MIT */
#ifndef CCK_LAYOUTS_RULE_H
#define CCK_LAYOUTS_RULE_H

#include <cachecheck/finding.h>

#include "layouts/corpus.h"
#include "layouts/words.h"

/**
 * A rule: something about a layout that costs time when threads share it. Each is a file in
 * layouts/rules/ that defines one cck_rule, listed in cck_rules[] (rules/rules.c), with a
 * page docs/rules/NAME.md. Rules are pure: types in, findings out.
 */

/** How a field is used, and by whom we know that. More than one bit may be set. */
typedef enum cck_use {
    CCK_USE_WRITTEN = 1,     /* by threads while others use the object */
    CCK_USE_READ_MOSTLY = 2, /* set up once, then read by many */
    CCK_USE_LOCK = 4,
    CCK_USE_ATOMIC = 8,
    CCK_USE_OWNED = 16,  /* by the one thread or side named in `writer` */
    CCK_USE_PADDING = 32 /* nobody's: pad, reserved */
} cck_use;

/** From where that is known, the surest first. */
typedef enum cck_basis {
    CCK_BASIS_PROFILE,    /* threads were seen to do it */
    CCK_BASIS_ANNOTATION, /* the source or the configuration says so */
    CCK_BASIS_TYPE,       /* an atomic or a lock is there to be shared */
    CCK_BASIS_NAME,       /* "head", "tail", "hits", "config", ... */
    CCK_BASIS_NONE
} cck_basis;

/** A leaf field with all that is known of its use. */
typedef struct cck_leaf {
    cck_field field; /* its path ends where the insides of a library's type begin */
    unsigned use;    /* CCK_USE_* */
    cck_basis basis;
    const char *writer; /* "producer", "T3 worker-1"; "" unknown: any thread */
    const char *group;  /* cache-line group it was put in (kernel's macros); "" */
    unsigned words;     /* CCK_WORD_* of its name */
    cck_sync sync;      /* of its type, what the configuration adds included */
} cck_leaf;

typedef struct cck_rule_context {
    const cck_corpus *corpus;
    const cck_corpus_input *input;
    const cck_words *words;
    struct cck_annotations *annotations; /* NULL: none are read */
    uint32_t line; /* bytes that are fought over together: a line, or a pair of lines */
    bool pair;
} cck_rule_context;

/** Takes findings; layouts/report.h fills it. */
typedef struct cck_rule_sink cck_rule_sink;

/** What a rule cannot do without among a type's leaves: most types have little of it. */
typedef enum cck_rule_needs {
    CCK_NEEDS_ATOMIC = 1,
    CCK_NEEDS_LOCK = 2,
    CCK_NEEDS_WRITTEN = 4,
    CCK_NEEDS_READ_MOSTLY = 8,
    CCK_NEEDS_SIDES = 16, /* two that have a writer or are of a pair by their names */
    CCK_NEEDS_MANY = 32   /* an array, or what leads to one: pointers, containers */
} cck_rule_needs;

typedef struct cck_rule {
    const char *id;   /* "CC101" */
    const char *name; /* "adjacent-atomics" */
    const char *summary;
    cck_severity severity; /* that it has at most */
    bool of_packed;        /* a packed type is what makes it bad: told of those in full */
    unsigned needs;        /* CCK_NEEDS_*: all of them, or it is not asked */
    bool of_locks;         /* also asked about records that are locks themselves */

    /** One record type, its leaves by offset. NULL: not about types. */
    void (*type)(const cck_rule_context *context, const cck_corpus_type *type,
                 const cck_leaf *leaves, size_t count, cck_rule_sink *sink);

    /** All globals of one input, by address. NULL: not about globals. */
    void (*globals)(const cck_rule_context *context, const cck_corpus_global *globals,
                    const cck_leaf *uses, size_t count, cck_rule_sink *sink);
} cck_rule;

/** Every rule, ended by NULL. Order: of two that see the same, the one that says more first. */
extern const cck_rule *const cck_rules[];

/** By name or id; NULL none. */
const cck_rule *cck_rule_find(const char *word);

#endif
