/* SPDX-License-Identifier: MIT */
/* Two commands in turns: clock speed, neighbours and temperature drift over minutes, and what
 * drifts must not fall on one of them (T. Kalibera and R. Jones, Rigorous benchmarking in
 * reasonable time, ISMM 2013). */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include <cachecheck/diff.h>

#include "core/base/fail.h"
#include "core/result/repeat.h"

struct cck_pairing {
    cck_stat *sides[2];
    uint32_t pairs;
    _Atomic(cck_stat *) running;
    atomic_bool interrupted;
};

int cck_pairing_new(cck_pairing **out_pairing, const cck_target_options *before,
                    const cck_target_options *after, const cck_stat_options *given, uint32_t pairs,
                    cck_error *err)
{
    const cck_target_options *targets[] = {before, after};
    cck_stat_options options = {0};
    if (given)
        memcpy(&options, given,
               given->size && given->size < sizeof options ? given->size : sizeof options);
    options.size = sizeof options;
    options.repeat = 1;
    if (!pairs || !before->argv || !after->argv)
        return cck_fail(err, CCK_EINVALID, "a comparison needs two commands and a pair of runs");
    cck_pairing *pairing = calloc(1, sizeof *pairing);
    if (!pairing)
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    pairing->pairs = pairs;
    for (int side = 0; side < 2; side++) {
        int code = cck_stat_new(&pairing->sides[side], targets[side], &options, err);
        if (code < 0) {
            cck_pairing_free(pairing);
            return code;
        }
    }
    *out_pairing = pairing;
    return 0;
}

static int fail_ended(const cck_result *result, uint32_t pair, cck_error *err)
{
    const cck_target_info *target = &result->target;
    char how[32];
    snprintf(how, sizeof how, target->signal ? "was killed by signal %d" : "exited with status %d",
             target->signal ? target->signal : target->exit_code);
    cck_fail(err, CCK_EUNSUPPORTED, "%.200s %s in pair %u", target->argv[0], how, pair + 1);
    cck_hint(err, "what fails does less work: a comparison of it says nothing");
    return CCK_EUNSUPPORTED;
}

/* One run of a side; `*last` is replaced. 1: interrupted, nothing was taken in. */
static int run_side(cck_pairing *pairing, int side, uint32_t pair, cck_result **out, cck_error *err)
{
    cck_result *result = NULL;
    atomic_store(&pairing->running, pairing->sides[side]);
    int code =
        atomic_load(&pairing->interrupted) ? 1 : cck_stat_run(pairing->sides[side], &result, err);
    atomic_store(&pairing->running, NULL);
    if (code == 0 && atomic_load(&pairing->interrupted))
        code = 1;
    else if (code == 0 && (result->target.signal || result->target.exit_code > 0))
        code = fail_ended(result, pair, err);
    if (code)
        cck_result_free(result);
    else
        *out = result;
    return code;
}

/* Only whole pairs count: what is taken in is both runs, or none. */
static int run_pair(cck_pairing *pairing, uint32_t pair, cck_repeat repeats[2], cck_result *last[2],
                    cck_error *err)
{
    cck_result *now[2] = {NULL, NULL};
    int code = run_side(pairing, 0, pair, &now[0], err);
    if (code == 0)
        code = run_side(pairing, 1, pair, &now[1], err);
    for (int side = 0; side < 2 && code == 0; side++)
        code = cck_repeat_add(&repeats[side], now[side], err);
    for (int side = 0; side < 2; side++) {
        cck_result_free(code == 0 ? last[side] : now[side]);
        last[side] = code == 0 ? now[side] : last[side];
    }
    return code;
}

int cck_pairing_run(cck_pairing *pairing, cck_result **out_before, cck_result **out_after,
                    cck_error *err)
{
    cck_repeat repeats[2] = {{0}, {0}};
    cck_result *last[2] = {NULL, NULL};
    int code = 0;
    for (uint32_t i = 0; i < pairing->pairs && code == 0; i++)
        code = run_pair(pairing, i, repeats, last, err);
    if (code == 1)
        code = last[0] ? 0 : cck_fail(err, CCK_EGONE, "interrupted before the first pair");
    for (int side = 0; side < 2; side++) {
        if (code == 0)
            code = cck_repeat_finish(&repeats[side], last[side], err);
        cck_repeat_clear(&repeats[side]);
    }
    if (code < 0) {
        cck_result_free(last[0]);
        cck_result_free(last[1]);
        return code;
    }
    *out_before = last[0];
    *out_after = last[1];
    return 0;
}

void cck_pairing_interrupt(cck_pairing *pairing, int signal)
{
    cck_stat *running = atomic_load(&pairing->running);
    atomic_store(&pairing->interrupted, true);
    if (running)
        cck_stat_interrupt(running, signal);
}

void cck_pairing_forward(cck_pairing *pairing, int signal)
{
    cck_stat *running = atomic_load(&pairing->running);
    if (running)
        cck_stat_forward(running, signal);
}

void cck_pairing_free(cck_pairing *pairing)
{
    if (!pairing)
        return;
    cck_stat_free(pairing->sides[0]);
    cck_stat_free(pairing->sides[1]);
    free(pairing);
}
