/* SPDX-License-Identifier: MIT */
#include "probes/watch/sampler_rests.h"

#include <stdlib.h>

#include "core/base/proc.h"

enum { AT_ONCE = 16 }; /* threads that /proc is asked about: some 5 us each */

static bool is_member(const cck_sampler_thread *thread)
{
    return (thread->fd >= 0 || thread->rests) && !thread->ended;
}

/* Those that were not, for want of memory, have turns of their own (sampler_turns.h). */
static cck_sampler_thread **list_members(const cck_sampler_members *members, size_t *out_count)
{
    cck_sampler_thread **list = malloc((members->threads.count + 1) * sizeof *list);
    size_t cursor = 0;
    void *value;
    *out_count = 0;
    while (list && cck_map_next(&members->threads, &cursor, NULL, &value))
        if (is_member(value))
            list[(*out_count)++] = value;
    return list;
}

static void ask(const cck_sampler_members *members, cck_sampler_thread *thread, uint64_t now)
{
    uint64_t run_ns, times;
    if (cck_proc_turns(members->root, thread->pid, thread->tid, &run_ns, &times) != 0)
        return;
    cck_rest_note(&thread->pulse, now, run_ns, times);
    if (thread->rests && run_ns > thread->rest_run) /* its clock does not tell meanwhile */
        thread->cpu_time = thread->cpu_before + (run_ns - thread->rest_run);
}

static bool put_to_rest(cck_sampler_members *members, cck_sampler_thread *thread)
{
    uint64_t run_ns, times;
    if (cck_proc_turns(members->root, thread->pid, thread->tid, &run_ns, &times) != 0)
        return false;
    cck_sampler_thread_read(thread, &members->reading);
    cck_sampler_thread_rest(thread, 0);
    thread->rests = true;
    thread->rest_run = run_ns;
    members->numbers.threads_now--;
    return true;
}

static bool wake(cck_sampler_members *members, cck_sampler_thread *thread, uint64_t now)
{
    cck_error reason = {0};
    ask(members, thread, now);
    thread->cpu_before = thread->cpu_time;
    if (cck_sampler_thread_reopen(thread, members->calls, members->root, members->period,
                                  &reason) < 0)
        return false; /* gone, or others have the memory for rings: it goes on resting */
    members->numbers.threads_now++;
    return true;
}

/* Who hardly runs has no part in what a run can rule out. */
static void sum_up(cck_sampler_resting *resting, cck_sampler_thread **list, size_t count,
                   uint64_t now)
{
    const double matters = 0.1;
    double passed = resting->looked ? (double)(now - resting->looked) : 0, rate = 0, run = 0;
    resting->now = 0;
    resting->awake = 1;
    for (size_t i = 0; i < count; i++)
        run += list[i]->pulse.busy;
    for (size_t i = 0; i < count; i++) {
        const cck_rest_pulse *pulse = &list[i]->pulse;
        resting->now += list[i]->rests;
        resting->all_ns += list[i]->rested ? passed : 0;
        resting->rested_ns += list[i]->rests ? passed : 0;
        if (pulse->turns <= 1)
            continue;
        rate += pulse->rate;
        if (pulse->busy > matters * run && 1.0 / pulse->turns < resting->awake)
            resting->awake = 1.0 / pulse->turns;
    }
    resting->rate = rate > resting->rate ? rate : resting->rate;
}

static void decide(const cck_sampler_resting *resting, cck_sampler_thread **list, size_t count)
{
    cck_rest_pulse **pulses = malloc((count + 1) * sizeof *pulses);
    for (size_t i = 0; pulses && i < count; i++)
        pulses[i] = &list[i]->pulse;
    if (pulses)
        cck_rest_decide(pulses, count, resting->switch_ns, resting->share);
    free(pulses);
}

static double cost_since(const cck_sampler_resting *resting, cck_sampler_thread **list,
                         size_t count, uint64_t now)
{
    double passed = resting->looked ? (double)(now - resting->looked) : 0, cost = 0;
    for (size_t i = 0; i < count; i++)
        cost += list[i]->rests ? 0 : passed * cck_rest_cost(&list[i]->pulse, resting->switch_ns);
    return cost;
}

typedef bool rests_function(void *context, int32_t pid, int32_t tid, bool resting);

static void turn(cck_sampler_resting *resting, cck_sampler_members *members,
                 cck_sampler_thread *thread, uint64_t now, rests_function *rests, void *context)
{
    uint64_t began = thread->opened;
    if (thread->rests) {
        if (wake(members, thread, now) && rests)
            rests(context, thread->pid, thread->tid, false);
        return;
    }
    if (rests && !rests(context, thread->pid, thread->tid, true))
        return;
    if (!put_to_rest(members, thread) && rests)
        rests(context, thread->pid, thread->tid, false);
    if (!thread->rests || thread->rested)
        return;
    thread->rested = true;
    resting->ever++;
    resting->all_ns += (double)(now - began);
}

double cck_sampler_rests_take(cck_sampler_resting *resting, cck_sampler_members *members,
                              uint64_t now, rests_function *rests, void *context)
{
    size_t count;
    cck_sampler_thread **list = list_members(members, &count);
    if (!list)
        return 0;
    for (size_t i = 0; i < AT_ONCE && i < count; i++)
        ask(members, list[resting->next++ % count], now);
    double cost = cost_since(resting, list, count, now);
    decide(resting, list, count);
    for (size_t i = 0; i < count; i++)
        if (cck_rest_awake(&list[i]->pulse, resting->look) == list[i]->rests)
            turn(resting, members, list[i], now, rests, context);
    sum_up(resting, list, count, now);
    resting->look++;
    resting->looked = now;
    free(list);
    return cost;
}
