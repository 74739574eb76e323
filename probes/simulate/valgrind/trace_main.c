/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tracing.h"

#include "pub_tool_libcbase.h"
#include "pub_tool_libcproc.h"
#include "pub_tool_options.h"
#include "pub_tool_transtab.h"

Bool cck_clo_trace;

Bool cck_trace_option(const HChar *arg)
{
    if VG_BOOL_CLO (arg, "--trace", cck_clo_trace) {
    } else if VG_BINT_CLO (arg, "--ring", cck_clo_ring, 1 << 20, 1 << 30) {
        if (cck_clo_ring & (cck_clo_ring - 1))
            VG_(fmsg_bad_option)(arg, "expected a power of two\n");
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

static void on_first_instruction(ThreadId thread)
{
    if (!cck_traced_of(thread))
        cck_traced_new(thread, VG_(gettid)(), NULL, 0);
}

static void on_end(Int exit_code)
{
    if (cck_traced_running())
        cck_traced_close(cck_traced_running());
    cck_ring_round();
    cck_ring_set_state(CCK_TRACE_ENDED, 0);
}

void cck_trace_forked(ThreadId thread)
{
    cck_ring_abandon();
    cck_traced_reset();
    cck_trace_renumber();
    cck_ring_open();
    VG_(discard_translations_safely)(0, ~(SizeT)0, "cachecheck: fork");
    cck_traced_new(thread, VG_(gettid)(), NULL, 0);
}

static void after_options(void)
{
    cck_log_open();
    cck_ring_open();
}

void cck_trace_set_up(void)
{
    /* Blocks end at calls and returns, so that the reader sees them. */
    VG_(clo_vex_control).guest_chase = False;
    VG_(basic_tool_funcs)(after_options, cck_trace_instrument, on_end);
    VG_(track_start_client_code)(on_start);
    VG_(track_stop_client_code)(on_stop);
    VG_(track_pre_thread_first_insn)(on_first_instruction);
    VG_(track_pre_thread_ll_exit)(NULL);
    after_options();
}
