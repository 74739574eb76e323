/* SPDX-License-Identifier: MIT */
#include "probes/watch/waits.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include "core/process/stacks.h"

enum {
    AT_ONCE = 16, /* threads looked at: some 10 us each */
    WAITS_MOST = 1024,
    REFUSALS_MOST = 200,
    FIRST_LOOKS = 8, /* at a sleeper, at each of which its switches are read */
    FRAMES = sizeof((cck_watch_wait *)0)->frames / sizeof *((cck_watch_wait *)0)->frames,
    SWITCHES_NS = 200000000
};

/* ---- one thread ---- */

/* "202 0x<word> 0x<operation> ... 0x<stack> 0x<code>" (proc_pid_syscall(5)); else it runs, or
 * sleeps elsewhere. */
static bool in_futex(const cck_root *root, const cck_watch_thread *thread, uint64_t *out_word,
                     uint64_t *out_stack, uint64_t *out_code, bool *out_refused)
{
    char path[64], text[256];
    unsigned long long number, word, rest[5], stack, code;
    snprintf(path, sizeof path, "proc/%" PRId32 "/task/%" PRId32 "/syscall", thread->pid,
             thread->tid);
    long length = cck_root_read_line(root, path, text, sizeof text);
    *out_refused = length == CCK_EACCESS;
    if (length < 0 || sscanf(text, "%llu %llx %llx %llx %llx %llx %llx %llx %llx", &number, &word,
                             &rest[0], &rest[1], &rest[2], &rest[3], &rest[4], &stack, &code) != 9)
        return false;
    *out_word = word;
    *out_stack = stack;
    *out_code = code;
    return number == SYS_futex && word;
}

/* Times that it went to sleep by itself: futex(2) or otherwise. */
static uint64_t switches_of(const cck_root *root, const cck_watch_thread *thread)
{
    static const char key[] = "\nvoluntary_ctxt_switches:";
    char path[64], text[8192];
    snprintf(path, sizeof path, "proc/%" PRId32 "/task/%" PRId32 "/status", thread->pid,
             thread->tid);
    if (cck_root_read(root, path, text, sizeof text) < 0)
        return UINT64_MAX;
    const char *at = strstr(text, key);
    return at ? strtoull(at + sizeof key - 1, NULL, 10) : UINT64_MAX;
}

/* A pthread mutex: the word, a count, the owner's tid. */
static void note_holder(cck_watch_wait *wait, const cck_watch_threads *threads,
                        cck_watch_image *image)
{
    enum { OWNER_AT = 8 };
    uint64_t owner;
    if (!cck_watch_read_word(image, wait->word + OWNER_AT, &owner))
        return;
    int32_t tid = (int32_t)(uint32_t)owner;
    uint32_t index =
        tid > 0 && tid != wait->tid ? cck_watch_threads_index(threads, wait->pid, tid) : CCK_NONE;
    if (index == CCK_NONE)
        return;
    wait->holder = tid;
    if (threads->list[index]->code)
        wait->holder_code = threads->list[index]->code;
}

static cck_watch_wait *wait_of(cck_watch_waits *waits, const cck_watch_wait *one)
{
    for (size_t i = 0; i < waits->count; i++) {
        cck_watch_wait *known = &waits->list[i];
        if (known->tid == one->tid && known->word == one->word && known->stack == one->stack &&
            known->image == one->image)
            return known;
    }
    if (waits->count == waits->capacity) {
        size_t capacity = waits->capacity ? 2 * waits->capacity : 32;
        cck_watch_wait *list =
            capacity <= WAITS_MOST ? realloc(waits->list, capacity * sizeof *list) : NULL;
        if (!list)
            return NULL;
        waits->list = list;
        waits->capacity = capacity;
    }
    waits->list[waits->count] = *one;
    return &waits->list[waits->count++];
}

/* Code with frame pointers is unwound by that register, which the kernel does not tell. It points
 * right below a return address: of the places that could be, the one from which the walk leads
 * furthest is taken. */
static void walk_by_frame(cck_watch_wait *wait, cck_unwinder *unwinder, cck_watch_image *image,
                          cck_unwind_start *start)
{
    enum { WORDS = 128, TRIES = 12 };
    uint64_t words[WORDS];
    cck_unwound_frame frames[FRAMES];
    struct iovec here = {words, sizeof words};
    struct iovec there = {(void *)(uintptr_t)wait->stack, sizeof words};
    ssize_t size = process_vm_readv(image->pid, &here, 1, &there, 1, 0);
    int tries = 0;
    for (ssize_t i = 0; size > 0 && i + 1 < size / 8 && tries < TRIES; i++) {
        if (cck_watch_image_module(image, words[i + 1]) == CCK_NONE)
            continue;
        tries++;
        start->frame = wait->stack + 8 * (uint64_t)i;
        size_t count = cck_unwinder_walk(unwinder, start, frames, FRAMES);
        if (count <= wait->frame_count)
            continue;
        memcpy(wait->frames, frames, sizeof frames);
        wait->frame_count = count;
    }
}

static void walk(cck_watch_wait *wait, cck_unwinder *unwinder, cck_watch_image *image,
                 uint64_t code)
{
    enum { TOO_FEW = 4 }; /* a thread's start, what it does, the lock, the system call */
    cck_unwind_start start = {
        .code = code, .stack = wait->stack, .read = cck_watch_read_word, .context = image};
    wait->frame_count = cck_unwinder_walk(unwinder, &start, wait->frames, FRAMES);
    if (wait->frame_count < TOO_FEW)
        walk_by_frame(wait, unwinder, image, &start);
}

static void note_wait(cck_watch_waits *waits, cck_watch_stacks *stacks, cck_watch_image *image,
                      const cck_watch_threads *threads, const cck_watch_wait *seen, uint64_t code,
                      bool anew)
{
    cck_watch_wait *wait = wait_of(waits, seen);
    if (!wait)
        return;
    cck_unwinder *unwinder = wait->looks ? NULL : cck_watch_stacks_unwinder(stacks, image);
    if (unwinder)
        walk(wait, unwinder, image, code);
    wait->looks++;
    wait->times += anew || wait->looks == 1;
    note_holder(wait, threads, image);
}

static cck_watch_sleeper *sleeper_of(cck_watch_waits *waits, int32_t tid)
{
    cck_watch_sleeper *sleeper = cck_map_get(&waits->sleepers, (uint32_t)tid);
    if (sleeper)
        return sleeper;
    sleeper = calloc(1, sizeof *sleeper);
    if (sleeper && !cck_map_put(&waits->sleepers, (uint32_t)tid, sleeper)) {
        free(sleeper);
        return NULL;
    }
    if (sleeper)
        sleeper->first_switches = UINT64_MAX;
    return sleeper;
}

/* Returns whether there were some since they were read last. */
static bool count_switches(cck_watch_sleeper *sleeper, const cck_root *root,
                           const cck_watch_thread *thread, uint64_t now)
{
    uint64_t switches = switches_of(root, thread);
    if (switches == UINT64_MAX)
        return false;
    bool more = sleeper->first_switches != UINT64_MAX && switches != sleeper->switches;
    if (sleeper->first_switches == UINT64_MAX) {
        sleeper->first_switches = switches;
        sleeper->began = now;
    }
    sleeper->switches = switches;
    sleeper->last = now;
    return more;
}

/* Whether it woke up since the last look, as far as that can be told cheaply: a thread that waits
 * once, until all have started or all is set up, fights with nobody. */
static bool sleeps_anew(cck_watch_sleeper *sleeper, const cck_root *root,
                        const cck_watch_thread *thread, const cck_watch_wait *seen, uint64_t now)
{
    bool same = sleeper->word == seen->word && sleeper->stack == seen->stack;
    bool woke = (sleeper->asleep <= FIRST_LOOKS || now >= sleeper->last + SWITCHES_NS) &&
                count_switches(sleeper, root, thread, now);
    sleeper->word = seen->word;
    sleeper->stack = seen->stack;
    return !same || woke;
}

static void look_at(cck_watch_waits *waits, cck_watch_stacks *stacks, const cck_root *root,
                    cck_watch_space *space, const cck_watch_threads *threads,
                    const cck_watch_thread *thread, uint64_t now)
{
    uint64_t code;
    cck_watch_image *image = cck_watch_space_image(space, thread->pid);
    cck_watch_wait seen = {.pid = thread->pid, .tid = thread->tid};
    cck_watch_sleeper *sleeper = sleeper_of(waits, thread->tid);
    if (!image || !sleeper)
        return;
    bool refused, asleep = in_futex(root, thread, &seen.word, &seen.stack, &code, &refused);
    waits->refused = refused ? waits->refused + 1 : 0;
    sleeper->looks++;
    if (!asleep) {
        sleeper->word = 0;
        return;
    }
    sleeper->asleep++;
    seen.image = image->number;
    bool anew = sleeps_anew(sleeper, root, thread, &seen, now);
    note_wait(waits, stacks, image, threads, &seen, code, anew);
}

void cck_watch_waits_look(cck_watch_waits *waits, cck_watch_stacks *stacks, const cck_root *root,
                          cck_watch_space *space, const cck_watch_threads *threads, uint64_t now)
{
    size_t passed = 0;
    for (size_t i = 0; i < AT_ONCE && waits->refused < REFUSALS_MOST && passed < threads->count;
         passed++) {
        const cck_watch_thread *thread = threads->list[waits->next++ % threads->count];
        if (!thread->alive)
            continue;
        look_at(waits, stacks, root, space, threads, thread, now);
        i++;
    }
}

/* ---- at the end ---- */

bool cck_watch_waits_at(const cck_watch_waits *waits, int32_t pid, uint64_t address, uint32_t size)
{
    for (size_t i = 0; waits && i < waits->count; i++)
        if (waits->list[i].pid == pid && waits->list[i].word >= address &&
            waits->list[i].word - address < size)
            return true;
    return false;
}

static double sleeps_a_second(const cck_watch_sleeper *sleeper)
{
    if (sleeper->first_switches == UINT64_MAX || sleeper->last <= sleeper->began)
        return -1;
    return (double)(sleeper->switches - sleeper->first_switches) * 1e9 /
           (double)(sleeper->last - sleeper->began);
}

static bool gather_one(cck_watch_gathering *g, const cck_watch_waits *waits,
                       const cck_watch_wait *wait, cck_lock_wait *out)
{
    const cck_watch_threads *threads = g->from->threads;
    const cck_watch_sleeper *sleeper = cck_map_get(&waits->sleepers, (uint32_t)wait->tid);
    cck_watch_image *image =
        wait->image < g->from->space->count ? g->from->space->images[wait->image] : NULL;
    if (!sleeper || !image)
        return false;
    double sleeps = sleeps_a_second(sleeper);
    *out = (cck_lock_wait){
        .pid = wait->pid,
        .address = wait->word,
        .object = cck_watch_object(g, image, wait->word),
        .thread = cck_watch_threads_index(threads, wait->pid, wait->tid),
        .path = cck_watch_path(g, image, wait->frames, wait->frame_count),
        .looks = wait->looks,
        .times = wait->times,
        .all_looks = sleeper->looks,
        .rate = sleeps < 0 ? -1 : sleeps * (double)wait->looks / (double)sleeper->asleep,
        .holder =
            wait->holder ? cck_watch_threads_index(threads, wait->pid, wait->holder) : CCK_NONE,
        .holder_code = wait->holder_code ? cck_watch_code(g, image, wait->holder_code)
                                         : (cck_code){.module = CCK_NONE},
    };
    return out->thread != CCK_NONE && out->path != CCK_NONE;
}

bool cck_watch_waits_gather(cck_watch_gathering *g, const cck_watch_waits *waits)
{
    cck_observed *observed = g->observed;
    if (!waits || !waits->count)
        return true;
    observed->waits = cck_arena_array(&observed->arena, waits->count, sizeof *observed->waits);
    if (!observed->waits)
        return false;
    for (size_t i = 0; i < waits->count; i++)
        observed->wait_count +=
            gather_one(g, waits, &waits->list[i], &observed->waits[observed->wait_count]);
    return true;
}

void cck_watch_waits_clear(cck_watch_waits *waits)
{
    size_t cursor = 0;
    uint64_t key;
    void *sleeper;
    while (cck_map_next(&waits->sleepers, &cursor, &key, &sleeper))
        free(sleeper);
    cck_map_clear(&waits->sleepers);
    free(waits->list);
    *waits = (cck_watch_waits){0};
}
