/* SPDX-License-Identifier: MIT */
#ifndef CCK_COUNTERS_STREAM_H
#define CCK_COUNTERS_STREAM_H

#include <linux/perf_event.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cachecheck/error.h>

#include "core/base/arena.h"
#include "probes/counters/ledger.h"

/**
 * A recorded stream: the records of a run as the kernel wrote them, so that
 * everything behind the rings can be run again without perf. A file as
 * core/perf/recording.h tells:
 *
 *     cachecheck-stream 1 little
 *     cpus 0 1
 *     root 4711 4711 xz                       pid, tid, name of the first thread
 *     world closed                            records are of the target's tree only
 *     copies one switches                     of each slot; SWITCH records tell residency
 *     clock 0 exact                           slot that tells residency; -1 none
 *     tasks 6 0 1                             sample_type, read_format, id_all
 *     slot 4 3 1                              the same for the READs of slot 0, 1, ...
 *     column count 0 exact page-faults        source, slot, exact|scaled, name
 *     record -1 0 48                          slot (-1: tasks), CPU (or copy) index, bytes
 *     <48 bytes>
 *     total 0 1 123 1000 1000                 slot, copy, raw, enabled, running
 *     end
 */
typedef struct cck_stream_head {
    const uint32_t *cpus;
    size_t cpu_count;
    int32_t pid, tid;
    const char *name;
    bool closed_world;
    bool flat, switches;
    int clock;
    bool clock_exact;
    cck_record_layout tasks;
    const cck_record_layout *slots;
    size_t slot_count;
    const cck_column *columns;
    const char *const *column_names;
    size_t column_count;
} cck_stream_head;

typedef FILE cck_stream_writer;

/** Begin a file. CCK_EIO. */
int cck_stream_create(cck_stream_writer **out_writer, const char *path, const cck_stream_head *head,
                      cck_error *err);

/** NULL for the record is allowed and writes nothing. Failures show in the end. */
void cck_stream_write_record(cck_stream_writer *writer, int slot, size_t cpu,
                             const struct perf_event_header *header);

/** Write the totals of the ledger's copies and close. CCK_EIO when anything failed. */
int cck_stream_finish(cck_stream_writer *writer, const cck_ledger *ledger, cck_error *err);

/** Close and forget (NULL allowed). */
void cck_stream_abandon(cck_stream_writer *writer);

/** The source of that name in a file, or -1. */
int cck_stream_source(const char *name);

/** A stream read back. */
typedef struct cck_stream {
    cck_arena arena;
    cck_stream_head head; /* its pointers are the arena's */
    cck_ledger ledger;    /* every record taken in, totals set: ready to be settled */
} cck_stream;

/**
 * Read a stream from `file`; `name` is for messages. CCK_EFORMAT with the place,
 * CCK_ENOMEM. Free with cck_stream_clear(), on success only.
 */
int cck_stream_read(cck_stream *out_stream, FILE *file, const char *name, cck_error *err);

void cck_stream_clear(cck_stream *stream);

#endif
