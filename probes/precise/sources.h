/* SPDX-License-Identifier: MIT */
#ifndef CCK_PRECISE_SOURCES_H
#define CCK_PRECISE_SOURCES_H

#include <stddef.h>

#include "probes/precise/access.h"

/** What an encoding of a data source means. */
typedef struct cck_source_meaning {
    cck_data_source source;
    cck_hand_over hand_over;
} cck_source_meaning;

/** Of union perf_mem_data_src; also what it says of direction and lock goes into `access`. */
void cck_source_perf(uint64_t data_src, cck_memory_access *access);

/** Which of AMD's encodings a processor has. */
typedef enum cck_ibs_kind {
    CCK_IBS_OLD,  /* Zen 2 and before: DataSrc of 3 bits, and the state of the line hit */
    CCK_IBS_ZEN3, /* DataSrc of 3 bits, no state: who had the line is not told */
    CCK_IBS_ZEN4  /* DataSrc of 5 bits, and the state */
} cck_ibs_kind;

/** `modified`: CacheHitSt says M (0), not O. */
cck_source_meaning cck_source_ibs(cck_ibs_kind kind, unsigned data_source, bool modified);

/** The encoding of SPE's data sources on a core of that MIDR_EL1; 0: none is known. */
unsigned cck_source_spe_encoding(uint64_t midr);

cck_source_meaning cck_source_spe(unsigned encoding, unsigned data_source);

#endif
