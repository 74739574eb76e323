/* SPDX-License-Identifier: MIT */
#include "core/base/intern.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST = 64 };

/* FNV-1a, with a last mix because the low bits choose the slot. */
static uint64_t hash(const unsigned char *bytes, size_t size)
{
    uint64_t sum = 0xcbf29ce484222325u;
    for (size_t i = 0; i < size; i++)
        sum = (sum ^ bytes[i]) * 0x100000001b3u;
    return sum ^ sum >> 29;
}

const void *cck_intern_get(const cck_intern *set, uint32_t number)
{
    return set->records + (size_t)number * set->record_size;
}

static const char *text_of(const void *record)
{
    const char *text;
    memcpy(&text, record, sizeof text);
    return text;
}

static uint64_t hash_record(const cck_intern *set, const void *record)
{
    if (!set->texts)
        return hash(record, set->record_size);
    const char *text = text_of(record);
    return hash((const unsigned char *)text, strlen(text));
}

static bool equal(const cck_intern *set, const void *a, const void *b)
{
    return set->texts ? strcmp(text_of(a), text_of(b)) == 0 : memcmp(a, b, set->record_size) == 0;
}

static size_t slot_of(const cck_intern *set, const void *record)
{
    size_t mask = set->slot_count - 1, at = hash_record(set, record) & mask;
    while (set->slots[at] && !equal(set, cck_intern_get(set, set->slots[at] - 1), record))
        at = (at + 1) & mask;
    return at;
}

static bool grow(cck_intern *set)
{
    size_t capacity = set->capacity ? 2 * set->capacity : FIRST;
    if (capacity >= UINT32_MAX / 2)
        return false;
    unsigned char *records = realloc(set->records, capacity * set->record_size);
    if (!records)
        return false;
    set->records = records;
    uint32_t *slots = calloc(2 * capacity, sizeof *slots);
    if (!slots)
        return false;
    free(set->slots);
    set->slots = slots;
    set->slot_count = 2 * capacity;
    set->capacity = capacity;
    for (uint32_t i = 0; i < set->count; i++)
        set->slots[slot_of(set, cck_intern_get(set, i))] = i + 1;
    return true;
}

uint32_t cck_intern_put(cck_intern *set, const void *record)
{
    if (set->count == set->capacity && !grow(set))
        return UINT32_MAX;
    size_t at = slot_of(set, record);
    if (!set->slots[at]) {
        memcpy(set->records + set->count * set->record_size, record, set->record_size);
        set->slots[at] = (uint32_t)++set->count;
    }
    return set->slots[at] - 1;
}

void cck_intern_clear(cck_intern *set)
{
    free(set->records);
    free(set->slots);
    *set = (cck_intern){.record_size = set->record_size, .texts = set->texts};
}
