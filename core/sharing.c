/* SPDX-License-Identifier: MIT */
#include <cachecheck/sharing.h>

#include <stdlib.h>

#include "core/assemble.h"
#include "core/fail.h"
#include "core/gauge.h"
#include "core/number.h"
#include "core/object_hint.h"
#include "core/result.h"
#include "core/run.h"
#include "core/sharing_judge.h"

enum { TOP = 100 };

struct cck_sharing {
    cck_run run;
    cck_sharing_options options;
};

/* ---- before ---- */

static int check_options(const cck_target_options *target, const cck_sharing_options *options,
                         cck_error *err)
{
    if (!target->argv && target->pid > 0) {
        cck_fail(err, CCK_EUNSUPPORTED, "a running process cannot be simulated");
        cck_hint(err, "name the program to run behind --: cachecheck sharing -- ./app");
        return CCK_EUNSUPPORTED;
    }
    if (options->backend != CCK_BACKEND_AUTO && options->backend != CCK_BACKEND_SIMULATE) {
        cck_fail(err, CCK_EUNSUPPORTED, "that backend sees no shared lines");
        cck_hint(err, "use --backend simulate");
        return CCK_EUNSUPPORTED;
    }
    return options->simulate ? cck_object_hints_check(options->simulate->types, err) : 0;
}

static int prepare(cck_sharing *sharing, const cck_target_options *target, cck_error *err)
{
    const cck_sharing_options *options = &sharing->options;
    cck_simulate_options simulate;
    cck_options_copy(&simulate, sizeof simulate, options->simulate,
                     options->simulate ? options->simulate->size : 0);
    simulate.size = sizeof simulate;
    if (options->on_progress) {
        simulate.on_progress = options->on_progress;
        simulate.context = options->context;
    }
    cck_stat_options common = {
        .size = sizeof common,
        .backend = options->backend,
        .cache = simulate.cache,
        .duration_s = options->duration_s,
        .on_start = options->on_start,
        .context = options->context,
    };
    return cck_run_prepare(&sharing->run, CCK_WANT_SHARING, target, &common, &simulate, err);
}

int cck_sharing_new(cck_sharing **out_sharing, const cck_target_options *target,
                    const cck_sharing_options *options, cck_error *err)
{
    cck_sharing_options copy;
    cck_options_copy(&copy, sizeof copy, options, options ? options->size : 0);
    int code = check_options(target, &copy, err);
    if (code < 0)
        return code;
    cck_sharing *sharing = calloc(1, sizeof *sharing);
    if (!sharing)
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    sharing->options = copy;
    code = prepare(sharing, target, err);
    if (code < 0) {
        cck_sharing_free(sharing);
        return code;
    }
    *out_sharing = sharing;
    return 0;
}

/* ---- after ---- */

/* The model's latency is a constant, so that findings stay the same from run to run; this
 * machine's own goes into a note. */
static int note_latency(cck_sharing *sharing, cck_result *result, const cck_observed *observed,
                        cck_error *err)
{
    double ns;
    char text[CCK_NUMBER_SIZE];
    cck_error reason = {0};
    if (sharing->options.no_latency || !result->finding_count || observed->hertz <= 0)
        return 0;
    const char *sentence;
    if (cck_gauge_measure("transfer", sharing->run.machine, &ns, &reason) == 0) {
        cck_number_time(text, ns);
        sentence = cck_arena_printf(result->arena,
                                    "a line takes %s from core to core on this machine (measured); "
                                    "costs above are the model's",
                                    text);
    } else {
        sentence = cck_arena_printf(result->arena,
                                    "how long a line takes from core to core on this machine is "
                                    "not known: %s",
                                    reason.message);
    }
    return sentence && cck_result_note(result, sentence)
               ? 0
               : cck_fail(err, CCK_ENOMEM, "out of memory");
}

static cck_severity least_severity(const cck_sharing_options *options)
{
    if (options->least_severity != CCK_SEVERITY_INFO)
        return options->least_severity;
    return options->seldom ? CCK_SEVERITY_INFO : CCK_SEVERITY_LOW;
}

static int judge(cck_sharing *sharing, cck_result *result, const cck_observed *observed,
                 cck_error *err)
{
    cck_sharing_rules rules = {
        .limits = cck_line_default_limits,
        .least = least_severity(&sharing->options),
        .top = sharing->options.top ? sharing->options.top : TOP,
        .types = sharing->run.simulate.types,
    };
    if (sharing->options.least_rate > 0)
        rules.limits.rate = sharing->options.least_rate;
    cck_debug *debug;
    int code = cck_debug_new(&debug, err);
    if (code < 0)
        return code;
    code = cck_sharing_judge(result, observed, debug, &rules, err);
    cck_debug_free(debug);
    return code == 0 ? note_latency(sharing, result, observed, err) : code;
}

static int make_result(cck_sharing *sharing, const cck_tally *tally, const cck_observed *observed,
                       const cck_session_end *end, cck_result **out_result, cck_error *err)
{
    cck_result *result = cck_result_new();
    if (!result)
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    result->command = "sharing";
    int code = cck_run_describe(&sharing->run, result, end, tally, err);
    if (code == 0)
        code = cck_assemble(result, tally, end->facts.events, end->facts.event_count,
                            sharing->run.machine, err);
    if (code == 0)
        code = judge(sharing, result, observed, err);
    if (code < 0) {
        cck_result_free(result);
        return code;
    }
    *out_result = result;
    return 0;
}

int cck_sharing_run(cck_sharing *sharing, cck_result **out_result, cck_error *err)
{
    cck_tally tally;
    cck_observed observed = {0};
    cck_session_end end;
    int code = cck_session_run(&sharing->run.session, &tally, &observed, &end, err);
    if (code < 0)
        return code;
    code = make_result(sharing, &tally, &observed, &end, out_result, err);
    cck_observed_clear(&observed);
    cck_tally_clear(&tally);
    return code;
}

void cck_sharing_interrupt(cck_sharing *sharing, int signal)
{
    cck_run_interrupt(&sharing->run, signal);
}

void cck_sharing_forward(cck_sharing *sharing, int signal)
{
    cck_run_forward(&sharing->run, signal);
}

void cck_sharing_free(cck_sharing *sharing)
{
    if (!sharing)
        return;
    cck_run_clear(&sharing->run);
    free(sharing);
}
