/* SPDX-License-Identifier: MIT */
#include "core/hotspots/hotspots.h"

#include <stdlib.h>

#include "core/base/fail.h"
#include "core/result/result.h"
#include "core/session/run.h"

struct cck_hotspots {
    cck_run run;
    cck_hotspots_options options;
};

int cck_hotspots_new(cck_hotspots **out_hotspots, const cck_target_options *target,
                     const cck_hotspots_options *options, cck_error *err)
{
    cck_hotspots *hotspots = calloc(1, sizeof *hotspots);
    if (!hotspots)
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    cck_options_copy(&hotspots->options, sizeof hotspots->options, options,
                     options ? options->size : 0);
    const cck_hotspots_options *wanted = &hotspots->options;
    const cck_stat_options stat = {
        .size = sizeof stat,
        .backend = wanted->backend,
        .duration_s = wanted->duration_s,
        .on_start = wanted->on_start,
        .context = wanted->context,
    };
    int code = wanted->by ? cck_profile_class_check(wanted->by, err) : 0;
    if (code < 0) {
        free(hotspots);
        return code;
    }
    code = cck_run_prepare(&hotspots->run, CCK_WANT_SPOTS, target, &stat, wanted->simulate, err);
    if (code < 0) {
        cck_hotspots_free(hotspots);
        return code;
    }
    *out_hotspots = hotspots;
    return 0;
}

static int fill(cck_hotspots *hotspots, cck_result *result, const cck_tally *tally,
                const cck_observed *observed, const cck_session_end *end, cck_error *err)
{
    const cck_hotspots_order order = {
        .by = hotspots->options.by,
        .thread = hotspots->options.thread,
        .per_thread = hotspots->options.per_thread,
    };
    cck_namer namer;
    int code = cck_run_describe(&hotspots->run, result, end, tally, err);
    if (code < 0)
        return code;
    if (!result->target.threads)
        result->target.threads = (uint32_t)observed->thread_count;
    code = cck_hotspots_namer_new(&namer, observed, err);
    if (code < 0)
        return code;
    code = cck_hotspots_build(result, observed, &namer, &order, err);
    if (code == 0)
        code = cck_hotspots_namer_notes(&namer, result, err);
    cck_hotspots_namer_free(&namer);
    return code == 0 ? cck_run_conclude(result, end, err) : code;
}

int cck_hotspots_run(cck_hotspots *hotspots, cck_result **out_result, cck_error *err)
{
    cck_tally tally;
    cck_observed observed = {0};
    cck_session_end end;
    cck_result *result = cck_result_new();
    if (!result)
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    result->command = "hotspots";
    int code = cck_session_run(&hotspots->run.session, &tally, &observed, &end, err);
    if (code == 0) {
        code = fill(hotspots, result, &tally, &observed, &end, err);
        cck_tally_clear(&tally);
        cck_observed_clear(&observed);
    }
    if (code < 0) {
        cck_result_free(result);
        return code;
    }
    *out_result = result;
    return 0;
}

void cck_hotspots_interrupt(cck_hotspots *hotspots, int signal)
{
    cck_run_interrupt(&hotspots->run, signal);
}

void cck_hotspots_forward(cck_hotspots *hotspots, int signal)
{
    cck_run_forward(&hotspots->run, signal);
}

void cck_hotspots_free(cck_hotspots *hotspots)
{
    if (!hotspots)
        return;
    cck_run_clear(&hotspots->run);
    free(hotspots);
}
