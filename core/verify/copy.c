/* SPDX-License-Identifier: MIT */
#include "core/verify/copy.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/fail.h"

static int fail_copy(const char *path, cck_error *err)
{
    int os_error = errno;
    cck_fail_os(err, CCK_EIO, os_error, "cannot copy %.300s", path);
    if (os_error == ENOSPC || os_error == EDQUOT)
        cck_hint(err, "two copies and two builds need room: set TMPDIR to a larger folder");
    return CCK_EIO;
}

/* Those above a file; they are made once, as names come by folder. */
static bool make_folders(char *path, size_t base)
{
    for (char *slash = strchr(path + base + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        bool made = mkdir(path, 0700) == 0 || errno == EEXIST;
        *slash = '/';
        if (!made)
            return false;
    }
    return true;
}

/* Blocks are shared where the file system can, else copied in the kernel, else here. */
static bool copy_bytes(int from, int to)
{
    char bytes[65536];
    if (ioctl(to, FICLONE, from) == 0)
        return true;
    for (;;) {
        ssize_t got = copy_file_range(from, NULL, to, NULL, 1 << 30, 0);
        if (got == 0)
            return true;
        if (got < 0 &&
            (errno == EXDEV || errno == EINVAL || errno == EOPNOTSUPP || errno == ENOSYS))
            break;
        if (got < 0)
            return false;
    }
    for (ssize_t got; (got = read(from, bytes, sizeof bytes)) != 0;) {
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return false;
        for (ssize_t put, at = 0; at < got; at += put)
            if ((put = write(to, bytes + at, (size_t)(got - at))) < 0)
                return false;
    }
    return true;
}

static bool copy_file(const char *from, const char *to, const struct stat *status)
{
    const struct timespec times[2] = {status->st_atim, status->st_mtim};
    /* The user may write into what the build changes, also where the original is read-only. */
    int in = open(from, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    int out = in < 0 ? -1 : open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    bool ok = out >= 0 && copy_bytes(in, out) && fchmod(out, status->st_mode & 0777) == 0 &&
              futimens(out, times) == 0;
    int failed = errno;
    if (out >= 0 && close(out) != 0 && ok) {
        failed = errno;
        ok = false;
    }
    if (in >= 0)
        close(in);
    errno = failed;
    return ok;
}

static bool copy_link(const cck_tree *tree, const char *from, const char *to, const char *base)
{
    char target[PATH_MAX], moved[2 * PATH_MAX];
    size_t top = strlen(tree->top);
    ssize_t length = readlink(from, target, sizeof target - 1);
    if (length < 0)
        return false;
    target[length] = '\0';
    if (strncmp(target, tree->top, top) != 0 || (target[top] && target[top] != '/'))
        return symlink(target, to) == 0;
    snprintf(moved, sizeof moved, "%s%s", base, target + top);
    return symlink(moved, to) == 0;
}

static int copy_one(const cck_tree *tree, const char *name, const char *base, cck_error *err)
{
    char from[PATH_MAX], to[PATH_MAX];
    struct stat status;
    if ((size_t)snprintf(from, sizeof from, "%s/%s", tree->top, name) >= sizeof from ||
        (size_t)snprintf(to, sizeof to, "%s/%s", base, name) >= sizeof to)
        return cck_fail(err, CCK_ELIMIT, "the path of %.200s is too long", name);
    if (lstat(from, &status) != 0)
        return 0; /* gone since it was listed; whoever needs it will say so */
    bool ok =
        make_folders(to, strlen(base)) &&
        (S_ISLNK(status.st_mode) ? copy_link(tree, from, to, base) : copy_file(from, to, &status));
    return ok || errno == EEXIST ? 0 : fail_copy(from, err);
}

int cck_tree_copy(const cck_tree *tree, const char *to, cck_running *running, cck_error *err)
{
    int code = 0;
    for (size_t i = 0; i < tree->file_count && code == 0; i++) {
        code = cck_running_check(running, err);
        if (code == 0)
            code = copy_one(tree, tree->files[i].name, to, err);
    }
    return code;
}
