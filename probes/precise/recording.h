/* SPDX-License-Identifier: MIT */
#ifndef CCK_PRECISE_RECORDING_H
#define CCK_PRECISE_RECORDING_H

#include <stdio.h>

#include <cachecheck/error.h>

#include "probes/precise/intake.h"

/**
 * A recorded run: what rings and AUX areas held, so that everything behind them runs again
 * without a PMU. A file as core/perf/recording.h tells:
 *
 *     cachecheck-precise 1 little
 *     pmu spe                            or latency, ibs
 *     sample 65671 128                   sample_type, sample_regs_user
 *     zen old                            ibs: or zen3, zen4
 *     hertz 3000000000                   of the cores; 0 unknown
 *     line 64                            bytes of a cache line
 *     period 65536                       spe: operations between two samples
 *     clock 12 34 5                      spe: time_zero, time_mult, time_shift
 *     area 65536                         bytes of an AUX area; 0: none
 *     cpu 3 0x410fd0c0                   a ring's CPU, and its MIDR_EL1 (0: not Arm)
 *     aux 0 65500 64                     ring (by index), offset, bytes
 *     <64 bytes>
 *     record 0 48                        ring, bytes
 *     <48 bytes>
 *     elapsed 1500000000                 ns
 *     end
 */
typedef struct cck_precise_head {
    cck_precise_format format;
    uint32_t line_size;
    uint64_t area;
    const struct cck_precise_ring {
        uint32_t cpu;
        uint64_t midr;
    } * rings;
    size_t ring_count;
} cck_precise_head;

typedef FILE cck_precise_writer;

/** Begin a file. CCK_EIO. */
int cck_precise_writer_new(cck_precise_writer **out_writer, const char *path,
                           const cck_precise_head *head, cck_error *err);

/** Failures show in the end. Bytes of the AUX area come before the record that names them. */
void cck_precise_writer_aux(cck_precise_writer *writer, size_t ring, uint64_t offset,
                            const void *bytes, size_t size);
void cck_precise_writer_record(cck_precise_writer *writer, size_t ring,
                               const struct perf_event_header *header);

/** Close. CCK_EIO when anything failed. */
int cck_precise_writer_end(cck_precise_writer *writer, uint64_t elapsed_ns, cck_error *err);

/** Whom a recording is read to. */
typedef struct cck_precise_listener {
    /** The head is complete; a negative CCK_E* ends the reading. `head` is borrowed. */
    int (*begin)(void *context, const cck_precise_head *head, cck_error *err);
    void (*record)(void *context, const cck_precise_origin *origin,
                   const struct perf_event_header *header);
    void *context;
} cck_precise_listener;

/** Read one; `name` is for messages. Nothing in it is trusted. CCK_EFORMAT with the place. */
int cck_precise_recording_read(FILE *file, const char *name, const cck_precise_listener *listener,
                               uint64_t *out_elapsed_ns, cck_error *err);

#endif
