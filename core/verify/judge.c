/* SPDX-License-Identifier: MIT */
/* One word for a patch: what the clock says counts before what the model says. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/fail.h"
#include "core/base/number.h"
#include "core/report/diff_words.h"
#include "core/verify/session.h"

/* Unless others are asked for: what a fix is for. Counts explain, they do not decide. */
static const char *const decisive[] = {"elapsed_s", "task-clock", NULL};

static bool decides(const cck_verify *verify, const cck_delta *change)
{
    const char *const *names = verify->options.only ? verify->options.only : decisive;
    if (verify->options.only)
        return true; /* the diff has no others */
    for (; *names; names++)
        if (strcmp(change->name, *names) == 0)
            return true;
    return false;
}

typedef struct measured {
    size_t judged, improved, regressed;
    const cck_delta *shown; /* the one to tell of */
} measured;

static measured judge_runs(const cck_verify *verify)
{
    measured all = {0};
    const cck_diff *runs = verify->made->runs;
    for (size_t i = 0; runs && i < runs->change_count; i++) {
        const cck_delta *change = &runs->changes[i];
        if (!decides(verify, change) || change->verdict == CCK_CHANGE_NOT_JUDGED ||
            change->verdict == CCK_CHANGE_NOT_COMPARABLE)
            continue;
        bool worse = change->verdict == CCK_CHANGE_REGRESSED;
        bool better = change->verdict == CCK_CHANGE_IMPROVED;
        if (!all.shown || (worse && !all.regressed) || (better && !all.improved && !all.regressed))
            all.shown = change;
        all.judged++;
        all.regressed += worse;
        all.improved += better;
    }
    return all;
}

/* More than a tenth: one line less than before is the interleaving's. */
static bool model_improved(const cck_verification *made)
{
    return made->judged_model && made->transfers[0] > 0 &&
           (double)made->transfers[1] < 0.9 * (double)made->transfers[0];
}

static bool model_regressed(const cck_verification *made)
{
    if (!made->model)
        return false;
    return (made->judged_model && (double)made->transfers[1] > 1.1 * (double)made->transfers[0]) ||
           (made->model->new_findings && !model_improved(made));
}

static cck_verify_verdict verdict_of(const cck_verification *made, const measured *clock)
{
    if (clock->regressed)
        return CCK_VERIFY_REGRESSED;
    if (clock->improved)
        return CCK_VERIFY_IMPROVED;
    if (model_regressed(made))
        return CCK_VERIFY_REGRESSED;
    if (model_improved(made))
        return CCK_VERIFY_MODELLED;
    return clock->judged || made->judged_model ? CCK_VERIFY_UNCHANGED : CCK_VERIFY_UNKNOWN;
}

/* ---- the sentence ---- */

static void say_change(FILE *out, const cck_delta *change)
{
    char label[CCK_DIFF_TEXT], share[CCK_DIFF_TEXT], interval[CCK_DIFF_TEXT];
    cck_diff_label(change, label);
    cck_diff_share(change->change, share);
    cck_diff_interval(change, interval);
    bool noise = change->verdict == CCK_CHANGE_NOISE;
    bool known = change->low <= change->high && change->p >= 0;
    fprintf(out, "measured: %s %s (%s%s%s)", label, share, noise ? "within noise; " : "",
            known ? "95 %: " : "", interval);
}

static void say_model(FILE *out, const cck_verification *made)
{
    char before[CCK_NUMBER_SIZE], after[CCK_NUMBER_SIZE];
    cck_number_grouped(before, made->transfers[0]);
    cck_number_grouped(after, made->transfers[1]);
    if (made->judged_model)
        fprintf(out, "modelled: %s line transfers before, %s after", before, after);
    else
        fputs("modelled: the finding is not there, neither before nor after", out);
    if (made->model->new_findings)
        fprintf(out, ", and %zu new or worse finding%s", made->model->new_findings,
                made->model->new_findings == 1 ? "" : "s");
}

static void say(FILE *out, const cck_verification *made, const measured *clock)
{
    static const char *const words[] = {
        [CCK_VERIFY_UNKNOWN] = "nothing could be judged",
        [CCK_VERIFY_IMPROVED] = "improved",
        [CCK_VERIFY_MODELLED] = "improved in the model only",
        [CCK_VERIFY_UNCHANGED] = "no change beyond noise",
        [CCK_VERIFY_REGRESSED] = "regressed",
    };
    const char *between = ": ";
    fputs(words[made->verdict], out);
    if (clock->shown) {
        fputs(between, out);
        say_change(out, clock->shown);
        between = "; ";
    }
    if (made->model) {
        fputs(between, out);
        say_model(out, made);
    } else if (*made->no_model) {
        fprintf(out, "%sno model: %s", between, made->no_model);
    }
}

int cck_verify_judge(cck_verify *verify, cck_error *err)
{
    cck_verification *made = verify->made;
    char *text = NULL;
    size_t size;
    const measured clock = judge_runs(verify);
    made->verdict = verdict_of(made, &clock);
    FILE *out = open_memstream(&text, &size);
    if (out) {
        say(out, made, &clock);
        fclose(out);
        made->sentence = cck_arena_strdup(made->arena, text);
    }
    free(text);
    return out && made->sentence ? 0 : cck_fail(err, CCK_ENOMEM, "out of memory");
}
