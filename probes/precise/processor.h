/* SPDX-License-Identifier: MIT */
#ifndef CCK_PRECISE_PROCESSOR_H
#define CCK_PRECISE_PROCESSOR_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/root.h"

/** Of whom the processor is, as far as it matters to sampling. */
typedef enum cck_maker { CCK_MAKER_OTHER, CCK_MAKER_INTEL, CCK_MAKER_AMD, CCK_MAKER_ARM } cck_maker;

typedef struct cck_processor {
    cck_maker maker;
    unsigned family, model; /* x86, as in CPUID */
    double hertz;           /* of its cores, at most; 0 unknown */
    bool guest;             /* a hypervisor is below */
} cck_processor;

/** What /proc/cpuinfo and cpufreq tell; what they do not is 0. */
cck_processor cck_processor_read(const cck_root *root);

/** MIDR_EL1 of an Arm CPU; 0 unknown. */
uint64_t cck_processor_midr(const cck_root *root, uint32_t cpu);

#endif
