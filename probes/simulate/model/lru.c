/* SPDX-License-Identifier: MIT */
#include "lru.h"

static bool is_power_of_two(uint64_t number)
{
    return number && !(number & (number - 1));
}

static uint32_t log2_of(uint64_t power_of_two)
{
    uint32_t bits = 0;
    while (power_of_two >>= 1)
        bits++;
    return bits;
}

const char *cck_shape_fault(const cck_shape *shape)
{
    if (!is_power_of_two(shape->line))
        return "the line size is not a power of two";
    if (shape->line < CCK_LINE_MIN || shape->line > CCK_LINE_MAX)
        return "the line size is not within 16 to 256 bytes";
    if (!shape->ways || shape->ways > CCK_WAYS_MAX)
        return "the number of ways is not within 1 to 1024";
    if (!shape->size || shape->size % ((uint64_t)shape->ways * shape->line))
        return "the size is not a multiple of ways times line size";
    if (shape->size / shape->line > CCK_LINES_MAX)
        return "it has more than 67108864 lines";
    return NULL;
}

static uint64_t sets_of(const cck_shape *shape)
{
    return shape->size / ((uint64_t)shape->ways * shape->line);
}

static bool is_narrow(const cck_shape *shape, uint32_t address_bits)
{
    uint64_t last = UINT64_MAX >> (64 - address_bits);
    return last / shape->line / sets_of(shape) < CCK_NARROW_EMPTY;
}

static size_t bytes_of_tags(const cck_shape *shape, uint32_t address_bits)
{
    return shape->size / shape->line *
           (is_narrow(shape, address_bits) ? sizeof(uint32_t) : sizeof(uint64_t));
}

bool cck_lru_init(cck_lru *lru, const cck_shape *shape, uint32_t address_bits,
                  cck_model_alloc *alloc, void *context)
{
    uint64_t lines = shape->size / shape->line, sets = sets_of(shape);
    void *tags = alloc(context, bytes_of_tags(shape, address_bits));
    if (!tags)
        return false;
    *lru = (cck_lru){
        .ways = shape->ways,
        .line_bits = log2_of(shape->line),
        .set_bits = log2_of(sets),
        .even = is_power_of_two(sets),
        .sets = sets,
    };
    if (is_narrow(shape, address_bits)) {
        lru->narrow = tags;
        for (uint64_t i = 0; i < lines; i++)
            lru->narrow[i] = CCK_NARROW_EMPTY;
    } else {
        lru->wide = tags;
        for (uint64_t i = 0; i < lines; i++)
            lru->wide[i] = CCK_WIDE_EMPTY;
    }
    return true;
}

uint64_t cck_lru_recent(const cck_lru *lru, uint64_t set)
{
    if (lru->wide)
        return lru->wide[set * lru->ways];
    uint32_t tag = lru->narrow[set * lru->ways];
    return tag == CCK_NARROW_EMPTY ? CCK_WIDE_EMPTY : tag * lru->sets + set;
}
