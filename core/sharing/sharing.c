/* SPDX-License-Identifier: MIT */
#include <cachecheck/sharing.h>

#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/base/fail.h"
#include "core/base/number.h"
#include "core/finding/object_hint.h"
#include "core/machine/gauge.h"
#include "core/result/assemble.h"
#include "core/result/result.h"
#include "core/session/run.h"
#include "core/sharing/judge.h"
#include "core/sharing/what_if.h"

enum { TOP = 100 };

struct cck_sharing {
    cck_run run;
    cck_sharing_options options;
    cck_what_if_plan what_if; /* without specs: nothing is asked for */
    cck_debug *debug;         /* what was read so far; made when it is needed */
};

/* ---- before ---- */

/* What of the options a program that runs on the real machine cannot be asked for. */
static const char *only_simulated(const cck_simulate_options *simulate)
{
    if (!simulate)
        return NULL;
    const struct {
        bool set;
        const char *what;
    } asked[] = {
        {simulate->what_if && *simulate->what_if, "a predicted change (--what-if)"},
        {simulate->topology != NULL, "another machine (--topology)"},
        {simulate->cache != NULL, "another cache (--cache)"},
        {simulate->model != NULL, "another model (--model)"},
        {simulate->map != NULL, "a map of threads to cores (--map)"},
        {simulate->max_instructions != 0, "a number of instructions (--max-instructions)"},
        {simulate->start_at != NULL, "a part of the run (--start-at)"},
        {simulate->marked, "a marked part of the run (--marked)"},
    };
    for (size_t i = 0; i < sizeof asked / sizeof *asked; i++)
        if (asked[i].set)
            return asked[i].what;
    return NULL;
}

static int check_options(const cck_target_options *target, const cck_sharing_options *options,
                         cck_error *err)
{
    bool attach = !target->argv && target->pid > 0;
    if (attach && options->backend == CCK_BACKEND_SIMULATE) {
        cck_fail(err, CCK_EUNSUPPORTED, "a running process cannot be simulated");
        cck_hint(err, "use --backend watch, or name the program to run behind --: cachecheck "
                      "sharing -- ./app");
        return CCK_EUNSUPPORTED;
    }
    bool real = options->backend == CCK_BACKEND_WATCH || options->backend == CCK_BACKEND_PRECISE;
    if (options->backend != CCK_BACKEND_AUTO && options->backend != CCK_BACKEND_SIMULATE && !real) {
        cck_fail(err, CCK_EUNSUPPORTED, "that backend sees no shared lines");
        cck_hint(err, "use --backend precise, watch or simulate");
        return CCK_EUNSUPPORTED;
    }
    const char *modelled = only_simulated(options->simulate);
    if (modelled && (attach || real)) {
        cck_fail(err, CCK_EUNSUPPORTED, "%s is for the simulation, and this is to be watched",
                 modelled);
        cck_hint(err, attach ? "leave it out, or name the program to run behind --"
                             : "leave it out, or use --backend simulate");
        return CCK_EUNSUPPORTED;
    }
    if (options->overhead < 0 || options->overhead > 1)
        return cck_fail(err, CCK_EINVALID, "the overhead is a share of the target's time, up to 1");
    return options->simulate ? cck_object_hints_check(options->simulate->types, err) : 0;
}

/* Names are looked up in the program before it runs: nobody waits for a typing error. */
static int read_what_if(cck_sharing *sharing, cck_error *err)
{
    cck_run *run = &sharing->run;
    char program[PATH_MAX];
    int code = cck_what_if_read(&sharing->what_if, run->simulate.what_if, &run->arena, err);
    if (code < 0 || !sharing->what_if.spec_count)
        return code;
    code = cck_run_program(run, program, sizeof program, err);
    return code == 0 ? cck_what_if_check(&sharing->what_if, program, err) : code;
}

static cck_line_limits limits_of(const cck_sharing_options *options)
{
    cck_line_limits limits = cck_line_default_limits;
    if (options->least_rate > 0)
        limits.rate = options->least_rate;
    return limits;
}

/* Nobody chose the simulation by name: what else was asked for wants it. */
static int tell_why(cck_sharing *sharing, const char *modelled, cck_error *err)
{
    cck_session *session = &sharing->run.session;
    if (sharing->options.backend != CCK_BACKEND_AUTO || !modelled)
        return 0;
    session->why = cck_arena_printf(session->arena, "%s is for the simulation", modelled);
    return session->why ? 0 : cck_fail(err, CCK_ENOMEM, "out of memory");
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
    const char *modelled = only_simulated(options->simulate);
    cck_stat_options common = {
        .size = sizeof common,
        .backend = options->backend == CCK_BACKEND_AUTO && modelled ? CCK_BACKEND_SIMULATE
                                                                    : options->backend,
        .cache = simulate.cache,
        .duration_s = options->duration_s,
        .on_start = options->on_start,
        .context = options->context,
    };
    int code = cck_run_prepare(&sharing->run, CCK_WANT_SHARING, target, &common, &simulate, err);
    sharing->run.session.overhead = options->overhead;
    sharing->run.session.least_rate = limits_of(options).rate;
    if (code == 0)
        code = tell_why(sharing, modelled, err);
    return code == 0 ? read_what_if(sharing, err) : code;
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

/* Where the latency comes from: "measured", or "measured 3 days ago by ...". */
static const char *since_when(cck_arena *arena, const cck_gauge_reading *reading)
{
    long long hours = reading->age_s / 3600, days = hours / 24;
    if (!reading->kept)
        return "measured";
    return cck_arena_printf(arena, "measured %lld %s%s ago by cachecheck machine --measure",
                            days ? days : hours, days ? "day" : "hour",
                            (days ? days : hours) == 1 ? "" : "s");
}

/* The model's latency is a constant, so that findings stay the same from run to run; this
 * machine's own goes into a note. */
static int note_latency(cck_sharing *sharing, cck_result *result, const cck_observed *observed,
                        cck_error *err)
{
    cck_gauge_reading reading;
    char text[CCK_NUMBER_SIZE];
    cck_error reason = {0};
    if (sharing->options.no_latency || !result->finding_count || observed->hertz <= 0)
        return 0;
    const char *sentence;
    if (cck_gauge_read("transfer", sharing->run.machine, &reading, &reason) == 0) {
        const char *when = since_when(result->arena, &reading);
        cck_number_time(text, reading.value);
        sentence = cck_arena_printf(result->arena,
                                    "a line takes %s from core to core on this machine (%s); "
                                    "costs above are the model's",
                                    text, when ? when : "measured");
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
    cck_what_if_plan *what_if = sharing->what_if.spec_count ? &sharing->what_if : NULL;
    cck_sharing_rules rules = {
        .limits = limits_of(&sharing->options),
        .least = least_severity(&sharing->options),
        .top = sharing->options.top ? sharing->options.top : TOP,
        .types = sharing->run.simulate.types,
        .what_if = what_if,
    };
    int code = sharing->debug ? 0 : cck_debug_new(&sharing->debug, err);
    if (code < 0)
        return code;
    code = cck_sharing_judge(result, observed, sharing->debug, &rules, err);
    if (code == 0 && what_if)
        code = cck_what_if_settle(what_if, err);
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

static void on_look(void *context, const cck_tally *tally, const cck_observed *observed,
                    const cck_session_end *so_far, const cck_progress *progress)
{
    cck_sharing *sharing = context;
    cck_result *result;
    if (make_result(sharing, tally, observed, so_far, &result, NULL) < 0)
        return;
    sharing->options.on_result(sharing->options.context, result, progress);
    cck_result_free(result);
}

/* ---- what if ---- */

/* Once more with the changes; what the program does must not depend on the first time. */
static int run_again(cck_sharing *sharing, const cck_observed *before, cck_result *result,
                     cck_error *err)
{
    cck_line_limits limits = limits_of(&sharing->options);
    cck_tally tally;
    cck_observed after = {0};
    cck_session_end end;
    sharing->run.options.on_start = NULL; /* it was announced */
    sharing->run.session.on_look = NULL;
    sharing->run.session.remap = &sharing->what_if.rules;
    int code = cck_session_run(&sharing->run.session, &tally, &after, &end, err);
    sharing->run.session.remap = NULL;
    if (code < 0)
        return code;
    code = cck_what_if_compare(&sharing->what_if, before, &after, &limits, result, err);
    cck_observed_clear(&after);
    cck_tally_clear(&tally);
    return code;
}

static int predict(cck_sharing *sharing, const cck_observed *observed, off_t input,
                   cck_result *result, cck_error *err)
{
    cck_line_limits limits = limits_of(&sharing->options);
    if (!sharing->what_if.spec_count)
        return 0;
    if (result->target.interrupted)
        return cck_result_note(result, "the run was ended early: no change was tried")
                   ? 0
                   : cck_fail(err, CCK_ENOMEM, "out of memory");
    if (!sharing->what_if.change_count)
        return cck_result_note(result, "no finding suggests a change: nothing was tried")
                   ? 0
                   : cck_fail(err, CCK_ENOMEM, "out of memory");
    if (!sharing->what_if.rules.count)
        return cck_what_if_compare(&sharing->what_if, observed, NULL, &limits, result, err);
    if (input >= 0)
        lseek(STDIN_FILENO, input, SEEK_SET);
    return run_again(sharing, observed, result, err);
}

int cck_sharing_run(cck_sharing *sharing, cck_result **out_result, cck_error *err)
{
    cck_tally tally;
    cck_observed observed = {0};
    cck_session_end end;
    cck_result *result = NULL;
    off_t input = lseek(STDIN_FILENO, 0, SEEK_CUR); /* a file is read again from where it was */
    sharing->run.session.on_look = sharing->options.on_result ? on_look : NULL;
    sharing->run.session.look_context = sharing;
    int code = cck_session_run(&sharing->run.session, &tally, &observed, &end, err);
    if (code < 0)
        return code;
    code = make_result(sharing, &tally, &observed, &end, &result, err);
    if (code == 0)
        code = predict(sharing, &observed, input, result, err);
    if (code == 0)
        code = cck_run_conclude(result, &end, err);
    if (code == 0)
        *out_result = result;
    else
        cck_result_free(result);
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
    cck_debug_free(sharing->debug);
    cck_what_if_clear(&sharing->what_if);
    cck_run_clear(&sharing->run);
    free(sharing);
}
