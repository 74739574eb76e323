/* SPDX-License-Identifier: MIT */
#ifndef CACHECHECK_LAYOUT_H
#define CACHECHECK_LAYOUT_H

/**
 * @file
 * Audit how structures and globals lie on cache lines: of headers and sources, through the
 * user's own compiler, and of anything that carries DWARF or BTF. Audits may run in several
 * threads at a time, and use `jobs` threads each.
 */

#include <cachecheck/report.h>
#include <cachecheck/result.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct cck_layout_options {
    size_t size;              /**< sizeof(cck_layout_options) */
    const char *const *paths; /**< headers, sources, objects, libraries, archives, BTF; folders
                                   stand for the headers and sources in them; NULL-ended */
    const char *const *compile_flags; /**< flags for headers and sources; NULL-ended, or NULL */
    const char *compile_commands;     /**< folder of compile_commands.json, or NULL */
    const char *compiler;             /**< or NULL: CC or CXX of the environment, else cc, c++ */
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
    const char *const *rules;   /**< only these rules, by name or id; NULL-ended, or NULL: all */
    const char *const *ignored; /**< not these rules; NULL-ended, or NULL */
    const char *write_baseline; /**< write all findings there, as a result, or NULL */
    bool fixes; /**< make patches, and offer those that hold when compiled and audited again */
    uint32_t compile_seconds; /**< after which a compiler is taken to hang; 0: 60 */
} cck_layout_options;

/**
 * Audit, and hand over a result of command "layout" with findings of evidence CCK_STATIC.
 * Errors: CCK_ENOTFOUND, CCK_EFORMAT (damaged or of no known kind), CCK_EUNSUPPORTED (no debug
 * information), CCK_EEXEC (no compiler), CCK_EINVALID (does not compile: the hint holds the
 * compiler's message; bad configuration).
 */
CCK_API int cck_layout_audit(cck_result **out_result, const cck_layout_options *options,
                             cck_error *err);

/* ---- fixes ---- */

/**
 * Changes to the sources that mend findings. They were made on copies, and these compiled
 * and audited again: what is offered takes its findings away, and brings no new ones.
 */
typedef struct cck_layout_fix {
    cck_result *result; /**< of the audit before; mended findings have their own patch */
    const char *patch;  /**< unified diff of all changes; "" none */
    size_t mended;      /**< findings that are gone with it */
    size_t left;        /**< findings that stay: their notes say why there is no fix */
    bool recompiled;    /**< false: inputs are binaries, which cannot be built anew from here */
    struct cck_layout_edits *edits; /**< internal */
} cck_layout_fix;

/** Audit, and make changes; nothing is written. Errors as cck_layout_audit(). */
CCK_API int cck_layout_fix_new(cck_layout_fix **out_fix, const cck_layout_options *options,
                               cck_error *err);

/**
 * Write the changed files, each by rename, all or none: those written already are put back
 * when one fails. CCK_EBUSY: a file has changed since; CCK_EUNSUPPORTED: not recompiled.
 */
CCK_API int cck_layout_fix_apply(const cck_layout_fix *fix, cck_error *err);

/** Write `patch` to a file, as reports are: whole or not at all. CCK_EIO, CCK_EACCESS, CCK_ENOTFOUND. */
CCK_API int cck_layout_fix_save(const cck_layout_fix *fix, const char *path, cck_error *err);

CCK_API void cck_layout_fix_free(cck_layout_fix *fix);

/* ---- listings ---- */

typedef enum cck_layout_view_kind {
    CCK_VIEW_SHOW,      /**< a type as source with its layout; also as a picture */
    CCK_VIEW_SIZES,     /**< all types, a line each */
    CCK_VIEW_HOLES,     /**< those with holes, the worst first */
    CCK_VIEW_CONTAINS,  /**< types that hold one of that type, at any depth */
    CCK_VIEW_REORGANISE /**< a type in an order that needs fewer bytes */
} cck_layout_view_kind;

typedef struct cck_layout_view {
    size_t size; /**< sizeof(cck_layout_view) */
    cck_layout_view_kind kind;
    const char *type; /**< SHOW, CONTAINS, REORGANISE: its name, with or without namespaces */
    const char *sort; /**< "size" (default), "name", "holes", "lines", "members", "file" */
    bool hex;         /**< offsets and sizes in hexadecimal */
} cck_layout_view;

/**
 * Write a listing, to `out` or to a file (whole or not at all): as text, JSON or CSV; SHOW as
 * HTML and SVG, too. Errors as cck_layout_audit(); CCK_ENOTFOUND with the nearest names for a
 * type that is not there.
 */
CCK_API int cck_layout_view_write(const cck_layout_options *options, const cck_layout_view *view,
                                  cck_format format, FILE *out, const cck_report_options *report,
                                  cck_error *err);
CCK_API int cck_layout_view_save(const cck_layout_options *options, const cck_layout_view *view,
                                 cck_format format, const char *path,
                                 const cck_report_options *report, cck_error *err);

#ifdef __cplusplus
}
#endif
#endif
