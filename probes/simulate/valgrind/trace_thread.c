/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tracing.h"

#include <stddef.h>

#include "pub_tool_libcassert.h"
#include "pub_tool_libcbase.h"
#include "pub_tool_libcproc.h"
#include "pub_tool_machine.h"
#include "pub_tool_mallocfree.h"
#include "pub_tool_threadstate.h"
#include "pub_tool_vkiscnums.h"

/*
 * While a thread's code runs, its place in the ring and its clock are in its shadow
 * guest state; between turns they are in its record here. Valgrind copies shadow state
 * to new threads and saves it around signal handlers, which does no harm this way.
 */
enum {
    FIRST_BLOCK = 6, /* instructions of a block, before any ran */
    BLOCKS_LATELY = 1 << 14
};

cck_traced *cck_threads;

static cck_traced *last_thread;
static cck_traced **by_slot;
static cck_traced *running; /* whose turn it is, or was last */
static UInt numbered;

cck_traced *cck_traced_of(ThreadId thread)
{
    return by_slot && thread < VG_N_THREADS ? by_slot[thread] : NULL;
}

cck_traced *cck_traced_running(void)
{
    return running;
}

void cck_trace_span(cck_span_kind kind, UInt thread, const void *words, UInt size,
                    const HChar *text)
{
    if (running)
        cck_traced_close(running);
    cck_stage_span(kind, thread, running ? running->clock : 0, words, size, text);
}

cck_traced *cck_traced_new(ThreadId thread, const cck_traced *parent)
{
    cck_traced *traced = VG_(calloc)("cck.traced", 1, sizeof *traced);
    if (!by_slot)
        by_slot = VG_(calloc)("cck.slots", VG_N_THREADS, sizeof *by_slot);
    traced->number = numbered++;
    traced->slot = thread;
    traced->turn_begins = True;
    traced->blocks = 1;
    traced->instructions = FIRST_BLOCK;
    if (parent) {
        traced->clock = parent->clock + CCK_TRACE_CREATION;
        traced->released = True;
        traced->releaser = parent->number;
        traced->releaser_clock = parent->clock;
    }
    if (last_thread)
        last_thread->next = traced;
    else
        cck_threads = traced;
    last_thread = traced;
    by_slot[thread] = traced;
    return traced;
}

void cck_traced_tell(const cck_traced *traced, const cck_traced *parent)
{
    cck_trace_thread words = {traced->tid, parent ? parent->number : 0xffffffffU, traced->tls, 0};
    ULong affinity = 0;
    SysRes got = cck_syscall(__NR_sched_getaffinity, 0, sizeof affinity, (UWord)&affinity, 0);
    if (!sr_isError(got))
        words.affinity = affinity;
    cck_trace_span(CCK_SPAN_THREAD, traced->number, &words, sizeof words, NULL);
}

void cck_traced_name(cck_traced *traced)
{
    HChar name[16] = "";
    VG_(strncpy)(name, traced->name, sizeof name - 1);
    cck_row_read_name(traced->tid, name);
    if (!name[0] || !VG_(strcmp)(name, traced->name))
        return;
    VG_(strncpy)(traced->name, name, sizeof traced->name - 1);
    cck_trace_span(CCK_SPAN_NAME, traced->number, NULL, 0, name);
}

void cck_traced_stack(cck_traced *traced)
{
    Addr end = VG_(thread_get_stack_max)(traced->slot) + 1;
    SizeT size = VG_(thread_get_stack_size)(traced->slot);
    if (end > 1 && size)
        cck_traced_words(traced, (ULong[]){CCK_WORD(CCK_WORD_STACK, 0), end - size, end}, 3);
}

void cck_traced_end(cck_traced *traced)
{
    if (traced->state == CCK_TURN_ENDED)
        return;
    cck_trace_span(CCK_SPAN_THREAD_END, traced->number, NULL, 0, NULL);
    traced->state = CCK_TURN_ENDED;
    if (by_slot[traced->slot] == traced)
        by_slot[traced->slot] = NULL;
}

void cck_traced_forget(cck_traced *traced)
{
    cck_traced **link = &cck_threads, *before = NULL;
    while (*link != traced) {
        before = *link;
        link = &before->next;
    }
    *link = traced->next;
    if (last_thread == traced)
        last_thread = before;
    if (running == traced)
        running = NULL;
    VG_(free)(traced);
}

void cck_traced_reset(void)
{
    while (cck_threads) {
        cck_traced *next = cck_threads->next;
        VG_(free)(cck_threads);
        cck_threads = next;
    }
    last_thread = running = NULL;
    numbered = 0;
    if (by_slot)
        VG_(memset)(by_slot, 0, VG_N_THREADS * sizeof *by_slot);
}

static void open_span(cck_traced *traced)
{
    if (traced->open)
        return;
    cck_stage_begin_events(traced->number, traced->clock, &traced->slots.next,
                           &traced->slots.limit);
    traced->open = True;
}

void cck_traced_close(cck_traced *traced)
{
    if (!traced->open)
        return;
    cck_stage_end_events(traced->slots.next);
    traced->open = False;
}

void cck_traced_words(cck_traced *traced, const ULong *words, UInt count)
{
    open_span(traced);
    if (traced->slots.next > traced->slots.limit) {
        cck_traced_close(traced);
        open_span(traced);
    }
    VG_(memcpy)((void *)traced->slots.next, words, count * sizeof *words);
    traced->slots.next += count * sizeof *words;
}

/* Valgrind counts superblocks down in the guest state; when it comes to 0 the turn ends. */
static void start_counter(cck_traced *traced)
{
    UInt offset = offsetof(cck_guest_state, host_EvC_COUNTER);
    VG_(get_shadow_regs_area)
    (traced->slot, (UChar *)&traced->counter, 0, offset, sizeof traced->counter);
    if (traced->turn_begins) {
        Int length = cck_turn_length(traced);
        if (traced->counter > length) {
            traced->counter = length;
            VG_(set_shadow_regs_area)(traced->slot, 0, offset, sizeof length, (UChar *)&length);
        }
        traced->turn_begins = False;
    }
    traced->start_clock = traced->clock;
}

static void stop_counter(cck_traced *traced)
{
    Int counter;
    VG_(get_shadow_regs_area)
    (traced->slot, (UChar *)&counter, 0, offsetof(cck_guest_state, host_EvC_COUNTER),
     sizeof counter);
    if (counter < traced->counter && traced->clock > traced->start_clock) {
        traced->blocks += traced->counter - counter;
        traced->instructions += traced->clock - traced->start_clock;
    }
    if (traced->blocks > BLOCKS_LATELY) {
        traced->instructions = traced->instructions * BLOCKS_LATELY / traced->blocks / 2 + 1;
        traced->blocks = BLOCKS_LATELY / 2;
    }
}

/* Its turn begins: what it waited for comes before all that it does now. */
void cck_traced_resume(cck_traced *traced)
{
    running = traced;
    if (!traced->released)
        return;
    ULong words[] = {CCK_WORD(CCK_WORD_SWITCH, traced->releaser), traced->releaser_clock};
    cck_traced_words(traced, words, 2);
    traced->released = False;
}

void cck_traced_start(ThreadId thread)
{
    running = cck_traced_of(thread);
    tl_assert(running);
    start_counter(running);
    running->call.plan = CCK_CALL_NONE;
    open_span(running);
    running->slots.clock = running->clock;
    VG_(set_shadow_regs_area)(thread, 1, 0, sizeof running->slots, (UChar *)&running->slots);
}

void cck_traced_stop(ThreadId thread)
{
    VG_(get_shadow_regs_area)(thread, (UChar *)&running->slots, 1, 0, sizeof running->slots);
    running->clock = running->slots.clock;
    running->ran += running->clock - running->start_clock;
    cck_clock_ran(running->clock - running->start_clock);
    stop_counter(running);
}

/* The added code has no room for a block. */
VG_REGPARM(1) void cck_traced_full(UChar *guest)
{
    cck_trace_slots *slots = (cck_trace_slots *)(guest + sizeof(cck_guest_state));
    running->slots = *slots;
    running->clock = slots->clock;
    cck_traced_close(running);
    open_span(running);
    *slots = running->slots;
    slots->clock = running->clock;
}
