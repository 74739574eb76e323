/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tracing.h"

#include <stddef.h>

#include "pub_tool_aspacemgr.h"
#include "pub_tool_libcassert.h"
#include "pub_tool_libcbase.h"
#include "pub_tool_libcproc.h"
#include "pub_tool_vkiscnums.h"

/*
 * System calls: which of them end a turn, and the waits that we decide instead of the
 * kernel. Valgrind makes calls that may block in a piece of assembly whose parts its
 * signal handlers know by their addresses: a signal has come before the call, in it, or
 * behind it. Here is the same piece with arguments of its own, so that a wait of the
 * program becomes a wait for its turn, which signals end as they would have ended the
 * other. The linker puts both in place of Valgrind's.
 */
extern SysRes VG_(do_syscall)(UWord number, UWord a1, UWord a2, UWord a3, UWord a4, UWord a5,
                              UWord a6, UWord a7, UWord a8);

UWord cck_blocking_call(UWord number, const UWord *args, ULong *out_result,
                        const vki_sigset_t *mask, vki_sigset_t *saved, UWord size);
UWord __wrap_vgModuleLocal_do_syscall_for_client_WRK(Int number, void *guest,
                                                     const vki_sigset_t *mask, vki_sigset_t *saved,
                                                     Int size);

#if defined(VGA_amd64)
__asm__(".text\n"
        ".globl cck_blocking_call\n"
        "cck_blocking_call:\n"
        "    pushq %rbx\n"
        "    pushq %rbp\n"
        "    pushq %r12\n"
        "    pushq %r13\n"
        "    pushq %r14\n"
        "    pushq %r15\n"
        "    movq %rdi, %r12\n" /* number */
        "    movq %rsi, %r13\n" /* args */
        "    movq %rdx, %r14\n" /* out_result */
        "    movq %r8, %rbx\n"  /* saved */
        "    movq %r9, %rbp\n"  /* size */
        "cck_setup:\n"
        "    movl $14, %eax\n" /* rt_sigprocmask(SIG_SETMASK, mask, saved, size) */
        "    movl $2, %edi\n"
        "    movq %rcx, %rsi\n"
        "    movq %rbx, %rdx\n"
        "    movq %rbp, %r10\n"
        "    syscall\n"
        "    testq %rax, %rax\n"
        "    js 1f\n"
        "    movq (%r13), %rdi\n"
        "    movq 8(%r13), %rsi\n"
        "    movq 16(%r13), %rdx\n"
        "    movq 24(%r13), %r10\n"
        "    movq 32(%r13), %r8\n"
        "    movq 40(%r13), %r9\n"
        "    movq %r12, %rax\n"
        "cck_restart:\n"
        "    syscall\n"
        "cck_complete:\n"
        "    movq %rax, (%r14)\n"
        "cck_committed:\n"
        "    movl $14, %eax\n"
        "    movl $2, %edi\n"
        "    movq %rbx, %rsi\n"
        "    xorl %edx, %edx\n"
        "    movq %rbp, %r10\n"
        "    syscall\n"
        "    testq %rax, %rax\n"
        "    js 1f\n"
        "cck_finished:\n"
        "    xorl %eax, %eax\n"
        "    jmp 2f\n"
        "1:  negq %rax\n"
        "    orq $0x8000, %rax\n"
        "2:  popq %r15\n"
        "    popq %r14\n"
        "    popq %r13\n"
        "    popq %r12\n"
        "    popq %rbp\n"
        "    popq %rbx\n"
        "    ret\n"
        /* Where Valgrind reads the addresses. */
        ".section .rodata\n"
        ".balign 8\n"
        ".globl __wrap_vgModuleLocal_blksys_setup\n"
        ".globl __wrap_vgModuleLocal_blksys_restart\n"
        ".globl __wrap_vgModuleLocal_blksys_complete\n"
        ".globl __wrap_vgModuleLocal_blksys_committed\n"
        ".globl __wrap_vgModuleLocal_blksys_finished\n"
        "__wrap_vgModuleLocal_blksys_setup: .quad cck_setup\n"
        "__wrap_vgModuleLocal_blksys_restart: .quad cck_restart\n"
        "__wrap_vgModuleLocal_blksys_complete: .quad cck_complete\n"
        "__wrap_vgModuleLocal_blksys_committed: .quad cck_committed\n"
        "__wrap_vgModuleLocal_blksys_finished: .quad cck_finished\n"
        ".text\n");
#endif

enum { SECOND = 1000000000, LOOK_AGAIN = 100 * 1000000 };
static const Long longest = 1L << 32; /* seconds of a limit */

SysRes cck_syscall(UWord number, UWord a1, UWord a2, UWord a3, UWord a4)
{
    return VG_(do_syscall)(number, a1, a2, a3, a4, 0, 0, 0, 0);
}

/* Any futex operation on a word that may be shared; nanoseconds 0: no limit. */
Int cck_futex(UInt *word, Int operation, UInt value, ULong nanoseconds)
{
    struct vki_timespec limit = {nanoseconds / SECOND, nanoseconds % SECOND};
    SysRes result =
        cck_syscall(__NR_futex, (UWord)word, operation, value, nanoseconds ? (UWord)&limit : 0);
    return sr_isError(result) ? -(Int)sr_Err(result) : (Int)sr_Res(result);
}

ULong cck_real_now(Int clock)
{
    struct vki_timespec time = {0, 0};
    cck_syscall(__NR_clock_gettime, clock, (UWord)&time, 0, 0);
    return (ULong)time.tv_sec * SECOND + time.tv_nsec;
}

/* An absolute limit is one of the program's clocks. */
Bool cck_call_set_limit(cck_traced *me, const struct vki_timespec *limit, Bool absolute, Int clock)
{
    cck_call *call = &me->call;
    if (limit->tv_sec < 0 || limit->tv_nsec < 0 || limit->tv_nsec >= SECOND)
        return False;
    ULong until =
        (ULong)(limit->tv_sec > longest ? longest : limit->tv_sec) * SECOND + limit->tv_nsec;
    ULong start = absolute ? cck_clock_now(me, clock) : 0;
    ULong left = until > start ? until - start : 0;
    call->timed = True;
    call->nanoseconds = left;
    call->real_end = cck_real_now(1) + left;
    return True;
}

static Bool plan_sleep(cck_traced *me, UInt number, const UWord *args)
{
    cck_call *call = &me->call;
    Bool plain = number == __NR_nanosleep;
    Bool absolute = !plain && args[1] & 1; /* TIMER_ABSTIME */
    Addr limit = plain ? args[0] : args[2], remaining = plain ? args[1] : args[3];
    if (!plain && !cck_clock_is_ours(args[0]))
        return False;
    if (!VG_(am_is_valid_for_client)(limit, sizeof(struct vki_timespec), VKI_PROT_READ) ||
        !cck_call_set_limit(me, (const struct vki_timespec *)limit, absolute,
                            plain ? 1 : (Int)args[0]))
        return False;
    call->remaining = absolute ? 0 : remaining;
    call->plan = CCK_CALL_SLEEP;
    return True;
}

void cck_sleep_interrupted(const cck_traced *traced)
{
    const cck_call *call = &traced->call;
    ULong time = cck_real_now(1);
    ULong left = call->real_end > time ? call->real_end - time : 0;
    struct vki_timespec remaining = {left / SECOND, left % SECOND};
    if (call->remaining &&
        VG_(am_is_valid_for_client)(call->remaining, sizeof remaining, VKI_PROT_WRITE))
        *(struct vki_timespec *)call->remaining = remaining;
}

/* Wait until another thread ends the wait, or its time comes. */
static UWord wait(cck_traced *me, UWord number, ULong *out_result, const vki_sigset_t *mask,
                  vki_sigset_t *saved, Int size)
{
    for (Bool over = False; !over;) {
        *out_result = number; /* a signal may lead back to before the call */
        ULong time = me->call.timed ? cck_real_now(1) : 0, left = LOOK_AGAIN;
        if (me->call.timed && me->call.real_end > time)
            left = me->call.real_end - time;
        struct vki_timespec limit = {left / SECOND, left % SECOND};
        const UWord args[6] = {(UWord)&me->wake, VKI_FUTEX_WAIT, 0,
                               me->call.timed ? (UWord)&limit : 0};
        UWord failed = cck_blocking_call(__NR_futex, args, out_result, mask, saved, size);
        if (failed)
            return failed;
        if (me->call.timed && cck_real_now(1) >= me->call.real_end)
            over = cck_turn_expired(me);
        else
            over = __atomic_load_n(&me->wake, __ATOMIC_SEQ_CST);
    }
    *out_result = me->result;
    me->in_wait = False;
    return 0;
}

UWord __wrap_vgModuleLocal_do_syscall_for_client_WRK(Int number, void *guest,
                                                     const vki_sigset_t *mask, vki_sigset_t *saved,
                                                     Int size)
{
    cck_guest_state *state = guest;
    UWord args[6] = {state->guest_RDI, state->guest_RSI, state->guest_RDX,
                     state->guest_R10, state->guest_R8,  state->guest_R9};
    cck_traced *me = cck_clo_trace ? cck_turn_mine() : NULL;
    struct vki_timespec limit;
    cck_call_plan plan = me ? me->call.plan : CCK_CALL_PASS;
    switch (plan) {
    case CCK_CALL_RETURN:
        state->guest_RAX = me->call.result;
        return 0;
    case CCK_CALL_YIELD:
        state->guest_RAX = 0;
        return 0;
    case CCK_CALL_FUTEX:
    case CCK_CALL_SLEEP:
        return wait(me, number, &state->guest_RAX, mask, saved, size);
    default:
        if (me && number == __NR_futex)
            cck_clock_translate_futex(me, args, &limit);
        return cck_blocking_call(number, args, &state->guest_RAX, mask, saved, size);
    }
}

/* clone(flags, stack, parent's tid, child's tid, thread pointer) */
static UWord clone_args[5];
static cck_traced *newborn;

void cck_syscall_before(ThreadId thread, UInt number, UWord *args, UInt count)
{
    cck_traced *me = cck_traced_of(thread);
    tl_assert(me);
    me->call = (cck_call){.plan = CCK_CALL_PASS};
    me->limit = cck_clock_limit(number, args);
    cck_clock_translate_timer(me, number, args);
    if (cck_ring_sealed())
        return;
    switch (number) {
    case __NR_futex:
        if (!cck_futex_plan(me, args))
            me->call.plan = CCK_CALL_PASS;
        break;
    case __NR_nanosleep:
    case __NR_clock_nanosleep:
        if (!plan_sleep(me, number, args))
            me->call.plan = CCK_CALL_PASS;
        break;
    case __NR_sched_yield:
        me->call.plan = CCK_CALL_YIELD;
        break;
    case __NR_clone:
        VG_(memcpy)(clone_args, args, sizeof clone_args);
        newborn = NULL;
        me->call.plan = CCK_CALL_NONE;
        break;
    case __NR_set_tid_address:
        me->clear_tid = args[0];
        break;
    case __NR_mmap:
        cck_trace_mmap(args[3]);
        break;
    case __NR_execve:
    case __NR_execveat:
        /* A success replaces this process without another word, but waits for the other
         * threads to end before. */
        me->call.plan = CCK_CALL_NONE;
        cck_traced_close(me);
        cck_stage_round();
        cck_ring_set_state(CCK_TRACE_EXEC, 0);
        break;
    case __NR_exit_group:
        me->call.plan = CCK_CALL_NONE;
        cck_trace_end();
        break;
    default:
        break;
    }
}

static Bool timed_out(UInt number, SysRes result)
{
    if (number == __NR_rt_sigtimedwait)
        return sr_isError(result) && sr_Err(result) == VKI_EAGAIN;
    return !sr_isError(result) && !sr_Res(result);
}

void cck_syscall_after(ThreadId thread, UInt number, UWord *args, UInt count, SysRes result)
{
    cck_traced *me = cck_traced_of(thread);
    if (me)
        me->call.plan = CCK_CALL_NONE;
    if (number == __NR_prctl && args[0] == 15 && me) /* PR_SET_NAME */
        cck_traced_name(me);
    if (me && !sr_isError(result))
        cck_clock_read(thread, number, args);
    if (me)
        cck_clock_restore_timer(me);
    if (me && me->limit && timed_out(number, result))
        cck_turn_limit_over(me);
    if (number == __NR_arch_prctl && args[0] == VKI_ARCH_SET_FS && me && !sr_isError(result)) {
        me->tls = args[1];
        cck_traced_words(me, (ULong[]){CCK_WORD(CCK_WORD_TLS, 0), me->tls}, 2);
    }
    if (number == __NR_execve || number == __NR_execveat)
        cck_ring_set_state(CCK_TRACE_RUNNING, 0);
    if (number == __NR_clone && newborn && !sr_isError(result)) {
        cck_turn_guard();
        newborn->tid = sr_Res(result);
        cck_turn_unguard();
        cck_traced_tell(newborn, me);
        cck_turn_born();
        newborn = NULL;
    }
}

void cck_thread_create(ThreadId parent, ThreadId child)
{
    const cck_traced *creator = cck_traced_of(parent);
    cck_turn_guard();
    newborn = cck_traced_new(child, creator);
    if (!creator)
        newborn->tid = VG_(gettid)(); /* the first, of the process itself */
    if (clone_args[0] & VKI_CLONE_CHILD_CLEARTID)
        newborn->clear_tid = clone_args[3];
    if (clone_args[0] & VKI_CLONE_SETTLS)
        newborn->tls = clone_args[4];
    cck_turn_unguard();
}

/*
 * The kernel clears the word that pthread_join waits on when the thread has really
 * ended, some time after its last turn. Here it is cleared in its last turn, and the
 * kernel must not do it again: the memory may be a new thread's by then.
 */
void cck_thread_exit(ThreadId thread)
{
    cck_traced *me = cck_traced_of(thread);
    if (!me)
        return;
    if (me->tid == VG_(gettid)() && me->clear_tid && !cck_ring_sealed()) {
        cck_syscall(__NR_set_tid_address, 0, 0, 0, 0);
        if (VG_(am_is_valid_for_client)(me->clear_tid, 4, VKI_PROT_WRITE)) {
            *(UInt *)me->clear_tid = 0;
            cck_futex_wake(me, me->clear_tid, 0x7fffffff, -1);
            cck_futex((UInt *)me->clear_tid, VKI_FUTEX_WAKE, 1, 0);
        }
    }
    if (me->tid)
        cck_traced_name(me);
    cck_traced_end(me);
    if (!me->tid) { /* it could not be created, and never has a turn */
        cck_turn_guard();
        cck_traced_forget(me);
        cck_turn_unguard();
    }
}
