/* SPDX-License-Identifier: MIT */
#include "probes/simulate/reader/dictionary.h"

#include <stdlib.h>
#include <string.h>

static bool enlarge(cck_dictionary *dictionary)
{
    cck_dictionary grown = {.capacity = dictionary->capacity ? dictionary->capacity * 2 : 64,
                            .count = dictionary->count};
    if (grown.capacity > SIZE_MAX / sizeof *grown.slots)
        return false;
    grown.slots = malloc(grown.capacity * sizeof *grown.slots);
    if (!grown.slots)
        return false;
    memset(grown.slots, 0xff, grown.capacity * sizeof *grown.slots);
    for (size_t i = 0; i < dictionary->capacity; i++) {
        cck_dictionary_slot slot = dictionary->slots[i];
        if (slot.key == CCK_DICTIONARY_EMPTY)
            continue;
        size_t at = cck_mix(slot.key) & (grown.capacity - 1);
        while (grown.slots[at].key != CCK_DICTIONARY_EMPTY)
            at = (at + 1) & (grown.capacity - 1);
        grown.slots[at] = slot;
    }
    free(dictionary->slots);
    *dictionary = grown;
    return true;
}

uint64_t *cck_dictionary_put(cck_dictionary *dictionary, uint64_t key)
{
    uint64_t *found = cck_dictionary_find(dictionary, key);
    if (found)
        return found;
    if (key == CCK_DICTIONARY_EMPTY ||
        (dictionary->count >= dictionary->capacity / 4 * 3 && !enlarge(dictionary)))
        return NULL;
    size_t mask = dictionary->capacity - 1, at = cck_mix(key) & mask;
    while (dictionary->slots[at].key != CCK_DICTIONARY_EMPTY)
        at = (at + 1) & mask;
    dictionary->slots[at] = (cck_dictionary_slot){key, 0};
    dictionary->count++;
    return &dictionary->slots[at].value;
}

bool cck_dictionary_remove(cck_dictionary *dictionary, uint64_t key)
{
    uint64_t *found = cck_dictionary_find(dictionary, key);
    if (!found)
        return false;
    cck_dictionary_slot *slots = dictionary->slots;
    size_t mask = dictionary->capacity - 1;
    size_t hole = (size_t)((cck_dictionary_slot *)((char *)found - offsetof(cck_dictionary_slot,
                                                                           value)) -
                           slots);
    /* What follows moves back as long as it does not get in front of its own place. */
    for (size_t at = (hole + 1) & mask; slots[at].key != CCK_DICTIONARY_EMPTY;
         at = (at + 1) & mask) {
        size_t home = cck_mix(slots[at].key) & mask;
        if (((at - home) & mask) < ((at - hole) & mask))
            continue;
        slots[hole] = slots[at];
        hole = at;
    }
    slots[hole].key = CCK_DICTIONARY_EMPTY;
    dictionary->count--;
    return true;
}

void cck_dictionary_clear(cck_dictionary *dictionary)
{
    free(dictionary->slots);
    *dictionary = (cck_dictionary){0};
}
