/* SPDX-License-Identifier: MIT */
#include "core/verify/tree.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/fail.h"
#include "core/verify/tree_walk.h"

static int no_memory(cck_error *err)
{
    return cck_fail(err, CCK_ENOMEM, "out of memory");
}

/* ---- what git says ---- */

static char *read_file(const char *path, size_t *out_size)
{
    char *text = NULL;
    size_t size = 0;
    FILE *in = fopen(path, "re"), *out = in ? open_memstream(&text, &size) : NULL;
    char bytes[8192];
    for (size_t got; out && (got = fread(bytes, 1, sizeof bytes, in)) > 0;)
        fwrite(bytes, 1, got, out);
    if (out)
        fclose(out);
    if (in)
        fclose(in);
    *out_size = size;
    return text;
}

/* 1: git ran and refused, `*out_text` is why; 0: what it wrote. malloc'ed. */
static int ask_git(const char *const *words, const char *directory, const cck_tree_request *request,
                   char **out_text, size_t *out_size, cck_error *err)
{
    char out[PATH_MAX], said[PATH_MAX];
    int status;
    if ((size_t)snprintf(out, sizeof out, "%s/git.out", request->scratch) >= sizeof out ||
        (size_t)snprintf(said, sizeof said, "%s/git.err", request->scratch) >= sizeof said)
        return cck_fail(err, CCK_ELIMIT, "the path of TMPDIR is too long");
    const cck_command_plan plan = {words, directory, out, said, NULL, request->running};
    int code = cck_command_run(&plan, &status, err);
    if (code < 0)
        return code;
    bool failed = !WIFEXITED(status) || WEXITSTATUS(status);
    *out_text = read_file(failed ? said : out, out_size);
    return *out_text ? failed : no_memory(err);
}

static int fail_refused(const char *said, cck_error *err)
{
    cck_fail(err, CCK_EINVALID, "git: %.*s", (int)strcspn(said, "\n"), said);
    cck_hint(err, "verify copies what git lists; mend what git says, or run it on a copy of the "
                  "sources outside of the repository");
    return CCK_EINVALID;
}

static bool take_folder(char to[PATH_MAX], const char *text)
{
    size_t length = strcspn(text, "\n");
    if (length >= PATH_MAX)
        return false;
    memcpy(to, text, length);
    to[length] = '\0';
    return true;
}

/* Its first line is the top, its second where we are below. 1: no repository, or no git. */
static int find_repository(cck_tree *tree, const cck_tree_request *request, const char *directory,
                           cck_error *err)
{
    static const char *const words[] = {"git", "rev-parse", "--show-toplevel", "--show-prefix",
                                        NULL};
    static const char *const commit[] = {"git", "rev-parse", "--verify", "--quiet", "HEAD", NULL};
    char *text = NULL;
    size_t size;
    cck_error why = {0};
    int code = ask_git(words, directory, request, &text, &size, &why);
    if (code == CCK_EEXEC)
        return 1;
    if (code < 0)
        return cck_error_move(err, &why);
    if (code == 1) {
        bool none = strstr(text, "not a git repository") || strstr(text, "must be run in a work");
        code = none ? 1 : fail_refused(text, err);
        free(text);
        return code;
    }
    const char *second = strchr(text, '\n');
    bool fits = take_folder(tree->top, text) && (!second || take_folder(tree->below, second + 1));
    free(text);
    if (!fits || !*tree->top)
        return cck_fail(err, CCK_ELIMIT, "the name of the repository's folder is too long");
    tree->git = true;
    text = NULL;
    code = ask_git(commit, directory, request, &text, &size, err);
    free(text);
    tree->committed = code == 0;
    return code < 0 ? code : 0;
}

int cck_tree_find(cck_tree *out_tree, cck_arena *arena, const cck_tree_request *request,
                  cck_error *err)
{
    char directory[PATH_MAX];
    const char *asked = request->directory ? request->directory : ".";
    if (!realpath(asked, directory))
        return cck_fail_os(err, CCK_ENOTFOUND, errno, "cannot go to %s", asked);
    memset(out_tree, 0, sizeof *out_tree);
    out_tree->arena = arena;
    int code = find_repository(out_tree, request, directory, err);
    if (code == 1) {
        strcpy(out_tree->top, directory);
        code = 0;
    }
    return code;
}

/* ---- files ---- */

static int list_git(cck_tree *tree, const cck_tree_request *request, bool untracked, cck_error *err)
{
    const char *const words[] = {"git",
                                 "ls-files",
                                 "-z",
                                 untracked ? "--others" : "--cached",
                                 untracked ? "--exclude-standard" : NULL,
                                 NULL};
    char *text = NULL;
    size_t size, before = tree->file_count;
    int code = ask_git(words, tree->top, request, &text, &size, err);
    if (code == 1)
        code = fail_refused(text, err);
    for (size_t at = 0; code == 0 && at < size; at += strlen(text + at) + 1)
        code = untracked ? cck_tree_take_untracked(tree, text + at, err)
                         : cck_tree_take(tree, text + at, err);
    free(text);
    if (untracked)
        tree->untracked = tree->file_count - before;
    return code;
}

/* A path as the user wrote it, from where the user stands. */
static int list_extra(cck_tree *tree, const char *asked, cck_error *err)
{
    char path[PATH_MAX], real[PATH_MAX];
    size_t top = strlen(tree->top);
    bool fits = (size_t)snprintf(path, sizeof path, "%s/%s%s", *asked == '/' ? "" : tree->top,
                                 *asked == '/' ? "" : tree->below, asked) < sizeof path;
    if (!fits || !realpath(path, real)) {
        cck_fail(err, CCK_ENOTFOUND, "there is no '%.300s' to copy", asked);
        cck_hint(err, "--copy takes files and folders of this tree that git ignores");
        return CCK_ENOTFOUND;
    }
    if (strncmp(real, tree->top, top) != 0 || real[top] != '/')
        return cck_fail(err, CCK_EINVALID, "'%.200s' to copy is not in %.200s", asked, tree->top);
    return cck_tree_walk(tree, real + top + 1, err);
}

int cck_tree_list(cck_tree *tree, const cck_tree_request *request, cck_error *err)
{
    size_t top = strlen(tree->top);
    if (strncmp(request->scratch, tree->top, top) == 0 && request->scratch[top] == '/')
        tree->own = request->scratch + top + 1; /* TMPDIR may be in the tree */
    int code = tree->git ? list_git(tree, request, false, err) : cck_tree_walk(tree, "", err);
    if (code == 0 && tree->git)
        code = list_git(tree, request, true, err);
    for (const char *const *extra = request->extra; code == 0 && extra && *extra; extra++)
        code = list_extra(tree, *extra, err);
    return code;
}

size_t cck_tree_changed(const cck_tree *tree, const char **out_name)
{
    size_t count = 0;
    for (size_t i = 0; i < tree->file_count; i++) {
        const cck_tree_file *file = &tree->files[i];
        cck_tree_file now;
        if (cck_tree_look(tree, file->name, &now) && now.size == file->size &&
            now.changed_ns == file->changed_ns)
            continue;
        if (!count++)
            *out_name = file->name;
    }
    return count;
}
