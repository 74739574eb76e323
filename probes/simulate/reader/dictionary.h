/* SPDX-License-Identifier: MIT */
#ifndef CCK_SIMULATE_DICTIONARY_H
#define CCK_SIMULATE_DICTIONARY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * From 64-bit keys to 64-bit values, flat: 16 bytes an entry and one memory access a
 * look-up, where core/base/map.h holds pointers. Linear probing with deletion by shifting
 * back, so that it does not age. Zero-initialise it.
 */
typedef struct cck_dictionary_slot {
    uint64_t key, value;
} cck_dictionary_slot;

typedef struct cck_dictionary {
    cck_dictionary_slot *slots;
    size_t capacity; /* a power of two, or 0 */
    size_t count;
} cck_dictionary;

/* No key is this one: it marks what is empty. */
#define CCK_DICTIONARY_EMPTY UINT64_MAX

/** Mixes all bits of a key (the finaliser of MurmurHash3, by Austin Appleby: public domain). */
static inline uint64_t cck_mix(uint64_t key)
{
    key ^= key >> 33;
    key *= UINT64_C(0xff51afd7ed558ccd);
    key ^= key >> 33;
    key *= UINT64_C(0xc4ceb9fe1a85ec53);
    return key ^ key >> 33;
}

/** The value at `key`, or NULL; valid until the next change. */
static inline uint64_t *cck_dictionary_find(const cck_dictionary *dictionary, uint64_t key)
{
    if (!dictionary->count)
        return NULL;
    size_t mask = dictionary->capacity - 1;
    for (size_t at = cck_mix(key) & mask;; at = (at + 1) & mask) {
        cck_dictionary_slot *slot = &dictionary->slots[at];
        if (slot->key == CCK_DICTIONARY_EMPTY) /* first: `key` may be it */
            return NULL;
        if (slot->key == key)
            return &slot->value;
    }
}

/** The value at `key`, made as 0 if there is none. NULL: memory is out. */
uint64_t *cck_dictionary_put(cck_dictionary *dictionary, uint64_t key);

/** False if there was none. */
bool cck_dictionary_remove(cck_dictionary *dictionary, uint64_t key);

void cck_dictionary_clear(cck_dictionary *dictionary);

#endif
