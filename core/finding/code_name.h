/* SPDX-License-Identifier: MIT */
#ifndef CCK_CORE_CODE_NAME_H
#define CCK_CORE_CODE_NAME_H

#include <cachecheck/finding.h>
#include <cachecheck/result.h>

#include "core/debug/debug.h"
#include "core/session/observed.h"

/**
 * From code in a cck_observed to places in source, for people. What of the standard
 * libraries was inlined is passed over to the line of the user's own that it came from.
 */
typedef struct cck_code_names {
    const cck_observed *observed;
    cck_debug *debug;
    cck_debug_module **modules; /* of the observed ones, opened when needed */
    bool *tried;
    const char **why_not; /* why one of these tells nothing; NULL */
    cck_arena *arena;     /* strings and records come from here */
    bool failed;          /* memory was out */
} cck_code_names;

int cck_code_names_init(cck_code_names *names, const cck_observed *observed, cck_debug *debug,
                        cck_arena *arena, cck_error *err);

/** The module's debug information, NULL if it cannot be read; and an address of its own. */
cck_debug_module *cck_code_module(cck_code_names *names, uint32_t module);
uint64_t cck_code_offset(const cck_code_names *names, uint32_t module, uint64_t address);

/** Notes which files could not be read, so that nothing of them has a name; false: memory is out.
 */
bool cck_code_note_unread(const cck_observed *observed, cck_result *result);

/** A copy for the result, cleaned: strings of a target may hold any bytes. Never NULL. */
const char *cck_code_keep(cck_code_names *names, const char *text);

/** The place of an instruction; `role` is static. */
cck_location cck_code_location(cck_code_names *names, cck_code code, const char *role);

/** As cck_code_location(), but of code of a library the caller's place: "lock called by work". */
cck_location cck_code_users(cck_code_names *names, cck_code code, uint32_t path, const char *role);

/**
 * The call path that ends at `path`, innermost first, allocators' own frames left out.
 * At most `most` frames. `*out_calls` (may be NULL) gets the call of each.
 */
const cck_location *cck_code_path(cck_code_names *names, uint32_t path, size_t most,
                                  const char *role, size_t *out_count, cck_code *out_calls);

/** Whether a function of that name belongs to an allocator, or to a language's library. */
bool cck_code_is_allocator(const char *function);
bool cck_code_is_library(const char *function, const char *file);

/** What an allocation is made for. */
typedef struct cck_made {
    const cck_type *type; /* of an element, of the one thing; NULL: not known */
    uint64_t base;        /* where the first is in the block */
    bool numbers;         /* numbers or pointers, `type` is NULL */
} cck_made;

/** What the containers of the language allocate at the end of a call path, by the names of their
 * functions: elements of a vector, nodes of a map. */
cck_made cck_code_made_for(cck_code_names *names, uint32_t path);

/** The type that the allocation of `size` bytes (0 unknown) at the end of a call path makes;
 * NULL: not known. */
const cck_type *cck_code_allocated(cck_code_names *names, uint32_t path, uint64_t size);

#endif
