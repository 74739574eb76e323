/* SPDX-License-Identifier: MIT */
/*
 * AMD's instruction-based sampling of operations. The kernel hands over the registers as they
 * are (arch/x86/events/amd/ibs.c, perf_ibs_handle_irq): 32 bits of capabilities, then IbsOpCtl,
 * IbsOpRip, IbsOpData, IbsOpData2, IbsOpData3, IbsDcLinAd, IbsDcPhysAd. Bits as in the PPRs
 * (MSRC001_1033 to 1039) and arch/x86/include/asm/amd-ibs.h.
 */
#include "probes/precise/ibs.h"

#include <string.h>

enum { OP_CTL, OP_RIP, OP_DATA, OP_DATA2, OP_DATA3, DC_ADDRESS, REGISTERS };

enum { CAPS_ZEN4 = 1 << 11 }; /* CPUID 8000_001B EAX: IbsOpData2[DataSrc] has its high bits */

#define BIT(n) (UINT64_C(1) << (n))

static const uint64_t data_rip_invalid = BIT(38); /* IbsOpData */
static const uint64_t data2_cache_hit_o = BIT(5); /* IbsOpData2: the line was owned, not M */
static const uint64_t data3_load = BIT(0), data3_store = BIT(1), data3_miss = BIT(7),
                      data3_locked = BIT(15), data3_no_mab = BIT(16), data3_address_valid = BIT(17),
                      data3_l2_miss = BIT(20), data3_prefetch = BIT(21);

/* IbsOpData3[25:22], OpMemWidth: bytes. */
static const uint8_t widths[16] = {0, 1, 2, 4, 8, 16, 32, 64};

/* As the kernel's perf_ibs_cache_hit_st_valid(). */
cck_ibs_kind cck_ibs_kind_of(unsigned family, unsigned model)
{
    if (family == 0x19 && (model <= 0x0f || (model >= 0x20 && model <= 0x5f)))
        return CCK_IBS_ZEN3;
    return CCK_IBS_OLD;
}

/* Loads only have a source. Erratum 1293 (Zen 3): that of prefetches and of misses that found
 * all buffers taken is wrong. */
static void tell_load(const uint64_t *r, cck_ibs_kind kind, cck_memory_access *access)
{
    uint64_t data2 = r[OP_DATA2], data3 = r[OP_DATA3];
    if (!(data3 & data3_miss)) {
        access->source = CCK_FROM_L1;
        return;
    }
    access->latency = (uint16_t)(data3 >> 32);
    if (!(data3 & data3_l2_miss)) {
        access->source = CCK_FROM_L2;
        return;
    }
    if (kind == CCK_IBS_ZEN3 && data3 & (data3_prefetch | data3_no_mab))
        return;
    unsigned from = data2 & 7;
    if (kind == CCK_IBS_ZEN4)
        from |= (data2 >> 6 & 3) << 3;
    cck_source_meaning means = cck_source_ibs(kind, from, !(data2 & data2_cache_hit_o));
    access->source = means.source;
    access->hand_over = means.hand_over;
}

cck_ibs_result cck_ibs_decode(const cck_perf_sample *sample, cck_ibs_kind kind,
                              cck_memory_access *access)
{
    uint32_t caps;
    uint64_t r[REGISTERS];
    if (!sample->raw || sample->raw_size < sizeof caps + sizeof r)
        return CCK_IBS_DAMAGED;
    memcpy(&caps, sample->raw, sizeof caps);
    memcpy(r, sample->raw + sizeof caps, sizeof r);
    uint64_t data3 = r[OP_DATA3];
    if (!(data3 & (data3_load | data3_store)) || !(data3 & data3_address_valid))
        return CCK_IBS_NONE;
    kind = caps & CAPS_ZEN4 ? CCK_IBS_ZEN4 : kind;
    access->address = r[DC_ADDRESS];
    access->ip = r[OP_DATA] & data_rip_invalid ? sample->ip : r[OP_RIP];
    access->size = widths[data3 >> 22 & 15];
    access->reads = data3 & data3_load;
    access->writes = data3 & data3_store;
    access->atomic = data3 & data3_locked;
    access->source = CCK_FROM_UNKNOWN;
    access->hand_over = CCK_HAND_NONE;
    access->latency = 0;
    if (access->reads)
        tell_load(r, kind, access);
    else if (data3 & data3_miss)
        access->hand_over = CCK_HAND_MAYBE;
    if (access->atomic) /* its load is what is tagged; it writes, too */
        access->reads = access->writes = true;
    return CCK_IBS_ACCESS;
}
