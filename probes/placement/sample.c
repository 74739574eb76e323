/* SPDX-License-Identifier: MIT */
#include "probes/placement/sample.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/base/fail.h"

/* Below 256 pages a call the system call itself is what costs; beyond 4,096 nothing is gained. */
enum { BATCH = 2048, PILOT_MOST = 64, PILOT_SHARE = 4 };

static const char late_text[] = "the time budget was used up before it was looked at";

/* One mapping's turn: how many of its pages were asked for, and what came back. */
typedef struct turn {
    uint64_t size;   /* pages that the mapping has room for */
    uint64_t wanted; /* of these, in the last round */
    uint64_t drawn, found;
} turn;

typedef struct sampler {
    cck_place_draw *draw;
    cck_numa_mapping *mappings;
    uint64_t *hits; /* by mapping and node */
    turn *turns;
    size_t count;
    void **pages; /* of the batch that is being filled */
    int *status;
    uint32_t *owners;
    size_t used;
} sampler;

static uint64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* splitmix64 (Steele, Lea, Flood 2014). */
static uint64_t next_random(uint64_t *state)
{
    uint64_t z = (*state += 0x9e3779b97f4a7c15u);
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

static int refused_code(int os_error)
{
    return os_error == ESRCH                          ? CCK_EGONE
           : os_error == ENOSYS || os_error == EINVAL ? CCK_EUNSUPPORTED
                                                      : cck_code_of_errno(os_error);
}

/* ---- asking ---- */

static int ask(sampler *s)
{
    cck_place_draw *draw = s->draw;
    size_t nodes = draw->nodes->count;
    if (!s->used)
        return 0;
    if (draw->calls->move_pages(draw->pid, s->used, s->pages, s->status) < 0) {
        draw->refused = errno;
        return refused_code(errno);
    }
    for (size_t i = 0; i < s->used; i++) {
        int slot = cck_place_nodes_slot(draw->nodes, s->status[i]);
        turn *of = &s->turns[s->owners[i]];
        of->drawn++;
        of->found += slot >= 0;
        if (slot >= 0)
            s->hits[s->owners[i] * nodes + (size_t)slot]++;
    }
    s->used = 0;
    draw->late = now_ns() > draw->deadline;
    return 0;
}

static int put(sampler *s, size_t owner, uint64_t page)
{
    uint64_t address = s->mappings[owner].start + page * s->draw->page_size;
    s->pages[s->used] = (void *)(uintptr_t)address;
    s->owners[s->used++] = (uint32_t)owner;
    return s->used == BATCH ? ask(s) : 0;
}

static uint64_t common_divisor(uint64_t a, uint64_t b)
{
    while (b) {
        uint64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

/* A step through `count` pieces that reaches each once, and leaves no part for the end:
 * when time is up early, what was drawn is still spread over the whole. */
static uint64_t even_step(uint64_t count)
{
    uint64_t step = (uint64_t)((double)count * 0.6180339887498949) | 1;
    while (common_divisor(step, count) != 1)
        step += 2;
    return step;
}

/* Draw `wanted` pages of a mapping, from as many equal pieces one each. */
static int draw_mapping(sampler *s, size_t index, uint64_t wanted)
{
    uint64_t size = s->turns[index].size, piece = 0;
    int code = 0;
    wanted = wanted < size ? wanted : size;
    s->turns[index].wanted = wanted;
    uint64_t step = wanted < size ? even_step(wanted) : 1;
    for (uint64_t i = 0; i < wanted && code == 0 && !s->draw->late; i++) {
        uint64_t first = (uint64_t)((unsigned __int128)size * piece / wanted);
        uint64_t behind = (uint64_t)((unsigned __int128)size * (piece + 1) / wanted);
        piece = (piece + step) % wanted;
        uint64_t length = behind - first;
        code = put(s, index, first + (length > 1 ? next_random(&s->draw->seed) % length : 0));
    }
    return code;
}

/* ---- the two rounds ---- */

static bool has_pages(const cck_numa_mapping *mapping)
{
    return mapping->kind != CCK_NUMA_SPECIAL;
}

static int pilot(sampler *s)
{
    uint64_t each = s->count ? s->draw->pages / PILOT_SHARE / s->count : 0;
    int code = 0;
    each = each > PILOT_MOST ? PILOT_MOST : each < 1 ? 1 : each;
    for (size_t i = 0; i < s->count && code == 0 && !s->draw->late; i++)
        if (has_pages(&s->mappings[i]))
            code = draw_mapping(s, i, each);
    return code == 0 ? ask(s) : code;
}

/* Pages that a mapping may hold. Where none was found there may still be some. */
static double likely_pages(const turn *of)
{
    if (of->drawn >= of->size)
        return (double)of->found;
    return (double)of->size * ((double)of->found + 0.5) / ((double)of->drawn + 1);
}

static int second_round(sampler *s)
{
    double all = 0;
    int code = 0;
    for (size_t i = 0; i < s->count; i++)
        all += s->turns[i].drawn ? likely_pages(&s->turns[i]) : 0;
    for (size_t i = 0; i < s->count && code == 0 && !s->draw->late; i++) {
        turn *of = &s->turns[i];
        if (!of->drawn || of->drawn >= of->size)
            continue;
        uint64_t wanted = s->draw->pages == UINT32_MAX
                              ? of->size
                              : (uint64_t)(s->draw->pages * likely_pages(of) / all + 0.5);
        if (wanted <= of->drawn)
            continue;
        of->drawn = of->found = 0; /* the larger draw stands for itself */
        memset(&s->hits[i * s->draw->nodes->count], 0, s->draw->nodes->count * sizeof *s->hits);
        code = draw_mapping(s, i, wanted);
    }
    return code == 0 ? ask(s) : code;
}

/* ---- what that makes ---- */

static void conclude(sampler *s, uint64_t *bytes)
{
    size_t nodes = s->draw->nodes->count;
    for (size_t i = 0; i < s->count; i++) {
        cck_numa_mapping *mapping = &s->mappings[i];
        const turn *of = &s->turns[i];
        uint64_t *own = &bytes[i * nodes];
        bool nothing_to_see = !has_pages(mapping);
        /* Pages one after another until time was up: the first part tells nothing of the rest. */
        bool cut = of->drawn < of->wanted && of->wanted == of->size;
        mapping->bytes = own;
        mapping->drawn = of->drawn;
        mapping->found = of->found;
        mapping->page_size = s->draw->page_size;
        mapping->resident = 0;
        mapping->method = nothing_to_see || of->drawn >= of->size ? CCK_NUMA_EXACT
                          : of->drawn && !cut                     ? CCK_NUMA_SAMPLED
                                                                  : CCK_NUMA_UNKNOWN;
        if (mapping->method == CCK_NUMA_UNKNOWN)
            mapping->unknown = late_text;
        for (size_t j = 0; j < nodes && of->drawn && !cut; j++) {
            own[j] = (uint64_t)((unsigned __int128)of->size * s->hits[i * nodes + j] / of->drawn) *
                     s->draw->page_size;
            mapping->resident += own[j];
        }
    }
}

int cck_place_sample(cck_place_draw *draw, cck_numa_mapping *mappings, uint64_t *bytes,
                     size_t count)
{
    sampler s = {.draw = draw, .mappings = mappings, .count = count};
    s.hits = calloc(count * draw->nodes->count + 1, sizeof *s.hits);
    s.turns = calloc(count + 1, sizeof *s.turns);
    s.pages = calloc(BATCH, sizeof *s.pages);
    s.status = calloc(BATCH, sizeof *s.status);
    s.owners = calloc(BATCH, sizeof *s.owners);
    int code = s.hits && s.turns && s.pages && s.status && s.owners ? 0 : CCK_ENOMEM;
    for (size_t i = 0; code == 0 && i < count; i++)
        s.turns[i].size = (mappings[i].end - mappings[i].start) / draw->page_size;
    if (code == 0)
        code = pilot(&s);
    if (code == 0 && !draw->late)
        code = second_round(&s);
    if (code == 0)
        conclude(&s, bytes);
    free(s.hits);
    free(s.turns);
    free(s.pages);
    free(s.status);
    free(s.owners);
    return code;
}
