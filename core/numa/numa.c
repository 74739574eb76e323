/* SPDX-License-Identifier: MIT */
#include "core/numa/numa.h"

#include <stdlib.h>

#include "core/base/fail.h"
#include "core/result/result.h"
#include "core/session/run.h"

struct cck_numa {
    cck_run run;
    cck_numa_options options;
};

static void on_interval(void *context, const cck_interval *interval);

int cck_numa_new(cck_numa **out_numa, const cck_target_options *target,
                 const cck_numa_options *options, cck_error *err)
{
    cck_numa *numa = calloc(1, sizeof *numa);
    if (!numa)
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    cck_options_copy(&numa->options, sizeof numa->options, options, options ? options->size : 0);
    const cck_numa_options *wanted = &numa->options;
    cck_stat_options stat = {
        .size = sizeof stat,
        .duration_s = wanted->duration_s,
        .interval_ms = wanted->interval_ms,
        .on_start = wanted->on_start,
        .context = wanted->context,
    };
    int code = cck_run_prepare(&numa->run, CCK_WANT_PLACEMENT, target, &stat, NULL, err);
    if (code < 0) {
        cck_numa_free(numa);
        return code;
    }
    numa->run.session.numa = wanted;
    *out_numa = numa;
    return 0;
}

/* ---- a result ---- */

static uint32_t alive(const cck_numa_placement *placement)
{
    return (uint32_t)(placement->thread_count + placement->threads_left_out);
}

static int fill(cck_numa *numa, cck_result *result, const cck_session_end *end,
                const cck_tally *tally, cck_error *err)
{
    int code = cck_run_describe(&numa->run, result, end, tally, err);
    if (code < 0)
        return code;
    result->target.threads = alive(result->placement);
    result->target.processes = (uint32_t)result->placement->process_count;
    return cck_numa_find(result, err);
}

static cck_result *new_result(void)
{
    cck_result *result = cck_result_new();
    if (!result)
        return NULL;
    result->command = "numa";
    result->placement = cck_arena_alloc(result->arena, sizeof *result->placement);
    if (result->placement)
        return result;
    cck_result_free(result);
    return NULL;
}

/* What is known while it still runs. */
static void on_interval(void *context, const cck_interval *interval)
{
    cck_numa *numa = context;
    cck_session *session = &numa->run.session;
    const cck_session_end end = {.pid = session->target->pid, .elapsed_s = interval->time_s};
    const cck_tally nothing = {0};
    cck_result *result = new_result();
    if (result && session->probe->place(session->state, result->arena, result->placement, NULL) == 0 &&
        fill(numa, result, &end, &nothing, NULL) == 0)
        numa->options.on_look(numa->options.context, result);
    cck_result_free(result);
}

int cck_numa_run(cck_numa *numa, cck_result **out_result, cck_error *err)
{
    cck_session *session = &numa->run.session;
    cck_tally tally;
    cck_session_end end;
    cck_result *result = new_result();
    if (!result)
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    if (numa->options.on_look) {
        numa->run.options.on_interval = on_interval;
        numa->run.options.context = numa;
        numa->run.options.on_start = NULL;
    }
    session->placement = result->placement;
    session->placement_arena = result->arena;
    int code = cck_session_run(session, &tally, NULL, &end, err);
    if (code == 0) {
        code = fill(numa, result, &end, &tally, err);
        cck_tally_clear(&tally);
    }
    if (code == 0)
        code = cck_run_conclude(result, &end, err);
    if (code < 0) {
        cck_result_free(result);
        return code;
    }
    *out_result = result;
    return 0;
}

void cck_numa_interrupt(cck_numa *numa, int signal)
{
    cck_run_interrupt(&numa->run, signal);
}

void cck_numa_forward(cck_numa *numa, int signal)
{
    cck_run_forward(&numa->run, signal);
}

void cck_numa_free(cck_numa *numa)
{
    if (!numa)
        return;
    cck_run_clear(&numa->run);
    free(numa);
}
