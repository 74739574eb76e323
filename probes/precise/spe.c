/* SPDX-License-Identifier: MIT */
/* From packets to records of Arm's Statistical Profiling Extension, and to accesses. */
#include "probes/precise/spe.h"

#include <stdbool.h>

#include "probes/precise/sources.h"

#define BIT(n) (UINT64_C(1) << (n))

/* Arm ARM DDI 0487, D17.2.6 (events packet); bit 23 since SPEv1p4 (FEAT_SPE_LDS ff.). */
static const uint64_t event_l1_refill = BIT(3), event_remote = BIT(10), event_snooped = BIT(23);

/* D17.2.7 (operation type packet): class 1, load, store or atomic. */
enum {
    CLASS_LOAD_STORE = 1,
    IS_STORE = 0x01,
    EXTENDED_MASK = 0xe2, /* atomic, exclusive, acquire or release */
    EXTENDED = 0x02,
    IS_ATOMIC = 0x04,
    IS_EXCLUSIVE = 0x08
};

typedef struct spe_record {
    bool begun, has_pc, has_data, has_operation, has_source, user;
    uint8_t operation;
    uint64_t pc, data, events, time;
    unsigned source;
    uint32_t latency;
} spe_record;

/* Bits 55:0 of a virtual address; the byte above holds a tag, or what exception level it is. */
static uint64_t address_of(uint64_t payload)
{
    uint64_t address = payload & (BIT(56) - 1);
    return address & BIT(55) ? address | UINT64_C(0xff) << 56 : address;
}

static void take_address(spe_record *r, const cck_spe_packet *packet)
{
    if (packet->index == CCK_SPE_PC) {
        r->pc = address_of(packet->payload);
        r->user = !(packet->payload >> 61 & 3); /* exception level 0 */
        r->has_pc = true;
    } else if (packet->index == CCK_SPE_DATA_VIRTUAL) {
        r->data = address_of(packet->payload);
        r->has_data = true;
    }
}

static void take_packet(spe_record *r, const cck_spe_packet *packet)
{
    r->begun = true;
    switch (packet->kind) {
    case CCK_SPE_ADDRESS:
        take_address(r, packet);
        break;
    case CCK_SPE_EVENTS:
        r->events = packet->payload;
        break;
    case CCK_SPE_OPERATION:
        r->operation = (uint8_t)packet->payload;
        r->has_operation = packet->index == CLASS_LOAD_STORE;
        break;
    case CCK_SPE_DATA_SOURCE:
        r->source = (unsigned)packet->payload;
        r->has_source = true;
        break;
    case CCK_SPE_COUNTER:
        if (packet->index == 0)
            r->latency = (uint32_t)packet->payload;
        break;
    case CCK_SPE_TIMESTAMP:
        r->time = packet->payload;
        break;
    default:
        break; /* whose thread it is, the AUX record tells */
    }
}

/* As the kernel documents cap_user_time_zero in struct perf_event_mmap_page. */
static uint64_t time_of(const cck_spe_chunk *chunk, uint64_t count)
{
    const cck_spe_clock *clock = &chunk->clock;
    if (!count || !clock->mult || clock->shift >= 64)
        return chunk->time;
    uint64_t whole = count >> clock->shift, rest = count & (BIT(clock->shift) - 1);
    return clock->zero + whole * clock->mult + (rest * clock->mult >> clock->shift);
}

/*
 * Where data came from is told of loads only (tools/perf/util/arm-spe.c,
 * arm_spe__synth_data_source_common); newer cores say of any access whether it snooped another.
 */
static void tell_source(const spe_record *r, unsigned encoding, cck_memory_access *access)
{
    cck_source_meaning means = {CCK_FROM_UNKNOWN, CCK_HAND_NONE};
    if (r->has_source && access->reads)
        means = cck_source_spe(encoding, r->source);
    if (means.source == CCK_FROM_UNKNOWN && r->events & event_snooped)
        means = (cck_source_meaning){CCK_FROM_PEER, CCK_HAND_PEER};
    else if (means.source == CCK_FROM_UNKNOWN && r->events & (event_l1_refill | event_remote))
        means.hand_over = CCK_HAND_MAYBE; /* remote: another socket's cache, or its memory */
    access->source = means.source;
    access->hand_over = means.hand_over;
}

static bool make_access(const spe_record *r, const cck_spe_chunk *chunk, cck_memory_access *out)
{
    if (!r->has_operation || !r->has_data || !r->has_pc || !r->user)
        return false;
    bool extended = (r->operation & EXTENDED_MASK) == EXTENDED;
    bool store = r->operation & IS_STORE, both = extended && r->operation & IS_ATOMIC;
    *out = (cck_memory_access){.time = time_of(chunk, r->time),
                               .ip = r->pc,
                               .address = r->data,
                               .period = chunk->period,
                               .pid = chunk->pid,
                               .tid = chunk->tid,
                               .cpu = chunk->cpu,
                               .latency = r->latency,
                               .reads = !store || both,
                               .writes = store || both,
                               .atomic = extended && r->operation & (IS_ATOMIC | IS_EXCLUSIVE)};
    tell_source(r, chunk->encoding, out);
    return true;
}

void cck_spe_decode(const cck_spe_chunk *chunk,
                    void (*take)(void *context, const cck_memory_access *access), void *context,
                    cck_spe_numbers *numbers)
{
    spe_record r = {0};
    for (size_t at = 0; at < chunk->size;) {
        cck_spe_packet packet;
        cck_memory_access access;
        long length =
            cck_spe_packet_read(&packet, chunk->bytes + at, chunk->size - at, chunk->offset + at);
        if (length == 0) { /* the buffer was full, or the chunk is cut */
            r.begun = true;
            break;
        }
        if (length < 0) { /* nobody knows where the next packet begins: not even a guess */
            numbers->damaged++;
            return;
        }
        at += (size_t)length;
        if (packet.kind == CCK_SPE_PADDING)
            continue;
        take_packet(&r, &packet);
        if (packet.kind != CCK_SPE_END && packet.kind != CCK_SPE_TIMESTAMP)
            continue;
        numbers->records++;
        if (make_access(&r, chunk, &access)) {
            numbers->accesses++;
            take(context, &access);
        }
        r = (spe_record){0};
    }
    numbers->cut += r.begun;
}
