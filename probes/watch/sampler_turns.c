/* SPDX-License-Identifier: MIT */
#include "probes/watch/sampler_turns.h"

enum {
    TURN_NS = 250000000,
    IDLE_NS = 500000000, /* without a sample: it sleeps */
    AT_ONCE = 16
};

static bool is_waiting(const cck_sampler_thread *thread)
{
    return thread->fd < 0 && thread->waits_since && !thread->ended;
}

static bool is_idle(const cck_sampler_thread *thread, uint64_t now)
{
    uint64_t last = thread->sampled > thread->opened ? thread->sampled : thread->opened;
    if (thread->fd < 0 || thread->ended || last + IDLE_NS > now)
        return false;
    for (unsigned i = 0; i < CCK_WATCH_SLOTS; i++)
        if (thread->slots[i].armed)
            return false;
    return true;
}

/* The longest first; `list` has room for AT_ONCE. */
static void insert(cck_sampler_thread **list, size_t *count, cck_sampler_thread *one,
                   uint64_t (*since)(const cck_sampler_thread *))
{
    size_t at = *count;
    if (at == AT_ONCE && since(list[at - 1]) <= since(one))
        return;
    if (at == AT_ONCE)
        at--;
    else
        ++*count;
    for (; at && since(list[at - 1]) > since(one); at--)
        list[at] = list[at - 1];
    list[at] = one;
}

static uint64_t waits_since(const cck_sampler_thread *thread)
{
    return thread->waits_since;
}

static uint64_t sampled(const cck_sampler_thread *thread)
{
    return thread->sampled;
}

/* False: that was of no use, for now. */
static bool swap(cck_sampler_members *members, cck_sampler_thread *idle,
                 cck_sampler_thread *waiting, uint64_t now)
{
    cck_error reason = {0};
    cck_sampler_thread_read(idle, &members->reading);
    cck_sampler_thread_rest(idle, now);
    if (cck_sampler_thread_reopen(waiting, members->calls, members->root, members->period,
                                  &reason) < 0) {
        waiting->waits_since = now;
        members->numbers.threads_now--;
        return false;
    }
    if (waiting->told)
        return true;
    members->numbers.threads_unwatched--;
    members->numbers.threads_in_turns++;
    return cck_sampler_members_tell(members, waiting, now);
}

void cck_sampler_turns_take(cck_sampler_members *members, uint64_t now)
{
    cck_sampler_thread *waiting[AT_ONCE], *idle[AT_ONCE];
    size_t waiting_count = 0, idle_count = 0, cursor = 0;
    void *value;
    if (!members->crowded || now < members->turned + TURN_NS)
        return;
    members->turned = now;
    while (cck_map_next(&members->threads, &cursor, NULL, &value)) {
        if (is_waiting(value))
            insert(waiting, &waiting_count, value, waits_since);
        else if (is_idle(value, now))
            insert(idle, &idle_count, value, sampled);
    }
    for (size_t i = 0; i < waiting_count && i < idle_count; i++)
        if (!cck_sampler_members_may_admit(members) || !swap(members, idle[i], waiting[i], now))
            break;
}
