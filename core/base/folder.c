/* SPDX-License-Identifier: MIT */
#include "core/base/folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    DEEPEST = 64, /* none of ours is nearly as deep */
    ROUNDS = 1024 /* of a buffer each; what is removed shifts the rest, so it begins anew */
};

/* Twice: descriptors may be short for a moment. */
static int open_folder(int at, const char *name)
{
    int folder = -1;
    for (int attempt = 0; folder < 0 && attempt < 2; attempt++)
        folder = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    return folder;
}

static void empty(int folder, int depth);

/* Also one that nobody may read: a build that we ran may leave such. */
static int open_below(int folder, const char *name)
{
    int below = open_folder(folder, name);
    if (below < 0 && errno == EACCES && fchmodat(folder, name, S_IRWXU, 0) == 0)
        below = open_folder(folder, name);
    return below;
}

static bool remove_entry(int folder, const char *name, int depth)
{
    if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
        return false;
    if (unlinkat(folder, name, 0) == 0)
        return true;
    int below = depth < DEEPEST ? open_below(folder, name) : -1;
    if (below >= 0) {
        empty(below, depth + 1);
        close(below);
    }
    return unlinkat(folder, name, AT_REMOVEDIR) == 0;
}

/* readdir() would take memory. */
static void empty(int folder, int depth)
{
    _Alignas(struct dirent64) char bytes[4096];
    bool removed = true;
    fchmod(folder, S_IRWXU); /* else what is in one without that right would stay */
    for (int round = 0; removed && round < ROUNDS; round++) {
        ssize_t size;
        removed = false;
        if (round && lseek(folder, 0, SEEK_SET) != 0)
            return;
        while ((size = getdents64(folder, bytes, sizeof bytes)) > 0)
            for (ssize_t at = 0; at < size;) {
                const struct dirent64 *entry = (const void *)(bytes + at);
                removed |= remove_entry(folder, entry->d_name, depth);
                at += entry->d_reclen;
            }
        removed |= size < 0 && round == 0; /* once more */
    }
}

void cck_folder_empty(int folder)
{
    empty(folder, 0);
}

void cck_folder_remove(const char *path)
{
    int folder = open_folder(AT_FDCWD, path);
    if (folder >= 0) {
        empty(folder, 0);
        close(folder);
    }
    rmdir(path);
}

/* ---- whose owner is gone ---- */

int cck_folder_lock(const char *path)
{
    struct stat info;
    int folder = open_folder(AT_FDCWD, path);
    if (folder < 0)
        return -1;
    if (flock(folder, LOCK_EX) == 0 && fstat(folder, &info) == 0 && info.st_nlink)
        return folder;
    close(folder);
    return -1;
}

/* Who locks it may remove it: no two of us do. */
static void sweep_one(int place, const char *name)
{
    struct stat info;
    int folder = open_folder(place, name);
    if (folder < 0)
        return;
    if (fstat(folder, &info) == 0 && info.st_uid == geteuid() &&
        flock(folder, LOCK_EX | LOCK_NB) == 0) {
        empty(folder, 0);
        unlinkat(place, name, AT_REMOVEDIR);
    }
    close(folder);
}

void cck_folder_sweep(const char *path, const char *prefix)
{
    DIR *list = opendir(path);
    for (struct dirent *entry; list && (entry = readdir(list));)
        if (strncmp(entry->d_name, prefix, strlen(prefix)) == 0)
            sweep_one(dirfd(list), entry->d_name);
    if (list)
        closedir(list);
}
