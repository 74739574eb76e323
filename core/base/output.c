/* SPDX-License-Identifier: MIT */
#include "core/base/output.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/fail.h"

static int fail_writing(int os_error, const char *what, cck_error *err)
{
    int code = os_error == EACCES || os_error == EPERM || os_error == EROFS ? CCK_EACCESS
               : os_error == ENOENT || os_error == ENOTDIR                  ? CCK_ENOTFOUND
                                                                            : CCK_EIO;
    cck_fail_os(err, code, os_error, "cannot write %s", what);
    if (os_error == ENOSPC || os_error == EDQUOT)
        cck_hint(err, "free some space, or write elsewhere with -o; nothing was left behind");
    else if (os_error == EFBIG)
        cck_hint(err, "raise the limit on file sizes: ulimit -f unlimited");
    else if (code == CCK_ENOTFOUND)
        cck_hint(err, "create the directory first");
    else if (code == CCK_EACCESS)
        cck_hint(err, "write to a directory of your own with -o");
    return code;
}

/* Flush `out` and say whether everything reached it; `what` names it in the error. */
static int flush_output(FILE *out, const char *what, cck_error *err)
{
    errno = 0;
    if (fflush(out) == 0 && !ferror(out))
        return 0;
    /* A failed write may have been long ago: errno is then somebody else's. */
    return fail_writing(errno ? errno : EIO, what, err);
}

static int write_all(FILE *out, cck_output_writer *writer, const void *context, cck_error *err)
{
    uint64_t failures = cck_memory_failures();
    writer(context, out);
    return cck_memory_failures() == failures ? 0 : cck_fail(err, CCK_ENOMEM, "out of memory");
}

int cck_output_write(FILE *out, const char *what, cck_output_writer *writer, const void *context,
                     cck_error *err)
{
    int code = write_all(out, writer, context, err);
    int flushed = flush_output(out, what, code ? NULL : err);
    return code ? code : flushed;
}

/* "/dev/stdout" may stand for a file that the shell opened: opening it anew would start
 * at its beginning, over what is there already. */
static int open_special(const char *path)
{
    static const char *const streams[] = {"/dev/stdin", "/dev/stdout", "/dev/stderr"};
    for (int fd = 1; fd <= 2; fd++)
        if (strcmp(path, streams[fd]) == 0)
            return fcntl(fd, F_DUPFD_CLOEXEC, 3);
    char *end;
    if (strncmp(path, "/dev/fd/", 8) == 0 && path[8] >= '0' && path[8] <= '9') {
        long fd = strtol(path + 8, &end, 10);
        if (!*end && fd <= INT_MAX)
            return fcntl((int)fd, F_DUPFD_CLOEXEC, 3);
    }
    return open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
}

/* A stream that keeps why its first write failed: stdio forgets, when it failed long ago. */
typedef struct sink {
    int fd, os_error;
} sink;

static ssize_t sink_write(void *cookie, const char *bytes, size_t size)
{
    sink *to = cookie;
    ssize_t written;
    do
        written = write(to->fd, bytes, size);
    while (written < 0 && errno == EINTR);
    if (written < 0 && !to->os_error)
        to->os_error = errno;
    return written < 0 ? 0 : written;
}

static int sink_close(void *cookie)
{
    sink *to = cookie;
    return close(to->fd);
}

static FILE *sink_open(sink *to)
{
    return fopencookie(to, "w", (cookie_io_functions_t){.write = sink_write, .close = sink_close});
}

static int sink_flush(const sink *to, FILE *out, const char *path, cck_error *err)
{
    int code = flush_output(out, path, err);
    return code && to->os_error ? fail_writing(to->os_error, path, err) : code;
}

static int write_directly(const char *path, cck_output_writer *writer, const void *context,
                          cck_error *err)
{
    sink to = {.fd = open_special(path)};
    FILE *out = to.fd >= 0 ? sink_open(&to) : NULL;
    if (!out) {
        int os_error = errno;
        if (to.fd >= 0)
            close(to.fd);
        return fail_writing(os_error, path, err);
    }
    int code = write_all(out, writer, context, err);
    if (!code)
        code = sink_flush(&to, out, path, err);
    if (fclose(out) != 0 && !code)
        code = fail_writing(errno, path, err);
    return code;
}

/* In /tmp and its like, or in a folder of somebody else's, others may have put a link there, to
 * have us overwrite a file of ours (CWE-59; the kernel's fs.protected_symlinks guards against the
 * former). */
static bool in_public_directory(const char *path)
{
    char copy[PATH_MAX];
    struct stat info;
    if ((size_t)snprintf(copy, sizeof copy, "%s", path) >= sizeof copy)
        return true;
    return stat(dirname(copy), &info) != 0 || (info.st_mode & S_IWOTH) ||
           (info.st_uid != 0 && info.st_uid != geteuid());
}

/* Where the bytes must really go: a link's target, so that the link stays one. */
static int resolve(const char *path, char real[PATH_MAX], bool *out_special, cck_error *err)
{
    struct stat info;
    *out_special = strncmp(path, "/dev/", 5) == 0 && strncmp(path, "/dev/shm/", 9) != 0;
    if ((size_t)snprintf(real, PATH_MAX, "%s", path) >= PATH_MAX)
        return fail_writing(ENAMETOOLONG, path, err);
    if (!*path)
        return cck_fail(err, CCK_EINVALID, "the name of the output file is empty");
    if (*out_special)
        return 0;
    if (lstat(path, &info) != 0)
        return errno == ENOENT ? 0 : fail_writing(errno, path, err);
    if (S_ISLNK(info.st_mode)) {
        if (in_public_directory(path)) {
            cck_fail(err, CCK_EACCESS, "%s is a symbolic link in a directory others may write to",
                     path);
            cck_hint(err, "remove it, or write elsewhere with -o");
            return CCK_EACCESS;
        }
        if (stat(path, &info) != 0)
            return fail_writing(errno, path, err);
        if (S_ISREG(info.st_mode) && !realpath(path, real))
            return fail_writing(errno, path, err);
    }
    if (S_ISDIR(info.st_mode))
        return fail_writing(EISDIR, path, err);
    *out_special = !S_ISREG(info.st_mode);
    return 0;
}

/* Beside the file it becomes, made by us or not at all; the umask decides its mode. */
static int open_temporary(const char *real, char *temporary, size_t size)
{
    int fd = -1;
    for (unsigned attempt = 0; fd < 0 && attempt < 100; attempt++) {
        snprintf(temporary, size, "%s.%ld-%u.tmp", real, (long)getpid(), attempt);
        fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
        if (fd < 0 && errno != EEXIST)
            break;
    }
    return fd;
}

/* A file that is replaced keeps its mode. */
static bool take_mode(int fd, const char *real)
{
    struct stat info;
    return stat(real, &info) != 0 || fchmod(fd, info.st_mode & 07777) == 0;
}

static int fill_and_rename(int fd, const char *temporary, const char *real, const char *path,
                           cck_output_writer *writer, const void *context, cck_error *err)
{
    sink to = {.fd = fd};
    FILE *out = sink_open(&to);
    if (!out) {
        int os_error = errno;
        close(fd);
        return fail_writing(os_error, path, err);
    }
    int code = write_all(out, writer, context, err);
    if (!code)
        code = sink_flush(&to, out, path, err);
    if (!code && (!take_mode(fd, real) || fsync(fd) != 0))
        code = fail_writing(errno, path, err);
    if (fclose(out) != 0 && !code)
        code = fail_writing(errno, path, err);
    if (!code && rename(temporary, real) != 0)
        code = fail_writing(errno, path, err);
    return code;
}

int cck_output_save(const char *path, cck_output_writer *writer, const void *context,
                    cck_error *err)
{
    char real[PATH_MAX], temporary[PATH_MAX + 32];
    bool special;
    int code = resolve(path, real, &special, err);
    if (code)
        return code;
    if (special)
        return write_directly(path, writer, context, err);
    int fd = open_temporary(real, temporary, sizeof temporary);
    if (fd < 0)
        return fail_writing(errno, path, err);
    code = fill_and_rename(fd, temporary, real, path, writer, context, err);
    if (code)
        unlink(temporary);
    return code;
}
