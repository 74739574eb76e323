/* SPDX-License-Identifier: MIT */
/* Names of files of a tree. Folders in which a build tool keeps absolute paths are left out: a
 * build in their copy would write into the user's own. */
#include "core/verify/tree_walk.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/fail.h"

enum { FILES_MOST = 500000, DEEPEST = 64 };
static const uint64_t bytes_most = UINT64_C(8) << 30;

static int no_memory(cck_error *err)
{
    return cck_fail(err, CCK_ENOMEM, "out of memory");
}

static int fail_too_much(const cck_tree *tree, cck_error *err)
{
    cck_fail(err, CCK_ELIMIT, "%.300s holds more than %d files or 8 GiB: too much to copy",
             tree->top, FILES_MOST);
    cck_hint(err, "run it in the project's own folder; in a git repository, only what git lists is "
                  "copied");
    return CCK_ELIMIT;
}

static bool stat_name(const cck_tree *tree, const char *name, struct stat *status)
{
    char path[PATH_MAX];
    return (size_t)snprintf(path, sizeof path, "%s/%s", tree->top, name) < sizeof path &&
           lstat(path, status) == 0;
}

static bool is_there(const cck_tree *tree, const char *folder, const char *name)
{
    char path[PATH_MAX];
    return (size_t)snprintf(path, sizeof path, "%s/%s/%s", tree->top, folder, name) < sizeof path &&
           access(path, F_OK) == 0;
}

bool cck_tree_look(const cck_tree *tree, const char *name, cck_tree_file *out_file)
{
    struct stat status;
    if (!stat_name(tree, name, &status) || (!S_ISREG(status.st_mode) && !S_ISLNK(status.st_mode)))
        return false;
    *out_file = (cck_tree_file){.name = name,
                                .size = (uint64_t)status.st_size,
                                .changed_ns = (int64_t)status.st_mtim.tv_sec * 1000000000 +
                                              status.st_mtim.tv_nsec};
    return true;
}

static int leave_out(cck_tree *tree, const char *name, const char *why, cck_error *err)
{
    enum { MOST = 16 };
    if (!tree->left_out)
        tree->left_out = cck_arena_array(tree->arena, MOST, sizeof *tree->left_out);
    const char *text = cck_arena_printf(tree->arena, "%s is not copied: %s", name, why);
    if (!tree->left_out || !text)
        return no_memory(err);
    if (tree->left_out_count < MOST)
        tree->left_out[tree->left_out_count++] = text;
    return 0;
}

static bool is_own(const cck_tree *tree, const char *name)
{
    return tree->own && strncmp(name, tree->own, strlen(tree->own)) == 0;
}

static int add(cck_tree *tree, const cck_tree_file *file, cck_error *err)
{
    /* Of an unmerged file git lists three stages, side by side. */
    if (tree->file_count && strcmp(tree->files[tree->file_count - 1].name, file->name) == 0)
        return 0;
    if (tree->file_count == FILES_MOST)
        return fail_too_much(tree, err);
    if (tree->file_count == tree->file_capacity) {
        size_t room = tree->file_capacity ? 2 * tree->file_capacity : 256;
        cck_tree_file *grown = cck_arena_array(tree->arena, room, sizeof *grown);
        if (!grown)
            return no_memory(err);
        if (tree->file_count)
            memcpy(grown, tree->files, tree->file_count * sizeof *grown);
        tree->files = grown;
        tree->file_capacity = room;
    }
    tree->files[tree->file_count] = *file;
    const char *name = cck_arena_strdup(tree->arena, file->name);
    if (!name)
        return no_memory(err);
    tree->files[tree->file_count++].name = name;
    tree->bytes += file->size;
    return tree->bytes > bytes_most ? fail_too_much(tree, err) : 0;
}

int cck_tree_take(cck_tree *tree, const char *name, cck_error *err)
{
    cck_tree_file file;
    struct stat status;
    if (cck_tree_look(tree, name, &file))
        return add(tree, &file, err);
    if (stat_name(tree, name, &status) && S_ISDIR(status.st_mode))
        return leave_out(tree, name,
                         "it is a repository of its own (a submodule?); --copy takes "
                         "it along",
                         err);
    return 0; /* deleted and not yet committed, or a socket */
}

/* ---- folders ---- */

static bool keeps_paths(const cck_tree *tree, const char *name)
{
    return is_there(tree, name, "CMakeCache.txt") || is_there(tree, name, "meson-private");
}

static int leave_build(cck_tree *tree, const char *name, cck_error *err)
{
    return leave_out(tree, name,
                     "its files hold absolute paths, so that a build of the copy would write into "
                     "it; configure anew in --build",
                     err);
}

static int refuse_build(const cck_tree *tree, cck_error *err)
{
    cck_fail(err, CCK_EUNSUPPORTED,
             "%.300s is a build folder itself: its files hold absolute paths", tree->top);
    cck_hint(err, "a build of a copy would write into it: run verify in a tree of sources, with "
                  "builds in a folder of their own");
    return CCK_EUNSUPPORTED;
}

int cck_tree_take_untracked(cck_tree *tree, const char *name, cck_error *err)
{
    char folder[PATH_MAX] = "";
    if (is_own(tree, name))
        return 0;
    if (!strchr(name, '/') && strcmp(name, "CMakeCache.txt") == 0)
        return refuse_build(tree, err);
    for (const char *slash = strchr(name, '/'); slash; slash = strchr(slash + 1, '/')) {
        size_t length = (size_t)(slash - name);
        if (length >= sizeof folder)
            break;
        memcpy(folder, name, length);
        folder[length] = '\0';
        if (tree->left && strcmp(tree->left, folder) == 0)
            return 0;
        if (tree->kept && strncmp(tree->kept, folder, length) == 0 &&
            strchr("/", tree->kept[length]))
            continue; /* looked at for the file before it */
        if (!keeps_paths(tree, folder))
            continue;
        tree->left = cck_arena_strdup(tree->arena, folder);
        return tree->left ? leave_build(tree, folder, err) : no_memory(err);
    }
    if (*folder && (!tree->kept || strcmp(tree->kept, folder) != 0))
        tree->kept = cck_arena_strdup(tree->arena, folder);
    return cck_tree_take(tree, name, err);
}

static int walk_folder(cck_tree *tree, const char *name, unsigned depth, cck_error *err);

static int walk_entry(cck_tree *tree, const char *name, unsigned depth, cck_error *err)
{
    struct stat status;
    cck_tree_file file;
    if (cck_tree_look(tree, name, &file))
        return add(tree, &file, err);
    if (!stat_name(tree, name, &status) || !S_ISDIR(status.st_mode) || is_own(tree, name))
        return 0;
    if (keeps_paths(tree, name))
        return leave_build(tree, name, err);
    return depth == DEEPEST ? fail_too_much(tree, err) : walk_folder(tree, name, depth + 1, err);
}

static int walk_folder(cck_tree *tree, const char *name, unsigned depth, cck_error *err)
{
    char path[PATH_MAX], below[PATH_MAX];
    if ((size_t)snprintf(path, sizeof path, "%s/%s", tree->top, name) >= sizeof path)
        return cck_fail(err, CCK_ELIMIT, "a name in %.200s is too long", tree->top);
    DIR *entries = opendir(path);
    int code = 0;
    for (struct dirent *entry; entries && code == 0 && (entry = readdir(entries));) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        if ((size_t)snprintf(below, sizeof below, "%s%s%s", name, *name ? "/" : "",
                             entry->d_name) >= sizeof below)
            code = cck_fail(err, CCK_ELIMIT, "a name in %.200s is too long", tree->top);
        else
            code = walk_entry(tree, below, depth, err);
    }
    if (entries)
        closedir(entries);
    return code;
}

int cck_tree_walk(cck_tree *tree, const char *name, cck_error *err)
{
    if (!*name && keeps_paths(tree, "."))
        return refuse_build(tree, err);
    return *name ? walk_entry(tree, name, 0, err) : walk_folder(tree, name, 0, err);
}
