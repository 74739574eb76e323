/* SPDX-License-Identifier: MIT */
#ifndef CACHECHECK_LAYOUT_H
#define CACHECHECK_LAYOUT_H

/**
 * @file
 * Audit how structures and globals lie on cache lines: of headers and sources, through the
 * user's own compiler, and of anything that carries DWARF or BTF.
 */

#include <cachecheck/result.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct cck_layout_options {
    size_t size;              /**< sizeof(cck_layout_options) */
    const char *const *paths; /**< headers, sources, objects, libraries, archives, BTF; NULL-ended */
    const char *const *compile_flags; /**< flags for headers and sources; NULL-ended, or NULL */
    const char *compile_commands;     /**< folder of compile_commands.json, or NULL */
    const char *compiler; /**< or NULL: CC or CXX of the environment, else cc, c++ */
    const char *config;   /**< configuration file, or NULL: `.cachecheck` in this folder or above */
    uint32_t line;        /**< bytes of a cache line; 0: that of the inputs' processor */
    bool pair;            /**< treat pairs of lines as one (adjacent-line prefetch) */
    const char *types;    /**< only types that match this shell pattern ("app::*"); NULL: all */
    const char *headers;  /**< only types declared in files that match this pattern; NULL: all */
    const char *profile;  /**< a result with findings of `sharing`, or NULL */
    const char *baseline; /**< findings of an earlier result that are not told again, or NULL */
    const char *diff;     /**< a git revision: only what the working tree adds or worsens */
    cck_severity least;   /**< leave findings below it out */
    uint32_t jobs;        /**< threads; 0: as many as there are CPUs to use */
} cck_layout_options;

/**
 * Audit, and hand over a result of command "layout" with findings of evidence CCK_STATIC.
 * Errors: CCK_ENOTFOUND, CCK_EFORMAT (damaged or of no known kind), CCK_EUNSUPPORTED (no debug
 * information), CCK_EEXEC (no compiler), CCK_EINVALID (does not compile: the hint holds the
 * compiler's message; bad configuration).
 */
CCK_API int cck_layout_audit(cck_result **out_result, const cck_layout_options *options,
                             cck_error *err);

#ifdef __cplusplus
}
#endif
#endif
