/* SPDX-License-Identifier: MIT */
#ifndef CCK_CORE_PROCESS_HEAP_FOLDER_H
#define CCK_CORE_PROCESS_HEAP_FOLDER_H

#include <stdbool.h>
#include <stddef.h>

/** What the names of these folders begin with. */
#define CCK_HEAP_FOLDER_PREFIX "cachecheck-heap-"

/**
 * A private folder for the tables of recorded programs. It is locked as long as its owner
 * lives (flock(2): the kernel lets go whatever ends a process), so that folders of owners who
 * were killed are known, and removed when the next one is made.
 */
typedef struct cck_heap_folder {
    char *path;
    int lock; /* descriptor of the folder */
} cck_heap_folder;

/** In /dev/shm, $TMPDIR or /tmp: the first with room. False with errno. */
bool cck_heap_folder_make(cck_heap_folder *out_folder);

/** As above in one of these places; NULL-ended, NULLs between are passed over. */
bool cck_heap_folder_make_in(cck_heap_folder *out_folder, const char *const *places, size_t count);

/** Remove it with all files in it. */
void cck_heap_folder_remove(cck_heap_folder *folder);

#endif
