/* SPDX-License-Identifier: MIT */
#include "probes/precise/lines.h"

#include <stdlib.h>

/* Some 200 bytes each, with one side and one use. */
enum { LINES_MOST = 1 << 16, OLD_NS = 1000000000 };

static void free_line(cck_precise_line *line)
{
    free(line->sides);
    free(line->uses);
    free(line);
}

void cck_precise_lines_clear(cck_precise_lines *lines)
{
    size_t cursor = 0;
    uint64_t key;
    void *line;
    while (cck_map_next(&lines->by_key, &cursor, &key, &line))
        free_line(line);
    cck_map_clear(&lines->by_key);
}

/* ---- room ---- */

static bool may_go(const cck_precise_line *line, uint64_t now, bool in_need)
{
    if (line->side_count > 1 || line->told)
        return false;
    return in_need || line->samples == 1 || now - line->time > OLD_NS;
}

/* A walk must not change the map: those that stay move to a new one. */
static void forget(cck_precise_lines *lines, uint64_t now, bool in_need)
{
    cck_map kept = {0};
    size_t cursor = 0;
    uint64_t key;
    void *line;
    while (cck_map_next(&lines->by_key, &cursor, &key, &line)) {
        if (!may_go(line, now, in_need) && cck_map_put(&kept, key, line))
            continue;
        free_line(line);
        lines->forgotten++;
    }
    cck_map_clear(&lines->by_key);
    lines->by_key = kept;
}

static cck_precise_line *line_of(cck_precise_lines *lines, uint64_t key, uint64_t now)
{
    cck_precise_line *line = cck_map_get(&lines->by_key, key);
    if (line)
        return line;
    if (lines->by_key.count >= LINES_MOST)
        forget(lines, now, false);
    if (lines->by_key.count >= LINES_MOST / 4 * 3)
        forget(lines, now, true);
    if (lines->by_key.count >= LINES_MOST) {
        lines->forgotten++;
        return NULL;
    }
    line = calloc(1, sizeof *line);
    if (!line || !cck_map_put(&lines->by_key, key, line)) {
        lines->failed = true;
        free(line);
        return NULL;
    }
    line->key = key;
    line->latest = UINT64_MAX;
    return line;
}

static void *grow(void *array, uint32_t *capacity, uint32_t count, uint32_t most, size_t size)
{
    if (count < *capacity)
        return array;
    uint32_t more = *capacity ? 2 * *capacity : 2;
    more = more > most ? most : more;
    void *grown = count < most ? realloc(array, more * size) : NULL;
    if (grown)
        *capacity = more;
    return grown;
}

/* ---- what is kept of an access ---- */

static void note_stretch(uint64_t *count, uint64_t *latest, uint64_t time)
{
    uint64_t stretch = time / CCK_PRECISE_STRETCH_NS;
    *count += *latest != stretch;
    *latest = stretch;
}

/* False: there are more than are told apart. */
static bool note_side(cck_precise_line *line, const cck_memory_access *access, uint64_t address)
{
    cck_precise_side *side = NULL;
    for (uint32_t i = 0; i < line->side_count && !side; i++)
        if (line->sides[i].tid == access->tid && line->sides[i].pid == access->pid)
            side = &line->sides[i];
    if (!side) {
        cck_precise_side *sides = grow(line->sides, &line->side_capacity, line->side_count,
                                       CCK_PRECISE_SIDES, sizeof *sides);
        if (!sides)
            return false;
        line->sides = sides;
        side = &sides[line->side_count++];
        *side = (cck_precise_side){
            .pid = access->pid, .tid = access->tid, .address = address, .latest = UINT64_MAX};
    }
    side->samples++;
    note_stretch(&side->stretches, &side->latest, access->time);
    return true;
}

static bool same_use(const cck_precise_use *a, const cck_precise_use *b)
{
    return a->ip == b->ip && a->tid == b->tid && a->pid == b->pid && a->offset == b->offset &&
           a->size == b->size;
}

static void note_use(cck_precise_line *line, const cck_precise_use *now)
{
    for (uint32_t i = 0; i < line->use_count; i++) {
        cck_precise_use *use = &line->uses[i];
        if (!same_use(use, now))
            continue;
        use->reads |= now->reads;
        use->writes |= now->writes;
        use->atomic |= now->atomic;
        use->samples += now->samples;
        use->handed += now->handed;
        return;
    }
    cck_precise_use *uses =
        grow(line->uses, &line->use_capacity, line->use_count, CCK_PRECISE_USES, sizeof *uses);
    if (!uses)
        return;
    line->uses = uses;
    uses[line->use_count++] = *now;
}

static void note_hand_over(cck_precise_line *line, const cck_memory_access *access)
{
    if (access->hand_over == CCK_HAND_MAYBE)
        line->maybe++;
    else
        line->told++;
    line->stands_for += access->period ? (double)access->period : 1;
    note_stretch(&line->stretches, &line->latest, access->time);
    if (access->latency) {
        line->latency += access->latency;
        line->latencies++;
    }
}

void cck_precise_lines_take(cck_precise_lines *lines, uint64_t key, const cck_memory_access *access)
{
    cck_precise_line *line = line_of(lines, key, access->time);
    if (!line)
        return;
    uint64_t address = access->address & ~(uint64_t)(lines->line_size - 1);
    uint16_t offset = (uint16_t)(access->address - address);
    uint16_t room = (uint16_t)(lines->line_size - offset);
    uint16_t size = access->size ? access->size : 1;
    const cck_precise_use use = {
        .pid = access->pid,
        .tid = access->tid,
        .ip = access->ip,
        .offset = offset,
        .size = size < room ? size : room, /* what lies beyond is another line's */
        .reads = access->reads,
        .writes = access->writes,
        .atomic = access->atomic,
        .samples = 1,
        .handed = access->hand_over != CCK_HAND_NONE,
    };
    line->samples++;
    line->time = access->time;
    if (!note_side(line, access, address))
        return;
    note_use(line, &use);
    if (access->hand_over != CCK_HAND_NONE)
        note_hand_over(line, access);
}

size_t cck_precise_lines_shared(const cck_precise_lines *lines)
{
    size_t cursor = 0, shared = 0;
    uint64_t key;
    void *entry;
    while (cck_map_next(&lines->by_key, &cursor, &key, &entry)) {
        const cck_precise_line *line = entry;
        shared += line->side_count > 1 && line->told + line->maybe;
    }
    return shared;
}
