/* SPDX-License-Identifier: MIT */
#ifndef CCK_SIMULATE_LIFE_H
#define CCK_SIMULATE_LIFE_H

#include "core/session/observed.h"
#include "probes/simulate/model/model.h"
#include "probes/simulate/reader/dictionary.h"

/**
 * Lines that threads share, in lives: from the first access to the end of the run, or to
 * the end of an object on them. The same line under another object is another life.
 *
 * Potential. Which accesses of two threads meet depends on the interleaving, of which a
 * run is one of many. So beside what happened there is what a random one would give, from
 * how often each thread used the line in each window of time. A read is a transfer iff
 * the last before it, of the thread's own accesses a and the others' writes W, was one of
 * these: of r reads r * W / (a + W). A write is one (a miss or an upgrade) iff the last
 * of the thread's own writes w and the others' accesses A was one of these: of w writes
 * w * A / (w + A). Never more than transfers fit into the window. Two that write in turn
 * have twice as many.
 *
 * Locks. A word is a lock if two threads at least use it like one: an atomic access by
 * the thread, then plain stores of it to lines that are shared, then another store or
 * atomic access of the thread to that word, with nobody's atomic access that succeeded in
 * between. A shared counter is not: nothing is written under its protection.
 */
enum {
    CCK_LIVES_KEPT = 2000,  /* reported */
    CCK_LIVES_MOST = 16384, /* looked at closely, at a time */
    CCK_LIFE_USES = 256,    /* instructions told apart */
    CCK_LIFE_OBJECTS = 16,
    /* log2 of its length in cycles, 44 microseconds at 3 GHz: a few rounds. In longer ones
     * threads seem to meet that came one behind the other. */
    CCK_LIFE_WINDOW = 17,
};

typedef struct cck_life_side {
    cck_line_side side;
    uint64_t window_accesses, window_writes;
} cck_life_side;

typedef struct cck_life_use {
    uint64_t key;     /* place << 16 | event */
    cck_line_use use; /* thread, offset, ...; code and path follow from the key */
} cck_life_use;

typedef struct cck_life {
    uint64_t address;
    uint32_t line; /* its number in the model */
    bool lock;
    cck_life_side *sides;
    cck_life_use *uses;
    uint16_t side_count, use_count, object_count;
    size_t side_capacity, use_capacity;
    uint32_t objects[CCK_LIFE_OBJECTS];
    uint64_t transfers;
    uint64_t window; /* its number */
    /* Of the lock that it may be. */
    uint32_t lock_offset, holder, first_holder;
    uint64_t held_writes; /* the holder's shared stores when it took it */
    uint32_t holders;     /* distinct ones seen, up to 2 */
    bool lock_seen;
} cck_life;

/** Where an access was counted, to find it again: the next ones are the same, as a rule. */
typedef struct cck_life_at_hand {
    uint64_t line;  /* its address >> line_bits */
    uint64_t key;   /* of the access, without... */
    uint32_t path;  /* ...its path */
    uint32_t age;   /* cck_lives.age then; 0: nothing is here */
    uint64_t exact; /* key of the use */
    uint32_t life;
    uint16_t side, use;
} cck_life_at_hand;

#ifndef CCK_HAND_BITS /* fuzz targets have fewer at hand */
#define CCK_HAND_BITS 11
#endif
enum { CCK_LIVES_AT_HAND = 1 << CCK_HAND_BITS };

typedef struct cck_lives {
    cck_life *list; /* those that go on */
    size_t count, capacity;
    cck_life_at_hand at_hand[CCK_LIVES_AT_HAND];
    uint32_t age;      /* changes when lives or keys of uses move */
    uint32_t *of_line; /* by the model's number: index + 1 | LOOKED_AT, or transfers so far */
    size_t line_count, line_capacity;
    cck_dictionary by_address; /* line address -> the model's number + 1 */
    cck_life *closed;
    size_t closed_count, closed_capacity;
    uint64_t left_out;
    uint32_t least; /* transfers that a line needs to be looked at closely */
} cck_lives;

/** One access to a shared line, cut to it. */
typedef struct cck_life_access {
    uint64_t key, address; /* address: of the first byte */
    uint32_t size;
    uint32_t thread;
    bool reads, writes, atomic;
    uint32_t did, cycles; /* of the outcome; cycles: lost */
    uint64_t now;
    uint64_t *shared_writes;   /* of the thread */
    cck_life_at_hand *at_hand; /* note there where it was counted; NULL: nowhere */
} cck_life_access;

/** Place in `at_hand` of an access of a thread at a place of the program. */
static inline cck_life_at_hand *cck_lives_hand(cck_lives *lives, uint64_t line, uint64_t key)
{
    uint64_t mixed = (line ^ key ^ key >> 11) * UINT64_C(0x9e3779b97f4a7c15); /* Knuth 6.4 */
    return &lives->at_hand[mixed >> (64 - CCK_HAND_BITS)];
}

/** Whether that is where an access to the line with this key, on this path, was counted. */
static inline bool cck_lives_has(const cck_lives *lives, const cck_life_at_hand *at_hand,
                                 uint64_t line, uint64_t key, uint32_t path)
{
    return at_hand->age == lives->age && at_hand->line == line && at_hand->key == key &&
           at_hand->path == path;
}

/**
 * Count an access there that met nothing, as cck_lives_access() would; `offset` in its line of up
 * to 64 bytes. False: it is more than counting, and nothing was done.
 */
bool cck_lives_again(cck_lives *lives, const cck_life_at_hand *at_hand,
                     const cck_life_access *access, unsigned offset);

/**
 * Take in an access to the line `line`. *out_life is the life, or NULL if it is not
 * looked at closely; *out_fresh: bytes that this thread had not used before.
 * False when memory is out.
 */
bool cck_lives_access(cck_lives *lives, uint32_t line, uint64_t line_address, unsigned line_bits,
                      uint32_t transfer_cycles, const cck_life_access *access, cck_life **out_life,
                      bool *out_fresh);

/** Whether an access to the line that meets nothing is nothing to cck_lives_access(): it has no
 * life, and too few transfers for one. */
static inline bool cck_lives_ignore(const cck_lives *lives, uint32_t line)
{
    return line < lives->line_count && lives->of_line[line] < lives->least;
}

/** Note an object on a life. */
void cck_life_object(cck_life *life, uint32_t object);

/** Memory came to another use: lives on it end. False when memory is out. */
bool cck_lives_end(cck_lives *lives, uint64_t address, uint64_t size, unsigned line_bits,
                   uint32_t transfer_cycles);

/** The run ends: all lives are closed, most transfers first, at most CCK_LIVES_KEPT. */
bool cck_lives_finish(cck_lives *lives, unsigned line_bits, uint32_t transfer_cycles);

void cck_lives_clear(cck_lives *lives);

#endif
