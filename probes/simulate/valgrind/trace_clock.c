/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tracing.h"

#include <stddef.h>

#include "pub_tool_aspacemgr.h"
#include "pub_tool_machine.h"
#include "pub_tool_vki.h"
#include "pub_tool_vkiscnums.h"

/*
 * What the program sees of time. Valgrind hides the vDSO, so each reading of a clock is
 * a system call, and its result is overwritten here: what a program computes from the
 * time of day (most often a time limit) would differ from run to run. A clock shows its
 * real reading when the process began, as whole seconds, so that a carry from
 * nanoseconds comes at the same place each time; plus the thread's virtual clock, a
 * nanosecond for each instruction; plus the real time of waits that only the machine
 * ended. No thread is told less than any was told before.
 */
enum {
    SECOND = 1000000000,
    MILLISECOND = 1000000,
    READ_INSTRUCTIONS = 100, /* that a reading takes: who waits for a time comes to it */
    CLOCK_PROCESS = 2,       /* CLOCK_PROCESS_CPUTIME_ID */
    CLOCK_THREAD = 3,
    REAL = -1
};

/* By its number, which clock each begins with: coarse ones are equal to the fine ones. */
static const Int source[] = {0, 1, REAL, REAL, 4, 0, 1, 7, 0, 7, REAL, 11};

enum { CLOCKS = sizeof source / sizeof *source };

static ULong base[CLOCKS];
static ULong outside;     /* time of waits that only the machine ended */
static ULong told;        /* the most that any thread was told, without a base */
static ULong process_ran; /* instructions of all its threads */

void cck_clock_set_up(void)
{
    for (UInt i = 0; i < CLOCKS; i++)
        if (source[i] == (Int)i)
            base[i] = cck_real_now(i) / SECOND * SECOND;
}

/* The child's virtual clocks start anew, and its time goes on. */
void cck_clock_forked(ULong clock)
{
    outside += clock;
    process_ran = 0;
}

void cck_clock_ran(ULong instructions)
{
    process_ran += instructions;
}

Bool cck_clock_is_ours(Int clock)
{
    return clock >= 0 && clock < CLOCKS && source[clock] != REAL;
}

ULong cck_clock_now(const cck_traced *me, Int clock)
{
    if (told < me->clock + outside)
        told = me->clock + outside;
    return base[source[clock]] + told;
}

ULong cck_clock_outside(void)
{
    return outside;
}

/* With the guard held: so much time has passed, for those that wait as well. */
void cck_clock_advance(ULong nanoseconds)
{
    outside += nanoseconds;
    for (cck_traced *traced = cck_threads; traced; traced = traced->next)
        if (traced->timed)
            traced->deadline = traced->deadline > traced->clock + nanoseconds
                                   ? traced->deadline - nanoseconds
                                   : traced->clock;
}

/* Put what the clock shows in the place of what the kernel wrote. */
static void overwrite(Addr at, ULong time, ULong unit)
{
    struct vki_timespec *place = (struct vki_timespec *)at; /* as a timeval is */
    if (at && VG_(am_is_valid_for_client)(at, sizeof *place, VKI_PROT_WRITE))
        *place = (struct vki_timespec){time / SECOND, time % SECOND / unit};
}

static void return_seconds(ThreadId thread, Addr at)
{
    Long seconds = cck_clock_now(cck_traced_of(thread), 0) / SECOND;
    VG_(set_shadow_regs_area)
    (thread, 0, offsetof(cck_guest_state, guest_RAX), sizeof seconds, (UChar *)&seconds);
    if (at && VG_(am_is_valid_for_client)(at, sizeof seconds, VKI_PROT_WRITE))
        *(Long *)at = seconds;
}

/* After a system call that did not fail. */
void cck_clock_read(ThreadId thread, UInt number, const UWord *args)
{
    cck_traced *me = cck_traced_of(thread);
    if (number != __NR_clock_gettime && number != __NR_gettimeofday && number != __NR_time)
        return;
    me->clock += READ_INSTRUCTIONS;
    Int clock = args[0];
    if (number == __NR_gettimeofday)
        overwrite(args[0], cck_clock_now(me, 0), 1000);
    else if (number == __NR_time)
        return_seconds(thread, args[0]);
    else if (clock == CLOCK_PROCESS)
        overwrite(args[1], process_ran, 1);
    else if (clock == CLOCK_THREAD)
        overwrite(args[1], me->ran, 1);
    else if (cck_clock_is_ours(clock))
        overwrite(args[1], cck_clock_now(me, clock), 1);
}

static ULong read_time(Addr at, ULong unit)
{
    const struct vki_timespec *time = (const struct vki_timespec *)at;
    if (!at || !VG_(am_is_valid_for_client)(at, sizeof *time, VKI_PROT_READ) || time->tv_sec < 0 ||
        time->tv_sec > SECOND)
        return 0;
    return (ULong)time->tv_sec * SECOND + (ULong)time->tv_nsec * unit;
}

/* Before a call that the kernel ends after a time at the latest: that time, or 0. */
ULong cck_clock_limit(UInt number, const UWord *args)
{
    Int wait = 0;
    switch (number) {
    case __NR_poll:
        wait = args[2];
        break;
    case __NR_epoll_wait:
    case __NR_epoll_pwait:
        wait = args[3];
        break;
    case __NR_ppoll:
    case __NR_rt_sigtimedwait:
        return read_time(args[2], 1);
    case __NR_pselect6:
        return read_time(args[4], 1);
    case __NR_select:
        return read_time(args[4], 1000);
    default:
        break;
    }
    return wait > 0 ? (ULong)wait * MILLISECOND : 0;
}

/* What the kernel's clock will show when the program's shows this time. */
static struct vki_timespec real_time_of(const cck_traced *me, const struct vki_timespec *time,
                                        Int clock)
{
    Long behind = cck_real_now(clock) - cck_clock_now(me, clock);
    ULong nanoseconds = time->tv_nsec + behind % SECOND + SECOND;
    return (struct vki_timespec){time->tv_sec + behind / SECOND - 1 + nanoseconds / SECOND,
                                 nanoseconds % SECOND};
}

/* The absolute limit of a futex that is the kernel's, see futex(2). */
void cck_clock_translate_futex(const cck_traced *me, UWord *args, struct vki_timespec *limit)
{
    enum { LOCK_PI = 6, WAIT_BITSET = 9, WAIT_REQUEUE_PI = 11, LOCK_PI2 = 13, OPERATION = 127 };
    UInt operation = args[1] & OPERATION;
    if (operation != LOCK_PI && operation != WAIT_BITSET && operation != WAIT_REQUEUE_PI &&
        operation != LOCK_PI2)
        return;
    if (!args[3] || !VG_(am_is_valid_for_client)(args[3], sizeof *limit, VKI_PROT_READ))
        return;
    Bool of_day = operation == LOCK_PI || args[1] & VKI_FUTEX_CLOCK_REALTIME;
    *limit = real_time_of(me, (const struct vki_timespec *)args[3], of_day ? 0 : 1);
    args[3] = (UWord)limit;
}

/* The expiry of an absolute timer, which is the kernel's: changed in place for the call.
 * Its size says which clock it is of: no machine runs for 30 years. */
void cck_clock_translate_timer(cck_traced *me, UInt number, const UWord *args)
{
    struct vki_timespec *expiry = (struct vki_timespec *)args[2] + 1; /* behind the interval */
    me->expiry_at = 0;
    if ((number != __NR_timerfd_settime && number != __NR_timer_settime) || !(args[1] & 1) ||
        !args[2] || !VG_(am_is_valid_for_client)((Addr)expiry, sizeof *expiry, VKI_PROT_WRITE))
        return;
    if (expiry->tv_sec <= 0 || expiry->tv_nsec < 0 || expiry->tv_nsec >= SECOND)
        return;
    me->expiry_at = (Addr)expiry;
    me->expiry = *expiry;
    *expiry = real_time_of(me, expiry, expiry->tv_sec < SECOND ? 1 : 0);
}

void cck_clock_restore_timer(cck_traced *me)
{
    if (me->expiry_at)
        *(struct vki_timespec *)me->expiry_at = me->expiry;
    me->expiry_at = 0;
}
