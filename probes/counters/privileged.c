/* SPDX-License-Identifier: MIT */
#include "probes/counters/privileged.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "core/base/environment.h"
#include "core/session/target.h"

/* An O_PATH descriptor of what would be executed, or -1. */
static int open_program(const cck_target_options *target)
{
    char file[PATH_MAX];
    const char *const *const changes[] = {target->environment, NULL};
    char **environment = cck_environment_new(environ, changes);
    int code = environment ? cck_target_resolve(target->argv[0], target->directory,
                                                cck_environment_get(environment, "PATH"), file,
                                                sizeof file, NULL)
                           : CCK_ENOMEM;
    cck_environment_free(environment);
    if (code < 0)
        return -1;
    int at =
        target->directory ? open(target->directory, O_PATH | O_DIRECTORY | O_CLOEXEC) : AT_FDCWD;
    int fd = openat(at, file, O_PATH | O_CLOEXEC);
    if (at >= 0)
        close(at);
    return fd;
}

/* Are the set-id bits and file capabilities looked at, here and for us? */
static bool privileges_matter(int fd)
{
    struct statvfs mount;
    return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1 &&
           (fstatvfs(fd, &mount) != 0 || !(mount.f_flag & ST_NOSUID));
}

static bool becomes_another(const struct stat *status)
{
    bool group = (status->st_mode & (S_ISGID | S_IXGRP)) == (S_ISGID | S_IXGRP);
    return ((status->st_mode & S_ISUID) && status->st_uid != geteuid()) ||
           (group && status->st_gid != getegid());
}

const char *cck_privileged_reason(const cck_target_options *target)
{
    struct stat status;
    char path[64];
    const char *reason = NULL;
    int fd = open_program(target);
    if (fd < 0 || fstat(fd, &status) != 0) {
        if (fd >= 0)
            close(fd);
        return NULL;
    }
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    if (privileges_matter(fd) && becomes_another(&status))
        reason = "the kernel stops counting at the exec of a set-user-id or set-group-id program";
    else if (privileges_matter(fd) && geteuid() != 0 &&
             getxattr(path, "security.capability", NULL, 0) > 0)
        reason = "the kernel stops counting at the exec of a program with file capabilities";
    else if (faccessat(AT_FDCWD, path, R_OK, AT_EACCESS) != 0)
        reason = "the kernel stops counting at the exec of a program that you may not read";
    close(fd);
    return reason;
}
