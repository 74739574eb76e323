/* SPDX-License-Identifier: MIT */
#include "probes/watch/line_table.h"

#include <stdlib.h>
#include <string.h>

/* ---- bytes ---- */

void cck_bytes_set(uint64_t mask[4], unsigned offset, unsigned size)
{
    for (unsigned bit = offset; bit < offset + size && bit < 256; bit++)
        mask[bit / 64] |= UINT64_C(1) << bit % 64;
}

bool cck_bytes_any(const uint64_t mask[4], unsigned offset, unsigned size)
{
    for (unsigned bit = offset; bit < offset + size && bit < 256; bit++)
        if (mask[bit / 64] >> bit % 64 & 1)
            return true;
    return false;
}

static bool any(const uint64_t mask[4])
{
    return mask[0] | mask[1] | mask[2] | mask[3];
}

bool cck_side_writes(const cck_known_side *side)
{
    return any(side->near_written) || any(side->written);
}

static bool side_touches(const cck_known_side *side)
{
    return cck_side_writes(side) || any(side->near_read) || any(side->read);
}

bool cck_side_uses_bytes(const cck_known_side *side, unsigned offset, unsigned size)
{
    return cck_bytes_any(side->near_read, offset, size) ||
           cck_bytes_any(side->near_written, offset, size) ||
           cck_bytes_any(side->read, offset, size) || cck_bytes_any(side->written, offset, size);
}

bool cck_side_uses(const cck_known_side *side, unsigned word)
{
    return cck_side_uses_bytes(side, word * CCK_WATCH_WORD, CCK_WATCH_WORD);
}

uint64_t cck_side_samples(const cck_known_line *line, const cck_known_side *side, unsigned word)
{
    uint64_t samples = 0;
    for (unsigned i = 0; i < line->use_count; i++) {
        const cck_watch_use *use = &line->uses[i];
        if (use->pid == side->pid && use->tid == side->tid && use->offset / CCK_WATCH_WORD == word)
            samples += use->samples;
    }
    return samples;
}

bool cck_line_suspect(cck_known_line *line)
{
    if (line->suspect || line->side_count < 2)
        return false;
    unsigned touching = 0;
    bool written = false;
    for (unsigned i = 0; i < line->side_count; i++) {
        touching += side_touches(&line->sides[i]);
        written |= cck_side_writes(&line->sides[i]);
    }
    return line->suspect = touching >= 2 && written;
}

/* ---- forgetting ---- */

static void free_side(cck_line_table *table, cck_known_side *side)
{
    if (side->paces) {
        unsigned words = 2 * table->line_size / CCK_WATCH_WORD;
        for (unsigned i = 0; i < words; i++)
            cck_pace_clear(&side->paces[i]);
        free(side->paces);
        table->paces -= words;
    }
    table->sides--;
}

static void free_line(cck_line_table *table, cck_known_line *line)
{
    for (unsigned i = 0; i < line->side_count; i++)
        free_side(table, &line->sides[i]);
    free(line->sides);
    free(line->uses);
    free(line->moments);
    free(line);
}

/* Lines that were hit are worth hours of age, suspects seconds. */
static uint64_t worth(const cck_known_line *line)
{
    uint64_t hits = 0;
    for (unsigned i = 0; i < line->side_count; i++)
        hits += line->sides[i].hits;
    uint64_t hours = hits < 1000 ? hits : 1000;
    return line->last + hours * UINT64_C(3600000000000) +
           (line->suspect ? UINT64_C(5000000000) : 0);
}

typedef struct worthy {
    uint64_t worth, key;
} worthy;

static int by_worth(const void *left, const void *right)
{
    const worthy *a = left, *b = right;
    if (a->worth != b->worth)
        return a->worth < b->worth ? -1 : 1;
    return (a->key > b->key) - (a->key < b->key);
}

static bool prune(cck_line_table *table)
{
    size_t count = 0, cursor = 0;
    worthy *all = malloc((table->by_key.count + 1) * sizeof *all);
    void *value;
    uint64_t key;
    if (!all)
        return false;
    while (cck_map_next(&table->by_key, &cursor, &key, &value))
        all[count++] = (worthy){worth(value), key};
    qsort(all, count, sizeof *all, by_worth);
    for (size_t i = 0; i < (count + 1) / 2; i++)
        free_line(table, cck_map_remove(&table->by_key, all[i].key));
    table->evicted += (count + 1) / 2;
    free(all);
    return true;
}

static bool is_full(const cck_line_table *table)
{
    return table->by_key.count >= CCK_LINES_MOST || table->sides >= CCK_SIDES_MOST ||
           table->paces >= CCK_PACES_MOST;
}

void cck_line_table_clear(cck_line_table *table)
{
    size_t cursor = 0;
    uint64_t key;
    void *value;
    while (cck_map_next(&table->by_key, &cursor, &key, &value))
        free_line(table, value);
    cck_map_clear(&table->by_key);
}

/* ---- finding and adding ---- */

cck_known_line *cck_line_get(const cck_line_table *table, uint64_t key)
{
    return cck_map_get(&table->by_key, key);
}

cck_known_line *cck_line_put(cck_line_table *table, uint64_t key, uint64_t now)
{
    cck_known_line *line = cck_line_get(table, key);
    if (!line) {
        while (is_full(table))
            if (!prune(table))
                return NULL;
        line = calloc(1, sizeof *line);
        if (!line)
            return NULL;
        line->key = key;
        line->first = now;
        if (!cck_map_put(&table->by_key, key, line)) {
            free(line);
            return NULL;
        }
    }
    line->last = now;
    return line;
}

cck_known_side *cck_line_find_side(cck_known_line *line, int32_t pid, int32_t tid)
{
    for (unsigned i = 0; i < line->side_count; i++)
        if (line->sides[i].tid == tid && line->sides[i].pid == pid)
            return &line->sides[i];
    return NULL;
}

/* Threads come and go: one that was not seen here for a second, and never hit, makes room. */
static cck_known_side *replaced(cck_line_table *table, cck_known_line *line)
{
    enum { QUIET_NS = 1000000000 };
    cck_known_side *oldest = NULL;
    for (unsigned i = 0; i < line->side_count; i++) {
        cck_known_side *side = &line->sides[i];
        if (!side->hits && (!oldest || side->last < oldest->last))
            oldest = side;
    }
    if (!oldest || oldest->last + QUIET_NS > line->last)
        return NULL;
    free_side(table, oldest);
    return oldest;
}

cck_known_side *cck_line_side(cck_line_table *table, cck_known_line *line, int32_t pid, int32_t tid,
                              uint64_t address)
{
    cck_known_side *side = cck_line_find_side(line, pid, tid);
    if (side) {
        side->last = line->last;
        side->address = address;
        return side;
    }
    if (line->side_count == CCK_LINE_SIDES) {
        side = replaced(table, line);
        if (!side)
            return NULL;
    } else if (line->side_count == line->side_capacity) {
        unsigned capacity = line->side_capacity ? line->side_capacity * 2u : 1;
        cck_known_side *grown = realloc(line->sides, capacity * sizeof *grown);
        if (!grown)
            return NULL;
        line->sides = grown;
        line->side_capacity = (uint16_t)capacity;
    }
    if (!side)
        side = &line->sides[line->side_count++];
    *side = (cck_known_side){.pid = pid, .tid = tid, .address = address, .last = line->last};
    table->sides++;
    return side;
}

bool cck_line_study(cck_line_table *table, cck_known_line *line, cck_known_side *side, uint64_t now)
{
    unsigned words = 2 * table->line_size / CCK_WATCH_WORD;
    if (!line->moments) {
        line->moments = calloc(CCK_LINE_MOMENTS, sizeof *line->moments);
        if (!line->moments)
            return false;
        line->studied = now;
    }
    if (side->paces)
        return true;
    side->paces = calloc(words, sizeof *side->paces);
    if (!side->paces)
        return false;
    table->paces += words;
    return true;
}

cck_pace *cck_side_pace(const cck_line_table *table, const cck_known_side *side, unsigned word,
                        bool reads)
{
    return &side->paces[reads ? word : table->line_size / CCK_WATCH_WORD + word];
}

void cck_line_at(cck_known_line *line, uint64_t time, int32_t tid, uint32_t cpu)
{
    enum { VOLLEY = 8, VOLLEY_NS = 100000 };
    if (!line->moments)
        return;
    /* Hits come in volleys: what a thread did a moment ago need not be said again. */
    for (uint64_t i = line->moment_count; i-- > 0 && line->moment_count - i <= VOLLEY;) {
        const cck_watch_moment *one = &line->moments[i % CCK_LINE_MOMENTS];
        if (one->tid == tid && one->cpu == cpu && time >= one->time && time - one->time < VOLLEY_NS)
            return;
    }
    line->moments[line->moment_count++ % CCK_LINE_MOMENTS] = (cck_watch_moment){time, cpu, tid};
}

/* ---- instructions ---- */

cck_watch_use *cck_line_find_use(cck_known_line *line, int32_t pid, int32_t tid, uint64_t ip)
{
    for (unsigned i = 0; i < line->use_count; i++) {
        cck_watch_use *use = &line->uses[i];
        if (use->ip == ip && use->tid == tid && use->pid == pid)
            return use;
    }
    return NULL;
}

cck_watch_use *cck_line_use(cck_known_line *line, int32_t pid, int32_t tid, uint64_t ip)
{
    cck_watch_use *use = cck_line_find_use(line, pid, tid, ip);
    if (use || line->use_count == CCK_LINE_USES)
        return use;
    if (line->use_count == line->use_capacity) {
        unsigned capacity = line->use_capacity ? line->use_capacity * 2u : 2;
        cck_watch_use *grown = realloc(line->uses, capacity * sizeof *grown);
        if (!grown)
            return NULL;
        line->uses = grown;
        line->use_capacity = (uint16_t)capacity;
    }
    use = &line->uses[line->use_count++];
    *use = (cck_watch_use){.pid = pid, .tid = tid, .ip = ip, .offset = UINT16_MAX};
    return use;
}
