/* SPDX-License-Identifier: MIT */
#include "probes/simulate/reader/path.h"

#include <stdlib.h>

#include "core/base/grow.h"
#include "core/session/observed.h"

/* How far up recursion is looked for: circles of more functions stay unfolded. */
enum { LOOK_UP = 64 };

static uint32_t folded(cck_paths *paths, uint32_t parent, uint64_t entry)
{
    if (parent == CCK_NONE)
        return CCK_NONE;
    if (paths->count - paths->unused_count >= CCK_PATHS_MOST) {
        paths->folded++;
        return parent;
    }
    if (paths->list[parent].depth >= CCK_PATH_DEPTH)
        return parent;
    uint32_t nearest = CCK_NONE, at = parent;
    unsigned times = 0;
    for (unsigned i = 0; i < LOOK_UP && at != CCK_NONE; i++, at = paths->list[at].parent)
        if (paths->list[at].entry == entry) {
            nearest = nearest == CCK_NONE ? at : nearest;
            times++;
        }
    return times >= CCK_PATH_RECURSION ? nearest : CCK_NONE;
}

static bool is_last(const cck_paths *paths, uint32_t parent, uint64_t call, uint64_t entry)
{
    if (parent == CCK_NONE || paths->list[parent].last == CCK_NONE)
        return false;
    const cck_path_node *child = &paths->list[paths->list[parent].last];
    return child->call == call && child->entry == entry;
}

bool cck_paths_slot(cck_paths *paths, uint32_t *out_path)
{
    if (paths->unused_count) {
        *out_path = paths->unused;
        paths->unused = paths->list[paths->unused].parent;
        paths->unused_count--;
        return true;
    }
    if (!cck_grow((void **)&paths->list, &paths->capacity, paths->count, sizeof *paths->list))
        return false;
    *out_path = (uint32_t)paths->count++;
    return true;
}

bool cck_paths_child(cck_paths *paths, uint32_t parent, uint64_t call, uint64_t entry,
                     uint32_t *out_path)
{
    if (is_last(paths, parent, call, entry)) {
        *out_path = paths->list[parent].last;
        return true;
    }
    uint64_t key = cck_path_key(parent, call, entry);
    uint64_t *known = cck_dictionary_find(&paths->known, key);
    if (known) {
        *out_path = (uint32_t)(*known - 1);
        if (parent != CCK_NONE && paths->list[*out_path].parent == parent)
            paths->list[parent].last = *out_path; /* a folded one is somewhere else */
        return true;
    }
    uint32_t path = folded(paths, parent, entry);
    if (path == CCK_NONE) {
        if (!cck_paths_slot(paths, &path))
            return false;
        paths->list[path] = (cck_path_node){
            .parent = parent,
            .depth = parent == CCK_NONE ? 1 : paths->list[parent].depth + 1,
            .last = CCK_NONE,
            .call = call,
            .entry = entry};
    }
    /* Folded ones need no entry where there are too many already. */
    if (paths->known.count < 2 * CCK_PATHS_MOST) {
        known = cck_dictionary_put(&paths->known, key);
        if (!known)
            return false;
        *known = (uint64_t)path + 1;
    }
    *out_path = path;
    return true;
}

void cck_paths_clear(cck_paths *paths)
{
    free(paths->list);
    cck_dictionary_clear(&paths->known);
    *paths = (cck_paths){0};
}
