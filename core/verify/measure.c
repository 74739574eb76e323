/* SPDX-License-Identifier: MIT */
/* Runs in turns, and the model of the caches. */
#include <stdlib.h>
#include <string.h>

#include "core/base/fail.h"
#include "core/debug/type.h"
#include "core/verify/session.h"

static cck_target_options target_of(const cck_verify *verify, int side)
{
    return (cck_target_options){
        .size = sizeof(cck_target_options),
        .argv = verify->options.argv,
        .directory = verify->where[side],
        .environment = verify->options.environment,
        .foreground = verify->options.foreground,
    };
}

/* ---- runs ---- */

static int pair_by(cck_verify *verify, cck_backend backend, cck_pairing **out_pairing,
                   cck_error *err)
{
    const cck_target_options before = target_of(verify, CCK_BEFORE),
                             after = target_of(verify, CCK_AFTER);
    const cck_stat_options options = {
        .size = sizeof options,
        .backend = backend,
        .events = verify->options.events,
        .set = verify->options.set,
    };
    return cck_pairing_new(out_pairing, &before, &after, &options,
                           verify->options.pairs ? verify->options.pairs : 10, err);
}

/* The clock is what a fix has to move: where there is no PMU nothing is simulated here, as
 * `stat` would. */
static int new_pairing(cck_verify *verify, cck_pairing **out_pairing, cck_error *err)
{
    cck_backend asked = verify->options.backend;
    if (asked != CCK_BACKEND_AUTO)
        return pair_by(verify, asked, out_pairing, err);
    int code = pair_by(verify, CCK_BACKEND_PMU, out_pairing, NULL);
    return code == 0 ? 0 : pair_by(verify, CCK_BACKEND_SOFTWARE, out_pairing, err);
}

static int take_runs(cck_verify *verify, cck_result *before, cck_result *after, cck_error *err)
{
    const cck_diff_options options = {
        .size = sizeof options,
        .threshold = verify->options.threshold,
        .other_program = true,
        .test = CCK_DIFF_PAIRED,
        .only = verify->options.only,
    };
    cck_diff *diff = NULL;
    int code = cck_diff_make(&diff, before, after, &options, err);
    if (code == 0)
        code = cck_diff_name(diff, "before the patch", "with the patch", err);
    if (code < 0) {
        cck_diff_free(diff);
        cck_result_free(before);
        cck_result_free(after);
        return code;
    }
    verify->made->runs = diff;
    return 0;
}

int cck_verify_measure(cck_verify *verify, cck_error *err)
{
    cck_pairing *pairing = NULL;
    cck_result *before, *after;
    int code = cck_running_check(&verify->running, err);
    if (code == 0)
        code = new_pairing(verify, &pairing, err);
    if (code < 0)
        return code;
    cck_verify_step(verify, "running both in turns: %u pairs",
                    verify->options.pairs ? verify->options.pairs : 10);
    atomic_store(&verify->pairing, pairing);
    if (cck_running_check(&verify->running, NULL) < 0) /* before it could be told */
        cck_pairing_interrupt(pairing, atomic_load(&verify->running.signal));
    code = cck_pairing_run(pairing, &before, &after, err);
    atomic_store(&verify->pairing, NULL);
    cck_pairing_free(pairing);
    return code < 0 ? code : take_runs(verify, before, after, err);
}

/* ---- the model ---- */

/* 1: it says nothing, and `made->no_model` why. */
static int not_modelled(cck_verify *verify, const char *why, cck_error *err)
{
    verify->made->no_model = cck_arena_strdup(verify->made->arena, why);
    return verify->made->no_model ? 1 : cck_fail(err, CCK_ENOMEM, "out of memory");
}

static int check_end(cck_verify *verify, const cck_result *result, cck_error *err)
{
    const cck_target_info *target = &result->target;
    if (target->cannot_run && *target->cannot_run)
        return not_modelled(verify, target->cannot_run, err);
    if (target->signal || target->exit_code > 0)
        return not_modelled(verify, "the program fails when it is simulated", err);
    return 0;
}

static int simulate_side(cck_verify *verify, int side, cck_result **out_result, cck_error *err)
{
    const cck_target_options target = target_of(verify, side);
    const cck_sharing_options options = {.size = sizeof options,
                                         .backend = CCK_BACKEND_SIMULATE,
                                         .least_severity = CCK_SEVERITY_LOW};
    cck_sharing *sharing = NULL;
    cck_error why = {0};
    int code = cck_running_check(&verify->running, err);
    if (code < 0)
        return code;
    uint64_t failures = cck_memory_failures();
    cck_verify_step(verify, "simulating it %s the patch", side == CCK_BEFORE ? "before" : "with");
    code = cck_sharing_new(&sharing, &target, &options, &why);
    if (code == 0) {
        atomic_store(&verify->sharing, sharing);
        if (cck_running_check(&verify->running, NULL) < 0)
            cck_sharing_interrupt(sharing, atomic_load(&verify->running.signal));
        code = cck_sharing_run(sharing, out_result, &why);
        atomic_store(&verify->sharing, NULL);
        cck_sharing_free(sharing);
    }
    if (code < 0)
        return code == CCK_ENOMEM ? cck_error_move(err, &why)
                                  : not_modelled(verify, why.message, err);
    if (cck_running_check(&verify->running, NULL) < 0)
        return not_modelled(verify, "interrupted", err);
    /* What is missing on one side is no change. */
    return cck_memory_failures() == failures
               ? check_end(verify, *out_result, err)
               : not_modelled(verify, "memory ran out while it was simulated", err);
}

static bool is_about_sharing(const cck_finding *finding)
{
    static const char *const rules[] = {"false-sharing", "true-sharing", "mixed-sharing"};
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
        if (strcmp(finding->rule, rules[i]) == 0)
            return true;
    return false;
}

/* The same thing, whoever found it: the audit of layouts has other rules. */
static bool is_meant(const cck_finding *wanted, const cck_finding *finding)
{
    const cck_finding_object *one = &finding->object;
    if (!wanted || strcmp(wanted->id, finding->id) == 0)
        return true;
    const cck_finding_object *other = &wanted->object;
    if (*one->type && strcmp(cck_type_bare(one->type), cck_type_bare(other->type)) == 0)
        return true;
    return *one->name && strcmp(one->name, other->name) == 0;
}

static void count_transfers(cck_verify *verify, int side, const cck_result *result)
{
    for (size_t i = 0; i < result->finding_count; i++) {
        const cck_finding *finding = &result->findings[i];
        if (!is_about_sharing(finding) || !is_meant(verify->options.finding, finding))
            continue;
        verify->made->transfers[side] += finding->evidence.samples;
        verify->made->judged_model = true;
    }
}

static int take_model(cck_verify *verify, cck_result *results[CCK_SIDES], cck_error *err)
{
    const cck_diff_options options = {
        .size = sizeof options, .threshold = -1, .other_program = true};
    cck_diff *diff = NULL;
    int code = cck_diff_make(&diff, results[CCK_BEFORE], results[CCK_AFTER], &options, err);
    if (code == 0)
        code = cck_diff_name(diff, "before the patch", "with the patch", err);
    if (code < 0) {
        cck_diff_free(diff);
        return code;
    }
    for (int side = 0; side < CCK_SIDES; side++) {
        count_transfers(verify, side, results[side]);
        results[side] = NULL; /* the diff's, which goes with the verification */
    }
    verify->made->model = diff;
    return 0;
}

int cck_verify_simulate(cck_verify *verify, cck_error *err)
{
    cck_result *results[CCK_SIDES] = {NULL, NULL};
    if (verify->made->runs && cck_running_check(&verify->running, NULL) < 0)
        return not_modelled(verify, "interrupted", err) < 0 ? CCK_ENOMEM : 0;
    int code = simulate_side(verify, CCK_BEFORE, &results[CCK_BEFORE], err);
    if (code == 0)
        code = simulate_side(verify, CCK_AFTER, &results[CCK_AFTER], err);
    if (code == 0)
        code = take_model(verify, results, err);
    for (int side = 0; side < CCK_SIDES; side++)
        cck_result_free(results[side]);
    return code < 0 ? code : 0;
}
