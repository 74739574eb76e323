/* SPDX-License-Identifier: MIT */
#include "probes/precise/spe_packet.h"

#include <stdbool.h>

/*
 * Headers as a table, in the order in which they are tried: Arm ARM DDI 0487, D17.2 ("Statistical
 * Profiling Extension sample record packets"), as in the kernel's
 * tools/perf/util/arm-spe-decoder/arm-spe-pkt-decoder.h.
 */
static const struct {
    uint8_t mask, value;
    cck_spe_kind kind;
    bool payload;       /* 1 << bits 5:4 bytes follow */
    uint8_t index_mask; /* of the header */
    bool extended;      /* may have a first byte that widens the index */
} headers[] = {
    {0xff, 0x00, CCK_SPE_PADDING, false, 0, false},
    {0xff, 0x01, CCK_SPE_END, false, 0, false},
    {0xff, 0x71, CCK_SPE_TIMESTAMP, true, 0, false},
    {0xcf, 0x42, CCK_SPE_EVENTS, true, 0, false},
    {0xcf, 0x43, CCK_SPE_DATA_SOURCE, true, 0, false},
    {0xfc, 0x64, CCK_SPE_CONTEXT, true, 0x03, false},
    {0xfc, 0x48, CCK_SPE_OPERATION, true, 0x03, false},
    {0xf8, 0xb0, CCK_SPE_ADDRESS, true, 0x07, true},
    {0xf8, 0x98, CCK_SPE_COUNTER, true, 0x07, true},
};

enum { EXTENDED_MASK = 0xfc, EXTENDED = 0x20, ALIGNMENT = 0x00 };

/* An alignment packet reaches up to the next multiple of a power of two. */
static long skip_alignment(cck_spe_packet *out, uint8_t first, size_t size, uint64_t offset)
{
    uint64_t alignment = UINT64_C(2) << (first & 0xf);
    uint64_t length = alignment - (offset & (alignment - 1));
    *out = (cck_spe_packet){.kind = CCK_SPE_PADDING};
    return length <= size ? (long)length : 0;
}

static long take_payload(cck_spe_packet *out, const uint8_t *bytes, size_t size, size_t header)
{
    size_t length = (size_t)1 << (bytes[header - 1] >> 4 & 3);
    if (size - header < length)
        return 0;
    for (size_t i = 0; i < length; i++) /* little-endian, whatever we are */
        out->payload |= (uint64_t)bytes[header + i] << 8 * i;
    return (long)(header + length);
}

long cck_spe_packet_read(cck_spe_packet *out, const uint8_t *bytes, size_t size, uint64_t offset)
{
    if (!size)
        return 0;
    bool extended = (bytes[0] & EXTENDED_MASK) == EXTENDED;
    size_t header = extended ? 2 : 1;
    if (size < header)
        return 0;
    uint8_t last = bytes[header - 1];
    if (extended && last == ALIGNMENT)
        return skip_alignment(out, bytes[0], size, offset);
    for (size_t i = 0; i < sizeof headers / sizeof *headers; i++) {
        if ((last & headers[i].mask) != headers[i].value || (extended && !headers[i].extended))
            continue;
        *out = (cck_spe_packet){.kind = headers[i].kind,
                                .index = (uint8_t)((last & headers[i].index_mask) |
                                                   (extended ? (bytes[0] & 3) << 3 : 0))};
        return headers[i].payload ? take_payload(out, bytes, size, header) : (long)header;
    }
    return -1;
}
