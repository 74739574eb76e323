/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CCK_TOOL_TRACING_H
#define CCK_TOOL_TRACING_H

/*
 * The tool's trace mode (--trace=yes): the program's memory events go into a ring in
 * shared memory, which the library reads and simulates meanwhile; see ../trace.h.
 *
 *   trace_instrument.c  what is added to the program's code
 *   trace_ring.c        the ring: spans, room, and the reader's absence
 *   trace_thread.c      the threads, their clocks, and what they add to the stream
 *   trace_schedule.c    whose turn it is
 *   trace_syscall.c     system calls: what the kernel accesses, what blocks, exec and exit
 *   trace_futex.c       futexes, decided by our own queues
 *   trace_memory.c      mappings
 *   trace_main.c        options, and Valgrind's calls of all of these
 */
#include "tool.h"

#include "../trace.h"

/* What the added code keeps in the thread's first shadow guest state while it runs. */
typedef struct cck_trace_slots {
    ULong next;  /* address of the next free word of the open span */
    ULong limit; /* a block that starts beyond it asks for room first */
    ULong clock; /* instructions of this thread so far: its virtual clock */
} cck_trace_slots;

/* Words that a block may add behind the limit. */
enum { CCK_BLOCK_WORDS_MOST = 4096 };

/* ---- trace_main.c ---- */
extern Bool cck_clo_trace;
Bool cck_trace_option(const HChar *arg);
void cck_trace_set_up(void);              /* options are known */
void cck_trace_forked(ThreadId thread);   /* in the child */

/* ---- trace_instrument.c ---- */
IRSB *cck_trace_instrument(VgCallbackClosure *closure, IRSB *in, const VexGuestLayout *layout,
                           const VexGuestExtents *extents, const VexArchInfo *host,
                           IRType guest_word, IRType host_word);
void cck_trace_renumber(void); /* block numbers start anew */

/* ---- trace_ring.c ---- */
extern ULong cck_clo_ring; /* bytes */
extern Bool cck_ring_wanted; /* False: nobody reads, nothing more is written */

void cck_ring_open(void);
void cck_ring_abandon(void); /* in a forked child: the ring is the parent's */
void cck_ring_set_state(UInt state, UInt signal);
void cck_ring_count_real_time_turn(void);
Bool cck_ring_is_half_used(void); /* since the last round */
void cck_ring_round(void);

/* A whole span: `size` bytes, and the text behind them if there is one. */
void cck_ring_span(cck_span_kind kind, UInt thread, ULong clock, const void *words, UInt size,
                   const HChar *text);

/* A span of events: between the two calls the caller writes at *next, up to 4096 words
 * beyond *limit. */
void cck_ring_begin_events(UInt thread, ULong clock, ULong *out_next, ULong *out_limit);
void cck_ring_end_events(ULong next);

/* ---- trace_thread.c ---- */
typedef enum cck_turn_state {
    CCK_TURN_READY,  /* runs, or waits for its turn, or is on its way to it */
    CCK_TURN_FUTEX,  /* waits in a queue of ours */
    CCK_TURN_SLEEP,  /* until its deadline */
    CCK_TURN_AWAY,   /* in a system call of unknown duration */
    CCK_TURN_ENDED
} cck_turn_state;

typedef struct cck_traced {
    struct cck_traced *next; /* in order of creation, which is that of their numbers */
    UInt number;
    ThreadId slot; /* Valgrind's number, which it uses again */
    Int tid;       /* as the kernel has it; 0: not known yet */
    ULong clock;
    Bool open; /* its span of events is open */
    cck_trace_slots slots;
    Addr clear_tid; /* set to 0 when it ends; 0: nothing is */

    /* The rest belongs to the scheduler. */
    cck_turn_state state;
} cck_traced;

extern cck_traced *cck_threads;
cck_traced *cck_traced_of(ThreadId thread);
cck_traced *cck_traced_new(ThreadId thread, Int tid, const cck_traced *parent, Addr tls);
void cck_traced_end(cck_traced *traced);
void cck_traced_reset(void);
void cck_traced_start(ThreadId thread); /* its code is about to run */
void cck_traced_stop(ThreadId thread);  /* and has stopped */
void cck_traced_close(cck_traced *traced); /* its span */
void cck_traced_words(cck_traced *traced, const ULong *words, UInt count);
cck_traced *cck_traced_running(void); /* NULL before the first */
VG_REGPARM(1) void cck_traced_full(UChar *guest);

/* Ends the open span, if one is, and adds one outside of any. */
void cck_trace_span(cck_span_kind kind, UInt thread, const void *words, UInt size,
                    const HChar *text);

/* ---- trace_memory.c ---- */
void cck_trace_memory_set_up(void);
void cck_trace_all_maps(void);
Bool cck_trace_is_shared(Addr address);

#endif
