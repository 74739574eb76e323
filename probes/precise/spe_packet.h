/* SPDX-License-Identifier: MIT */
#ifndef CCK_PRECISE_SPE_PACKET_H
#define CCK_PRECISE_SPE_PACKET_H

#include <stddef.h>
#include <stdint.h>

/** Kinds of packets of Arm's Statistical Profiling Extension (Arm ARM DDI 0487, D17.2). */
typedef enum cck_spe_kind {
    CCK_SPE_PADDING,
    CCK_SPE_END,       /* of a record that has no timestamp */
    CCK_SPE_TIMESTAMP, /* ends a record */
    CCK_SPE_EVENTS,
    CCK_SPE_DATA_SOURCE,
    CCK_SPE_CONTEXT,   /* index 0: CONTEXTIDR_EL1, 1: _EL2 */
    CCK_SPE_OPERATION, /* index: class */
    CCK_SPE_ADDRESS,   /* index: cck_spe_address */
    CCK_SPE_COUNTER    /* index 0: total latency, 1: issue, 2: translation; cycles */
} cck_spe_kind;

typedef enum cck_spe_address {
    CCK_SPE_PC = 0,
    CCK_SPE_BRANCH_TARGET = 1,
    CCK_SPE_DATA_VIRTUAL = 2,
    CCK_SPE_DATA_PHYSICAL = 3
} cck_spe_address;

typedef struct cck_spe_packet {
    cck_spe_kind kind;
    uint8_t index;
    uint64_t payload;
} cck_spe_packet;

/**
 * The packet at `bytes`, whose place in the AUX buffer is `offset` (padding goes by that).
 * Returns its length, at most `size`; 0: the bytes end in the midst of it; -1: no packet.
 */
long cck_spe_packet_read(cck_spe_packet *out, const uint8_t *bytes, size_t size, uint64_t offset);

#endif
