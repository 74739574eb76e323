/* SPDX-License-Identifier: MIT */
/* Two copies, two builds, runs in turns, a model, a verdict; and nothing is left behind. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/fail.h"
#include "core/base/text.h"
#include "core/verify/session.h"

static int no_memory(cck_error *err)
{
    return cck_fail(err, CCK_ENOMEM, "out of memory");
}

/* ---- what was asked for ---- */

static int check_options(const cck_verify_options *options, cck_error *err)
{
    if (!options->argv || !*options->argv) {
        cck_fail(err, CCK_EINVALID, "there is no program to run");
        cck_hint(err, "name it behind --, as it is called where you stand: -- ./app");
        return CCK_EINVALID;
    }
    if (!options->build || !*options->build) {
        cck_fail(err, CCK_EINVALID, "how is it built?");
        cck_hint(err, "--build 'make'; for what needs no build: --build true");
        return CCK_EINVALID;
    }
    if (options->no_runs && options->no_model)
        return cck_fail(err, CCK_EINVALID, "neither runs nor the model: nothing to verify by");
    return options->patch ? 0 : cck_fail(err, CCK_EINVALID, "there is no patch");
}

/* Damage is told before anything is copied; where names lead, only the tree tells. */
static int check_patch(const char *text, cck_error *err)
{
    cck_arena arena = {0};
    cck_tree_patch patch;
    int code = cck_tree_patch_read(&patch, &arena, text, "", "", err);
    cck_arena_clear(&arena);
    return code;
}

int cck_verify_new(cck_verify **out_verify, const cck_verify_options *given, cck_error *err)
{
    cck_verify_options options = {.threshold = -1};
    if (given)
        memcpy(&options, given,
               given->size && given->size < sizeof options ? given->size : sizeof options);
    int code = check_options(&options, err);
    if (code == 0)
        code = check_patch(options.patch, err);
    if (code < 0)
        return code;
    cck_verify *verify = calloc(1, sizeof *verify);
    if (!verify)
        return no_memory(err);
    verify->options = options;
    *out_verify = verify;
    return 0;
}

void cck_verify_step(const cck_verify *verify, const char *format, ...)
{
    char text[512];
    va_list args;
    if (!verify->options.on_step)
        return;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    verify->options.on_step(verify->options.context, text);
}

/* A sentence for the reader; false: memory is out. */
static bool add_note(cck_verify *verify, const char *sentence)
{
    cck_verification *made = verify->made;
    const char **notes = cck_arena_array(made->arena, made->note_count + 1, sizeof *notes);
    const char *copy = cck_arena_strdup(made->arena, sentence);
    if (!notes || !copy)
        return false;
    if (made->note_count)
        memcpy(notes, made->notes, made->note_count * sizeof *notes);
    notes[made->note_count++] = copy;
    made->notes = notes;
    return true;
}

/* ---- the copies ---- */

/* "/home/me/app/run" is the program of the user's tree, which no patch of a copy changes. */
static int check_program(const cck_verify *verify, cck_error *err)
{
    char real[PATH_MAX];
    const char *program = verify->options.argv[0];
    size_t top = strlen(verify->tree.top);
    if (*program != '/' || !realpath(program, real) || strncmp(real, verify->tree.top, top) != 0 ||
        real[top] != '/')
        return 0;
    cck_fail(err, CCK_EINVALID, "%.300s is the program of your own tree, not of the copies",
             program);
    cck_hint(err, "name it from where you stand: %.200s", real + top + 1);
    return CCK_EINVALID;
}

static bool place_sides(cck_verify *verify)
{
    for (int side = 0; side < CCK_SIDES; side++) {
        int length = snprintf(verify->where[side], PATH_MAX, "%s/%s", verify->scratch.sides[side],
                              verify->tree.below);
        if (length < 1 || length >= PATH_MAX)
            return false;
        if (verify->where[side][length - 1] == '/')
            verify->where[side][length - 1] = '\0';
    }
    return true;
}

static int prepare(cck_verify *verify, cck_error *err)
{
    const cck_tree_request request = {verify->options.directory, verify->options.copy,
                                      verify->scratch.folder, &verify->running};
    cck_tree *tree = &verify->tree;
    int code = cck_tree_find(tree, &verify->arena, &request, err);
    if (code == 0 && !place_sides(verify))
        code = cck_fail(err, CCK_ELIMIT, "the path of TMPDIR is too long");
    if (code == 0)
        code = check_program(verify, err);
    if (code == 0)
        code = cck_tree_patch_read(&verify->patch, &verify->arena, verify->options.patch, tree->top,
                                   tree->below, err);
    if (code == 0)
        code = cck_tree_list(tree, &request, err);
    if (code < 0)
        return code;
    cck_verify_step(verify, "copying %zu files of %s, twice", tree->file_count, tree->top);
    code = cck_scratch_fill(&verify->scratch, tree, err);
    return code < 0 ? code : cck_scratch_patch(&verify->scratch, &verify->patch, err);
}

/* ---- what the reader has to know besides ---- */

static bool same_file(const char *one, const char *other)
{
    FILE *a = fopen(one, "re"), *b = fopen(other, "re");
    bool same = a && b;
    char left[8192], right[8192];
    for (size_t got = 1; same && got;) {
        got = fread(left, 1, sizeof left, a);
        same = fread(right, 1, sizeof right, b) == got && memcmp(left, right, got) == 0;
    }
    if (a)
        fclose(a);
    if (b)
        fclose(b);
    return same;
}

static bool note_program(cck_verify *verify)
{
    char paths[CCK_SIDES][2 * PATH_MAX];
    const char *program = verify->options.argv[0];
    if (*program == '/' || !strchr(program, '/'))
        return true;
    for (int side = 0; side < CCK_SIDES; side++)
        snprintf(paths[side], sizeof paths[side], "%s/%s", verify->where[side], program);
    if (!same_file(paths[CCK_BEFORE], paths[CCK_AFTER]))
        return true;
    return add_note(verify, "the program is the same before and after, byte for byte: the "
                            "patch, or the build, does not reach it");
}

static bool note_tree(cck_verify *verify)
{
    const cck_tree *tree = &verify->tree;
    const char *first = "";
    size_t changed = cck_tree_changed(tree, &first);
    bool ok = true;
    for (size_t i = 0; i < tree->left_out_count; i++)
        ok = add_note(verify, tree->left_out[i]) && ok;
    if (changed) {
        const char *text =
            cck_arena_printf(verify->made->arena,
                             "%zu file%s of your tree changed meanwhile (%s): by you, or by a "
                             "build that writes to absolute paths",
                             changed, changed == 1 ? "" : "s", first);
        ok = text && add_note(verify, text) && ok;
    }
    return ok;
}

/* ---- all of it ---- */

static const char *command_of(cck_verify *verify)
{
    char *text = NULL;
    size_t size, count = 0;
    while (verify->options.argv[count])
        count++;
    FILE *out = open_memstream(&text, &size);
    if (!out)
        return NULL;
    cck_text_command(out, verify->options.argv, count);
    fclose(out);
    const char *copy = text ? cck_arena_strdup(verify->made->arena, text) : NULL;
    free(text);
    return copy;
}

static const char *const *files_of(const cck_verify *verify)
{
    const cck_tree_patch *patch = &verify->patch;
    const char **files = cck_arena_array(verify->made->arena, patch->file_count, sizeof *files);
    for (size_t i = 0; files && i < patch->file_count; i++)
        if (!(files[i] = cck_arena_strdup(verify->made->arena, patch->files[i])))
            return NULL;
    return files;
}

static int describe(cck_verify *verify, cck_error *err)
{
    cck_verification *made = verify->made;
    const cck_finding *finding = verify->options.finding;
    made->patch = cck_arena_strdup(made->arena, verify->patch.text);
    made->files = files_of(verify);
    made->file_count = verify->patch.file_count;
    made->added = verify->patch.added;
    made->removed = verify->patch.removed;
    made->build = cck_arena_strdup(made->arena, verify->options.build);
    made->command = command_of(verify);
    made->finding = cck_arena_strdup(made->arena, finding ? finding->title : "");
    made->files_copied = verify->tree.file_count;
    made->untracked_copied = verify->tree.untracked;
    made->no_model = made->no_model ? made->no_model : "";
    return made->patch && made->files && made->build && made->command && made->finding
               ? 0
               : no_memory(err);
}

static int go_through(cck_verify *verify, cck_error *err)
{
    int code = prepare(verify, err);
    if (code == 0)
        code = describe(verify, err);
    if (code == 0)
        code = cck_verify_build(verify, CCK_BEFORE, err);
    if (code == 0)
        code = cck_verify_build(verify, CCK_AFTER, err);
    if (code == 0 && !note_program(verify))
        code = no_memory(err);
    if (code == 0 && !verify->options.no_runs)
        code = cck_verify_measure(verify, err);
    if (code == 0 && !verify->options.no_model)
        code = cck_verify_simulate(verify, err);
    if (code == 0 && !note_tree(verify))
        code = no_memory(err);
    return code < 0 ? code : cck_verify_judge(verify, err);
}

static cck_verification *new_verification(void)
{
    cck_verification *made = calloc(1, sizeof *made);
    cck_arena *arena = calloc(1, sizeof *arena);
    if (!made || !arena) {
        free(made);
        free(arena);
        return NULL;
    }
    made->arena = arena;
    made->no_model = "";
    return made;
}

int cck_verify_run(cck_verify *verify, cck_verification **out_verification, cck_error *err)
{
    verify->made = new_verification();
    if (!verify->made)
        return no_memory(err);
    int code = cck_scratch_make(&verify->scratch, &verify->running, err);
    if (code == 0)
        code = go_through(verify, err);
    cck_scratch_remove(&verify->scratch);
    if (code == 0)
        *out_verification = verify->made;
    else
        cck_verification_free(verify->made);
    verify->made = NULL;
    return code;
}

const char *cck_verify_build_log(const cck_verify *verify, const char **out_path)
{
    *out_path = verify->log_path;
    return verify->log_tail;
}

void cck_verify_interrupt(cck_verify *verify, int signal)
{
    cck_pairing *pairing = atomic_load(&verify->pairing);
    cck_sharing *sharing = atomic_load(&verify->sharing);
    cck_running_interrupt(&verify->running, signal);
    if (pairing)
        cck_pairing_interrupt(pairing, signal);
    if (sharing)
        cck_sharing_interrupt(sharing, signal);
}

void cck_verify_forward(cck_verify *verify, int signal)
{
    cck_pairing *pairing = atomic_load(&verify->pairing);
    cck_sharing *sharing = atomic_load(&verify->sharing);
    cck_running_forward(&verify->running, signal);
    if (pairing)
        cck_pairing_forward(pairing, signal);
    if (sharing)
        cck_sharing_forward(sharing, signal);
}

void cck_verify_free(cck_verify *verify)
{
    if (!verify)
        return;
    cck_arena_clear(&verify->arena);
    free(verify->log_tail);
    free(verify);
}

static void free_diff(const cck_diff *diff)
{
    if (!diff)
        return;
    cck_result *before = (cck_result *)(uintptr_t)diff->before;
    cck_result *after = (cck_result *)(uintptr_t)diff->after;
    cck_diff_free((cck_diff *)(uintptr_t)diff);
    cck_result_free(before);
    cck_result_free(after);
}

void cck_verification_free(cck_verification *verification)
{
    if (!verification)
        return;
    free_diff(verification->runs);
    free_diff(verification->model);
    cck_arena_clear(verification->arena);
    free(verification->arena);
    free(verification);
}
