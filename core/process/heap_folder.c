/* SPDX-License-Identifier: MIT */
#include "core/process/heap_folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "core/base/trust.h"

enum { ROOM_MIB = 256 /* other programs need room for theirs */ };

/* No other folder of ours is called so: these are locked, others are not. */
static const char prefix[] = "cachecheck-heap-";

static int open_folder(int at, const char *name)
{
    return openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* Files only: nothing else is ever put there, and what is not ours to remove stays. */
static void empty(int folder)
{
    int copy = open_folder(folder, ".");
    DIR *list = copy >= 0 ? fdopendir(copy) : NULL;
    for (struct dirent *entry; list && (entry = readdir(list));)
        if (entry->d_name[0] != '.')
            unlinkat(folder, entry->d_name, 0);
    if (list)
        closedir(list);
    else if (copy >= 0)
        close(copy);
}

/* Whose owner is gone. Who locks it may remove it: no two of us do. */
static void sweep_one(int place, const char *name)
{
    struct stat info;
    int folder = open_folder(place, name);
    if (folder < 0)
        return;
    if (fstat(folder, &info) == 0 && info.st_uid == geteuid() &&
        flock(folder, LOCK_EX | LOCK_NB) == 0) {
        empty(folder);
        unlinkat(place, name, AT_REMOVEDIR);
    }
    close(folder);
}

static void sweep(const char *path)
{
    int place = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int copy = place >= 0 ? open_folder(place, ".") : -1;
    DIR *list = copy >= 0 ? fdopendir(copy) : NULL;
    for (struct dirent *entry; list && (entry = readdir(list));)
        if (strncmp(entry->d_name, prefix, sizeof prefix - 1) == 0)
            sweep_one(place, entry->d_name);
    if (list)
        closedir(list);
    else if (copy >= 0)
        close(copy);
    if (place >= 0)
        close(place);
}

static bool has_room(const char *path)
{
    struct statvfs info;
    return statvfs(path, &info) == 0 && (uint64_t)info.f_bavail * info.f_frsize >> 20 >= ROOM_MIB;
}

/* Between its making and its lock another of us may take it for one that was left: then it is
 * gone, and the next try is for a new one. */
static bool make_at(cck_heap_folder *out_folder, const char *place)
{
    enum { TRIES = 5 };
    char path[PATH_MAX];
    struct stat info;
    for (int i = 0; i < TRIES; i++) {
        if (snprintf(path, sizeof path, "%s/%sXXXXXX", place, prefix) >= (int)sizeof path ||
            !mkdtemp(path))
            return false;
        int lock = open_folder(AT_FDCWD, path);
        if (lock >= 0 && flock(lock, LOCK_EX) == 0 && fstat(lock, &info) == 0 && info.st_nlink) {
            *out_folder = (cck_heap_folder){strdup(path), lock};
            if (out_folder->path)
                return true;
        }
        if (lock >= 0)
            close(lock);
        rmdir(path);
    }
    return false;
}

bool cck_heap_folder_make_in(cck_heap_folder *out_folder, const char *const *places, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (places[i])
            sweep(places[i]);
    for (size_t i = 0; i < count; i++)
        if (places[i] && has_room(places[i]) && make_at(out_folder, places[i]))
            return true;
    return false;
}

/* In memory where that can be had: pages of a file on a disk would be written to it. */
bool cck_heap_folder_make(cck_heap_folder *out_folder)
{
    const char *const places[] = {"/dev/shm", cck_trust_temporary(), "/tmp"};
    return cck_heap_folder_make_in(out_folder, places, sizeof places / sizeof *places);
}

void cck_heap_folder_remove(cck_heap_folder *folder)
{
    if (!folder->path)
        return;
    empty(folder->lock);
    rmdir(folder->path);
    close(folder->lock);
    free(folder->path);
    *folder = (cck_heap_folder){.lock = -1};
}
