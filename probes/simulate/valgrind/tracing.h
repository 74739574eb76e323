/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CCK_TOOL_TRACING_H
#define CCK_TOOL_TRACING_H

/*
 * The tool's trace mode (--trace=yes): the program's memory events go into a ring in
 * shared memory, which the library reads and simulates meanwhile; see ../trace.h.
 *
 *   trace_instrument.c  what is added to the program's code
 *   trace_stage.c       spans, until a round is over
 *   trace_filter.c      what of their events need not be told
 *   trace_owner.c       which core's a line is
 *   trace_ring.c        the ring: room, and the reader's absence
 *   trace_thread.c      the threads, their clocks, and what they add to the stream
 *   trace_schedule.c    whose turn it is
 *   trace_syscall.c     system calls: what the kernel accesses, what blocks, exec and exit
 *   trace_clock.c       what the program sees of time
 *   trace_futex.c       futexes, decided by our own queues
 *   trace_memory.c      mappings
 *   trace_request.c     heap blocks and regions of interest, as the program tells them
 *   trace_main.c        options, and Valgrind's calls of all of these
 */
#include "tool.h"

#include "../trace.h"

#include "pub_tool_vki.h"

/* What the added code keeps in the thread's first shadow guest state while it runs. */
typedef struct cck_trace_slots {
    ULong next;  /* address of the next free word of the open span */
    ULong limit; /* a block that starts beyond it asks for room first */
    ULong clock; /* instructions of this thread so far: its virtual clock */
} cck_trace_slots;

/* Words that a block may add behind the limit. */
enum { CCK_BLOCK_WORDS_MOST = 4096 };

enum { CCK_TIMED_OUT = 110 }; /* ETIMEDOUT, which vki does not have */

/* ---- trace_main.c ---- */
extern Bool cck_clo_trace;
Bool cck_trace_option(const HChar *arg);
void cck_trace_set_up(void);            /* options are known */
void cck_trace_forked(ThreadId thread); /* in the child */
void cck_trace_end(void); /* nothing comes any more: what threads do to end has no order */

/* ---- trace_instrument.c ---- */
IRSB *cck_trace_instrument(VgCallbackClosure *closure, IRSB *in, const VexGuestLayout *layout,
                           const VexGuestExtents *extents, const VexArchInfo *host,
                           IRType guest_word, IRType host_word);
void cck_trace_renumber(void); /* block numbers start anew */

/* ---- trace_ring.c ---- */
extern ULong cck_clo_ring;   /* bytes */
extern Bool cck_ring_wanted; /* False: nobody reads, nothing more is written */

void cck_ring_open(void);
void cck_ring_seal(void); /* nothing is written any more */
Bool cck_ring_sealed(void);
void cck_ring_abandon(void); /* in a forked child: the ring is the parent's */
void cck_ring_set_state(UInt state, UInt signal);
void cck_ring_count_real_time_turn(void);
void cck_ring_wake(void); /* the reader, if it sleeps */

/* Room for so many words at the ring's position, and on. NULL: nothing is written any more. What is
 * not published yet may be taken back, if that was no more than half of the ring. */
ULong *cck_ring_reserve(ULong words);
void cck_ring_advance(ULong words);
ULong cck_ring_position(void);
void cck_ring_rewind(ULong position);
void cck_ring_publish(void);

/* ---- trace_stage.c ---- */
void cck_stage_open(void); /* behind the ring */
void cck_stage_round(void);

/* A whole span: `size` bytes, and the text behind them if there is one. */
void cck_stage_span(cck_span_kind kind, UInt thread, ULong clock, const void *words, UInt size,
                    const HChar *text);

/* A span of events: between the two calls the caller writes at *next, up to 4096 words
 * beyond *limit: blocks, with the words of all their memory events (CCK_WORD_DATA). */
void cck_stage_begin_events(UInt thread, ULong clock, ULong *out_next, ULong *out_limit);
void cck_stage_end_events(ULong next);

/* ---- trace_filter.c ---- */

/* The L1 for data of each core of the modelled machine: sets (a power of two; 0: everything is
 * told), bits of an address within a line, and how many cores threads are dealt out to. */
typedef struct cck_held {
    UInt sets, line_bits, cores;
} cck_held;

extern cck_held cck_clo_held;

void cck_filter_set_up(void); /* options are known */
void cck_filter_block(UInt number, const cck_block *told, const cck_event *events);
void cck_filter_runs(UInt thread); /* it has events in this round, none of which are told yet */

/* Tell events of the thread at `out`, where there is as much room; returns the end. `keeps`: leave
 * nothing out. *conflict becomes True where something was left out of the round that is not to be.
 */
ULong *cck_filter_tell(UInt thread, Bool keeps, const ULong *at, const ULong *end, ULong *out,
                       Bool *conflict);

/* Any core may fetch the block's code; True: a conflict, see above. */
Bool cck_filter_code(const cck_block *told);
void cck_filter_unmap(const cck_trace_map *map); /* of a round of which nothing is left out */
void cck_filter_clear(Bool active); /* nothing was used last; `active`: by cores that run in it */
void cck_filter_round(void);        /* it is told */
void cck_filter_forked(void);

/* The size of an event as its words have it: what may not happen is none of the usual ones. */
static inline UInt cck_event_size(const cck_event *event)
{
    return event->flags & CCK_EVENT_GUARDED ? CCK_SIZE_OTHER : cck_word_size(event->size);
}

/* ---- trace_owner.c ---- */
typedef enum cck_claim {
    CCK_CLAIM_OWN,    /* only this core has used the line */
    CCK_CLAIM_TAKEN,  /* it was another's until now */
    CCK_CLAIM_NOBODYS /* several have */
} cck_claim;

/* Lines are addresses without the bits within one. */
cck_claim cck_owner_claim(ULong line, UInt core, UInt *out_other);
Bool cck_owner_share(ULong line, UInt *out_other); /* several may use it; True: it was another's */
void cck_owner_forget(ULong first, ULong last);    /* these lines are nobody's yet */

/* ---- trace_thread.c ---- */
typedef enum cck_turn_state {
    CCK_TURN_READY, /* runs, or waits for its turn, or is on its way to it */
    CCK_TURN_FUTEX, /* waits in a queue of ours */
    CCK_TURN_SLEEP, /* until its deadline */
    CCK_TURN_AWAY,  /* in a system call of unknown duration */
    CCK_TURN_ENDED
} cck_turn_state;

/* What is to be done about a system call that may block. */
typedef enum cck_call_plan {
    CCK_CALL_NONE,   /* not in a system call */
    CCK_CALL_PASS,   /* the kernel's */
    CCK_CALL_RETURN, /* `result` at once */
    CCK_CALL_YIELD,  /* the turn ends */
    CCK_CALL_FUTEX,  /* waits for a wake */
    CCK_CALL_SLEEP
} cck_call_plan;

typedef struct cck_call {
    cck_call_plan plan;
    Long result;
    Addr address; /* of the futex */
    UInt mask;
    Bool timed;
    ULong nanoseconds; /* that it waits at most */
    ULong real_end;    /* in the monotonic clock */
    Addr remaining;    /* timespec to fill if a signal ends the sleep; 0: none */
} cck_call;

typedef struct cck_traced {
    struct cck_traced *next; /* in order of creation, which is that of their numbers */
    UInt number;
    ThreadId slot; /* Valgrind's number, which it uses again */
    Int tid;       /* as the kernel has it; 0: not known yet */
    ULong clock;
    Bool open; /* its span of events is open */
    cck_trace_slots slots;
    HChar name[16]; /* comm that was told */
    Addr clear_tid; /* set to 0 when it ends; 0: nothing is */
    Addr tls;

    /* Who released it last: told when its next turn starts. */
    Bool released;
    UInt releaser;
    ULong releaser_clock;

    /* The rest belongs to the scheduler, and is looked at with its guard held. */
    cck_turn_state state;
    UInt turn;        /* futex: 1 when it is its turn */
    Bool waits;       /* for its turn */
    Bool turn_begins; /* its length is yet to be set */
    Int counter;      /* of blocks, as it was when its code began to run, and the clock */
    ULong start_clock;
    ULong given_clock;          /* when it last gave its turn away */
    ULong blocks, instructions; /* that it ran lately: how long its blocks are */

    ULong ran;                  /* instructions, without what it waited */
    UInt left_at;               /* 1 + when it went into the kernel, ms; 0: it has not */
    ULong left_clock;           /* the largest virtual clock of all then */
    ULong left_outside;         /* and the time that had passed outside of them */
    ULong limit;                /* ns that its call waits in the kernel at most; 0: not known */
    Addr expiry_at;             /* the time of a timer that was changed for the call; 0: none */
    struct vki_timespec expiry; /* and what it was */
    cck_call call;              /* the system call that it is in */
    Bool in_call;               /* it is in the kernel, and keeps the turn meanwhile */
    Bool sleep_cut;             /* by a signal */
    Bool in_wait;               /* in a wait of ours, or interrupted in it by a signal */
    Bool real_expired;          /* the real time of its wait is over */
    Bool timed;                 /* `deadline` counts */
    ULong deadline;             /* virtual */
    Long result;                /* of its wait, when it is READY again */
    UInt wake;                  /* futex: 1 when its wait is over */
    ULong queued;               /* order in its queue */
    Addr woken_at;              /* a wake here was lost to a signal */
} cck_traced;

extern cck_traced *cck_threads;
cck_traced *cck_traced_of(ThreadId thread);
cck_traced *cck_traced_new(ThreadId thread, const cck_traced *parent);
void cck_traced_tell(const cck_traced *traced, const cck_traced *parent); /* its span */
void cck_traced_end(cck_traced *traced);
void cck_traced_forget(cck_traced *traced); /* after its last turn */
void cck_traced_reset(void);
void cck_traced_start(ThreadId thread);    /* its code is about to run */
void cck_traced_stop(ThreadId thread);     /* and has stopped */
void cck_traced_close(cck_traced *traced); /* its span */
void cck_traced_words(cck_traced *traced, const ULong *words, UInt count);
void cck_traced_name(cck_traced *traced);  /* tell its comm */
void cck_traced_stack(cck_traced *traced); /* tell where its stack is */
void cck_traced_resume(cck_traced *traced);
cck_traced *cck_traced_running(void); /* NULL before the first */
VG_REGPARM(1) void cck_traced_full(UChar *guest);

/* Ends the open span, if one is, and adds one outside of any. */
void cck_trace_span(cck_span_kind kind, UInt thread, const void *words, UInt size,
                    const HChar *text);

/* ---- trace_schedule.c ---- */
UInt cck_turn_length(const cck_traced *traced); /* in superblocks */
cck_traced *cck_turn_mine(void);                /* the calling thread's, whoever's turn it is */
void cck_turn_forked(cck_traced *traced);
void cck_turn_born(void);  /* a new thread's tid is known */
void cck_turn_guard(void); /* take the guard... */
void cck_turn_unguard(void);
Bool cck_turn_expired(cck_traced *traced);
void cck_turn_limit_over(const cck_traced *me); /* its call has ended for its time limit */

/* With the guard held: its wait is over. */
void cck_turn_wake(cck_traced *woken, Long result, const cck_traced *waker);

/* ---- trace_futex.c ---- */
Bool cck_futex_plan(cck_traced *traced, UWord *args);
Long cck_futex_wake(const cck_traced *waker, Addr address, Int count, UInt mask);

/* ---- trace_syscall.c ---- */
SysRes cck_syscall(UWord number, UWord a1, UWord a2, UWord a3, UWord a4);
Bool cck_call_set_limit(cck_traced *me, const struct vki_timespec *limit, Bool absolute, Int clock);
void cck_sleep_interrupted(const cck_traced *traced);
Int cck_futex(UInt *word, Int operation, UInt value, ULong nanoseconds);
ULong cck_real_now(Int clock);
void cck_syscall_before(ThreadId thread, UInt number, UWord *args, UInt count);
void cck_syscall_after(ThreadId thread, UInt number, UWord *args, UInt count, SysRes result);
void cck_thread_create(ThreadId parent, ThreadId child);
void cck_thread_exit(ThreadId thread);

/* ---- trace_clock.c ---- */
void cck_clock_set_up(void);
void cck_clock_forked(ULong clock);
void cck_clock_ran(ULong instructions);
Bool cck_clock_is_ours(Int clock);
ULong cck_clock_now(const cck_traced *me, Int clock); /* as the program sees it, ns */
ULong cck_clock_outside(void);
void cck_clock_advance(ULong nanoseconds); /* with the guard held */
void cck_clock_read(ThreadId thread, UInt number, const UWord *args);
ULong cck_clock_limit(UInt number, const UWord *args);
void cck_clock_translate_futex(const cck_traced *me, UWord *args, struct vki_timespec *limit);
void cck_clock_translate_timer(cck_traced *me, UInt number, const UWord *args);
void cck_clock_restore_timer(cck_traced *me);

/* ---- trace_request.c ---- */
Bool cck_request(ThreadId thread, UWord *args, UWord *out_result);
void cck_request_forked(void); /* regions are numbered anew */

/* ---- trace_memory.c ---- */
Bool cck_trace_is_preloaded(Addr address); /* code of our own preloaded library */
void cck_trace_memory_set_up(void);
void cck_trace_all_maps(void);    /* as they are */
void cck_trace_mmap(ULong flags); /* the program is about to call mmap with them */
Bool cck_trace_is_shared(Addr address);

#endif
