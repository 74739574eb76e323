/* SPDX-License-Identifier: MIT */
#ifndef CCK_LAYOUTS_CONFIG_H
#define CCK_LAYOUTS_CONFIG_H

#include <cachecheck/error.h>

#include "core/base/arena.h"
#include "core/debug/type.h"

/**
 * The file `.cachecheck`: what a project tells of its types. Sections in brackets, "name =
 * value" lines, comments after "#" or ";". docs/layout-config.md describes it.
 */

/** `struct ring.head = writer=producer` */
typedef struct cck_config_field {
    const char *type, *field; /* shell pattern of the type's name; path of the field */
    unsigned use;             /* CCK_USE_* */
    const char *writer;       /* "" */
} cck_config_field;

/** `adjacent-atomics app::Stats = only written at exit` */
typedef struct cck_config_ignore {
    const char *rule, *type, *reason; /* name or id, or "*"; shell pattern */
    uint32_t line;
} cck_config_ignore;

/** `counter_t = atomic` */
typedef struct cck_config_sync {
    const char *name; /* shell pattern */
    cck_sync sync;
} cck_config_sync;

typedef struct cck_layout_config {
    const char *path; /* "" */
    uint32_t line;    /* bytes; 0: not said */
    bool pair;
    bool system;         /* audit the types of libraries and of the system too */
    const char *padding; /* what the project writes to align: "____cacheline_aligned"; "" */
    const char *headers; /* only types declared in files that match; "" */
    const cck_config_field *fields;
    size_t field_count;
    const cck_config_ignore *ignores;
    size_t ignore_count;
    const cck_config_sync *syncs;
    size_t sync_count;
} cck_layout_config;

/**
 * Read a file, or its text. Errors say "FILE:LINE: ..." and hint at the nearest word.
 * Strings live in the arena. CCK_ENOTFOUND, CCK_EACCESS, CCK_EIO, CCK_ELIMIT, CCK_EINVALID.
 */
int cck_layout_config_read(cck_layout_config *out_config, cck_arena *arena, const char *path,
                           cck_error *err);
int cck_layout_config_parse(cck_layout_config *out_config, cck_arena *arena, const char *path,
                            const char *text, size_t size, cck_error *err);

/** The path of the nearest `.cachecheck` in `folder` (absolute) or above it; NULL none. */
const char *cck_layout_config_find(cck_arena *arena, const char *folder);

/** What the file says of a type of the user, or of one of its fields; NULL or NONE: nothing. */
cck_sync cck_layout_config_sync(const cck_layout_config *config, const char *type);
const cck_config_field *cck_layout_config_field(const cck_layout_config *config, const char *type,
                                                const char *field);
const cck_config_ignore *cck_layout_config_ignore(const cck_layout_config *config,
                                                  const char *rule_id, const char *rule_name,
                                                  const char *type);

#endif
