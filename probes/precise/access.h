/* SPDX-License-Identifier: MIT */
#ifndef CCK_PRECISE_ACCESS_H
#define CCK_PRECISE_ACCESS_H

#include <stdbool.h>
#include <stdint.h>

/** Where the data of an access came from. */
typedef enum cck_data_source {
    CCK_FROM_UNKNOWN,
    CCK_FROM_L1,
    CCK_FROM_FILL, /* a line already on its way to L1 */
    CCK_FROM_L2,
    CCK_FROM_L3,   /* or system cache */
    CCK_FROM_PEER, /* another core's cache */
    CCK_FROM_MEMORY,
    CCK_FROM_OTHER /* devices, uncached */
} cck_data_source;

/** What the hardware says of whether another core had to give the line away. */
typedef enum cck_hand_over {
    CCK_HAND_NONE,  /* no */
    CCK_HAND_MAYBE, /* it left the private caches, or a store missed: who had it is not told */
    CCK_HAND_PEER,  /* another core gave it; whether that had written is not told */
    CCK_HAND_HITM   /* another core had it modified */
} cck_hand_over;

/** One memory access that the PMU sampled, whichever PMU it was. */
typedef struct cck_memory_access {
    uint64_t time; /* ns, of the run's clock; 0 unknown */
    uint64_t ip, address;
    uint64_t stack;  /* the thread's stack pointer; 0 unknown */
    uint64_t period; /* accesses, or operations, that it stands for; 0 unknown */
    int32_t pid, tid;
    uint32_t cpu;
    uint32_t latency; /* cycles until the data was there; 0 unknown */
    uint16_t size;    /* bytes; 0 unknown */
    bool reads, writes, atomic;
    cck_data_source source;
    cck_hand_over hand_over;
} cck_memory_access;

#endif
