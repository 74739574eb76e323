/* SPDX-License-Identifier: MIT */
#include "probes/simulate/reader/life.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/grow.h"

/* In of_line: the rest is an index + 1 of a life, else transfers of a line without one. */
#define LOOKED_AT (UINT32_C(1) << 31)

static void free_life(cck_life *life)
{
    free(life->sides);
    free(life->uses);
}

/* ---- windows ---- */

/* How many of `those` come first behind one of `breaks`, when these and `those + rest` are
 * in random order. */
static double first_behind(double those, double rest, double breaks)
{
    return those > 0 && breaks > 0 ? those * breaks / (those + rest + breaks) : 0;
}

static void end_window(cck_life *life, uint32_t transfer_cycles)
{
    uint64_t accesses = 0, writes = 0;
    for (size_t i = 0; i < life->side_count; i++) {
        accesses += life->sides[i].window_accesses;
        writes += life->sides[i].window_writes;
    }
    double fit = (double)(UINT64_C(1) << CCK_LIFE_WINDOW) / (transfer_cycles ? transfer_cycles : 1);
    for (size_t i = 0; i < life->side_count; i++) {
        cck_life_side *side = &life->sides[i];
        double own_writes = (double)side->window_writes;
        double own_reads = (double)side->window_accesses - own_writes;
        double transfers =
            first_behind(own_reads, own_writes, (double)(writes - side->window_writes)) +
            first_behind(own_writes, 0, (double)(accesses - side->window_accesses));
        side->side.potential += transfers < fit ? transfers : fit;
        side->window_accesses = side->window_writes = 0;
    }
}

/* ---- one access ---- */

static cck_life_side *side_of(cck_life *life, uint32_t thread)
{
    for (size_t i = 0; i < life->side_count; i++)
        if (life->sides[i].side.thread == thread)
            return &life->sides[i];
    if (life->side_count == CCK_LINE_THREADS) /* the last one stands for all the others */
        return &life->sides[life->side_count - 1];
    if (life->side_count == life->side_capacity) {
        size_t capacity = life->side_capacity ? life->side_capacity * 2 : 2;
        void *grown = realloc(life->sides, capacity * sizeof *life->sides);
        if (!grown)
            return NULL;
        life->sides = grown;
        life->side_capacity = capacity;
    }
    cck_life_side *side = &life->sides[life->side_count++];
    *side = (cck_life_side){.side.thread = thread};
    return side;
}

/* The bits of a word of four that bytes [from, from + size) of a line have there. */
static uint64_t bits_in(unsigned word, unsigned from, unsigned size)
{
    unsigned first = word * 64, end = from + size < first + 64 ? from + size : first + 64;
    first = from > first ? from : first;
    return first < end ? UINT64_MAX >> (64 - (end - first)) << first % 64 : 0;
}

static void set_bits(uint64_t mask[4], unsigned from, unsigned size)
{
    for (unsigned word = from / 64; word < 4 && word * 64 < from + size; word++)
        mask[word] |= bits_in(word, from, size);
}

static bool has_bits(const cck_line_side *side, unsigned from, unsigned size)
{
    for (unsigned word = from / 64; word < 4 && word * 64 < from + size; word++)
        if (bits_in(word, from, size) & ~(side->read[word] | side->written[word]))
            return false;
    return true;
}

static void count_side(cck_life_side *side, const cck_life_access *access, unsigned offset,
                       bool *out_fresh)
{
    cck_line_side *line = &side->side;
    if (offset + access->size <= 64) { /* as nearly all are */
        uint64_t bits = bits_in(0, offset, access->size);
        *out_fresh = bits & ~(line->read[0] | line->written[0]);
        line->read[0] |= access->reads ? bits : 0;
        line->written[0] |= access->writes ? bits : 0;
    } else {
        *out_fresh = !has_bits(line, offset, access->size);
        if (access->reads)
            set_bits(line->read, offset, access->size);
        if (access->writes)
            set_bits(line->written, offset, access->size);
    }
    line->accesses++;
    line->writes += access->writes;
    line->atomics += access->atomic;
    line->true_sharing += !!(access->did & CCK_WHY_TRUE_SHARING);
    line->false_sharing += !!(access->did & CCK_WHY_FALSE_SHARING);
    line->upgrades += !!(access->did & CCK_DID_UPGRADE);
    line->essential += !!(access->did & CCK_WHY_ESSENTIAL);
    line->stalled += access->cycles;
    side->window_accesses++;
    side->window_writes += access->writes;
}

static cck_life_use *use_of(cck_life *life, uint64_t key)
{
    for (size_t i = 0; i < life->use_count; i++)
        if (life->uses[i].key == key)
            return &life->uses[i];
    if (life->use_count == CCK_LIFE_USES)
        return &life->uses[CCK_LIFE_USES - 1];
    if (life->use_count == life->use_capacity) {
        size_t capacity = life->use_capacity ? life->use_capacity * 2 : 2;
        void *grown = realloc(life->uses, capacity * sizeof *life->uses);
        if (!grown)
            return NULL;
        life->uses = grown;
        life->use_capacity = capacity;
    }
    cck_life_use *use = &life->uses[life->use_count++];
    *use = (cck_life_use){.key = key, .use.offset = UINT16_MAX};
    return use;
}

static void count_use(cck_life_use *from, const cck_life_access *access, unsigned offset,
                      bool coherence)
{
    cck_line_use *use = &from->use;
    use->thread = access->thread;
    if (offset < use->offset)
        use->offset = (uint16_t)offset;
    if (access->size > use->size)
        use->size = (uint16_t)access->size;
    use->reads |= access->reads;
    use->writes |= access->writes;
    use->atomic |= access->atomic;
    use->accesses++;
    use->misses += coherence;
}

/* ---- locks; see life.h ---- */

static void watch_lock(cck_life *life, const cck_life_access *access, unsigned offset)
{
    bool taken = life->lock_seen && life->holder == access->thread;
    if (life->lock_seen && offset != life->lock_offset)
        return;
    if (access->atomic && !taken) {
        life->lock_seen = true;
        life->lock_offset = offset;
        life->holder = access->thread;
        life->held_writes = *access->shared_writes;
    } else if (taken && access->writes) {
        if (*access->shared_writes > life->held_writes) {
            if (!life->holders) {
                life->first_holder = access->thread;
                life->holders = 1;
            } else if (life->first_holder != access->thread) {
                life->holders = 2;
            }
            life->lock = life->holders == 2;
        }
        life->holder = UINT32_MAX;
    }
}

static void count_shared_write(cck_life *life, const cck_life_access *access, unsigned offset)
{
    bool on_lock = life->lock_seen && offset == life->lock_offset;
    if (access->writes && !access->atomic && !on_lock)
        ++*access->shared_writes;
}

/* ---- lives ---- */

static bool line_entry(cck_lives *lives, uint32_t line, uint32_t **out_entry)
{
    while (line >= lives->line_capacity) {
        size_t before = lives->line_capacity;
        if (!cck_grow((void **)&lives->of_line, &lives->line_capacity, lives->line_capacity,
                      sizeof *lives->of_line))
            return false;
        memset(lives->of_line + before, 0,
               (lives->line_capacity - before) * sizeof *lives->of_line);
    }
    if (line >= lives->line_count)
        lives->line_count = (size_t)line + 1;
    *out_entry = &lives->of_line[line];
    return true;
}

/* Fill the gap of a life that left the list. */
static void remove_life(cck_lives *lives, cck_life *life, unsigned line_bits)
{
    cck_life *last = &lives->list[lives->count - 1];
    cck_dictionary_remove(&lives->by_address, life->address >> line_bits);
    lives->of_line[life->line] = 0;
    if (life != last) {
        *life = *last;
        lives->of_line[life->line] = LOOKED_AT | (uint32_t)(life - lives->list + 1);
    }
    lives->count--;
    lives->age++;
}

/* Too many: the lower half in transfers goes, and lines need more of them from now on. */
static void prune(cck_lives *lives, unsigned line_bits)
{
    while (lives->count > CCK_LIVES_MOST / 2) {
        lives->least = lives->least ? lives->least * 2 : 1;
        for (size_t i = lives->count; i-- > 0;) {
            cck_life *life = &lives->list[i];
            if (life->transfers >= lives->least)
                continue;
            uint32_t line = life->line, transfers = (uint32_t)life->transfers;
            free_life(life);
            remove_life(lives, life, line_bits);
            lives->of_line[line] = transfers;
        }
        if (lives->least > LOOKED_AT / 4) /* all of them are worth it: keep the latest out */
            break;
    }
}

static bool open_life(cck_lives *lives, uint32_t line, uint64_t address, unsigned line_bits,
                      uint32_t *entry, uint64_t now)
{
    if (lives->count >= CCK_LIVES_MOST)
        prune(lives, line_bits);
    if (lives->count >= CCK_LIVES_MOST)
        return true;
    if (!cck_grow((void **)&lives->list, &lives->capacity, lives->count, sizeof *lives->list))
        return false;
    uint64_t *found = cck_dictionary_put(&lives->by_address, address >> line_bits);
    if (!found)
        return false;
    *found = (uint64_t)line + 1;
    lives->list[lives->count++] = (cck_life){.address = address,
                                             .line = line,
                                             .transfers = *entry & ~LOOKED_AT,
                                             .window = now >> CCK_LIFE_WINDOW,
                                             .holder = UINT32_MAX};
    *entry = LOOKED_AT | (uint32_t)lives->count;
    return true;
}

static void note_hand(const cck_lives *lives, const cck_life *life, const cck_life_side *side,
                      const cck_life_use *use, const cck_life_access *access)
{
    cck_life_at_hand *at_hand = access->at_hand;
    at_hand->age = lives->age;
    at_hand->exact = access->key;
    at_hand->life = (uint32_t)(life - lives->list);
    at_hand->side = (uint16_t)(side - life->sides);
    at_hand->use = (uint16_t)(use - life->uses);
}

bool cck_lives_access(cck_lives *lives, uint32_t line, uint64_t line_address, unsigned line_bits,
                      uint32_t transfer_cycles, const cck_life_access *access, cck_life **out_life,
                      bool *out_fresh)
{
    uint32_t *entry;
    bool coherence = access->did & (CCK_WHY_COHERENCE | CCK_DID_UPGRADE);
    *out_life = NULL;
    *out_fresh = false;
    if (!line_entry(lives, line, &entry))
        return false;
    if (!(*entry & LOOKED_AT)) {
        if (*entry >= lives->least &&
            !open_life(lives, line, line_address, line_bits, entry, access->now))
            return false;
        if (!(*entry & LOOKED_AT)) {
            *entry += coherence && *entry < LOOKED_AT - 1;
            return true;
        }
    }
    cck_life *life = &lives->list[(*entry & ~LOOKED_AT) - 1];
    if (access->now >> CCK_LIFE_WINDOW > life->window) {
        end_window(life, transfer_cycles);
        life->window = access->now >> CCK_LIFE_WINDOW;
    }
    unsigned offset = (unsigned)(access->address - line_address);
    cck_life_side *side = side_of(life, access->thread);
    cck_life_use *use = use_of(life, access->key);
    if (!side || !use)
        return false;
    count_side(side, access, offset, out_fresh);
    if (use->key == access->key) /* else the life has no room for more: what it has stays true */
        count_use(use, access, offset, coherence);
    watch_lock(life, access, offset);
    count_shared_write(life, access, offset);
    life->transfers += coherence;
    *out_life = life;
    if (access->at_hand)
        note_hand(lives, life, side, use, access);
    return true;
}

bool cck_lives_again(cck_lives *lives, const cck_life_at_hand *at_hand,
                     const cck_life_access *access, unsigned offset)
{
    cck_life *life = &lives->list[at_hand->life];
    cck_life_side *side = &life->sides[at_hand->side];
    cck_line_side *line = &side->side;
    cck_life_use *use = &life->uses[at_hand->use];
    uint64_t bits = UINT64_MAX >> (64 - access->size) << offset;
    if (access->atomic || (life->lock_seen && offset == life->lock_offset) ||
        access->now >> CCK_LIFE_WINDOW > life->window || use->key != at_hand->exact ||
        bits & ~(line->read[0] | line->written[0]))
        return false;
    line->read[0] |= access->reads ? bits : 0;
    line->written[0] |= access->writes ? bits : 0;
    line->accesses++;
    line->writes += access->writes;
    side->window_accesses++;
    side->window_writes += access->writes;
    count_use(use, access, offset, false);
    *access->shared_writes += access->writes;
    return true;
}

void cck_life_object(cck_life *life, uint32_t object)
{
    for (size_t i = 0; i < life->object_count; i++)
        if (life->objects[i] == object)
            return;
    if (life->object_count < CCK_LIFE_OBJECTS)
        life->objects[life->object_count++] = object;
}

static int by_transfers(const void *left, const void *right)
{
    const cck_life *a = left, *b = right;
    if (a->transfers != b->transfers)
        return a->transfers > b->transfers ? -1 : 1;
    return (a->address > b->address) - (a->address < b->address);
}

static void keep_worst(cck_lives *lives)
{
    if (lives->closed_count)
        qsort(lives->closed, lives->closed_count, sizeof *lives->closed, by_transfers);
    while (lives->closed_count > CCK_LIVES_KEPT) {
        cck_life *life = &lives->closed[--lives->closed_count];
        lives->left_out += life->transfers > 0;
        free_life(life);
    }
}

/* The life goes over to the closed ones. Those that nobody ever waited for are not told of,
 * unless they could have been. */
static bool close_life(cck_lives *lives, cck_life *life, uint32_t transfer_cycles)
{
    end_window(life, transfer_cycles);
    double potential = 0;
    for (size_t i = 0; i < life->side_count; i++)
        potential += life->sides[i].side.potential;
    if (life->side_count < 2 || (!life->transfers && potential < 1)) {
        free_life(life);
        return true;
    }
    if (lives->closed_count >= 2 * CCK_LIVES_KEPT)
        keep_worst(lives);
    if (!cck_grow((void **)&lives->closed, &lives->closed_capacity, lives->closed_count,
                  sizeof *lives->closed))
        return false;
    lives->closed[lives->closed_count++] = *life;
    return true;
}

static bool end_life(cck_lives *lives, uint32_t line, unsigned line_bits, uint32_t transfer_cycles)
{
    uint32_t entry = lives->of_line[line];
    if (!(entry & LOOKED_AT))
        return true;
    cck_life *life = &lives->list[(entry & ~LOOKED_AT) - 1];
    if (!close_life(lives, life, transfer_cycles))
        return false;
    remove_life(lives, life, line_bits);
    return true;
}

bool cck_lives_end(cck_lives *lives, uint64_t address, uint64_t size, unsigned line_bits,
                   uint32_t transfer_cycles)
{
    if (!lives->count || !size)
        return true;
    uint64_t first = address >> line_bits, last = (address + size - 1) >> line_bits;
    if (last - first >= lives->count) { /* fewer lives than lines */
        for (size_t i = lives->count; i-- > 0;) {
            uint64_t line = lives->list[i].address >> line_bits;
            if (line >= first && line <= last &&
                !end_life(lives, lives->list[i].line, line_bits, transfer_cycles))
                return false;
        }
        return true;
    }
    for (uint64_t line = first; line <= last; line++) {
        const uint64_t *found = cck_dictionary_find(&lives->by_address, line);
        if (found && !end_life(lives, (uint32_t)(*found - 1), line_bits, transfer_cycles))
            return false;
    }
    return true;
}

bool cck_lives_finish(cck_lives *lives, unsigned line_bits, uint32_t transfer_cycles)
{
    while (lives->count)
        if (!end_life(lives, lives->list[lives->count - 1].line, line_bits, transfer_cycles))
            return false;
    for (size_t i = 0; i < lives->line_count; i++)
        lives->left_out += lives->of_line[i] > 0;
    lives->line_count = 0;
    keep_worst(lives);
    return true;
}

void cck_lives_clear(cck_lives *lives)
{
    for (size_t i = 0; i < lives->count; i++)
        free_life(&lives->list[i]);
    for (size_t i = 0; i < lives->closed_count; i++)
        free_life(&lives->closed[i]);
    free(lives->list);
    free(lives->closed);
    free(lives->of_line);
    cck_dictionary_clear(&lives->by_address);
    *lives = (cck_lives){0};
}
