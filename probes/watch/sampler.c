/* SPDX-License-Identifier: MIT */
#include "probes/watch/sampler.h"

#include <stdlib.h>

#include "core/base/fail.h"
#include "probes/watch/sampler_look.h"
#include "probes/watch/sampler_rests.h"
#include "probes/watch/sampler_trial.h"
#include "probes/watch/spinner.h"

enum {
    LEAST_PERIOD_NS = 2000000, /* 500 Hz: what nomination needs; more only costs */
    MOST_PERIOD_NS = 100000000,
    DRAIN_NS = 40000000, /* what is nominated is fresh for 60 ms */
    DRAIN_LEAST_NS = 2000000,
    DRAIN_SAMPLES = 10, /* of 20 at least that a ring holds */
    SLACK_NS = 100000,  /* from a record's time stamp until it is in its ring, at most */
};

/* A timer that is set and stopped, against one that is set, fires and leaves a record: 11 us
 * against 14 where a hypervisor is told of both. */
static const double switch_of_sample = 0.8;
static const double rest_share = 0.4; /* of the budget, for that */

struct cck_sampler {
    cck_sampler_members members;
    cck_sampler_resting resting;
    cck_sampler_sink sink;
    cck_sampler_costs costs;
    uint64_t least_period;
    const cck_sampler_news *leaving; /* the thread whose end the sink is being told */
};

uint64_t cck_sampler_drain_every(const cck_sampler *sampler)
{
    uint64_t ns = sampler->members.period * DRAIN_SAMPLES;
    if (ns > DRAIN_NS)
        ns = DRAIN_NS;
    return ns < DRAIN_LEAST_NS ? DRAIN_LEAST_NS : ns;
}

static uint64_t first_period(double sample_ns, double budget)
{
    double period = budget > 0 ? 2 * sample_ns / budget : MOST_PERIOD_NS;
    if (period < LEAST_PERIOD_NS)
        return LEAST_PERIOD_NS;
    return period < MOST_PERIOD_NS ? (uint64_t)period : MOST_PERIOD_NS;
}

static int begin(cck_sampler *sampler, const cck_root *root, double budget, cck_error *err)
{
    int code = cck_sampler_members_init(&sampler->members, &cck_perf_kernel, root, err);
    if (code == 0)
        code = cck_sampler_trial(&cck_perf_kernel, root, &sampler->costs, err);
    if (code < 0)
        return code;
    sampler->least_period = cck_sampler_least_period(root);
    sampler->resting.switch_ns = switch_of_sample * sampler->costs.sample_ns;
    sampler->resting.share = rest_share * budget;
    cck_sampler_period(sampler, first_period(sampler->costs.sample_ns, budget));
    return 0;
}

int cck_sampler_new(cck_sampler **out_sampler, const cck_root *root, double budget,
                    const cck_sampler_sink *sink, cck_error *err)
{
    cck_sampler *sampler = calloc(1, sizeof *sampler);
    if (!sampler)
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    sampler->sink = *sink;
    int code = begin(sampler, root, budget, err);
    if (code < 0) {
        cck_sampler_free(sampler);
        return code;
    }
    *out_sampler = sampler;
    return 0;
}

void cck_sampler_free(cck_sampler *sampler)
{
    if (!sampler)
        return;
    cck_sampler_members_clear(&sampler->members);
    free(sampler);
}

const cck_sampler_costs *cck_sampler_costs_of(const cck_sampler *sampler)
{
    return &sampler->costs;
}

cck_sampler_numbers cck_sampler_numbers_of(const cck_sampler *sampler)
{
    return sampler->members.numbers;
}

bool cck_sampler_crowded(const cck_sampler *sampler)
{
    return sampler->members.crowded;
}

/* ---- threads and records -------------------------------------------------------- */

int cck_sampler_follow(cck_sampler *sampler, pid_t pid, bool tree, cck_error *err)
{
    return cck_sampler_look_follow(&sampler->members, pid, tree, err);
}

int cck_sampler_scan(cck_sampler *sampler, cck_error *err)
{
    return cck_sampler_look(&sampler->members, cck_spinner_now(), err);
}

static void hand_over(void *context, const cck_sampler_news *news)
{
    cck_sampler *sampler = context;
    const cck_sampler_sink *sink = &sampler->sink;
    switch (news->kind) {
    case CCK_NEWS_SAMPLE:
        sink->sample(sink->context, &news->sample);
        break;
    case CCK_NEWS_HIT:
        sink->hit(sink->context, &news->hit);
        break;
    case CCK_NEWS_FOUND:
        sink->thread(sink->context, news->thread.pid, news->thread.tid, true);
        break;
    case CCK_NEWS_GONE:
        sampler->leaving = news;
        sink->thread(sink->context, news->thread.pid, news->thread.tid, false);
        sampler->leaving = NULL;
        break;
    }
}

int cck_sampler_drain(cck_sampler *sampler, cck_error *err)
{
    uint64_t horizon = cck_spinner_now() - SLACK_NS;
    int code = cck_sampler_members_read(&sampler->members, err);
    cck_sampler_queue_hand_over(&sampler->members.queue, horizon, hand_over, sampler);
    return code;
}

double cck_sampler_rest(cck_sampler *sampler)
{
    const cck_sampler_sink *sink = &sampler->sink;
    return cck_sampler_rests_take(&sampler->resting, &sampler->members, cck_spinner_now(),
                                  sink->rests, sink->context);
}

cck_sampler_rested cck_sampler_rested_of(const cck_sampler *sampler)
{
    const cck_sampler_resting *resting = &sampler->resting;
    return (cck_sampler_rested){.now = resting->now > 0,
                                .ever = resting->ever,
                                .rate = resting->rate,
                                .watched = resting->all_ns > 0
                                               ? 1 - resting->rested_ns / resting->all_ns
                                               : 1,
                                .awake = resting->look ? resting->awake : 1};
}

void cck_sampler_period(cck_sampler *sampler, uint64_t ns)
{
    if (ns < sampler->least_period)
        ns = sampler->least_period;
    if (ns == sampler->members.period)
        return;
    sampler->members.period = ns;
    cck_sampler_members_set_period(&sampler->members);
}

/* ---- watchpoints ---------------------------------------------------------------- */

int cck_sampler_arm(cck_sampler *sampler, int32_t tid, unsigned slot, uint64_t word,
                    cck_watch_kind kind, unsigned hits, cck_error *err)
{
    cck_sampler_members *members = &sampler->members;
    bool aligned = kind == CCK_WATCH_CODE || word % CCK_WATCH_WORD == 0;
    if (slot >= CCK_WATCH_SLOTS || !aligned || hits < 1 || hits > INT32_MAX)
        return cck_fail(err, CCK_EINVALID, "cannot watch that word in that slot");
    cck_sampler_thread *thread = cck_sampler_members_find(members, tid);
    if (!thread)
        return cck_fail(err, CCK_EGONE, "thread %d has ended", tid);
    if (cck_sampler_members_traced(members, thread->pid)) {
        cck_fail(err, CCK_EBUSY, "process %d is traced by a debugger", thread->pid);
        cck_hint(err, "its debug registers are left to the debugger: end that first");
        return CCK_EBUSY;
    }
    return cck_sampler_thread_arm(thread, &members->reading, members->calls, sampler->costs.rearms,
                                  slot, word, kind, hits, err);
}

void cck_sampler_disarm(cck_sampler *sampler, int32_t tid)
{
    cck_sampler_thread *thread = cck_sampler_members_find(&sampler->members, tid);
    if (thread)
        cck_sampler_thread_disarm(thread, &sampler->members.reading, false);
}

uint64_t cck_sampler_exposure(cck_sampler *sampler, int32_t tid, unsigned slot)
{
    cck_sampler_thread *thread = cck_sampler_members_find(&sampler->members, tid);
    if (!thread || slot >= CCK_WATCH_SLOTS)
        return 0;
    cck_sampler_thread_read(thread, &sampler->members.reading);
    return cck_watchpoint_exposure(&thread->slots[slot]);
}

uint64_t cck_sampler_cpu_time(cck_sampler *sampler, int32_t tid)
{
    const cck_sampler_news *leaving = sampler->leaving;
    if (leaving && leaving->thread.tid == tid)
        return leaving->thread.cpu_time;
    cck_sampler_thread *thread = cck_sampler_members_find(&sampler->members, tid);
    if (!thread)
        return 0;
    /* Only what was not sampled for long is worth an interrupt. */
    uint64_t old = 2 * DRAIN_NS + 4 * sampler->members.period;
    return cck_sampler_thread_cpu_time(thread, cck_spinner_now() - old);
}
