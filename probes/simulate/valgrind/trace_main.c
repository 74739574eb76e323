/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tracing.h"

#include "pub_tool_aspacemgr.h"
#include "pub_tool_libcbase.h"
#include "pub_tool_libcprint.h"
#include "pub_tool_libcproc.h"
#include "pub_tool_machine.h"
#include "pub_tool_options.h"

/* Not declared for tools, see pub_core_transtab.h: for when no code of the program runs. */
extern void VG_(discard_translations)(Addr start, ULong range, const HChar *who);

Bool cck_clo_trace;

/* SETS,LINE_BITS,CORES */
static Bool set_held(const HChar *arg, const HChar *text)
{
    enum { SETS_MOST = 1 << 16, LINE_BITS_MOST = 12, CORES_MOST = 1 << 16 };
    ULong numbers[3] = {0};
    HChar *at = (HChar *)text;
    for (UInt i = 0; i < 3; i++) {
        numbers[i] = VG_(strtoull10)(at, &at);
        if (i < 2 && *at++ != ',')
            return False;
    }
    if (*at || !numbers[0] || numbers[0] & (numbers[0] - 1) || numbers[0] > SETS_MOST ||
        numbers[1] < 4 || numbers[1] > LINE_BITS_MOST || !numbers[2] || numbers[2] > CORES_MOST)
        return False;
    cck_clo_held = (cck_held){numbers[0], numbers[1], numbers[2]};
    return True;
}

Bool cck_trace_option(const HChar *arg)
{
    Long ring;
    const HChar *held;
    if VG_BOOL_CLO (arg, "--trace", cck_clo_trace) {
    } else if VG_BINT_CLO (arg, "--ring", ring, 1 << 20, 1 << 30) {
        if (ring & (ring - 1))
            VG_(fmsg_bad_option)(arg, "expected a power of two\n");
        cck_clo_ring = ring;
    } else if VG_STR_CLO (arg, "--held", held) {
        if (!set_held(arg, held))
            VG_(fmsg_bad_option)
        (arg, "expected sets (a power of two), bits of a line, and cores\n");
    } else
        return False;
    return True;
}

static void on_start(ThreadId thread, ULong blocks)
{
    cck_traced_start(thread);
}

static void on_stop(ThreadId thread, ULong blocks)
{
    cck_traced_stop(thread);
}

static void tell_first(cck_traced *traced)
{
    if (!traced->number) {
        cck_traced_tell(traced, NULL);
        cck_trace_all_maps();
    }
    cck_traced_stack(traced);
}

/* The kernel gives each process 16 random bytes, and ld.so looks them up in a table:
 * the only addresses of most programs that differ from run to run. The stack at the
 * first instruction: argc, arguments, NULL, environment, NULL, auxiliary vector. */
static void fix_random_bytes(ThreadId thread)
{
    enum { AT_RANDOM = 25, RANDOM_BYTES = 16 };
    const UWord *at = (const UWord *)VG_(get_SP)(thread);
    at += 1 + at[0] + 1;
    while (*at)
        at++;
    for (at++; at[0]; at += 2)
        if (at[0] == AT_RANDOM && VG_(am_is_valid_for_client)(at[1], RANDOM_BYTES, VKI_PROT_WRITE))
            VG_(memcpy)((void *)at[1], "cachecheck-trace", RANDOM_BYTES);
}

static void on_first_instruction(ThreadId thread)
{
    cck_traced *traced = cck_traced_of(thread);
    if (!traced->number && !traced->clock) { /* nobody created it */
        fix_random_bytes(thread);
        cck_spare_pages();
    }
    tell_first(traced);
}

static void before_signal(ThreadId thread, Int signal, Bool alternate)
{
    cck_traced *traced = cck_traced_of(thread);
    cck_traced_words(traced, (ULong[]){CCK_WORD(CCK_WORD_SIGNAL, signal)}, 1);
    if (!alternate)
        return;
    Addr start = VG_(thread_get_altstack_min)(thread);
    Addr end = start + VG_(thread_get_altstack_size)(thread);
    cck_traced_words(traced, (ULong[]){CCK_WORD(CCK_WORD_STACK, 0), start, end}, 3);
}

/* Its handler has returned. */
static void after_signal(ThreadId thread, Int signal)
{
    cck_traced_stack(cck_traced_of(thread));
}

void cck_trace_end(void)
{
    if (cck_ring_sealed())
        return;
    for (cck_traced *traced = cck_threads; traced; traced = traced->next)
        if (traced->state != CCK_TURN_ENDED)
            cck_traced_name(traced);
    if (cck_traced_running())
        cck_traced_close(cck_traced_running());
    cck_stage_round();
    cck_ring_seal();
}

static void on_end(Int exit_code)
{
    cck_trace_end();
}

/*
 * How the process ends: Valgrind's last calls, with the linker's help. A tool is told
 * neither.
 */
extern void __real_vgPlain_client_exit(Int status);
extern void __real_vgPlain_kill_self(Int signal);
void __wrap_vgPlain_client_exit(Int status);
void __wrap_vgPlain_kill_self(Int signal);

void __wrap_vgPlain_client_exit(Int status)
{
    cck_ring_set_state(CCK_TRACE_ENDED, 0);
    __real_vgPlain_client_exit(status);
}

void __wrap_vgPlain_kill_self(Int signal)
{
    cck_ring_set_state(CCK_TRACE_KILLED, signal);
    __real_vgPlain_kill_self(signal);
}

void cck_trace_forked(ThreadId thread)
{
    const cck_traced *parent = cck_traced_of(thread);
    Addr tls = parent ? parent->tls : 0;
    cck_clock_forked(parent ? parent->clock : 0);
    cck_ring_abandon();
    cck_traced_reset();
    cck_trace_renumber();
    cck_filter_forked();
    cck_request_forked();
    cck_ring_open();
    cck_stage_open();
    VG_(discard_translations)(0, ~(ULong)0, "cachecheck: fork");
    cck_traced *traced = cck_traced_new(thread, NULL);
    traced->tid = VG_(gettid)();
    traced->tls = tls;
    cck_turn_forked(traced);
    cck_traced_resume(traced);
    tell_first(traced);
}

void cck_trace_set_up(void)
{
    enum { ACCESSES_MOST = 42 }; /* of an instruction */
    cck_log_open();
    cck_filter_set_up();
    cck_ring_open();
    cck_stage_open();
    cck_clock_set_up();
    /* Blocks end at calls and returns, so that the reader sees them. */
    VG_(clo_vex_control).guest_chase = False;
    /* Not 60 instructions: XSAVE and XRSTOR have 42 accesses, which have numbers in the words. */
    VG_(clo_vex_control).guest_max_insns = CCK_WORD_EVENTS_MOST / ACCESSES_MOST;
    VG_(basic_tool_funcs)(cck_trace_set_up, cck_trace_instrument, on_end);
    VG_(needs_syscall_wrapper)(cck_syscall_before, cck_syscall_after);
    VG_(track_start_client_code)(on_start);
    VG_(track_stop_client_code)(on_stop);
    VG_(track_pre_thread_ll_create)(cck_thread_create);
    VG_(track_pre_thread_first_insn)(on_first_instruction);
    VG_(track_pre_thread_ll_exit)(cck_thread_exit);
    VG_(track_pre_deliver_signal)(before_signal);
    VG_(track_post_deliver_signal)(after_signal);
    cck_trace_memory_set_up();
}
