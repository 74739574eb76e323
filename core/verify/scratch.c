/* SPDX-License-Identifier: MIT */
#include "core/verify/scratch.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/fail.h"
#include "core/base/folder.h"
#include "core/base/trust.h"
#include "core/verify/copy.h"

int cck_scratch_make(cck_scratch *scratch, cck_running *running, cck_error *err)
{
    char real[PATH_MAX];
    memset(scratch, 0, sizeof *scratch);
    scratch->running = running;
    int code = cck_trust_make_locked("verify-", scratch->folder, sizeof scratch->folder,
                                     &scratch->lock, err);
    if (code < 0) {
        *scratch->folder = '\0';
        return code;
    }
    /* Git writes real paths, and compares them. */
    if (realpath(scratch->folder, real) && strlen(real) < sizeof scratch->folder)
        strcpy(scratch->folder, real);
    for (int side = 0; side < CCK_SIDES; side++)
        snprintf(scratch->sides[side], sizeof scratch->sides[side], "%s/%c", scratch->folder,
                 "ab"[side]);
    return 0;
}

/* Runs quietly; `*out_said` (may be NULL) holds the first of what it says. Its status. */
static int run(const cck_scratch *scratch, const char *const *words, const char *directory,
               cck_running *running, char out_said[400], int *out_status, cck_error *err)
{
    char said[PATH_MAX / 2];
    snprintf(said, sizeof said, "%s/said", scratch->folder);
    const cck_command_plan plan = {words, directory, said, said, scratch->folder, running};
    int code = cck_command_run(&plan, out_status, err);
    FILE *in = out_said ? fopen(said, "re") : NULL;
    if (out_said)
        out_said[in ? fread(out_said, 1, 399, in) : 0] = '\0';
    if (in)
        fclose(in);
    return code;
}

/* A worktree without files; false: git would not, and a plain copy does. */
static bool add_worktree(cck_scratch *scratch, int side)
{
    const char *path = scratch->sides[side];
    const char *const add[] = {"git",      "worktree",      "add", "--quiet",
                               "--detach", "--no-checkout", path,  NULL};
    int status;
    if (!scratch->tree->committed ||
        run(scratch, add, scratch->tree->top, scratch->running, NULL, &status, NULL) < 0)
        return false;
    scratch->worktree[side] = WIFEXITED(status) && WEXITSTATUS(status) == 0;
    return scratch->worktree[side];
}

static int fill_side(cck_scratch *scratch, int side, cck_error *err)
{
    const char *path = scratch->sides[side];
    static const char *const reset[] = {"git", "reset", "--quiet", "--mixed", NULL};
    int status, code = cck_running_check(scratch->running, err);
    if (code < 0)
        return code;
    if (!add_worktree(scratch, side) && mkdir(path, 0700) != 0 && errno != EEXIST)
        return cck_fail_os(err, CCK_EIO, errno, "cannot make %s", path);
    code = cck_tree_copy(scratch->tree, path, scratch->running, err);
    if (code == 0 && scratch->worktree[side]) /* an index of its own, that fits the files */
        code = run(scratch, reset, path, scratch->running, NULL, &status, err);
    return code;
}

int cck_scratch_fill(cck_scratch *scratch, const cck_tree *tree, cck_error *err)
{
    scratch->tree = tree;
    int code = fill_side(scratch, CCK_BEFORE, err);
    return code < 0 ? code : fill_side(scratch, CCK_AFTER, err);
}

/* ---- the patch ---- */

static int write_patch(const char *path, const char *text, cck_error *err)
{
    FILE *out = fopen(path, "wxe");
    bool ok = out && fputs(text, out) >= 0;
    if (out && fclose(out) != 0)
        ok = false;
    return ok ? 0 : cck_fail_os(err, CCK_EIO, errno, "cannot write %s", path);
}

static int fail_patch(const char *said, cck_error *err)
{
    cck_fail(err, CCK_EINVALID, "the patch does not apply: %.*s", (int)strcspn(said, "\n"), said);
    cck_hint(err, "the sources are not those it was made for: make it anew (cachecheck layout "
                  "--patch), or go to where it was made");
    return CCK_EINVALID;
}

int cck_scratch_patch(cck_scratch *scratch, const cck_tree_patch *patch, cck_error *err)
{
    char path[PATH_MAX / 2], input[PATH_MAX], said[400];
    int status;
    snprintf(path, sizeof path, "%s/patch.diff", scratch->folder);
    snprintf(input, sizeof input, "--input=%s", path);
    const char *const git[] = {"git", "apply", "--whitespace=nowarn", path, NULL};
    const char *const gnu[] = {"patch", "-p1", "--batch", "--forward", "--fuzz=0", input, NULL};
    int code = write_patch(path, patch->text, err);
    if (code < 0)
        return code;
    code = run(scratch, git, scratch->sides[CCK_AFTER], scratch->running, said, &status, err);
    if (code == CCK_EEXEC)
        code = run(scratch, gnu, scratch->sides[CCK_AFTER], scratch->running, said, &status, err);
    if (code == CCK_EEXEC) {
        cck_fail(err, CCK_EEXEC, "neither git nor patch is here to apply the patch");
        cck_hint(err, "apt-get install git");
    }
    if (code < 0)
        return code;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : fail_patch(said, err);
}

/* ---- the end ---- */

void cck_scratch_remove(cck_scratch *scratch)
{
    /* Also when its end was asked for: then above all. */
    cck_running calm = {0};
    for (int side = 0; side < CCK_SIDES; side++) {
        const char *const remove[] = {"git",     "worktree",           "remove", "--force",
                                      "--force", scratch->sides[side], NULL};
        int status;
        if (scratch->worktree[side])
            run(scratch, remove, scratch->tree->top, &calm, NULL, &status, NULL);
    }
    if (*scratch->folder)
        cck_folder_remove(scratch->folder);
    if (scratch->lock >= 0)
        close(scratch->lock);
    *scratch->folder = '\0';
}
