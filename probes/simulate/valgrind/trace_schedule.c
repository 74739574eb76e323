/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tracing.h"

#include "pub_tool_libcassert.h"
#include "pub_tool_libcbase.h"
#include "pub_tool_libcproc.h"
#include "pub_tool_vki.h"
#include "pub_tool_vkiscnums.h"

/*
 * Whose turn it is. Valgrind lets one thread run at a time, whichever takes its big
 * lock first; then the same program gives another trace each time. Here the linker puts
 * our own lock in place of Valgrind's: who gives it up says who is next, and everybody
 * else sleeps on a word of his own. Next is the thread whose virtual clock is the least
 * (of equal ones the one of the lower number). It runs until its clock passes the end of
 * the round, a multiple of the round's length; when all that can run have passed it the
 * round is over. So threads that would run side by side do so in virtual time, and the
 * order depends on the program alone, unless threads wait for something outside of it.
 *
 * A system call that may block keeps the turn for a grace: most return at once, and the
 * order does not depend on how fast. Behind that the thread counts as away, and comes
 * back when it comes back; header.real_time_turns tells how often that was.
 */
struct sched_lock;
extern void __real_vgModuleLocal_acquire_sched_lock(struct sched_lock *lock);
extern void __real_vgModuleLocal_release_sched_lock(struct sched_lock *lock);
extern void __real_vgModuleLocal_destroy_sched_lock(struct sched_lock *lock);
extern Int __real_vgModuleLocal_get_sched_lock_owner(struct sched_lock *lock);
void __wrap_vgModuleLocal_acquire_sched_lock(struct sched_lock *lock);
void __wrap_vgModuleLocal_destroy_sched_lock(struct sched_lock *lock);
Int __wrap_vgModuleLocal_get_sched_lock_owner(struct sched_lock *lock);
void __wrap_vgModuleLocal_release_sched_lock(struct sched_lock *lock);

enum {
    ROUND_INSTRUCTIONS = 32768,                /* of a thread */
    ALL_INSTRUCTIONS = 8 * ROUND_INSTRUCTIONS, /* with many threads, all together */
    ROUND_LEAST = 2048,
    TURN_LEAST = 16,           /* blocks */
    ALONE_BLOCKS = 20000,      /* nobody else lives */
    YIELD_INSTRUCTIONS = 1000, /* that a sched_yield takes: a microsecond or less */
    GRACE_MS = 20,
    LOST_MS = 2000 /* a thread that does not come for its turn is passed over */
};

static UInt guarded;       /* 1: somebody is in here */
static UInt births;        /* futex: changes when a new thread's tid is known */
static cck_traced *owner;  /* whose turn it is; NULL: nobody can run */
static Bool arrived;       /* the owner runs, or is in a system call */
static UInt since;         /* ms: when it was given the turn, or entered the call */
static ULong round_end;    /* clock */
static Bool round_is_over; /* the next owner says so */
static ULong now;          /* the largest clock of all */

void cck_turn_guard(void)
{
    while (__atomic_exchange_n(&guarded, 1, __ATOMIC_ACQUIRE))
        cck_syscall(__NR_sched_yield, 0, 0, 0, 0);
}

void cck_turn_unguard(void)
{
    __atomic_store_n(&guarded, 0, __ATOMIC_RELEASE);
}

/* A turn's length is counted in superblocks, by Valgrind: as many as the instructions up
 * to the round's end were in this thread's blocks so far. */
UInt cck_turn_length(const cck_traced *traced)
{
    if (!cck_threads->next)
        return ALONE_BLOCKS;
    ULong left = round_end > traced->clock ? round_end - traced->clock : 0;
    ULong length = left * traced->blocks / traced->instructions;
    return length < TURN_LEAST ? TURN_LEAST : length > ALONE_BLOCKS ? ALONE_BLOCKS : length;
}

static ULong round_length(void)
{
    UInt ready = 0;
    for (const cck_traced *traced = cck_threads; traced; traced = traced->next)
        ready += traced->state == CCK_TURN_READY;
    ULong length = ready ? ALL_INSTRUCTIONS / ready : ROUND_INSTRUCTIONS;
    if (length > ROUND_INSTRUCTIONS)
        return ROUND_INSTRUCTIONS;
    return length < ROUND_LEAST ? ROUND_LEAST : length;
}

void cck_turn_wake(cck_traced *woken, Long result, const cck_traced *waker)
{
    woken->state = CCK_TURN_READY;
    woken->result = result;
    woken->timed = False;
    if (waker) {
        woken->released = True;
        woken->releaser = waker->number;
        woken->releaser_clock = waker->clock;
    }
    ULong clock = waker ? waker->clock : woken->deadline;
    if (woken->clock < clock)
        woken->clock = clock;
    __atomic_store_n(&woken->wake, 1, __ATOMIC_SEQ_CST);
    cck_futex(&woken->wake, VKI_FUTEX_WAKE, 1, 0);
}

static Bool is_waiting(const cck_traced *traced)
{
    return traced->state == CCK_TURN_FUTEX || traced->state == CCK_TURN_SLEEP;
}

/* The thread whose wait ends first. */
static cck_traced *first_deadline(void)
{
    cck_traced *first = NULL;
    for (cck_traced *traced = cck_threads; traced; traced = traced->next)
        if (is_waiting(traced) && traced->timed && (!first || traced->deadline < first->deadline))
            first = traced;
    return first;
}

static void expire(cck_traced *traced)
{
    if (now < traced->deadline)
        now = traced->deadline;
    cck_turn_wake(traced, traced->state == CCK_TURN_FUTEX ? -CCK_TIMED_OUT : 0, NULL);
}

/* The thread that can run and is the least far. */
static cck_traced *next_ready(void)
{
    cck_traced *first = NULL;
    for (cck_traced *traced = cck_threads; traced; traced = traced->next)
        if (traced->state == CCK_TURN_READY && (!first || traced->clock < first->clock))
            first = traced;
    return first;
}

/* Say who is next. Waits end when all that can run have come to their end in virtual
 * time; when nobody can run, time goes on to the first of them, but not before its real
 * time is over. */
static void choose(void)
{
    cck_traced *first;
    owner = next_ready();
    while ((first = first_deadline()) && owner && first->deadline <= owner->clock) {
        expire(first);
        owner = next_ready();
    }
    if (!owner && first && first->real_expired) {
        expire(first);
        owner = next_ready();
    }
    arrived = False;
    since = VG_(read_millisecond_timer)();
    if (!owner)
        return;
    if (owner->clock >= round_end) {
        ULong length = round_length();
        round_is_over = True;
        round_end = (owner->clock / length + 1) * length;
    }
    __atomic_store_n(&owner->turn, 1, __ATOMIC_SEQ_CST);
    if (owner->waits)
        cck_futex(&owner->turn, VKI_FUTEX_WAKE, 1, 0);
}

/* The owner is in a system call for long, or does not come: others go on. */
static void pass_over(void)
{
    if (!owner)
        return;
    UInt waited = VG_(read_millisecond_timer)() - since;
    if (waited < (arrived ? GRACE_MS : LOST_MS) || (arrived && !owner->in_call))
        return;
    owner->state = CCK_TURN_AWAY;
    owner->in_call = False;
    __atomic_store_n(&owner->turn, 0, __ATOMIC_SEQ_CST);
    cck_ring_count_real_time_turn();
    choose();
}

/* A real time limit ran out in a wait. Returns whether the wait is over. */
Bool cck_turn_expired(cck_traced *traced)
{
    cck_turn_guard();
    if (traced->state != CCK_TURN_READY) {
        traced->real_expired = True;
        if (!owner)
            choose();
        else
            pass_over();
    }
    Bool over = traced->state == CCK_TURN_READY;
    cck_turn_unguard();
    return over;
}

/* The record of the calling thread. A new thread may be here before its creator knows
 * its tid. */
cck_traced *cck_turn_mine(void)
{
    Int tid = VG_(gettid)();
    for (;;) {
        UInt seen = __atomic_load_n(&births, __ATOMIC_SEQ_CST);
        cck_turn_guard();
        cck_traced *traced = cck_threads;
        while (traced && traced->tid != tid)
            traced = traced->next;
        cck_turn_unguard();
        if (traced)
            return traced;
        cck_futex(&births, VKI_FUTEX_WAIT, seen, 100000000);
    }
}

void cck_turn_born(void)
{
    __atomic_add_fetch(&births, 1, __ATOMIC_SEQ_CST);
    cck_futex(&births, VKI_FUTEX_WAKE, 0x7fffffff, 0);
}

/* It goes where the machine's timing may decide when it comes back. */
static void note_leaving(cck_traced *me)
{
    me->left_at = VG_(read_millisecond_timer)() + 1;
    me->left_clock = now;
    me->left_outside = cck_clock_outside();
}

/* The program's time goes on to so much behind that. */
static void advance(const cck_traced *me, ULong nanoseconds)
{
    ULong passed = now - me->left_clock + cck_clock_outside() - me->left_outside;
    if (nanoseconds > passed)
        cck_clock_advance(nanoseconds - passed);
}

/* And it did: then this much real time has passed for the program, of which the others
 * may have been through some. */
static void count_real_time(cck_traced *me)
{
    UInt waited = me->left_at ? VG_(read_millisecond_timer)() + 1 - me->left_at : 0;
    me->left_at = 0;
    if (waited < GRACE_MS && me->state == CCK_TURN_READY)
        return;
    if (me->state == CCK_TURN_READY && !me->in_call)
        return;
    advance(me, waited * 1000000UL);
}

/* Short waits count as what they were to be: a loop of them may wait for a time. */
void cck_turn_limit_over(const cck_traced *me)
{
    cck_turn_guard();
    advance(me, me->limit);
    cck_turn_unguard();
}

/* It comes to the lock on its own: a signal ended its wait, or its call returned. */
static void come_back(cck_traced *me)
{
    if (me->in_wait && me->state == CCK_TURN_READY && !me->result)
        me->woken_at = me->call.address;
    me->sleep_cut = me->in_wait && me->state == CCK_TURN_SLEEP;
    count_real_time(me);
    if (me->state != CCK_TURN_READY) {
        if (is_waiting(me))
            cck_ring_count_real_time_turn();
        me->state = CCK_TURN_READY;
        me->timed = False;
        if (me->clock < now)
            me->clock = now;
    }
    me->in_wait = False;
}

/* It did not come for its turn in time, and was passed over; but here it is. */
static void rejoin(cck_traced *me)
{
    if (me->state != CCK_TURN_AWAY)
        return;
    me->state = CCK_TURN_READY;
    if (me->clock < now)
        me->clock = now;
}

static void take_turn(void)
{
    cck_traced *me = cck_turn_mine();
    cck_turn_guard();
    come_back(me);
    me->waits = True;
    if (!owner)
        choose();
    UInt waiting = 0;
    for (const cck_traced *traced = cck_threads; traced; traced = traced->next)
        waiting += traced->waits;
    while (owner != me) {
        cck_turn_unguard();
        /* Many look less often each: somebody does every few milliseconds. */
        cck_futex(&me->turn, VKI_FUTEX_WAIT, 0, GRACE_MS * 1000000UL * waiting);
        cck_turn_guard();
        rejoin(me);
        if (!owner)
            choose();
        else if (owner != me)
            pass_over();
    }
    me->turn_begins = me->turn_begins || !me->in_call;
    me->in_call = False;
    me->waits = False;
    me->call.plan = CCK_CALL_NONE; /* what it was for is over, or starts anew */
    arrived = True;
    __atomic_store_n(&me->turn, 0, __ATOMIC_SEQ_CST);
    Bool over = round_is_over;
    round_is_over = False;
    cck_turn_unguard();
    if (over)
        cck_stage_round();
    if (me->sleep_cut)
        cck_sleep_interrupted(me);
    cck_traced_resume(me);
}

/* Whether the turn goes on while the thread is in the kernel. */
static Bool keeps_turn(const cck_traced *me)
{
    return me->call.plan == CCK_CALL_PASS || me->call.plan == CCK_CALL_RETURN;
}

static void begin_wait(cck_traced *me)
{
    static ULong queued;
    note_leaving(me);
    me->state = me->call.plan == CCK_CALL_FUTEX ? CCK_TURN_FUTEX : CCK_TURN_SLEEP;
    me->in_wait = True;
    me->real_expired = False;
    me->timed = me->call.timed;
    me->deadline = me->clock + me->call.nanoseconds;
    me->queued = queued++;
    __atomic_store_n(&me->wake, 0, __ATOMIC_SEQ_CST);
}

static void give_turn(void)
{
    cck_traced *me = owner;
    tl_assert(me);
    cck_traced_close(me);
    cck_turn_guard();
    if (me->call.plan == CCK_CALL_YIELD)
        me->clock += YIELD_INSTRUCTIONS;
    /* Valgrind waits in it for other threads, or its code is not traced (any more). */
    else if (me->call.plan == CCK_CALL_NONE && me->clock == me->given_clock)
        me->clock = now + 1;
    me->given_clock = me->clock;
    if (now < me->clock)
        now = me->clock;
    if (me->state != CCK_TURN_ENDED && keeps_turn(me)) {
        me->in_call = True;
        if (me->call.plan == CCK_CALL_PASS)
            note_leaving(me);
        since = VG_(read_millisecond_timer)();
    } else {
        if (me->state == CCK_TURN_ENDED)
            cck_traced_forget(me);
        else if (me->call.plan == CCK_CALL_FUTEX || me->call.plan == CCK_CALL_SLEEP)
            begin_wait(me);
        choose();
    }
    cck_turn_unguard();
}

void cck_turn_forked(cck_traced *traced)
{
    guarded = 0;
    round_is_over = False;
    now = round_end = 0;
    owner = traced;
    arrived = True;
}

void __wrap_vgModuleLocal_acquire_sched_lock(struct sched_lock *lock)
{
    if (cck_clo_trace)
        take_turn();
    else
        __real_vgModuleLocal_acquire_sched_lock(lock);
}

void __wrap_vgModuleLocal_release_sched_lock(struct sched_lock *lock)
{
    if (cck_clo_trace)
        give_turn();
    else
        __real_vgModuleLocal_release_sched_lock(lock);
}

Int __wrap_vgModuleLocal_get_sched_lock_owner(struct sched_lock *lock)
{
    if (!cck_clo_trace)
        return __real_vgModuleLocal_get_sched_lock_owner(lock);
    return owner ? owner->tid : 0;
}

/* In a forked child, which makes a new one. Ours starts anew by itself, and Valgrind's
 * was never taken, as it would have to be. */
void __wrap_vgModuleLocal_destroy_sched_lock(struct sched_lock *lock)
{
    if (!cck_clo_trace)
        __real_vgModuleLocal_destroy_sched_lock(lock);
}
