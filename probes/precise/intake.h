/* SPDX-License-Identifier: MIT */
#ifndef CCK_PRECISE_INTAKE_H
#define CCK_PRECISE_INTAKE_H

#include <linux/perf_event.h>

#include "core/perf/aux_area.h"
#include "core/perf/record.h"
#include "core/perf/sample.h"
#include "probes/precise/ibs.h"
#include "probes/precise/spe.h"

/** Which PMU samples come from. */
typedef enum cck_precise_kind {
    CCK_PRECISE_LATENCY, /* perf's own fields: Intel's PEBS */
    CCK_PRECISE_IBS,     /* AMD: raw registers */
    CCK_PRECISE_SPE      /* Arm: packets in the AUX area */
} cck_precise_kind;

/** How records of a run are to be read. */
typedef struct cck_precise_format {
    cck_precise_kind kind;
    uint64_t sample_type;
    uint64_t registers; /* sample_regs_user: the stack pointer, or none */
    cck_ibs_kind ibs;
    uint64_t period;     /* SPE: operations between two samples */
    cck_spe_clock clock; /* SPE */
    double hertz;        /* of the cores, for latencies; 0 unknown */
} cck_precise_format;

/** Whom accesses and threads are handed to. */
typedef struct cck_precise_sink {
    void (*access)(void *context, const cck_memory_access *access);
    /** FORK, EXIT, COMM. */
    void (*task)(void *context, const cck_record *record);
    void *context;
} cck_precise_sink;

typedef struct cck_precise_numbers {
    uint64_t samples;    /* of user code */
    uint64_t accesses;   /* of these with an address */
    uint64_t kernel;     /* samples of the kernel's own code, passed over */
    uint64_t lost;       /* that the kernel dropped */
    uint64_t damaged;    /* records that cannot be right */
    uint64_t throttled;  /* times that the kernel found samples come too fast */
    uint64_t truncated;  /* AUX: stretches cut off because the buffer was full */
    uint64_t collisions; /* AUX: stretches in which samples collided, and one was dropped */
    uint64_t missing;    /* AUX: stretches that were overwritten before they were read */
    cck_spe_numbers spe;
} cck_precise_numbers;

/** Where records come from: a CPU's ring. */
typedef struct cck_precise_origin {
    uint32_t cpu;
    unsigned encoding;       /* SPE: see cck_source_spe_encoding() */
    const cck_aux_area *aux; /* NULL: none */
} cck_precise_origin;

/** From records of rings to accesses. */
typedef struct cck_precise_intake {
    cck_precise_format format;
    cck_precise_sink sink;
    cck_precise_numbers numbers;
    uint8_t *chunk; /* of the AUX area, growing */
    size_t chunk_size;
} cck_precise_intake;

/** Take in one record. `header->size` bytes must be readable. */
void cck_precise_intake_record(cck_precise_intake *intake, const cck_precise_origin *origin,
                               const struct perf_event_header *header);

void cck_precise_intake_clear(cck_precise_intake *intake);

#endif
