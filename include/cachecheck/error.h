/* SPDX-License-Identifier: MIT */
#ifndef CACHECHECK_ERROR_H
#define CACHECHECK_ERROR_H

/**
 * @file
 * Errors: what went wrong, and what to do next.
 *
 * A function that can fail returns 0 (or a non-negative count) on success and a
 * negative `CCK_E*` on failure. It takes a `cck_error *` as its last argument,
 * which may be NULL; on failure it is filled in, on success it is left alone.
 * Outputs are never clobbered on failure. There is no thread-local last error.
 */

#ifdef __cplusplus
extern "C" {
#endif

/** Marks what the shared library exports; everything else is hidden. */
#if defined(__GNUC__)
#define CCK_API __attribute__((visibility("default")))
#else
#define CCK_API
#endif

/** Error codes. Stable: a code keeps its number for ever. */
enum {
    CCK_OK = 0,
    CCK_ENOMEM = -1,       /**< out of memory */
    CCK_EINVALID = -2,     /**< an argument or option makes no sense */
    CCK_ENOTFOUND = -3,    /**< no such file, event, process, node, ... */
    CCK_EACCESS = -4,      /**< the system's policy forbids it (paranoid level, seccomp, owner) */
    CCK_EUNSUPPORTED = -5, /**< this machine, kernel or build cannot do it */
    CCK_EIO = -6,          /**< reading or writing failed */
    CCK_EFORMAT = -7,      /**< input bytes are damaged or of another format */
    CCK_ELIMIT = -8,       /**< a limit was hit (file descriptors, locked memory, size) */
    CCK_EBUSY = -9,        /**< somebody else holds the resource */
    CCK_EEXEC = -10,       /**< the program cannot be executed */
    CCK_EGONE = -11,       /**< the process or thread ended meanwhile */
    CCK_EINTERNAL = -12    /**< a bug in cachecheck */
};

/** What went wrong. A plain record that the caller owns; zero-initialise it. */
typedef struct cck_error {
    int code;          /**< a `CCK_E*`, or 0 */
    int os_error;      /**< the errno behind it, or 0 */
    char message[512]; /**< one sentence without a full stop; UTF-8, no control characters */
    char hint[512];    /**< what to do next, often a command; may be empty */
} cck_error;

/** The name of an error code, such as "not found". Never NULL; static storage. */
CCK_API const char *cck_error_name(int code);

#ifdef __cplusplus
}
#endif
#endif
