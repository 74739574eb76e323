/* SPDX-License-Identifier: MIT */
#include "core/base/trust.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/fail.h"
#include "core/base/folder.h"

/* Groups below are the system's own (login.defs, SYS_GID_MAX): Debian's "staff" may write to
 * /usr/local, and is as good as root. */
enum { SYSTEM_GROUPS = 1000 };

bool cck_trust_is_privileged(void)
{
    return geteuid() == 0 || getauxval(AT_SECURE) != 0;
}

static bool only_root_changes(const struct stat *info)
{
    if (info->st_uid != 0)
        return false;
    if (S_ISDIR(info->st_mode) && (info->st_mode & S_ISVTX))
        return true;
    return !(info->st_mode & S_IWOTH) &&
           (!(info->st_mode & S_IWGRP) || info->st_gid < SYSTEM_GROUPS);
}

bool cck_trust_path(const char *path)
{
    char real[PATH_MAX];
    struct stat info;
    if (!realpath(path, real))
        return false;
    for (;;) {
        if (stat(real, &info) != 0 || !only_root_changes(&info))
            return false;
        char *slash = strrchr(real, '/');
        if (!slash || !slash[1])
            return true;
        slash[slash == real] = 0; /* of "/usr" stays "/" */
    }
}

const char *cck_trust_variable(const char *name)
{
    /* Capabilities of a file: not even root chose the environment. */
    const char *value = secure_getenv(name);
    if (!value || !*value || (cck_trust_is_privileged() && !cck_trust_path(value)))
        return NULL;
    return value;
}

/* The last part that is not there yet is not anybody's. */
static bool trust_what_is_there(const char *path)
{
    char part[PATH_MAX];
    if (*path != '/' || (size_t)snprintf(part, sizeof part, "%s", path) >= sizeof part)
        return false;
    struct stat info;
    while (part[1] && lstat(part, &info) != 0 && errno == ENOENT) {
        char *slash = strrchr(part, '/');
        slash[slash == part] = 0;
    }
    return cck_trust_path(part);
}

const char *cck_trust_variable_to_make(const char *name)
{
    const char *value = secure_getenv(name);
    if (!value || !*value || (cck_trust_is_privileged() && !trust_what_is_there(value)))
        return NULL;
    return value;
}

bool cck_trust_refuses_list(const char *name)
{
    char folder[PATH_MAX];
    const char *at = cck_trust_is_privileged() ? getenv(name) : NULL;
    for (size_t length; at && *at; at += length + (at[length] == ':')) {
        length = strcspn(at, ":");
        if (length &&
            (snprintf(folder, sizeof folder, "%.*s", (int)length, at) >= (int)sizeof folder ||
             !cck_trust_path(folder)))
            return true;
    }
    return false;
}

bool cck_trust_find_program(const char *name, char *out_path, size_t size)
{
    bool privileged = cck_trust_is_privileged();
    const char *path = secure_getenv("PATH");
    for (const char *at = path ? path : "/usr/bin:/bin"; *at;) {
        size_t length = strcspn(at, ":");
        struct stat info;
        int used = snprintf(out_path, size, "%.*s/%s", (int)length, at, name);
        if (length && used < (int)size && access(out_path, X_OK) == 0 &&
            stat(out_path, &info) == 0 && S_ISREG(info.st_mode) &&
            (!privileged || cck_trust_path(out_path)))
            return true;
        at += length;
        at += *at == ':';
    }
    return false;
}

const char *cck_trust_temporary(void)
{
    const char *named = cck_trust_variable("TMPDIR");
    return named && *named == '/' ? named : "/tmp";
}

int cck_trust_make_folder(const char *kind, char *out_path, size_t size, cck_error *err)
{
    const char *base = cck_trust_temporary(), *named = secure_getenv("TMPDIR");
    /* What is not there is a mistake, and the programs that we start would make it again. */
    if (named && *named == '/' && access(named, F_OK) != 0) {
        int missing = errno;
        cck_fail_os(err, CCK_EIO, missing, "TMPDIR is %s", named);
        cck_hint(err, "set TMPDIR to a directory that can be written");
        return CCK_EIO;
    }
    int length = snprintf(out_path, size, "%s/cachecheck-%sXXXXXX", base, kind);
    if (length < 0 || (size_t)length >= size)
        return cck_fail(err, CCK_ELIMIT, "the path of TMPDIR is too long");
    if (mkdtemp(out_path))
        return 0;
    int os_error = errno, code = cck_code_of_errno(os_error);
    cck_fail_os(err, code, os_error, "cannot make a folder for temporary files in %s", base);
    cck_hint(err, "set TMPDIR to a directory that can be written");
    return code;
}

/* Between its making and its lock another of us may take it for one that was left: then it is
 * gone, and the next try is for a new one. */
int cck_trust_make_locked(const char *kind, char *out_path, size_t size, int *out_lock,
                          cck_error *err)
{
    enum { TRIES = 5 };
    char prefix[64];
    int code = 0;
    *out_lock = -1;
    snprintf(prefix, sizeof prefix, "cachecheck-%s", kind);
    cck_folder_sweep(cck_trust_temporary(), prefix);
    for (int i = 0; code == 0 && *out_lock < 0 && i < TRIES; i++) {
        code = cck_trust_make_folder(kind, out_path, size, err);
        *out_lock = code == 0 ? cck_folder_lock(out_path) : -1;
        if (code == 0 && *out_lock < 0)
            rmdir(out_path);
    }
    if (code == 0 && *out_lock < 0)
        code = cck_fail(err, CCK_EIO, "cannot lock a folder for temporary files in %s",
                        cck_trust_temporary());
    if (code < 0)
        *out_path = '\0';
    return code;
}
