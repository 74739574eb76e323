/* SPDX-License-Identifier: MIT */
#ifndef CCK_PRECISE_IBS_H
#define CCK_PRECISE_IBS_H

#include "core/perf/sample.h"
#include "probes/precise/sources.h"

/**
 * The encoding of an AMD processor, by family and model of CPUID (as in /proc/cpuinfo). Zen 4's
 * is known by a capability in each record and needs neither.
 */
cck_ibs_kind cck_ibs_kind_of(unsigned family, unsigned model);

typedef enum cck_ibs_result {
    CCK_IBS_ACCESS, /* it is a memory access, and its address is known */
    CCK_IBS_NONE,   /* another operation, or one without an address */
    CCK_IBS_DAMAGED /* no raw data of an IBS op sample */
} cck_ibs_result;

/**
 * What the registers in `sample->raw` say: address, direction, bytes, source, latency, and the
 * instruction. Of `access` the rest is left alone.
 */
cck_ibs_result cck_ibs_decode(const cck_perf_sample *sample, cck_ibs_kind kind,
                              cck_memory_access *access);

#endif
