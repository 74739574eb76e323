/* SPDX-License-Identifier: MIT */
/* Which changes hold: they are made on copies, compiled and audited again; what does not take
 * its finding away, or brings another, gives way to the next variant. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/fail.h"
#include "core/base/output.h"
#include "layouts/audit.h"
#include "layouts/mirror.h"
#include "layouts/patch.h"

/** Internal part of a cck_layout_fix: what stays until it is applied. */
struct cck_layout_edits {
    cck_arena arena;
    cck_patch_files files;
    cck_edit *items;
    size_t count;
};

typedef struct fix_state {
    cck_audit *audit;
    const cck_layout_options *options;
    cck_arena *arena;
    cck_plan *plans; /* a finding each */
    size_t *chosen;  /* variant; the plan's count: none is left */
    const char **why;
} fix_state;

enum { ROUNDS_MOST = 16 };

static cck_finding *findings_of(const cck_audit *audit)
{
    return (cck_finding *)(uintptr_t)audit->result->findings;
}

static bool is_chosen(const fix_state *state, size_t i)
{
    return state->chosen[i] < state->plans[i].count;
}

static void next_variant(fix_state *state, size_t i, const char *why)
{
    state->chosen[i]++;
    if (!is_chosen(state, i))
        state->why[i] = why;
}

static void give_up(fix_state *state, const char *why)
{
    for (size_t i = 0; i < state->audit->result->finding_count; i++)
        if (is_chosen(state, i)) {
            state->chosen[i] = state->plans[i].count;
            state->why[i] = why;
        }
}

static const cck_variant *variant_of(const fix_state *state, size_t i)
{
    return &state->plans[i].variants[state->chosen[i]];
}

/* Two that move lines of one file could take each other's. */
static void keep_one_mover(fix_state *state)
{
    size_t count = state->audit->result->finding_count;
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < i && is_chosen(state, i) && variant_of(state, i)->moves; j++)
            if (is_chosen(state, j) && variant_of(state, j)->moves &&
                variant_of(state, j)->edits[0].file == variant_of(state, i)->edits[0].file) {
                next_variant(state, i, "another field of that file moves already");
                j = (size_t)-1;
            }
}

/* The edits of all variants that are chosen now; sorted, in the arena. */
static size_t collect(fix_state *state, cck_edit **out_edits)
{
    keep_one_mover(state);
    size_t total = 0, count = state->audit->result->finding_count;
    for (size_t i = 0; i < count; i++)
        if (is_chosen(state, i))
            total += state->plans[i].variants[state->chosen[i]].count;
    cck_edit *edits = cck_arena_array(state->arena, total, sizeof *edits);
    size_t used = 0;
    for (size_t i = 0; edits && i < count; i++) {
        if (!is_chosen(state, i))
            continue;
        const cck_variant *variant = &state->plans[i].variants[state->chosen[i]];
        memcpy(edits + used, variant->edits, variant->count * sizeof *edits);
        used += variant->count;
    }
    *out_edits = edits;
    return edits ? cck_edits_sort(edits, used) : 0;
}

/* ---- judged ---- */

static bool was_there(const cck_audit *audit, const cck_finding *finding)
{
    for (size_t i = 0; i < audit->all_count; i++)
        if (strcmp(audit->all[i].id, finding->id) == 0 &&
            audit->all[i].severity >= finding->severity)
            return true;
    return false;
}

/* Whoever changed that type has to find another way; if nobody did, all have. */
static void blame(fix_state *state, const cck_finding *fresh)
{
    size_t count = state->audit->result->finding_count;
    const cck_finding *findings = state->audit->result->findings;
    bool somebody = false;
    for (int all = 0; all < 2 && !somebody; all++)
        for (size_t i = 0; i < count; i++)
            if (is_chosen(state, i) &&
                (all || strcmp(findings[i].object.type, fresh->object.type) == 0)) {
                somebody = true;
                next_variant(state, i, "the change would bring another finding");
            }
}

/* True: all that is chosen holds. */
static bool judge(fix_state *state, const cck_result *after)
{
    const cck_result *before = state->audit->result;
    bool holds = true;
    for (size_t i = 0; i < before->finding_count; i++)
        if (is_chosen(state, i) && cck_audit_find(after, before->findings[i].id)) {
            next_variant(state, i, "aligning its members does not take it away");
            holds = false;
        }
    for (size_t i = 0; holds && i < after->finding_count; i++)
        if (after->findings[i].severity >= CCK_SEVERITY_MEDIUM &&
            !was_there(state->audit, &after->findings[i])) {
            blame(state, &after->findings[i]);
            holds = false;
        }
    return holds;
}

/* The same of variants that are only told of: nothing is given up. */
static bool holds_too(const fix_state *state, const cck_result *after)
{
    const cck_result *before = state->audit->result;
    for (size_t i = 0; i < before->finding_count; i++)
        if (is_chosen(state, i) && cck_audit_find(after, before->findings[i].id))
            return false;
    for (size_t i = 0; i < after->finding_count; i++)
        if (after->findings[i].severity >= CCK_SEVERITY_MEDIUM &&
            !was_there(state->audit, &after->findings[i]))
            return false;
    return true;
}

/* Whether variant `j` of finding `i` holds in the place of the one that is chosen. */
static bool try_other(fix_state *state, size_t i, size_t j)
{
    size_t chosen = state->chosen[i];
    cck_edit *edits;
    cck_mirror mirror;
    cck_audit after = {.result = NULL};
    bool holds = false;
    state->chosen[i] = j;
    size_t count = collect(state, &edits);
    if (state->chosen[i] == j && count) {
        if (cck_mirror_make(&mirror, &state->audit->corpus, state->options, edits, count, NULL) ==
            0)
            holds =
                cck_audit_run(&after, &mirror.options, NULL) == 0 && holds_too(state, after.result);
        cck_audit_clear(&after);
        cck_mirror_remove(&mirror);
    }
    state->chosen[i] = chosen;
    return holds;
}

/* What is offered beside the chosen ones was compiled and audited too; so many are tried. */
static void drop_others(fix_state *state)
{
    enum { TRIES_MOST = 12 };
    unsigned tries = 0;
    for (size_t i = 0; i < state->audit->result->finding_count; i++) {
        cck_plan *plan = &state->plans[i];
        size_t kept = is_chosen(state, i) ? state->chosen[i] + 1 : plan->count;
        for (size_t j = kept; j < plan->count; j++)
            if (tries++ < TRIES_MOST && try_other(state, i, j))
                plan->variants[kept++] = plan->variants[j];
        plan->count = kept;
    }
}

/* CCK_E* only for what has nothing to do with the change. */
static int check(fix_state *state, const cck_edit *edits, size_t count, bool *out_holds,
                 cck_error *err)
{
    cck_mirror mirror;
    cck_audit after = {.result = NULL};
    cck_error reason = {0};
    int code = cck_mirror_make(&mirror, &state->audit->corpus, state->options, edits, count, err);
    if (code == 0 && cck_audit_run(&after, &mirror.options, &reason) == 0) {
        *out_holds = judge(state, after.result);
    } else if (code == 0) {
        const char *why = cck_arena_printf(state->arena, "a changed copy does not compile: %s",
                                           *reason.hint ? reason.hint : reason.message);
        give_up(state, why ? why : "a changed copy does not compile");
        *out_holds = false;
    }
    cck_audit_clear(&after);
    cck_mirror_remove(&mirror);
    return code;
}

static int settle(fix_state *state, bool recompiled, cck_edit **out_edits, size_t *out_count,
                  cck_error *err)
{
    bool holds = false;
    int code = 0;
    for (unsigned round = 0; !holds && code == 0; round++) {
        if (round == ROUNDS_MOST)
            give_up(state, "no set of changes held together");
        *out_count = collect(state, out_edits);
        holds = !*out_count || !recompiled;
        if (!holds)
            code = check(state, *out_edits, *out_count, &holds, err);
    }
    return code;
}

/* ---- told ---- */

static const char *diff_of(fix_state *state, const cck_edit *edits, size_t count)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    if (!out)
        return "";
    cck_edits_write_diff(edits, count, out);
    fclose(out);
    const char *copy = cck_arena_strdup(state->audit->result->arena, text);
    free(text);
    return copy ? copy : "";
}

static cck_suggestion suggestion_of(fix_state *state, const cck_variant *variant)
{
    cck_variant sorted = *variant;
    const char *text = cck_arena_strdup(state->audit->result->arena, variant->text);
    sorted.count = cck_edits_sort(sorted.edits, sorted.count);
    return (cck_suggestion){
        .text = text ? text : "",
        .cost_bytes = variant->cost,
        .cost_of = "object",
        .code = "",
        .patch = diff_of(state, sorted.edits, sorted.count),
    };
}

/* The other ways: untried ones of ours, and what the rule itself had in mind. */
static void tell_mended(fix_state *state, size_t i)
{
    cck_finding *finding = &findings_of(state->audit)[i];
    const cck_plan *plan = &state->plans[i];
    cck_suggestion *variants =
        cck_arena_array(state->audit->result->arena,
                        plan->count + 1 + finding->suggestion.variant_count, sizeof *variants);
    size_t count = 0;
    for (size_t j = state->chosen[i] + 1; variants && j < plan->count; j++)
        variants[count++] = suggestion_of(state, &plan->variants[j]);
    if (variants && *finding->suggestion.text) {
        const cck_suggestion own = finding->suggestion;
        variants[count] = own;
        variants[count].variants = NULL;
        variants[count++].variant_count = 0;
        for (size_t j = 0; j < own.variant_count; j++)
            variants[count++] = own.variants[j];
    }
    finding->suggestion = suggestion_of(state, &plan->variants[state->chosen[i]]);
    finding->suggestion.variants = variants;
    finding->suggestion.variant_count = variants ? count : 0;
}

static void tell_left(fix_state *state, size_t i)
{
    cck_finding *finding = &findings_of(state->audit)[i];
    cck_arena *arena = state->audit->result->arena;
    const char **notes = cck_arena_array(arena, finding->note_count + 1, sizeof *notes);
    const char *why = state->why[i] ? state->why[i] : state->plans[i].why;
    char *note = cck_arena_printf(arena, "no patch: %s", why ? why : "none is known");
    if (!notes || !note)
        return;
    if (finding->note_count)
        memcpy(notes, finding->notes, finding->note_count * sizeof *notes);
    notes[finding->note_count++] = note;
    finding->notes = notes;
}

static void tell(fix_state *state, cck_layout_fix *fix)
{
    for (size_t i = 0; i < state->audit->result->finding_count; i++) {
        if (is_chosen(state, i)) {
            tell_mended(state, i);
            fix->mended++;
        } else if (findings_of(state->audit)[i].severity >= CCK_SEVERITY_MEDIUM) {
            tell_left(state, i);
            fix->left++;
        }
    }
}

/* ---- made ---- */

static bool all_are_sources(const cck_corpus *corpus)
{
    for (size_t i = 0; i < corpus->input_count; i++)
        if (strcmp(corpus->inputs[i].kind, "header") != 0 &&
            strcmp(corpus->inputs[i].kind, "source") != 0)
            return false;
    return true;
}

/* Below medium a finding is a remark: not worth bytes in every object. */
static bool plan_all(fix_state *state, struct cck_layout_edits *edits)
{
    const cck_result *result = state->audit->result;
    const cck_plan_context context = {&state->audit->corpus, &edits->files, state->audit->aligner,
                                      state->audit->line};
    size_t count = result->finding_count;
    state->plans = cck_arena_array(state->arena, count, sizeof *state->plans);
    state->chosen = cck_arena_array(state->arena, count, sizeof *state->chosen);
    state->why = cck_arena_array(state->arena, count, sizeof *state->why);
    for (size_t i = 0; state->plans && i < count; i++)
        if (result->findings[i].severity >= CCK_SEVERITY_MEDIUM)
            cck_patch_plan_make(&context, &result->findings[i], &state->plans[i]);
    return state->plans && state->chosen && state->why;
}

int cck_audit_fix(cck_layout_fix *fix, cck_audit *audit, const cck_layout_options *options,
                  cck_error *err)
{
    struct cck_layout_edits *edits = calloc(1, sizeof *edits);
    fix->edits = edits;
    fix->patch = "";
    if (!edits)
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    edits->files.arena = &edits->arena;
    fix_state state = {.audit = audit, .options = options, .arena = &edits->arena};
    if (!plan_all(&state, edits))
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    fix->recompiled = all_are_sources(&audit->corpus);
    int code = settle(&state, fix->recompiled, &edits->items, &edits->count, err);
    if (code < 0)
        return code;
    if (fix->recompiled)
        drop_others(&state);
    fix->patch = diff_of(&state, edits->items, edits->count);
    tell(&state, fix);
    return 0;
}

/* ---- applied ---- */

typedef struct new_text {
    const char *path;
    const char *text;
    size_t size;
} new_text;

static void write_text(const void *context, FILE *out)
{
    const new_text *text = context;
    fwrite(text->text, 1, text->size, out);
}

/* Somebody may have saved the file meanwhile: that work is not to be lost. */
static int check_unchanged(cck_arena *arena, const cck_patch_file *file, cck_error *err)
{
    cck_patch_files fresh = {.arena = arena};
    const cck_patch_file *now = cck_patch_file_get(&fresh, file->path);
    if (now && now->size == file->size && memcmp(now->text, file->text, file->size) == 0)
        return 0;
    cck_fail(err, CCK_EBUSY, "%s has changed meanwhile; nothing was written", file->path);
    cck_hint(err, "run it again");
    return CCK_EBUSY;
}

static int write_one(const cck_edit *edits, size_t count, bool back, cck_error *err)
{
    const cck_patch_file *file = edits->file;
    size_t size = file->size;
    char *made = back ? NULL : cck_edits_apply(file, edits, count, &size);
    if (!back && !made)
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    const new_text text = {file->path, back ? file->text : made, size};
    int code = cck_output_save(file->path, write_text, &text, err);
    free(made);
    return code;
}

static size_t end_of_file(const struct cck_layout_edits *edits, size_t from)
{
    size_t end = from;
    while (end < edits->count && edits->items[end].file == edits->items[from].file)
        end++;
    return end;
}

static void write_patch(const void *context, FILE *out)
{
    fputs(context, out);
}

int cck_layout_fix_save(const cck_layout_fix *fix, const char *path, cck_error *err)
{
    return cck_output_save(path, write_patch, fix->patch, err);
}

int cck_layout_fix_apply(const cck_layout_fix *fix, cck_error *err)
{
    const struct cck_layout_edits *edits = fix->edits;
    cck_arena arena = {0};
    int code = 0;
    if (!fix->recompiled) {
        cck_fail(err, CCK_EUNSUPPORTED, "changes are made only when they can be compiled again");
        cck_hint(err, "audit the sources or headers, with -p or flags behind --; or apply the "
                      "output of --patch by hand");
        return CCK_EUNSUPPORTED;
    }
    for (size_t i = 0; i < edits->count && code == 0; i = end_of_file(edits, i))
        code = check_unchanged(&arena, edits->items[i].file, err);
    cck_arena_clear(&arena);
    size_t done = 0;
    while (done < edits->count && code == 0) {
        size_t end = end_of_file(edits, done);
        code = write_one(edits->items + done, end - done, false, err);
        if (code == 0)
            done = end;
    }
    for (size_t i = 0; code < 0 && i < done; i = end_of_file(edits, i))
        write_one(edits->items + i, 1, true, NULL);
    return code;
}

void cck_layout_fix_free(cck_layout_fix *fix)
{
    if (!fix)
        return;
    cck_result_free(fix->result);
    if (fix->edits)
        cck_arena_clear(&fix->edits->arena);
    free(fix->edits);
    free(fix);
}
