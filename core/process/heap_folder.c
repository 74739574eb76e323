/* SPDX-License-Identifier: MIT */
#include "core/process/heap_folder.h"

#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "core/base/folder.h"
#include "core/base/trust.h"

enum { ROOM_MIB = 256 /* other programs need room for theirs */ };

/* Other locked folders of ours are called otherwise. */
static const char prefix[] = CCK_HEAP_FOLDER_PREFIX;

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
    for (int i = 0; i < TRIES; i++) {
        if (snprintf(path, sizeof path, "%s/%sXXXXXX", place, prefix) >= (int)sizeof path ||
            !mkdtemp(path))
            return false;
        int lock = cck_folder_lock(path);
        if (lock >= 0) {
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
            cck_folder_sweep(places[i], prefix);
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
    cck_folder_empty(folder->lock);
    rmdir(folder->path);
    close(folder->lock);
    free(folder->path);
    *folder = (cck_heap_folder){.lock = -1};
}
