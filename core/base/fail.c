/* SPDX-License-Identifier: MIT */
#include "core/base/fail.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/base/text.h"

/* Those of analysers, see there. */
#undef cck_fail
#undef cck_fail_os

const char *cck_error_name(int code)
{
    static const char *const names[] = {
        "success",     "out of memory", "invalid argument", "not found",
        "not allowed", "not supported", "input/output",     "damaged input",
        "limit hit",   "busy",          "cannot execute",   "gone",
        "internal",
    };
    if (code > 0 || -code >= (int)(sizeof names / sizeof *names))
        return "unknown";
    return names[-code];
}

static int fail_with(cck_error *err, int code, int os_error, const char *format, va_list args)
{
    if (!err)
        return code;
    err->code = code;
    err->os_error = os_error;
    err->hint[0] = '\0';
    vsnprintf(err->message, sizeof err->message, format, args);
    if (os_error) {
        size_t used = strlen(err->message);
        snprintf(err->message + used, sizeof err->message - used, ": %s", strerror(os_error));
    }
    /* Paths, thread names and arguments come from outside: no escape sequence of theirs may reach
     * a terminal. */
    cck_text_blunt(err->message);
    return code;
}

int cck_fail(cck_error *err, int code, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fail_with(err, code, 0, format, args);
    va_end(args);
    return code;
}

int cck_fail_os(cck_error *err, int code, int os_error, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fail_with(err, code, os_error, format, args);
    va_end(args);
    return code;
}

void cck_hint(cck_error *err, const char *format, ...)
{
    if (!err)
        return;
    va_list args;
    va_start(args, format);
    vsnprintf(err->hint, sizeof err->hint, format, args);
    va_end(args);
    cck_text_blunt(err->hint);
}

int cck_code_of_errno(int os_error)
{
    switch (os_error) {
    case ENOMEM:
        return CCK_ENOMEM;
    case EINVAL:
    case E2BIG:
        return CCK_EINVALID;
    case ENOENT:
    case ENODEV:
    case ENXIO:
        return CCK_ENOTFOUND;
    case EACCES:
    case EPERM:
    case EROFS:
        return CCK_EACCESS;
    case ENOSYS:
    case EOPNOTSUPP:
        return CCK_EUNSUPPORTED;
    case EMFILE:
    case ENFILE:
        return CCK_ELIMIT;
    case EBUSY:
        return CCK_EBUSY;
    case ENOEXEC:
        return CCK_EEXEC;
    case ESRCH:
        return CCK_EGONE;
    default:
        return CCK_EIO;
    }
}

int cck_error_move(cck_error *to, const cck_error *from)
{
    if (!from)
        return 0;
    if (to)
        *to = *from;
    return from->code;
}
