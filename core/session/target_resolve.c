/* SPDX-License-Identifier: MIT */
#include "core/session/target.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/fail.h"

/* Would execve() take it? 0 or the errno it would give. */
static int executable(int directory, const char *file)
{
    struct stat status;
    if (fstatat(directory, file, &status, 0) != 0)
        return errno;
    if (S_ISDIR(status.st_mode))
        return EISDIR;
    return faccessat(directory, file, X_OK, AT_EACCESS) == 0 ? 0 : errno;
}

static int refuse(const char *program, int os_error, cck_error *err)
{
    if (os_error == ENOENT || os_error == ENOTDIR) {
        cck_fail_os(err, CCK_ENOTFOUND, os_error, "cannot find '%s'", program);
        if (strchr(program, '/'))
            cck_hint(err, "check the path; it is taken from the directory where the command runs");
        else
            cck_hint(err, "it is not in $PATH; for a program in this directory write ./%s",
                     program);
        return CCK_ENOTFOUND;
    }
    cck_fail_os(err, CCK_EEXEC, os_error, "cannot execute '%s'", program);
    if (os_error == EISDIR)
        cck_hint(err, "name a program, not a directory");
    else if (os_error == EACCES)
        cck_hint(err, "make it executable: chmod +x '%s'", program);
    return CCK_EEXEC;
}

/* As execvp(3): the first executable file in PATH; EACCES only if nothing better comes. */
static int search(const char *program, int directory, const char *path, char *out_file,
                  size_t size)
{
    int worst = ENOENT;
    for (const char *at = path;; at++) {
        size_t length = strcspn(at, ":");
        int used = length ? snprintf(out_file, size, "%.*s/%s", (int)length, at, program)
                          : snprintf(out_file, size, "./%s", program);
        int os_error =
            used < 0 || (size_t)used >= size ? ENAMETOOLONG : executable(directory, out_file);
        if (!os_error)
            return 0;
        if (os_error == EACCES)
            worst = EACCES;
        at += length;
        if (!*at)
            return worst;
    }
}

int cck_target_resolve(const char *program, const char *directory, const char *path,
                       char *out_file, size_t size, cck_error *err)
{
    int at = AT_FDCWD;
    if (directory) {
        at = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (at < 0) {
            /* Not CCK_ENOTFOUND: that is said of the program only. */
            cck_fail_os(err, CCK_EINVALID, errno, "cannot change to directory '%s'", directory);
            cck_hint(err, "--cd wants a directory that exists and that you may enter");
            return CCK_EINVALID;
        }
    }
    int os_error = ENOENT;
    if (strchr(program, '/')) {
        int used = snprintf(out_file, size, "%s", program);
        os_error =
            used < 0 || (size_t)used >= size ? ENAMETOOLONG : executable(at, program);
    } else if (program[0]) {
        os_error = search(program, at, path ? path : "/bin:/usr/bin", out_file, size);
    }
    if (at != AT_FDCWD)
        close(at);
    return os_error ? refuse(program, os_error, err) : 0;
}
