/* SPDX-License-Identifier: MIT */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/base/fail.h"
#include "layouts/select.h"

enum { FILES_MOST = 100000, DEEPEST = 32 };

typedef struct path_list {
    cck_arena *arena;
    const char **items;
    size_t count, capacity;
    bool failed;
} path_list;

static void add(path_list *list, const char *path)
{
    if (list->count + 1 >= list->capacity) {
        size_t room = list->capacity ? list->capacity * 2 : 32;
        const char **grown = cck_arena_array(list->arena, room, sizeof *grown);
        if (!grown) {
            list->failed = true;
            return;
        }
        if (list->count)
            memcpy(grown, list->items, list->count * sizeof *grown);
        list->items = grown;
        list->capacity = room;
    }
    char *copy = cck_arena_strdup(list->arena, path);
    list->failed |= !copy;
    if (copy)
        list->items[list->count++] = copy;
}

static bool is_source(const char *name)
{
    static const char *const endings[] = {".h", ".hh", ".hpp", ".hxx", ".H",
                                          ".c", ".cc", ".cpp", ".cxx", ".C"};
    const char *ending = strrchr(name, '.');
    for (size_t i = 0; ending && i < sizeof endings / sizeof *endings; i++)
        if (strcmp(ending, endings[i]) == 0)
            return true;
    return false;
}

/* Links to folders are not followed: they may lead in circles. */
static void walk(path_list *list, const char *folder, unsigned depth)
{
    char path[PATH_MAX];
    struct stat status;
    struct dirent **entries;
    int count = scandir(folder, &entries, NULL, alphasort);
    for (int i = 0; i < count; i++) {
        const char *name = entries[i]->d_name;
        bool fits = (size_t)snprintf(path, sizeof path, "%s/%s", folder, name) < sizeof path;
        if (fits && *name != '.' && lstat(path, &status) == 0) {
            if (S_ISDIR(status.st_mode) && depth < DEEPEST)
                walk(list, path, depth + 1);
            else if (S_ISREG(status.st_mode) && is_source(name) && list->count < FILES_MOST)
                add(list, path);
        }
        free(entries[i]);
    }
    if (count >= 0)
        free(entries);
}

static int add_folder(path_list *list, const char *path, cck_error *err)
{
    size_t before = list->count;
    walk(list, path, 0);
    if (list->count > before)
        return 0;
    cck_fail(err, CCK_EINVALID, "%s holds no headers or sources", path);
    cck_hint(err, "name a folder with .h, .hpp, .c or .cpp files, or the files themselves");
    return CCK_EINVALID;
}

int cck_paths_expand(const char *const *paths, cck_arena *arena, const char ***out_paths,
                     cck_error *err)
{
    path_list list = {.arena = arena};
    struct stat status;
    for (; *paths; paths++) {
        if (!**paths)
            return cck_fail(err, CCK_EINVALID, "the name of an input is empty");
        if (stat(*paths, &status) == 0 && S_ISDIR(status.st_mode)) {
            int code = add_folder(&list, *paths, err);
            if (code < 0)
                return code;
        } else {
            add(&list, *paths);
        }
    }
    if (!list.count && !list.failed) {
        cck_fail(err, CCK_EINVALID, "no input was named");
        cck_hint(err, "cachecheck layout include/ or: cachecheck layout ./app");
        return CCK_EINVALID;
    }
    if (list.failed)
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    *out_paths = list.items;
    return 0;
}
