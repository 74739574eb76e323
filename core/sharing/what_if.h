/* SPDX-License-Identifier: MIT */
#ifndef CCK_CORE_WHAT_IF_H
#define CCK_CORE_WHAT_IF_H

#include <cachecheck/result.h>

#include "core/finding/draft.h"
#include "core/sharing/rearrange.h"
#include "core/sharing/remap.h"

/**
 * What if something were laid out otherwise: from what the user asks for, and what a first run
 * found, to rules for a second run; and from both to what the change would bring.
 */
enum { CCK_WHAT_IF_MOST = 64, CCK_WHAT_IF_HOT = 64 };

typedef enum cck_what_if_kind {
    CCK_WHAT_IF_ALL,   /* "all": what every finding suggests */
    CCK_WHAT_IF_WORST, /* "finding": what the worst one suggests */
    CCK_WHAT_IF_ID,    /* a finding's id */
    CCK_WHAT_IF_NAMED  /* TYPE, TYPE.FIELD, VARIABLE or VARIABLE.FIELD */
} cck_what_if_kind;

typedef struct cck_what_if_spec {
    cck_what_if_kind kind;
    const char *text; /* as the user wrote it */
    const char *name; /* without the alignment */
    uint32_t align;   /* bytes, a power of two; 0: a line's */
} cck_what_if_spec;

/** A change that is tried: one a spec; of "all", one a finding. */
typedef struct cck_what_if_change {
    const cck_what_if_spec *spec;
    const char *finding; /* id of the worst one that it is about; "" */
    const char *what;    /* "`misses` of `struct stats`"; "" nothing that was found */
    const char *object;  /* type, or name */
    const char *cost_of; /* "object", "element", "program"; "" */
    uint32_t align;
    size_t first; /* of the objects that it moves, the one it was first seen at; SIZE_MAX */
    bool fixed;   /* what it is about cannot be moved: on a stack, thread-local, without a name */
} cck_what_if_change;

/** Objects that are moved alike, by one or several changes. */
typedef struct cck_what_if_object {
    cck_remap_rule rule;
    const cck_type *type; /* of an element; NULL unknown */
    cck_hot_bytes hot[CCK_WHAT_IF_HOT];
    size_t hot_count;
    uint64_t changes; /* a bit each */
} cck_what_if_object;

typedef struct cck_what_if_plan {
    cck_arena *arena;
    cck_what_if_spec *specs;
    size_t spec_count;
    cck_what_if_change changes[CCK_WHAT_IF_MOST];
    size_t change_count;
    cck_what_if_object *objects;
    size_t object_count, object_capacity;
    uint64_t *paths;       /* hashes of the first run's */
    cck_remap_rules rules; /* one an object, after cck_what_if_settle() */
    bool failed;           /* memory was out */
} cck_what_if_plan;

/**
 * Read what is asked for. CCK_EINVALID: an alignment that is none, an empty name. The plan is
 * freed with cck_what_if_clear(); strings come from the arena.
 */
int cck_what_if_read(cck_what_if_plan *plan, const char *const *texts, cck_arena *arena,
                     cck_error *err);
void cck_what_if_clear(cck_what_if_plan *plan);

/**
 * Whether the program's own debug information has what is named. CCK_ENOTFOUND with the nearest
 * name. 0 also when it has none: then nobody can tell before the run.
 */
int cck_what_if_check(const cck_what_if_plan *plan, const char *program, cck_error *err);

/** A line that threads fight over was looked at; `finding` is NULL if it came to none. */
void cck_what_if_take(cck_what_if_plan *plan, const cck_finding_draft *draft,
                      cck_object_names *names, const cck_finding *finding);

/** All were looked at: compute layouts and rules, while types live. */
int cck_what_if_settle(cck_what_if_plan *plan, cck_error *err);

/** Fill in the result's prediction. `after` may be NULL: nothing was moved. */
int cck_what_if_compare(const cck_what_if_plan *plan, const cck_observed *before,
                        const cck_observed *after, const cck_line_limits *limits,
                        cck_result *result, cck_error *err);

/** Where `path` ("misses", "data.slots[1]") leads in a type; false: nowhere. */
bool cck_what_if_field(const cck_type *type, const char *path, uint64_t *out_offset,
                       uint64_t *out_size);

/**
 * The parts of "a.b.c": step 0 is the whole with field "", then the border moves from the last
 * dot (outside of <>) to the first. `name` gets what is before it. NULL: no more.
 */
const char *cck_what_if_split(const char *whole, unsigned step, char *name, size_t size);

/** Whether a qualified name is meant by a shorter one: "app::pool" by "pool", "struct x" by "x". */
bool cck_what_if_names(const char *name, const char *wanted);

#endif
