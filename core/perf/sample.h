/* SPDX-License-Identifier: MIT */
#ifndef CCK_CORE_PERF_SAMPLE_H
#define CCK_CORE_PERF_SAMPLE_H

#include <linux/perf_event.h>
#include <stdbool.h>
#include <stdint.h>

/** A SAMPLE record. What its event did not ask for is 0. */
typedef struct cck_perf_sample {
    uint16_t cpu_mode; /* PERF_RECORD_MISC_KERNEL, _USER, ... */
    bool exact;        /* `ip` is the instruction's own, not one behind it */
    int32_t pid, tid;
    uint64_t ip, time, address, id, period;
    uint32_t cpu;
    const uint8_t *raw; /* in the record; NULL: none */
    uint32_t raw_size;
    uint32_t latency;       /* weight: cycles, as far as the PMU says so; 0 unknown */
    uint64_t data_src;      /* union perf_mem_data_src */
    uint64_t user_register; /* the lowest of those asked for; 0 unknown */
} cck_perf_sample;

/** Whether records of that sample type can be decoded: no stacks, branches, counts. */
bool cck_perf_sample_known(uint64_t sample_type);

/**
 * Decode. False when the bytes cannot be such a record, or cck_perf_sample_known() is false;
 * `*out` is then unspecified. `header->size` bytes must be readable. `registers`:
 * sample_regs_user of the event.
 */
bool cck_perf_sample_decode(cck_perf_sample *out, const struct perf_event_header *header,
                            uint64_t sample_type, uint64_t registers);

#endif
