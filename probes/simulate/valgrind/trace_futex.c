/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tracing.h"

#include "pub_tool_aspacemgr.h"
#include "pub_tool_libcbase.h"
#include "pub_tool_vki.h"

/*
 * Futexes of this process alone, decided by our own queues, first in, first out: whom
 * the kernel would wake depends on who came to it first in real time. See futex(2) and
 * kernel/futex/ for what each operation does. What other processes may share, and the
 * operations with priority inheritance, are the kernel's.
 */
enum { OPERATION = 127, ANY = -1 };

/* Of FUTEX_WAKE_OP's last argument; see linux/futex.h. */
enum { OP_SET, OP_ADD, OP_OR, OP_ANDN };
enum { CMP_EQ, CMP_NE, CMP_LT, CMP_LE, CMP_GT };

static Bool is_ours(Addr address, Int operation)
{
    if ((address & 3) || !VG_(am_is_valid_for_client)(address, 4, VKI_PROT_READ))
        return False;
    return operation & VKI_FUTEX_PRIVATE_FLAG || !cck_trace_is_shared(address);
}

static cck_traced *first_in_queue(Addr address, UInt mask)
{
    cck_traced *first = NULL;
    for (cck_traced *traced = cck_threads; traced; traced = traced->next)
        if (traced->state == CCK_TURN_FUTEX && traced->call.address == address &&
            traced->call.mask & mask && (!first || traced->queued < first->queued))
            first = traced;
    return first;
}

Long cck_futex_wake(const cck_traced *waker, Addr address, Int count, UInt mask)
{
    Long woken = 0;
    cck_traced *first;
    cck_turn_guard();
    while (woken < count && (first = first_in_queue(address, mask))) {
        cck_turn_wake(first, 0, waker);
        woken++;
    }
    cck_turn_unguard();
    return woken;
}

static Long requeue(const cck_traced *waker, Addr from, Addr to, Int wake, Int move)
{
    Long done = cck_futex_wake(waker, from, wake, ANY);
    cck_traced *first;
    cck_turn_guard();
    for (; move > 0 && from != to && (first = first_in_queue(from, ANY)); move--, done++)
        first->call.address = to;
    cck_turn_unguard();
    return done;
}

static Bool compare(UInt how, Int left, Int right)
{
    switch (how) {
    case CMP_EQ:
        return left == right;
    case CMP_NE:
        return left != right;
    case CMP_LT:
        return left < right;
    case CMP_LE:
        return left <= right;
    case CMP_GT:
        return left > right;
    default:
        return left >= right;
    }
}

static Int operate(UInt how, Int old, Int operand)
{
    switch (how) {
    case OP_SET:
        return operand;
    case OP_ADD:
        return old + operand;
    case OP_OR:
        return old | operand;
    case OP_ANDN:
        return old & ~operand;
    default:
        return old ^ operand;
    }
}

static Long wake_op(const cck_traced *waker, const UWord *args)
{
    UInt code = args[5];
    UInt how = code >> 28 & 7, comparison = code >> 24 & 15;
    Int operand = (Int)(code << 8) >> 20, right = (Int)(code << 20) >> 20;
    if (code & 1U << 31)
        operand = 1 << (operand & 31);
    Int *word = (Int *)args[4];
    Int old = *word;
    *word = operate(how, old, operand);
    Long woken = cck_futex_wake(waker, args[0], args[2], ANY);
    if (compare(comparison, old, right))
        woken += cck_futex_wake(waker, args[4], args[3], ANY);
    return woken;
}

/* The time limit of a wait; False: none, or one to leave to the kernel. */
static Bool read_limit(cck_traced *traced, Addr limit, Bool absolute, Int clock)
{
    if (!limit)
        return True;
    if (!VG_(am_is_valid_for_client)(limit, sizeof(struct vki_timespec), VKI_PROT_READ))
        return False;
    return cck_call_set_limit(traced, (const struct vki_timespec *)limit, absolute, clock);
}

static Bool plan_wait(cck_traced *traced, const UWord *args, Bool bitset)
{
    cck_call *call = &traced->call;
    Bool lost_wake = traced->woken_at == args[0];
    traced->woken_at = 0;
    if (*(const UInt *)args[0] != (UInt)args[2]) {
        call->plan = CCK_CALL_RETURN;
        call->result = -VKI_EAGAIN;
        return True;
    }
    call->address = args[0];
    call->mask = bitset ? args[5] : (UInt)ANY;
    if (!call->mask ||
        !read_limit(traced, args[3], bitset, args[1] & VKI_FUTEX_CLOCK_REALTIME ? 0 : 1))
        return False;
    call->plan = CCK_CALL_FUTEX;
    if (lost_wake || (call->timed && !call->nanoseconds)) {
        call->plan = CCK_CALL_RETURN;
        call->result = lost_wake ? 0 : -CCK_TIMED_OUT;
    }
    return True;
}

/* Decide a futex call. False: it is the kernel's. */
Bool cck_futex_plan(cck_traced *traced, UWord *args)
{
    UInt operation = args[1] & OPERATION;
    Bool both = is_ours(args[4], args[1]);
    cck_call *call = &traced->call;
    if (!is_ours(args[0], args[1]))
        return False;
    if (operation == VKI_FUTEX_WAIT || operation == VKI_FUTEX_WAIT_BITSET)
        return plan_wait(traced, args, operation == VKI_FUTEX_WAIT_BITSET);
    call->plan = CCK_CALL_RETURN;
    if (operation == VKI_FUTEX_WAKE)
        call->result = cck_futex_wake(traced, args[0], args[2], ANY);
    else if (operation == VKI_FUTEX_WAKE_BITSET && (UInt)args[5])
        call->result = cck_futex_wake(traced, args[0], args[2], args[5]);
    else if (operation == VKI_FUTEX_CMP_REQUEUE && both && *(const UInt *)args[0] != (UInt)args[5])
        call->result = -VKI_EAGAIN;
    else if ((operation == VKI_FUTEX_REQUEUE || operation == VKI_FUTEX_CMP_REQUEUE) && both)
        call->result = requeue(traced, args[0], args[4], args[2], args[3]);
    else if (operation == VKI_FUTEX_WAKE_OP && both &&
             VG_(am_is_valid_for_client)(args[4], 4, VKI_PROT_WRITE))
        call->result = wake_op(traced, args);
    else
        call->plan = CCK_CALL_PASS;
    return call->plan == CCK_CALL_RETURN;
}
