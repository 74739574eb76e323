/* SPDX-License-Identifier: MIT */
#include "probes/watch/callers.h"

#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <time.h>

#include "core/process/unwind.h"

enum {
    FRAMES = 16,
    STACK_BYTES = 4096,
    PATHS = 4,           /* of one access that are told apart */
    VOTES_ENOUGH = 6,    /* of one path: it is not asked for again */
    VOTES_LEAST = 2,     /* one walk of which nothing is known is no evidence */
    TRIES_MOST = 24,     /* of one access */
    STRONG = 3,          /* votes of a walk whose call leads to where the hit was */
    STALE_NS = 60000000, /* a hit this long ago says nothing of the stack as it is */
    SHARE_OF_TIME = 20,  /* of a CPU one in so many goes into this, a walk takes some 0.1 ms: */
    MOST_CREDIT = 5000000 /* ns; hits come by the ring, in volleys */,
    REFUSALS_MOST = 8
};

typedef struct caller_path {
    cck_unwound_frame frames[FRAMES];
    size_t count;
    unsigned votes;
} caller_path;

typedef struct callers_of {
    caller_path paths[PATHS];
    unsigned count, tries;
} callers_of;

static uint64_t key_of(const cck_watch_image *image, int32_t tid, uint64_t ip)
{
    uint64_t key = ((uint64_t)image->number << 32 | (uint32_t)tid) * 0x9e3779b97f4a7c15u;
    key = (key ^ key >> 29 ^ ip) * 0xbf58476d1ce4e5b9u;
    return key ^ key >> 32;
}

static callers_of *put(cck_watch_callers *callers, uint64_t key)
{
    callers_of *known = cck_map_get(&callers->by_use, key);
    if (known)
        return known;
    known = calloc(1, sizeof *known);
    if (known && !cck_map_put(&callers->by_use, key, known)) {
        free(known);
        return NULL;
    }
    return known;
}

/* ---- the stack ---- */

typedef struct stack_copy {
    uint64_t start;
    size_t size;
    unsigned char bytes[STACK_BYTES];
} stack_copy;

static bool read_remote(int32_t pid, uint64_t address, void *bytes, size_t size, size_t *out_size)
{
    struct iovec here = {bytes, size}, there = {(void *)(uintptr_t)address, size};
    ssize_t got = process_vm_readv(pid, &here, 1, &there, 1, 0);
    *out_size = got > 0 ? (size_t)got : 0;
    return got > 0;
}

static bool read_copy(void *context, uint64_t address, uint64_t *out_word)
{
    const stack_copy *copy = context;
    if (address < copy->start || address - copy->start >= copy->size ||
        copy->size - (address - copy->start) < sizeof *out_word)
        return false;
    memcpy(out_word, copy->bytes + (address - copy->start), sizeof *out_word);
    return true;
}

#if defined(__x86_64__)
enum { STACK = CCK_REGISTER_STACK_X86, FRAME = 5 };
#else
enum { STACK = CCK_REGISTER_STACK_ARM, FRAME = 29 };
#endif

/* Frames from that of the hit on; 0: the stack cannot be read. */
static size_t walk(cck_watch_callers *callers, cck_watch_stacks *stacks,
                   const cck_watch_image *image, const cck_hit *hit, cck_unwound_frame *out_frames)
{
    stack_copy copy = {.start = hit->registers.value[STACK]};
    cck_unwind_start start = {.code = hit->registers.ip,
                              .stack = copy.start,
                              .frame = hit->registers.value[FRAME],
                              .read = read_copy,
                              .context = &copy};
    if (!read_remote(hit->pid, copy.start, copy.bytes, sizeof copy.bytes, &copy.size)) {
        callers->refused++;
        return 0;
    }
    callers->refused = 0;
    cck_unwinder *unwinder = cck_watch_stacks_unwinder(stacks, image);
    return unwinder ? cck_unwinder_walk(unwinder, &start, out_frames, FRAMES) : 0;
}

/* ---- does that call lead there? ---- */

#if defined(__x86_64__)
static uint64_t relative(const unsigned char *bytes, uint64_t end)
{
    int32_t distance;
    memcpy(&distance, bytes, sizeof distance);
    return end + (uint64_t)(int64_t)distance;
}

/* What a pointer in the target's memory leads to: an entry of its global offset table. */
static uint64_t pointer_at(int32_t pid, uint64_t address)
{
    uint64_t pointer;
    size_t size;
    return read_remote(pid, address, &pointer, sizeof pointer, &size) && size == sizeof pointer
               ? pointer
               : 0;
}

/* Where the call that returns to `back` leads, through the linker's stubs; 0: not known. */
static uint64_t called_by(const cck_text *text, int32_t pid, uint64_t back)
{
    enum { CALL = 5, INDIRECT = 6, STUB = 16, HOPS = 2 };
    static const unsigned char endbr64[] = {0xf3, 0x0f, 0x1e, 0xfa};
    unsigned char bytes[STUB] = {0};
    if (text->read(text->context, back - INDIRECT, bytes, INDIRECT) < INDIRECT)
        return 0;
    if (bytes[0] == 0xff && bytes[1] == 0x15)
        return pointer_at(pid, relative(bytes + 2, back));
    if (bytes[INDIRECT - CALL] != 0xe8)
        return 0;
    uint64_t target = relative(bytes + INDIRECT - CALL + 1, back);
    for (int hop = 0; hop < HOPS; hop++) {
        size_t size = text->read(text->context, target, bytes, STUB), at = 0;
        if (size < STUB)
            return target;
        at += memcmp(bytes, endbr64, sizeof endbr64) == 0 ? sizeof endbr64 : 0;
        at += bytes[at] == 0xf2;
        if (bytes[at] == 0xff && bytes[at + 1] == 0x25)
            return pointer_at(pid, relative(bytes + at + 2, target + at + 6));
        if (bytes[at] != 0xe9)
            return target;
        target = relative(bytes + at + 1, target + at + 5);
    }
    return target;
}
/* Does the function at `from` go on, by a jump, in code of [start, end)? Tail calls do, and what
 * the compiler moved away as cold. Looked for byte by byte: that such a range is met by chance is
 * rare. */
static bool goes_on(const cck_text *text, uint64_t from, uint64_t start, uint64_t end)
{
    enum { MOST = 4096, LONG = 6 };
    unsigned char bytes[MOST];
    uint64_t first, last;
    if (!text->function(text->context, from, &first, &last) || from < first || from >= last)
        return false;
    size_t size = last - from < MOST ? last - from : MOST;
    size = text->read(text->context, from, bytes, size);
    for (size_t i = 0; i + LONG <= size; i++) {
        bool branch = bytes[i] == 0x0f && (bytes[i + 1] & 0xf0) == 0x80;
        if (!branch && bytes[i] != 0xe9)
            continue;
        uint64_t to = relative(bytes + i + 1 + branch, from + i + 5 + branch);
        if (to >= start && to < end)
            return true;
    }
    return false;
}
#else
static uint64_t called_by(const cck_text *text, int32_t pid, uint64_t back)
{
    (void)text, (void)pid, (void)back;
    return 0;
}

static bool goes_on(const cck_text *text, uint64_t from, uint64_t start, uint64_t end)
{
    (void)text, (void)from, (void)start, (void)end;
    return false;
}
#endif

/* Votes for a path whose innermost call returns to `back`: none if that leads elsewhere, as when
 * the thread is in another call by now. */
static unsigned votes_for(const cck_text *text, int32_t pid, uint64_t back, uint64_t ip)
{
    uint64_t start, end, target = called_by(text, pid, back);
    if (!target || !text->function || !text->function(text->context, ip, &start, &end))
        return 1;
    bool there = target >= start && target < end;
    return there || goes_on(text, target, start, end) ? STRONG : 0;
}

/* ---- votes ---- */

static bool same_path(const caller_path *path, const cck_unwound_frame *frames, size_t count)
{
    if (path->count != count)
        return false;
    for (size_t i = 0; i < count; i++)
        if (path->frames[i].code != frames[i].code)
            return false;
    return true;
}

static void vote(callers_of *use, const cck_unwound_frame *frames, size_t count, unsigned votes)
{
    caller_path *weakest = &use->paths[0];
    for (unsigned i = 0; i < use->count; i++) {
        caller_path *path = &use->paths[i];
        if (same_path(path, frames, count)) {
            path->votes += votes;
            return;
        }
        weakest = path->votes < weakest->votes ? path : weakest;
    }
    if (use->count < PATHS)
        weakest = &use->paths[use->count++];
    else if (weakest->votes > votes)
        return;
    *weakest = (caller_path){.count = count, .votes = votes};
    memcpy(weakest->frames, frames, count * sizeof *frames);
}

static const caller_path *elected(const callers_of *use)
{
    const caller_path *best = NULL;
    for (unsigned i = 0; i < use->count; i++)
        if (!best || use->paths[i].votes > best->votes)
            best = &use->paths[i];
    return best;
}

static uint64_t own_time(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

void cck_watch_callers_note(cck_watch_callers *callers, cck_watch_stacks *stacks,
                            const cck_watch_image *image, const cck_text *text, const cck_hit *hit,
                            uint64_t ip, uint64_t now)
{
    cck_unwound_frame frames[FRAMES];
    callers->credit += (double)(now - callers->last) / SHARE_OF_TIME;
    if (callers->credit > MOST_CREDIT)
        callers->credit = MOST_CREDIT;
    callers->last = now;
    if (callers->credit <= 0 || now > hit->time + STALE_NS || callers->refused >= REFUSALS_MOST)
        return;
    callers_of *use = put(callers, key_of(image, hit->tid, ip));
    const caller_path *best = use ? elected(use) : NULL;
    if (!use || use->tries == TRIES_MOST || (best && best->votes >= VOTES_ENOUGH))
        return;
    use->tries++;
    uint64_t began = own_time();
    size_t count = walk(callers, stacks, image, hit, frames);
    /* A return address, where the walk has set its foot into the call before it. */
    unsigned votes = count > 1 ? votes_for(text, hit->pid, frames[1].code + 1, ip) : 0;
    if (votes)
        vote(use, frames + 1, count - 1, votes);
    callers->credit -= (double)(own_time() - began);
}

uint32_t cck_watch_callers_path(const cck_watch_callers *callers, cck_watch_gathering *g,
                                const cck_watch_image *image, int32_t tid, uint64_t ip)
{
    const callers_of *use = callers ? cck_map_get(&callers->by_use, key_of(image, tid, ip)) : NULL;
    const caller_path *path = use ? elected(use) : NULL;
    return path && path->votes >= VOTES_LEAST ? cck_watch_path(g, image, path->frames, path->count)
                                              : CCK_NONE;
}

void cck_watch_callers_clear(cck_watch_callers *callers)
{
    size_t cursor = 0;
    uint64_t key;
    void *use;
    while (cck_map_next(&callers->by_use, &cursor, &key, &use))
        free(use);
    cck_map_clear(&callers->by_use);
    *callers = (cck_watch_callers){0};
}
