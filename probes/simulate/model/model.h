/* SPDX-License-Identifier: MIT */
#ifndef CCK_SIMULATE_MODEL_H
#define CCK_SIMULATE_MODEL_H

#include "lru.h"

/**
 * The model in depth: private caches with MESI between them, shared last levels,
 * translation buffers, prefetchers, NUMA homes, and each miss explained. It is fed
 * with (core, address, size, kind) in the order in which things happen, and tells of
 * each access what it cost and why. It knows no threads, no symbols and no time of its
 * own: whoever feeds it does. Deterministic: no randomness, no host addresses, no clock.
 *
 * Not thread-safe; any number of models may be used side by side.
 */

enum {
    CCK_MODEL_CORES_MAX = 1024, /* cores of the modelled machine */
    CCK_MODEL_ACTIVE_MAX = 64,  /* of these, how many may ever be used: one bit each in a line */
    CCK_MODEL_NODES_MAX = 64
};

/** Who leaves a full set. */
typedef enum cck_replacement {
    CCK_REPLACE_LRU,      /* true LRU */
    CCK_REPLACE_TREE_PLRU /* a binary tree of bits, as most real L1 and L2 have; needs 2^n ways */
} cck_replacement;

/** How the last level relates to the private caches above it. */
typedef enum cck_llc_kind {
    CCK_LLC_INDEPENDENT, /* neither: fills on a miss, evictions reach no other level (cachegrind) */
    CCK_LLC_INCLUSIVE,   /* holds all that private caches hold: its evictions take those back */
    CCK_LLC_EXCLUSIVE    /* holds what private caches evicted (a victim cache) */
} cck_llc_kind;

/** Cycles, of the level that answers; for virtual time. */
typedef struct cck_latencies {
    uint32_t l1, l2, ll, memory;
    uint32_t remote_memory;   /* the line's home is another node */
    uint32_t transfer;        /* from another core's private caches, same LLC */
    uint32_t remote_transfer; /* the same from another LLC */
    uint32_t upgrade;         /* others' copies are invalidated */
    uint32_t tlb2, walk;      /* translation found in the L2 TLB; page walk */
} cck_latencies;

typedef struct cck_tlb_shape {
    uint32_t entries, ways; /* entries 0: there is none */
} cck_tlb_shape;

typedef struct cck_model_options {
    cck_shape i1, d1; /* all levels have the same line size */
    cck_shape l2;     /* size 0: two levels */
    cck_shape ll;     /* one instance */
    uint32_t cores;
    uint32_t cores_per_ll; /* 0: one LL for all */
    uint32_t nodes;        /* NUMA nodes; cores are dealt out in blocks; 0 and 1: one */
    cck_replacement replace_l1, replace_l2, replace_ll;
    cck_llc_kind llc;
    bool coherent;          /* MESI between private caches; off: as cachegrind */
    bool explain;           /* classify misses (costs time and memory) */
    bool explain_l1;        /* with it: those of L1 apart too, CCK_WHY_L1_* (costs more) */
    bool adjacent_prefetch; /* an L2 miss also fetches the other line of its pair */
    bool stream_prefetch;   /* two misses on neighbouring lines fetch the next ones into L2 */
    cck_tlb_shape tlb_data, tlb_instruction, tlb2; /* per core; tlb2 is unified */
    uint32_t page_bytes;                           /* 4096 */
    uint32_t address_bits;                         /* as for cck_lru_init() */
    cck_latencies latencies;
} cck_model_options;

/** NULL, or why the options cannot be modelled. */
const char *cck_model_fault(const cck_model_options *options);

/** Fill in what is 0: latencies of a present-day server, pages, TLBs left out. */
void cck_model_defaults(cck_model_options *options);

typedef enum cck_access_kind {
    CCK_ACCESS_FETCH = 1,
    CCK_ACCESS_LOAD,
    CCK_ACCESS_STORE,
    CCK_ACCESS_MODIFY /* load and store at once; misses count as a load's */
} cck_access_kind;

/** Bits of what an access did. */
enum {
    CCK_DID_MISS_L1 = 1 << 0,
    CCK_DID_MISS_L2 = 1 << 1,
    CCK_DID_MISS_LL = 1 << 2,
    CCK_DID_STRADDLE = 1 << 3,   /* two lines or more; the outcome is of all together */
    CCK_DID_TRANSFER = 1 << 4,   /* another core's private caches had it modified or exclusive */
    CCK_DID_UPGRADE = 1 << 5,    /* was here shared; others' copies were invalidated */
    CCK_DID_INVALIDATE = 1 << 6, /* copies of others were taken away (upgrade or write miss) */
    CCK_DID_REMOTE = 1 << 7,     /* served by the memory of another node than the core's */
    CCK_DID_MISS_TLB1 = 1 << 8,
    CCK_DID_MISS_TLB2 = 1 << 9, /* page walk */

    /* Why it missed its private caches (L1 if there is no L2); exactly one of the first
     * four is set with `explain` on such a miss, and FALSE or TRUE with COHERENCE. */
    CCK_WHY_COMPULSORY = 1 << 12,    /* first touch of the line by these caches */
    CCK_WHY_CAPACITY = 1 << 13,      /* a fully associative LRU of that size misses too */
    CCK_WHY_CONFLICT = 1 << 14,      /* it would have hit */
    CCK_WHY_COHERENCE = 1 << 15,     /* lost to another core's write */
    CCK_WHY_FALSE_SHARING = 1 << 16, /* ... which wrote other bytes than those accessed now */
    CCK_WHY_TRUE_SHARING = 1 << 17,  /* ... some of those accessed now */
    CCK_WHY_ESSENTIAL = 1 << 18, /* an earlier false-sharing miss of this residence was essential
                                    after all (Dubois 1993): new bytes are read now. Not a miss. */

    CCK_DID_SHARED = 1 << 20, /* a line that two cores have used and that is not quiet */

    /* The same three reasons for a miss of L1, which need not leave the core; `explain_l1`. */
    CCK_WHY_L1_COMPULSORY = 1 << 24,
    CCK_WHY_L1_CAPACITY = 1 << 25,
    CCK_WHY_L1_CONFLICT = 1 << 26,
};

/** What an access did. */
typedef struct cck_outcome {
    uint32_t did;    /* CCK_DID_*, CCK_WHY_* */
    uint32_t cycles; /* latency of it all */
    uint32_t shared; /* with CCK_DID_SHARED: number of the (first) shared line, from 0, dense */
    uint32_t shared_next; /* likewise of the second line of a straddling access; UINT32_MAX none */
} cck_outcome;

typedef struct cck_model cck_model;

/** Nothing cached. NULL when memory is out. Options must have no fault. */
cck_model *cck_model_new(const cck_model_options *options);
void cck_model_free(cck_model *model);

/** Memory ran out: what came since was not simulated. */
bool cck_model_is_exhausted(const cck_model *model);

/** One access, whatever it needs. size >= 1. */
void cck_model_access(cck_model *model, uint32_t core, cck_access_kind kind, uint64_t address,
                      uint32_t size, cck_outcome *out_outcome);

/** An L1 whose lines have notes; see quick.h. */
typedef struct cck_model_noted {
    uint32_t *notes;  /* `stride` for each set; NULL: there are none */
    uint64_t *orders; /* one for each set */
    uint32_t stride, set_bits;
} cck_model_noted;

/**
 * The quick way of a hit: the lines that are most recently used in each set of a core's
 * D1 (read: any state; write: modified) and I1, which using again changes nothing, so
 * that nobody need be called. Lines that two cores have used are never in it, but for
 * code: of those every load and store is seen. Borrowed; valid until the model is freed;
 * its contents change with each call. NULL where the geometry allows no filter.
 *
 *     hit = filter[address >> line_bits & mask] == (address + size - 1) >> line_bits
 *
 * This holds for sizes up to mask << line_bits; ask the model about larger ones.
 */
typedef struct cck_model_filter {
    uint64_t *fetch, *load, *store;
    uint32_t fetch_mask, data_mask; /* sets - 1; */
    uint32_t line_bits;
    cck_model_noted code, data; /* all that L1 holds; quick.h */
} cck_model_filter;

/** Beside the line that two cores have used and one may use again in the same way, in the place
 * of its set: whoever only keeps count of its uses need not ask the model. Where notes are. */
#define CCK_FILTER_SHARED (UINT64_C(1) << 63)

/**
 * Sets of D1, where the line used last in one stays there until another of it is used, and using it
 * again changes nothing, a write if it was written since it came to be that, as long as no other
 * core uses the line and nothing is forgotten, whatever else happens: nobody needs to be told of
 * it. 0: not so, as with TLBs, an inclusive LLC or prefetchers that take from other cores.
 */
uint64_t cck_model_lasting_sets(const cck_model_options *options);

/** False when the geometry allows none (sets that are no power of two, or fewer than 8). */
bool cck_model_filter_of(cck_model *model, uint32_t core, cck_model_filter *out_filter);

/**
 * The commonest miss: a load or store within one line of data that only this core has used,
 * and that its L2 has. True: done, what it did is MISS_L1 and the latency that of L2. False:
 * it is something else, and nothing was done. Only where the core's filter has notes for data,
 * and neither filter nor notes know the line.
 */
bool cck_model_refill(cck_model *model, uint32_t core, uint64_t line, bool writes);

typedef enum cck_reuse {
    CCK_REUSE_NOT,   /* it is something else, and nothing was done */
    CCK_REUSE_COUNT, /* done; what it did is SHARED */
    CCK_REUSE_QUIET, /* done, of a line that is quiet */
    CCK_REUSE_REFILL /* the same, but L1 did not have it and L2 did: MISS_L1 and L2's latency */
} cck_reuse;

/**
 * The commonest uses of a line that two cores have used: within the line, which L1 has, and if it
 * writes, it is this core's, and who lost it has nothing left to lose. Its latency is that of L1,
 * and `*out_shared` the line's number. Only where the core's filter has notes for data.
 */
cck_reuse cck_model_reuse(cck_model *model, uint32_t core, uint64_t line, bool writes,
                          uint32_t *out_shared);

/**
 * Of a shared line nobody counts uses that meet nothing: until the next miss of it for coherence,
 * or the next write that takes it from others, it is not told of as SHARED, and the filter has it
 * like any other. Nothing else changes.
 */
void cck_model_quiet(cck_model *model, uint32_t shared);

/** Address of a shared line by its number. */
uint64_t cck_model_shared_line(const cck_model *model, uint32_t shared);
uint32_t cck_model_shared_count(const cck_model *model);

/** Memory was unmapped or given back: its lines are forgotten, a later touch is a first one. */
void cck_model_forget(cck_model *model, uint64_t address, uint64_t size);

/** NUMA home of an address: the node whose core touched its page first; -1 untouched. */
int cck_model_home(const cck_model *model, uint64_t address);

/** A fork: an independent copy with the same contents. NULL when memory is out. */
cck_model *cck_model_clone(const cck_model *from);

/** Bytes that the model holds, for the promise made about memory. */
size_t cck_model_footprint(const cck_model *model);

#endif
