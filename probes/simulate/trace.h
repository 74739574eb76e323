/* SPDX-License-Identifier: MIT */
#ifndef CCK_SIMULATE_TRACE_H
#define CCK_SIMULATE_TRACE_H

#include <stdint.h>

/**
 * The trace of a simulated process: what the Valgrind tool (the writer) tells the
 * library (the reader) through shared memory, while the program runs. Freestanding
 * C: both sides include it. The reader believes nothing in it.
 *
 * One file a process image, `trace.PID.SEQUENCE` in the run's private directory:
 * a header page, then a ring of `ring_words` 64-bit words. Positions count words
 * from the start and never wrap; the place in the ring is position % ring_words.
 * The writer publishes `head` (release), the reader frees `tail` (release); both
 * sleep on the futex words when the ring is full or empty (FUTEX_WAIT with a time
 * limit, shared: the two are processes).
 *
 * The ring holds spans, back to back. A span never wraps: what is left at the end
 * of the ring is skipped with a CCK_SPAN_SKIP. A span is a header of
 * CCK_SPAN_WORDS words and `words` words behind it.
 */

#define CCK_TRACE_MAGIC UINT64_C(0x32656361727463) /* "ctrace2" */

enum {
    CCK_TRACE_HEADER_BYTES = 4096,  /* the ring starts here */
    CCK_TRACE_RING_BYTES = 4 << 20, /* unless the writer is told another size */
    CCK_SPAN_WORDS = 2,
    CCK_TRACE_SPAN_MOST = 1 << 16, /* words of a span at most */
    CCK_TRACE_CREATION = 20000,    /* see "Virtual clocks" below */
};

/** What the writer says of its end in `state`. */
enum { CCK_TRACE_RUNNING, CCK_TRACE_EXEC, CCK_TRACE_ENDED, CCK_TRACE_KILLED };

/** The header page. Fields with "w" are the writer's to change, "r" the reader's. */
typedef struct cck_trace_header {
    uint64_t magic; /* w, last: everything else in the header is set up */
    uint64_t ring_words;
    int32_t pid, parent;
    char program[256]; /* as executed; zero-ended */

    uint64_t head __attribute__((aligned(64))); /* w: position behind the last whole span */
    uint32_t head_futex;                        /* w: changes with each wake */
    uint32_t state;                             /* w: CCK_TRACE_RUNNING... */
    uint32_t signal;                            /* w: that killed it, 0: none */
    uint32_t real_time_turns; /* w: turns whose order the machine's timing decided */
    uint32_t writer_waits;    /* w: 1 while the writer sleeps on tail_futex */
    uint32_t gave_up;         /* w: 1: no reader came in time; the rest is missing */

    uint64_t tail __attribute__((aligned(64))); /* r: what lies before may be overwritten */
    uint32_t tail_futex;                        /* r */
    int32_t reader;                             /* r: pid, 0: nobody has come yet */
    uint32_t stop; /* r: 1: nothing more is wanted; the writer stops tracing for good */
    uint32_t reader_waits; /* r: 1 while the reader sleeps on head_futex */
} cck_trace_header;

/** A span's kind: the lowest byte of its first header word. */
typedef enum cck_span_kind {
    CCK_SPAN_SKIP = 1, /* `words` words of nothing */

    /* Events of one thread in the order it did them: see "Words" below. */
    CCK_SPAN_EVENTS,

    /* Every runnable thread's clock has passed the end of the round: what is buffered may
     * be merged by virtual time and simulated. No words. Rounds end at multiples of their
     * length (32,768 instructions; less with many threads, which share 262,144), where a
     * thread may go too far by a few blocks, and when the writer has no room for more of one. */
    CCK_SPAN_ROUND,

    /* A block of code was translated; `thread` is its number (from 0, by one). Words:
     * cck_block, then its events. */
    CCK_SPAN_BLOCK,

    /* A thread exists. Words: cck_trace_thread. */
    CCK_SPAN_THREAD,

    /* A thread ended; no words. */
    CCK_SPAN_THREAD_END,

    /* Memory was mapped or unmapped. Words: cck_trace_map, then the path (bytes,
     * zero-padded; empty for anonymous memory). A map where one was replaces it: new
     * protection, or another file. */
    CCK_SPAN_MAP,
    CCK_SPAN_UNMAP,

    /* A name: `thread` has a new comm. Words: the bytes, zero-padded. */
    CCK_SPAN_NAME,

    /* A region of interest has a name: `thread` is the region's id (from 0, by one), before
     * its first CCK_WORD_MARK_BEGIN. Words: the bytes, zero-padded. */
    CCK_SPAN_MARK,
} cck_span_kind;

/**
 * First header word of a span: kind | words << 8 | thread << 32. Threads are numbered
 * from 0 in the order of their creation and never reused (at most 2^31).
 * Second header word: the thread's virtual clock at its start, in instructions.
 *
 * Virtual clocks: a thread's clock advances by one an instruction. A new thread starts
 * CCK_TRACE_CREATION behind its creator's clock, some 10 microseconds: what the kernel
 * takes to make a thread and to give it a CPU, so that threads that are created one after
 * the other start side by side. A thread that a futex wakes, a sleep ends, or that joins
 * another, goes on at the larger of its own clock and that of whoever released it. So
 * clocks order what the program's synchronisation orders. A thread that comes back from
 * a system call that took long goes on at the largest clock of all. A sched_yield takes
 * 1,000. Always the thread whose clock is the least runs on, to the end of the round.
 *
 * An exec says CCK_TRACE_EXEC before it is tried; where it fails the state is RUNNING
 * again. A forked child has a ring of its own and numbers everything anew: thread 0 is
 * the one that forked, and the maps are told first. The end of a process is told when it
 * calls exit_group, or is killed: what its threads still do to end has no order.
 *
 * Counts are those of cachegrind run with --vex-guest-chase=no: otherwise VEX joins
 * blocks over && and counts instructions of the second that are not reached. Cachegrind
 * cuts accesses to the shortest line of its caches, which only long ones of a helper
 * (FXSAVE) exceed; here they have their size.
 *
 * The code of the preloaded library that tells heap blocks is left out, and so are its
 * calls and returns: a call of malloc() is followed by the real malloc() or by what comes
 * behind the call. A shadow call stack that compares where a return address was pushed
 * (the last store of a block that calls) with where it is taken from (the last load of
 * one that returns) stays right.
 */
#define CCK_SPAN(kind, words, thread)                                                              \
    ((uint64_t)(kind) | (uint64_t)(words) << 8 | (uint64_t)(thread) << 32)
#define CCK_SPAN_KIND(word)   ((cck_span_kind)((word)&0xff))
#define CCK_SPAN_LENGTH(word) ((uint32_t)((word) >> 8 & 0xffffff))
#define CCK_SPAN_THREAD_OF(word) ((uint32_t)((word) >> 32))

/*
 * Words of CCK_SPAN_EVENTS. The two highest bits tell which:
 *
 *   00 a memory event of the block that runs, see CCK_WORD_DATA()
 *   01 likewise, and there is the return address: of a block that ends with a call its last store,
 *      of one that ends with a return its last load
 *   10 a block starts: its number is in the low 32 bits
 *   11 something else: CCK_WORD_* in bits 56..61, and operands in the words behind
 *
 * A block's memory events follow its word in order. Of the first kind the writer leaves out what
 * changes nothing in a cache, if it was told of one (--held): uses of the line that its core used
 * last in its set of L1, for a write of one that it has written since, where no other core has ever
 * used the line, in this round either. A guarded event that did not happen has the address 0. A
 * block that is left in its middle (a REP instruction, a signal) ends with CCK_WORD_CUT; only
 * blocks with CCK_BLOCK_CUTS do that.
 */
#define CCK_WORD_TAG(word)   ((word) >> 62)
#define CCK_WORD_BLOCK(number) (UINT64_C(2) << 62 | (uint64_t)(number))
#define CCK_WORD(what, low)  (UINT64_C(3) << 62 | (uint64_t)(what) << 56 | (uint64_t)(low))
#define CCK_WORD_WHAT(word)  ((unsigned)((word) >> 56 & 0x3f))
#define CCK_WORD_LOW(word)   ((word)&UINT64_C(0xffffffff))

/*
 * A memory event: its number among those of the block, log2 of its size (CCK_SIZE_OTHER: the block
 * tells), whether it writes, and its address. Those that are no user's on amd64 do not fit, but
 * nobody who accesses them lives to tell.
 */
enum {
    CCK_WORD_ADDRESS_BITS = 48,
    CCK_WORD_EVENTS_MOST = 1 << 10, /* of a block */
    CCK_SIZE_OTHER = 7,
};
#define CCK_WORD_DATA(event, size, writes, address)                                                \
    ((uint64_t)(writes) << 61 | (uint64_t)(size) << 58 | (uint64_t)(event) << 48 |                 \
     (uint64_t)(address))
#define CCK_WORD_FRAME         (UINT64_C(1) << 62)
#define CCK_WORD_WRITES(word)  ((word) >> 61 & 1)
#define CCK_WORD_SIZE(word)    ((uint32_t)((word) >> 58 & 7))
#define CCK_WORD_EVENT(word)   ((uint32_t)((word) >> 48 & 0x3ff))
#define CCK_WORD_ADDRESS(word) ((word) & ((UINT64_C(1) << CCK_WORD_ADDRESS_BITS) - 1))
#define CCK_WORD_IS_DATA(word) (!((word) >> 63))

/** The size of an access as a word of it has it. */
static inline uint32_t cck_word_size(uint32_t bytes)
{
    uint32_t size = 0;
    while (size < CCK_SIZE_OTHER && UINT32_C(1) << size != bytes)
        size++;
    return size;
}

/* Of a block, so many instructions and memory events were executed. */
#define CCK_WORD_LEFT(instructions, events)                                                        \
    CCK_WORD(CCK_WORD_CUT, (uint64_t)(events) << 32 | (uint64_t)(instructions))
#define CCK_WORD_LEFT_EVENTS(word) ((uint32_t)((word) >> 32 & 0xffff))

enum {
    CCK_WORD_CUT = 1,    /* the block was left here: see CCK_WORD_LEFT() */
    CCK_WORD_ALLOC,      /* low: alignment asked for; 2 words: address, size */
    CCK_WORD_FREE,       /* 1 word: address */
    CCK_WORD_STACK,      /* 2 words: the thread runs on the stack [low end, high end) */
    CCK_WORD_MARK_BEGIN, /* region of interest begins; low: its id, see CCK_SPAN_MARK */
    CCK_WORD_MARK_END,
    CCK_WORD_SYSCALL_WRITE, /* 2 words: address, size: the kernel wrote there */
    CCK_WORD_SYSCALL_READ,  /* 2 words: the kernel read there */
    CCK_WORD_SIGNAL,        /* low: number; a handler starts on this thread */
    CCK_WORD_SWITCH,        /* low: other thread; 1 word: its clock. This thread goes on after it: a
                               wake, join or create happened before what follows. First in its span */
    CCK_WORD_TLS,           /* 1 word: the thread pointer is this from now on */
};

/** Operand words behind a word of the third kind. */
static inline unsigned cck_word_operands(unsigned what)
{
    if (what == CCK_WORD_ALLOC || what == CCK_WORD_STACK || what == CCK_WORD_SYSCALL_WRITE ||
        what == CCK_WORD_SYSCALL_READ)
        return 2;
    return what == CCK_WORD_FREE || what == CCK_WORD_SWITCH || what == CCK_WORD_TLS;
}

/** How a block ends. */
typedef enum cck_block_end {
    CCK_END_JUMP,
    CCK_END_CALL,   /* a call: the last store of the block pushed the return address */
    CCK_END_RETURN, /* a return */
    CCK_END_SYSCALL
} cck_block_end;

enum { CCK_BLOCK_CUTS = 1 /* may be left in its middle */ };

/** The words of CCK_SPAN_BLOCK, before its events. */
typedef struct cck_block {
    uint64_t address; /* of its first instruction */
    uint32_t bytes;   /* of code; contiguous */
    uint16_t instructions;
    uint16_t events;
    uint8_t end; /* cck_block_end */
    uint8_t flags;
    uint16_t memory_events; /* of `events`: those with an address word */
    uint32_t reserved;
} cck_block;

/** What an event of a block does. */
typedef enum cck_event_kind {
    CCK_EVENT_FETCH = 1, /* instructions are fetched: address + offset, size bytes */
    CCK_EVENT_LOAD,
    CCK_EVENT_STORE,
    CCK_EVENT_MODIFY /* a load and a store of the same place by one instruction; counts as a load */
} cck_event_kind;

enum {
    CCK_EVENT_ATOMIC = 1,  /* locked, compare-and-swap, exchange */
    CCK_EVENT_GUARDED = 2, /* its address may be 0: it did not happen */
};

/** An event: 16 bytes. */
typedef struct cck_event {
    uint8_t kind;  /* cck_event_kind */
    uint8_t flags; /* CCK_EVENT_* */
    uint16_t size; /* bytes, 1 to 4096 */
    uint16_t offset;      /* of its instruction (what is fetched, for a fetch) from the block's address */
    uint16_t instruction; /* number of its instruction in the block, from 0 */
    uint8_t reserved[8];
} cck_event;

typedef struct cck_trace_thread {
    int32_t tid;     /* as the kernel has it */
    uint32_t parent; /* number of the creating thread; UINT32_MAX: none */
    uint64_t tls;    /* thread pointer (fs base on amd64), 0: not yet, see CCK_WORD_TLS */
    uint64_t affinity; /* CPUs 0 to 63 that it may run on when it was created; 0 unknown */
} cck_trace_thread;

typedef struct cck_trace_map {
    uint64_t start, size; /* bytes */
    uint64_t offset;      /* in the file */
    uint32_t protection;  /* PROT_* */
    uint32_t flags;       /* CCK_MAP_* */
} cck_trace_map;

enum { CCK_MAP_SHARED = 1, CCK_MAP_STACK = 2, CCK_MAP_HEAP = 4 /* brk */ };

#endif
