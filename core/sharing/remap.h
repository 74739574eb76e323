/* SPDX-License-Identifier: MIT */
#ifndef CCK_CORE_REMAP_H
#define CCK_CORE_REMAP_H

#include "core/debug/suggest.h"
#include "core/session/observed.h"

/**
 * What if objects were laid out otherwise: rules that move data elsewhere before a model of
 * the caches sees it. An object that fits a rule gets a region of its own above all that a
 * program maps, and the bytes of its elements lie there as the new layout says.
 *
 * Call paths and variables are named so that they mean the same in another run.
 */
typedef struct cck_remap_rule {
    cck_object_kind kind; /* CCK_OBJECT_HEAP or CCK_OBJECT_GLOBAL */
    uint64_t path;        /* heap: hash of the allocation's call path; 0: any */
    const char *module;   /* global: path of the file */
    uint64_t address;     /* global: in the file's symbol table */
    uint64_t size;        /* bytes of the block or the variable */
    uint64_t first;       /* bytes before the first element */
    uint64_t element;     /* bytes of an element before */
    cck_relayout layout;  /* of an element afterwards */
} cck_remap_rule;

typedef struct cck_remap_rules {
    cck_remap_rule *list;
    size_t count; /* at most CCK_REMAP_RULES_MOST */
} cck_remap_rules;

/**
 * Where the regions are: programs under Valgrind stay below 2^37 (its aspacemgr-linux.c), the
 * model takes addresses below 2^47. Each rule has 16 GiB for its objects.
 */
enum { CCK_REMAP_BASE_BITS = 40, CCK_REMAP_SPACE_BITS = 34, CCK_REMAP_RULES_MOST = 4096 };

/** Hash of a call path, from that of its caller's (0: none), never 0. Offsets are those of the
 * modules' own addresses. */
uint64_t cck_remap_path(uint64_t parent, const char *call_module, uint64_t call_offset,
                        const char *entry_module, uint64_t entry_offset);

/** Hashes of all paths that were observed; the caller frees them. NULL: memory is out. */
uint64_t *cck_remap_paths(const cck_observed *observed);

/** Where in its region a byte of an object is. */
uint64_t cck_remap_offset(const cck_remap_rule *rule, uint64_t offset);

/** Bytes of a region. */
uint64_t cck_remap_room(const cck_remap_rule *rule);

/** Where the regions of rule number `rule` begin. */
uint64_t cck_remap_base(const cck_remap_rule *rules, size_t rule);

/** The number of the rule whose region an address is in; SIZE_MAX: it is in none. */
size_t cck_remap_rule_at(uint64_t address);

/**
 * The rule that an object in memory fits; SIZE_MAX: none. Of a global, `address` is any of it;
 * `*out_start` is where the object starts. `paths` from cck_remap_paths().
 */
size_t cck_remap_find(const cck_remap_rules *rules, const cck_observed *observed,
                      const uint64_t *paths, const cck_object *object, uint64_t address,
                      uint64_t *out_start);

#endif
