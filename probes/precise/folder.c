/* SPDX-License-Identifier: MIT */
#include "probes/precise/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/fail.h"

struct cck_precise_folder {
    int fd;
    const cck_root *root;
    cck_precise_writer *writer;
    bool failed;
};

/* Else others may put links into it, or in its place. */
static bool is_ours(int fd)
{
    struct stat info;
    return fstat(fd, &info) == 0 && info.st_uid == geteuid() && !(info.st_mode & S_IWOTH);
}

int cck_precise_folder_new(cck_precise_folder **out_folder, const cck_precise_head *head,
                           const cck_root *root, cck_error *err)
{
    const char *name = secure_getenv("CACHECHECK_RECORD");
    char path[PATH_MAX];
    *out_folder = NULL;
    if (!name || !*name)
        return 0;
    if ((mkdir(name, 0777) != 0 && errno != EEXIST) ||
        snprintf(path, sizeof path, "%s/stream", name) >= (int)sizeof path)
        return cck_fail_os(err, CCK_EIO, errno, "cannot record to %s", name);
    cck_precise_folder *folder = calloc(1, sizeof *folder);
    if (!folder)
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    folder->root = root;
    folder->fd = open(name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    int code = folder->fd < 0 ? cck_fail_os(err, CCK_EIO, errno, "cannot record to %s", name)
               : is_ours(folder->fd)
                   ? cck_precise_writer_new(&folder->writer, path, head, err)
                   : cck_fail(err, CCK_EACCESS, "%s is a folder that others may write to", name);
    if (code < 0) {
        cck_precise_folder_abandon(folder);
        return code;
    }
    *out_folder = folder;
    return 0;
}

cck_precise_writer *cck_precise_folder_writer(const cck_precise_folder *folder)
{
    return folder ? folder->writer : NULL;
}

/* ---- copies of /proc ---- */

static bool make_folders(int fd, const char *path)
{
    char part[PATH_MAX];
    for (const char *slash = path; (slash = strchr(slash, '/')); slash++) {
        snprintf(part, sizeof part, "%.*s", (int)(slash - path), path);
        if (mkdirat(fd, part, 0777) != 0 && errno != EEXIST)
            return false;
    }
    return true;
}

/* What is gone by now keeps its last copy: a file is opened before the copy is emptied. */
static bool copy_file(const cck_precise_folder *folder, const char *path)
{
    char bytes[16384];
    int from = openat(folder->root->fd, path, O_RDONLY | O_CLOEXEC);
    ssize_t got = from >= 0 ? read(from, bytes, sizeof bytes) : 0;
    if (got <= 0) {
        if (from >= 0)
            close(from);
        return true;
    }
    int to = make_folders(folder->fd, path)
                 ? openat(folder->fd, path,
                          O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0666)
                 : -1;
    bool good = to >= 0;
    for (; good && got > 0; got = read(from, bytes, sizeof bytes))
        good = write(to, bytes, (size_t)got) == got;
    if (to >= 0)
        close(to);
    close(from);
    return good;
}

void cck_precise_folder_look(cck_precise_folder *folder, const cck_precise_scene *scene)
{
    static const char *const files[] = {"maps", "stat", "comm"};
    char path[96];
    if (!folder)
        return;
    for (size_t i = 0; i < scene->threads.count; i++) {
        const cck_watch_thread *thread = scene->threads.list[i];
        if (!thread->alive)
            continue;
        snprintf(path, sizeof path, "proc/%" PRId32 "/task/%" PRId32 "/comm", thread->pid,
                 thread->tid);
        folder->failed |= !copy_file(folder, path);
        for (size_t j = 0; thread->tid == thread->pid && j < sizeof files / sizeof *files; j++) {
            snprintf(path, sizeof path, "proc/%" PRId32 "/%s", thread->pid, files[j]);
            folder->failed |= !copy_file(folder, path);
        }
    }
}

/* ---- the end ---- */

int cck_precise_folder_end(cck_precise_folder *folder, uint64_t elapsed_ns, cck_error *err)
{
    if (!folder)
        return 0;
    int code = cck_precise_writer_end(folder->writer, elapsed_ns, err);
    folder->writer = NULL;
    if (code == 0 && folder->failed)
        code = cck_fail(err, CCK_EIO, "cannot record the run");
    cck_precise_folder_abandon(folder);
    return code;
}

void cck_precise_folder_abandon(cck_precise_folder *folder)
{
    if (!folder)
        return;
    if (folder->writer)
        cck_precise_writer_end(folder->writer, 0, NULL);
    if (folder->fd >= 0)
        close(folder->fd);
    free(folder);
}
