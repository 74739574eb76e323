/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CCK_TOOL_H
#define CCK_TOOL_H

/*
 * The Valgrind tool: it runs the program on Valgrind's synthetic CPU, feeds each
 * fetch, load and store into the cache model, and writes the counts of each
 * thread to a file that the library reads.
 *
 *   ir_access.c   which memory a statement accesses
 *   instrument.c  what is added to the program's code
 *   feed.c        from the added code into the model; whose turn it is
 *   thread.c      a row of counts for each thread that ever ran
 *   record.c      the file
 *   spare.c       memory that Valgrind takes and does not need
 *   log.c         where Valgrind's own messages go
 *   main.c        options, and Valgrind's calls of all of these
 */
#include "arch.h"
#include "ir_access.h"

#include "../model/hierarchy.h"

/* Kinds of events, and indices of a row's misses. None is 0: see CCK_EVENT(). */
enum { CCK_FETCH = 1, CCK_LOAD = 2, CCK_STORE = 3, CCK_KINDS = 4 };

/* Levels of a row's misses. */
enum { CCK_LEVEL_L1, CCK_LEVEL_L2, CCK_LEVEL_LL, CCK_LEVELS };

typedef struct cck_thread_row {
    struct cck_thread_row *next; /* in order of creation */
    Int tid;                     /* as the kernel has it */
    UInt core;                   /* that it runs on in the model */
    Bool ended;
    HChar name[16]; /* comm when last seen; "" for the program's own name */
    ULong instructions, loads, stores, atomics;
    ULong misses[CCK_KINDS][CCK_LEVELS];
} cck_thread_row;

/* ---- main.c ---- */
extern cck_geometry cck_clo_geometry;
extern const HChar *cck_clo_directory; /* where records go */

/* ---- instrument.c ---- */
IRSB *cck_instrument(VgCallbackClosure *closure, IRSB *in, const VexGuestLayout *layout,
                     const VexGuestExtents *extents, const VexArchInfo *host, IRType guest_word,
                     IRType host_word);

/* ---- feed.c ---- */

/*
 * Counts and addresses pass from the added code to the tool through the thread's
 * first shadow guest state, which Valgrind keeps for tools and which the code
 * reaches in one instruction, relative to the register that holds the guest state.
 */
typedef struct cck_slots {
    ULong instructions_loads; /* two counts of 32 bits; a turn is 100,000 blocks */
    ULong stores_atomics;
    ULong addresses[8]; /* of the batch; see CCK_EVENT() */
} cck_slots;

/* A batch of up to 8 events, the first in the lowest byte; its end is a 0 byte. */
#define CCK_EVENT(kind, size) ((ULong)(kind) | (ULong)(size) << 2)
enum { CCK_EVENT_SIZE_MAX = 63 };

/*
 * The lines that are most recently used in each set of the running core's I1 and
 * D1, CCK_WIDE_EMPTY for none. Using such a line again changes nothing, so the
 * added code compares with these and calls the tool only when they differ.
 */
typedef struct cck_filter {
    Bool usable; /* else the added code calls for every event */
    UInt line_bits, set_bits;
    ULong mask;   /* sets - 1 */
    ULong *lines; /* static storage: its address goes into the code */
    UInt *tags;   /* of the running core's cache, if that has 8 ways; else NULL */
} cck_filter;

extern cck_filter cck_fetch_filter, cck_data_filter;
extern UInt cck_line_min; /* the shortest line of all caches */

void cck_feed_init(void);
VG_REGPARM(2) void cck_feed_batch(const UChar *guest, HWord events);
VG_REGPARM(2) void cck_feed_guarded(Addr address, HWord kind_and_size);
VG_REGPARM(2) void cck_feed_large(Addr address, HWord kind_and_size);
void cck_feed_start(ThreadId thread); /* its turn begins */
void cck_feed_stop(ThreadId thread);  /* and ends: its counts are taken in */

/* ---- thread.c ---- */
extern cck_thread_row *cck_rows;
extern UInt cck_row_count;
cck_thread_row *cck_row_of(ThreadId thread); /* made when it is first seen */
void cck_row_end(ThreadId thread);
void cck_row_refresh_names(void);
void cck_row_read_name(Int tid, HChar *name); /* 16 bytes; left if the tool's or unknown */
void cck_rows_forked(ThreadId thread);        /* in the child: only it is left, at zero */

/* ---- record.c ---- */
void cck_record_open(void);
void cck_record_tick(void); /* a turn ended: now and then the record is refreshed */
void cck_record_write(const HChar *state);

/* ---- spare.c ---- */
void cck_spare_pages(void); /* of Valgrind's table of threads, once it is set up */

/* ---- log.c ---- */
void cck_log_open(void); /* Valgrind's messages go to log.PID beside the records */

#endif
