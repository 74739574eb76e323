/* SPDX-License-Identifier: MIT */
#ifndef CCK_CORE_PERF_RECORD_H
#define CCK_CORE_PERF_RECORD_H

#include <linux/perf_event.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** How the records of a ring are laid out: what its events were opened with. */
typedef struct cck_record_layout {
    uint64_t sample_type; /* decides the trailer of each record */
    uint64_t read_format; /* decides the body of a READ record; never a group's */
    bool sample_id_all;   /* false: records have no trailer */
} cck_record_layout;

/** One decoded record. What its kind does not carry is 0. */
typedef struct cck_record {
    uint32_t type; /* PERF_RECORD_* */
    int32_t pid, tid;
    int32_t ppid, ptid;               /* FORK, EXIT */
    uint64_t time;                    /* of the event's clock, ns; 0 unknown */
    uint64_t id;                      /* READ: of the event, 0 if not in its format */
    uint64_t value, enabled, running; /* READ */
    uint64_t lost;                    /* LOST, LOST_SAMPLES: how many */
    uint64_t aux_offset, aux_size;    /* AUX: what came into the AUX area, see aux_area.h */
    uint64_t aux_flags;               /* AUX: PERF_AUX_FLAG_* */
    bool exec;                        /* COMM: by exec */
    bool out;                         /* SWITCH*: leaves the CPU */
    char name[16];                    /* COMM */
} cck_record;

/**
 * Decode. False when the bytes cannot be such a record (too short for what the
 * layout says, a name without an end); `*out` is then unspecified. Kinds that
 * are not known here come back with type, and the trailer if there is one.
 * `header->size` bytes must be readable.
 */
bool cck_record_decode(cck_record *out, const struct perf_event_header *header,
                       const cck_record_layout *layout);

#endif
