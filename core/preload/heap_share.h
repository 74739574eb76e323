/* SPDX-License-Identifier: MIT */
#ifndef CCK_CORE_PRELOAD_HEAP_SHARE_H
#define CCK_CORE_PRELOAD_HEAP_SHARE_H

#include <stdbool.h>
#include <stdint.h>

/**
 * Which allocations the recorder notes, when there are too many to note all: noting one takes
 * several times as long as an allocation. It may not ask for the time (a program may have forbidden
 * itself system calls, and the processor's clock with them), so it counts: who watches begins an
 * epoch of some 100 ms now and then, in each of which a process notes so many, and then ever
 * fewer: of a thread's allocations one, then one in 2, in 4, ... What a thread seldom allocates
 * is noted all the same. When nobody begins epochs any more, next to nothing is.
 */
enum {
    CCK_SHARE_FIRST = 32768,  /* noted at the start of a process, whatever comes: some 4 ms */
    CCK_SHARE_EPOCH = 4096,   /* and in each epoch */
    CCK_SHARE_CHUNK = 256,    /* of these, that a thread takes at once */
    CCK_SHARE_STEP = 256,     /* noted by a thread until it passes over twice as many */
    CCK_SHARE_MOST = 1 << 14, /* passed over between two that are noted */
    CCK_SHARE_SITES = 128,    /* callers with a size, told apart by a hash */
    CCK_SHARE_RARE = 8        /* of each of them that many are noted by a thread */
};

/** Of a process. Its lines are written once in a chunk. */
typedef struct cck_heap_purse {
    _Alignas(64) uint32_t epoch;
    int32_t left;   /* that may still be noted in it */
    uint32_t every; /* what the last thread came to: where the next begins */
} cck_heap_purse;

/** Of a thread; zeroed at first. */
typedef struct cck_heap_share {
    uint32_t pass;  /* allocations yet to be passed over */
    uint32_t every; /* and how many between two that are noted, when the purse is empty */
    uint32_t left;  /* notes until that doubles */
    uint32_t epoch;
    bool full; /* of a chunk: none is passed over */
    uint8_t seen[CCK_SHARE_SITES];
} cck_heap_share;

static inline uint8_t *cck_heap_share_site(cck_heap_share *share, uint64_t code, uint64_t size)
{
    return &share->seen[(code ^ size << 7) * UINT64_C(0x9e3779b97f4a7c15) >> 57];
}

/** Is this one passed over? */
static inline bool cck_heap_share_pass(cck_heap_share *share, uint64_t code, uint64_t size)
{
    if (!share->pass || *cck_heap_share_site(share, code, size) < CCK_SHARE_RARE)
        return false;
    share->pass--;
    return true;
}

/* Several threads may begin an epoch: then it is a little richer. */
static inline bool cck_heap_purse_take(cck_heap_purse *purse, uint32_t epoch)
{
    uint32_t known = __atomic_load_n(&purse->epoch, __ATOMIC_RELAXED);
    if (known != epoch) {
        __atomic_store_n(&purse->left, known ? CCK_SHARE_EPOCH : CCK_SHARE_FIRST, __ATOMIC_RELAXED);
        __atomic_store_n(&purse->epoch, epoch, __ATOMIC_RELAXED);
    }
    return __atomic_load_n(&purse->left, __ATOMIC_RELAXED) > 0 &&
           __atomic_fetch_sub(&purse->left, CCK_SHARE_CHUNK, __ATOMIC_RELAXED) > 0;
}

static inline void cck_heap_share_turn(cck_heap_share *share, cck_heap_purse *purse, uint32_t epoch)
{
    share->full = cck_heap_purse_take(purse, epoch);
    share->left = share->full ? CCK_SHARE_CHUNK : CCK_SHARE_STEP;
    if (share->full)
        return;
    if (!share->every)
        share->every = __atomic_load_n(&purse->every, __ATOMIC_RELAXED);
    share->every = share->every < CCK_SHARE_MOST ? 2 * share->every + 1 : CCK_SHARE_MOST;
    __atomic_store_n(&purse->every, share->every, __ATOMIC_RELAXED);
}

/** One is noted. Returns whether those to come are noted in part only. */
static inline bool cck_heap_share_note(cck_heap_share *share, cck_heap_purse *purse, uint32_t epoch,
                                       uint64_t code, uint64_t size)
{
    uint8_t *seen = cck_heap_share_site(share, code, size);
    *seen += *seen < CCK_SHARE_RARE;
    if (share->epoch != epoch) {
        share->epoch = epoch;
        share->every /= 8; /* it may allocate less by now */
        share->left = 0;
    }
    if (!share->left)
        cck_heap_share_turn(share, purse, epoch);
    share->left--;
    share->pass = share->full ? 0 : share->every;
    return !share->full;
}

#endif
