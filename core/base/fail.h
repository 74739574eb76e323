/* SPDX-License-Identifier: MIT */
#ifndef CCK_CORE_FAIL_H
#define CCK_CORE_FAIL_H

#include <cachecheck/error.h>

/**
 * Fill in `err` (may be NULL) and return `code`, so that failing reads
 * `return cck_fail(err, CCK_EIO, "cannot read %s", path);`.
 * Control characters in the formatted text become '?': names come from outside.
 */
int cck_fail(cck_error *err, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/** As cck_fail(), with ": " and the text of `os_error` behind the message. */
int cck_fail_os(cck_error *err, int code, int os_error, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/** Add what to do next to an error that was set. Does nothing if `err` is NULL. */
void cck_hint(cck_error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/** The `CCK_E*` that fits an errno best. */
int cck_code_of_errno(int os_error);

/** Copy `from` to `to` (either may be NULL) and return its code. */
int cck_error_move(cck_error *to, const cck_error *from);

/* Clang's analyser looks at one file at a time: tell it what comes back. */
#ifdef __clang_analyzer__
static inline int cck_failed(int code, int same)
{
    (void)code;
    return same;
}
#define cck_fail(err, code, ...) cck_failed(cck_fail(err, code, __VA_ARGS__), code)
#define cck_fail_os(err, code, ...) cck_failed(cck_fail_os(err, code, __VA_ARGS__), code)
#endif

#endif
