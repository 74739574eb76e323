/* SPDX-License-Identifier: MIT */
/* Four to a pass, so that the loop itself weighs little. Relaxed where the name says no more: the
 * compiler must not leave any out, the CPU may do as it does in programs. */
#include "probes/machine/operations.h"

#define FOUR_TIMES(body)                                                                           \
    for (uint32_t i = 0; i < times; i += 4) {                                                      \
        body;                                                                                      \
        body;                                                                                      \
        body;                                                                                      \
        body;                                                                                      \
    }

static void load(_Atomic uint64_t *word, uint32_t times)
{
    FOUR_TIMES((void)atomic_load_explicit(word, memory_order_acquire))
}

static void store(_Atomic uint64_t *word, uint32_t times)
{
    FOUR_TIMES(atomic_store_explicit(word, i, memory_order_release))
}

static void exchange(_Atomic uint64_t *word, uint32_t times)
{
    FOUR_TIMES((void)atomic_exchange(word, i))
}

static void add(_Atomic uint64_t *word, uint32_t times)
{
    FOUR_TIMES((void)atomic_fetch_add(word, 1))
}

/* Successful or not, as it comes: what fails costs the line as well. */
static void cas(_Atomic uint64_t *word, uint32_t times)
{
    uint64_t seen = atomic_load_explicit(word, memory_order_relaxed);
    FOUR_TIMES((void)atomic_compare_exchange_strong(word, &seen, seen + 1))
}

static void fence(_Atomic uint64_t *word, uint32_t times)
{
    FOUR_TIMES({
        atomic_store_explicit(word, i, memory_order_relaxed);
        atomic_thread_fence(memory_order_seq_cst);
    })
}

static void bump(_Atomic uint64_t *word, uint32_t times)
{
    FOUR_TIMES(atomic_store_explicit(word, atomic_load_explicit(word, memory_order_relaxed) + 1,
                                     memory_order_relaxed))
}

const cck_operation cck_operations[CCK_OP_ALL] = {
    [CCK_OP_LOAD] = {"load (acquire)", load},
    [CCK_OP_STORE] = {"store (release)", store},
    [CCK_OP_EXCHANGE] = {"exchange", exchange},
    [CCK_OP_ADD] = {"fetch-add", add},
    [CCK_OP_CAS] = {"compare-exchange", cas},
    [CCK_OP_FENCE] = {"store, seq_cst fence", fence},
    [CCK_OP_BUMP] = {"plain counter", bump},
};
