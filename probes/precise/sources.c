/* SPDX-License-Identifier: MIT */
/* What the encodings of data sources mean, as tables with the place that defines each. */
#include "probes/precise/sources.h"

#include <linux/perf_event.h>

#define COUNT(table) (sizeof(table) / sizeof *(table))

/* ---- perf's own (Intel's PEBS, translated by arch/x86/events/intel/ds.c) ---- */

/* include/uapi/linux/perf_event.h, union perf_mem_data_src; the first row that fits counts. A
 * snoop that hit a modified line (HITM) is what perf c2c counts; one that forwarded a line
 * (XSNP_FWD from Sapphire Rapids on, SNOOPX) tells no more than that a core had it. */
static const struct {
    uint8_t snoop, snoopx, remote_cache; /* any of these bits; 0: whatever they are */
    cck_source_meaning means;
} perf_snoops[] = {
    {PERF_MEM_SNOOP_HITM, 0, 0, {CCK_FROM_PEER, CCK_HAND_HITM}},
    {0, PERF_MEM_SNOOPX_PEER, 0, {CCK_FROM_PEER, CCK_HAND_PEER}},
    {0, PERF_MEM_SNOOPX_FWD, 0, {CCK_FROM_PEER, CCK_HAND_PEER}},
    {0, 0, 1, {CCK_FROM_PEER, CCK_HAND_PEER}},
};

/* mem_lvl, with HIT. */
static const struct {
    uint16_t level;
    cck_data_source source;
} perf_levels[] = {
    {PERF_MEM_LVL_L1, CCK_FROM_L1},
    {PERF_MEM_LVL_LFB, CCK_FROM_FILL},
    {PERF_MEM_LVL_L2, CCK_FROM_L2},
    {PERF_MEM_LVL_L3, CCK_FROM_L3},
    {PERF_MEM_LVL_LOC_RAM | PERF_MEM_LVL_REM_RAM1 | PERF_MEM_LVL_REM_RAM2, CCK_FROM_MEMORY},
    {PERF_MEM_LVL_IO | PERF_MEM_LVL_UNC, CCK_FROM_OTHER},
};

static cck_source_meaning perf_meaning(union perf_mem_data_src from, bool store)
{
    cck_source_meaning means = {CCK_FROM_UNKNOWN, CCK_HAND_NONE};
    bool remote = from.mem_lvl & (PERF_MEM_LVL_REM_CCE1 | PERF_MEM_LVL_REM_CCE2);
    for (size_t i = 0; i < COUNT(perf_snoops); i++)
        if (perf_snoops[i].snoop & from.mem_snoop || perf_snoops[i].snoopx & from.mem_snoopx ||
            (perf_snoops[i].remote_cache && remote))
            return perf_snoops[i].means;
    for (size_t i = 0; i < COUNT(perf_levels) && !means.source; i++)
        if (from.mem_lvl & perf_levels[i].level && from.mem_lvl & PERF_MEM_LVL_HIT)
            means.source = perf_levels[i].source;
    /* Before Sapphire Rapids all that is told of a store is that it missed L1. */
    if (store && from.mem_lvl & PERF_MEM_LVL_L1 && from.mem_lvl & PERF_MEM_LVL_MISS)
        means.hand_over = CCK_HAND_MAYBE;
    return means;
}

void cck_source_perf(uint64_t data_src, cck_memory_access *access)
{
    union perf_mem_data_src from = {.val = data_src};
    access->reads = from.mem_op & PERF_MEM_OP_LOAD;
    access->writes = from.mem_op & PERF_MEM_OP_STORE;
    access->atomic = from.mem_lock & PERF_MEM_LOCK_LOCKED;
    cck_source_meaning means = perf_meaning(from, access->writes);
    access->source = means.source;
    access->hand_over = means.hand_over;
    if (access->atomic) /* x86 locks only what it reads and writes; it is sampled as a load */
        access->reads = access->writes = true;
}

/* ---- AMD IBS ---- */

/* IbsOpData2[DataSrc]. Zen 4: PPR 55901 (family 19h, model 11h), MSRC001_1036; before: PPR
 * 55898 (model 01h) and arch/x86/events/amd/ibs.c, perf_ibs_get_mem_lvl() and _mem_snoop(). */
static const struct {
    cck_ibs_kind kind;
    uint8_t data_source;
    bool state; /* CacheHitSt is valid: M is a line that its owner had modified */
    cck_source_meaning means;
} ibs_sources[] = {
    {CCK_IBS_ZEN4, 1, true, {CCK_FROM_L3, CCK_HAND_NONE}},       /* L3 or L1/L2 in the CCX */
    {CCK_IBS_ZEN4, 2, true, {CCK_FROM_PEER, CCK_HAND_PEER}},     /* another CCX, same node */
    {CCK_IBS_ZEN4, 3, false, {CCK_FROM_MEMORY, CCK_HAND_NONE}},  /* DRAM */
    {CCK_IBS_ZEN4, 5, true, {CCK_FROM_PEER, CCK_HAND_PEER}},     /* another CCX, other node */
    {CCK_IBS_ZEN4, 6, false, {CCK_FROM_MEMORY, CCK_HAND_NONE}},  /* long-latency DIMM */
    {CCK_IBS_ZEN4, 7, false, {CCK_FROM_OTHER, CCK_HAND_NONE}},   /* MMIO, APIC */
    {CCK_IBS_ZEN4, 8, false, {CCK_FROM_MEMORY, CCK_HAND_NONE}},  /* extension memory (CXL) */
    {CCK_IBS_ZEN4, 12, false, {CCK_FROM_MEMORY, CCK_HAND_NONE}}, /* peer agent memory */
    /* "Local L3 or other cores' caches of the CCX", as one, and no state: a hot line that is
     * fetched from there was lost to somebody, or the caches are too small. */
    {CCK_IBS_ZEN3, 2, false, {CCK_FROM_L3, CCK_HAND_MAYBE}},
    {CCK_IBS_ZEN3, 3, false, {CCK_FROM_MEMORY, CCK_HAND_NONE}},
    {CCK_IBS_ZEN3, 4, false, {CCK_FROM_PEER, CCK_HAND_PEER}}, /* a cache behind the fabric */
    {CCK_IBS_ZEN3, 7, false, {CCK_FROM_OTHER, CCK_HAND_NONE}},
    {CCK_IBS_OLD, 2, true, {CCK_FROM_L3, CCK_HAND_NONE}},
    {CCK_IBS_OLD, 3, false, {CCK_FROM_MEMORY, CCK_HAND_NONE}},
    {CCK_IBS_OLD, 4, false, {CCK_FROM_PEER, CCK_HAND_PEER}},
    {CCK_IBS_OLD, 7, false, {CCK_FROM_OTHER, CCK_HAND_NONE}},
};

cck_source_meaning cck_source_ibs(cck_ibs_kind kind, unsigned data_source, bool modified)
{
    for (size_t i = 0; i < COUNT(ibs_sources); i++) {
        if (ibs_sources[i].kind != kind || ibs_sources[i].data_source != data_source)
            continue;
        cck_source_meaning means = ibs_sources[i].means;
        if (ibs_sources[i].state && modified)
            means = (cck_source_meaning){CCK_FROM_PEER, CCK_HAND_HITM};
        return means;
    }
    return (cck_source_meaning){CCK_FROM_UNKNOWN, CCK_HAND_NONE};
}

/* ---- Arm SPE ---- */

/* The data source packet is left to the implementer. tools/perf/util/arm-spe.c:
 * common_ds_encoding_cpus, ampereone_ds_encoding_cpus; parts of MIDR_EL1 as in
 * arch/arm64/include/asm/cputype.h. */
enum { SPE_UNKNOWN, SPE_COMMON, SPE_AMPEREONE };

static const struct {
    uint8_t implementer;
    uint16_t part;
    uint8_t encoding;
} spe_cores[] = {
    {0x41, 0xd0c, SPE_COMMON},    /* Neoverse N1 */
    {0x41, 0xd40, SPE_COMMON},    /* Neoverse V1 */
    {0x41, 0xd49, SPE_COMMON},    /* Neoverse N2 */
    {0x41, 0xd4f, SPE_COMMON},    /* Neoverse V2 */
    {0x41, 0xd4c, SPE_COMMON},    /* Cortex-X1C */
    {0x41, 0xd4e, SPE_COMMON},    /* Cortex-X3 */
    {0x41, 0xd81, SPE_COMMON},    /* Cortex-A720 */
    {0x41, 0xd85, SPE_COMMON},    /* Cortex-X925 */
    {0x41, 0xd87, SPE_COMMON},    /* Cortex-A725 */
    {0x41, 0xd89, SPE_COMMON},    /* Cortex-A720AE */
    {0xc0, 0xac4, SPE_AMPEREONE}, /* AmpereOne (Ampere1A) */
};

/* tools/perf/util/arm-spe-decoder/arm-spe-decoder.h; meanings as perf gives them. */
static const struct {
    uint8_t encoding, data_source;
    cck_source_meaning means;
} spe_sources[] = {
    {SPE_COMMON, 0x0, {CCK_FROM_L1, CCK_HAND_NONE}},
    {SPE_COMMON, 0x8, {CCK_FROM_L2, CCK_HAND_NONE}},
    {SPE_COMMON, 0x9, {CCK_FROM_PEER, CCK_HAND_PEER}}, /* peer core */
    {SPE_COMMON, 0xa, {CCK_FROM_PEER, CCK_HAND_PEER}}, /* local cluster */
    {SPE_COMMON, 0xb, {CCK_FROM_L3, CCK_HAND_NONE}},   /* system cache */
    {SPE_COMMON, 0xc, {CCK_FROM_PEER, CCK_HAND_PEER}}, /* peer cluster */
    {SPE_COMMON, 0xd, {CCK_FROM_PEER, CCK_HAND_PEER}}, /* remote: another socket */
    {SPE_COMMON, 0xe, {CCK_FROM_MEMORY, CCK_HAND_NONE}},
    {SPE_AMPEREONE, 0x0, {CCK_FROM_PEER, CCK_HAND_PEER}}, /* another cache of the chip, device */
    {SPE_AMPEREONE, 0x3, {CCK_FROM_L3, CCK_HAND_NONE}},
    {SPE_AMPEREONE, 0x5, {CCK_FROM_PEER, CCK_HAND_PEER}}, /* another chip's cache */
    {SPE_AMPEREONE, 0x7, {CCK_FROM_MEMORY, CCK_HAND_NONE}},
    {SPE_AMPEREONE, 0x8, {CCK_FROM_L1, CCK_HAND_NONE}},
    {SPE_AMPEREONE, 0x9, {CCK_FROM_L2, CCK_HAND_NONE}},
};

unsigned cck_source_spe_encoding(uint64_t midr)
{
    for (size_t i = 0; i < COUNT(spe_cores); i++)
        if (spe_cores[i].implementer == (midr >> 24 & 0xff) &&
            spe_cores[i].part == (midr >> 4 & 0xfff))
            return spe_cores[i].encoding;
    return SPE_UNKNOWN;
}

cck_source_meaning cck_source_spe(unsigned encoding, unsigned data_source)
{
    for (size_t i = 0; i < COUNT(spe_sources); i++)
        if (spe_sources[i].encoding == encoding && spe_sources[i].data_source == data_source)
            return spe_sources[i].means;
    return (cck_source_meaning){CCK_FROM_UNKNOWN, CCK_HAND_NONE};
}
