/* SPDX-License-Identifier: MIT */
#include "probes/precise/scene.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/proc.h"
#include "core/process/thread_base.h"

enum {
    WAITING_MOST = 1 << 20, /* accesses; 96 bytes each */
    NAMES_AT_ONCE = 64,     /* threads whose names are read in a look */
    BASES_AT_ONCE = 16,     /* and whose thread pointers are sought */
    LINES_LOOKED_AT = 64,   /* hot lines whose variables may be on stacks */
    USES_LOOKED_AT = 16
};

/* ---- what the intake hands over ---- */

static void on_access(void *context, const cck_memory_access *access)
{
    cck_precise_scene *scene = context;
    if (scene->waiting_count == WAITING_MOST)
        cck_precise_scene_settle(scene);
    if (scene->waiting_count == scene->waiting_capacity) {
        size_t capacity = scene->waiting_capacity ? 2 * scene->waiting_capacity : 1024;
        cck_memory_access *grown = realloc(scene->waiting, capacity * sizeof *grown);
        if (!grown) {
            scene->lines.failed = true;
            return;
        }
        scene->waiting = grown;
        scene->waiting_capacity = capacity;
    }
    scene->waiting[scene->waiting_count++] = *access;
}

static void on_task(void *context, const cck_record *record)
{
    cck_precise_scene *scene = context;
    if (record->type == PERF_RECORD_COMM) {
        cck_watch_thread *thread = cck_watch_threads_get(&scene->threads, record->pid, record->tid);
        if (thread)
            memcpy(thread->name, record->name, sizeof thread->name);
        if (record->exec) {
            cck_precise_scene_settle(scene); /* what came before was of the program before */
            cck_watch_space_look(&scene->space, record->pid);
        }
        return;
    }
    cck_watch_threads_note(&scene->threads, scene->root, record->pid, record->tid,
                           record->type == PERF_RECORD_FORK);
}

void cck_precise_scene_init(cck_precise_scene *scene, const cck_root *root, bool live,
                            const cck_precise_format *format, uint32_t line_size)
{
    *scene =
        (cck_precise_scene){.root = root,
                            .live = live,
                            .operands = {.root = root},
                            .lines = {.line_size = line_size},
                            .intake = {.format = *format, .sink = {on_access, on_task, scene}}};
    cck_watch_space_init(&scene->space, root);
}

static bool note_thread(void *context, int32_t pid, int32_t tid)
{
    cck_precise_scene *scene = context;
    cck_watch_threads_note(&scene->threads, scene->root, pid, tid, true);
    return true;
}

void cck_precise_scene_follow(cck_precise_scene *scene, int32_t pid)
{
    cck_proc_threads(scene->root, pid, note_thread, scene); /* who has gone is not sampled */
}

/* ---- taking in ---- */

static int by_time(const void *a, const void *b)
{
    const cck_memory_access *one = a, *other = b;
    return (one->time > other->time) - (one->time < other->time);
}

/* What the PMU leaves to the instruction. One that adds to memory is sampled as a load when it
 * waits for the line: that it writes as well, nobody else says. */
static void complete(cck_precise_scene *scene, const cck_watch_image *image,
                     cck_memory_access *access)
{
    if (access->size)
        return;
    cck_operand operand = cck_operand_of(&scene->operands, image, access->ip);
    access->size = operand.size;
    access->writes |= operand.writes;
    access->atomic |= operand.atomic;
}

static void take(cck_precise_scene *scene, cck_memory_access *access)
{
    uint64_t key;
    cck_watch_thread *thread = cck_watch_threads_get(&scene->threads, access->pid, access->tid);
    cck_watch_image *image = cck_watch_space_image(&scene->space, access->pid);
    if (!thread || !image)
        return;
    scene->periods += (double)access->period;
    scene->taken++;
    thread->samples++;
    thread->image = image->number;
    thread->code = access->ip;
    thread->stack = access->stack ? access->stack : thread->stack;
    if (!cck_watch_image_known(image, access->ip) &&
        cck_watch_space_look(&scene->space, access->pid))
        image = cck_watch_space_image(&scene->space, access->pid);
    cck_watch_image_find(&scene->space, image, access->ip);
    if (!cck_watch_space_key(&scene->space, access->pid, access->address, scene->lines.line_size,
                             &key)) {
        scene->unmapped++;
        return;
    }
    complete(scene, image, access);
    cck_precise_lines_take(&scene->lines, key, access);
}

void cck_precise_scene_settle(cck_precise_scene *scene)
{
    if (scene->waiting_count)
        qsort(scene->waiting, scene->waiting_count, sizeof *scene->waiting, by_time);
    for (size_t i = 0; i < scene->waiting_count; i++)
        take(scene, &scene->waiting[i]);
    scene->waiting_count = 0;
}

/* ---- looking ---- */

/* Variables on stacks are told by the frames that they are in, which end with their threads. */
static void find_frames(cck_precise_scene *scene)
{
    size_t cursor = 0, looked = 0;
    uint64_t key;
    void *entry;
    cck_watch_frame frame;
    while (looked < LINES_LOOKED_AT && cck_map_next(&scene->lines.by_key, &cursor, &key, &entry)) {
        const cck_precise_line *line = entry;
        if (line->side_count < 2 || !(line->told + line->maybe))
            continue;
        cck_watch_image *image = cck_watch_space_image(&scene->space, line->sides[0].pid);
        for (uint32_t i = 0; image && i < line->use_count && i < USES_LOOKED_AT; i++) {
            uint64_t address = line->sides[0].address + line->uses[i].offset;
            uint32_t owner = cck_watch_stack_owner(&scene->threads, scene->root, image, address);
            if (owner != CCK_NONE)
                cck_watch_stacks_find(&scene->stacks, scene->root, image,
                                      scene->threads.list[owner], address, &frame);
        }
        looked++;
    }
}

/* Thread-local variables are told by where the threads' blocks lie. */
static void find_bases(cck_precise_scene *scene)
{
    size_t sought = 0;
    for (size_t i = 0; i < scene->threads.count && sought < BASES_AT_ONCE; i++) {
        cck_watch_thread *thread = scene->threads.list[i];
        bool leader = thread->tid == thread->pid;
        if (!thread->alive || thread->base || thread->sought || !(thread->stack || leader))
            continue;
        cck_thread_base_search search = {.tid = thread->tid, .stack = thread->stack};
        thread->sought = true;
        sought++;
        if (cck_thread_base_find(scene->root, thread->pid, &search, 1) == 0)
            thread->base = search.base;
    }
}

void cck_precise_scene_look(cck_precise_scene *scene)
{
    for (size_t i = 0; i < scene->threads.count; i++) {
        const cck_watch_thread *thread = scene->threads.list[i];
        if (thread->alive && thread->tid == thread->pid &&
            cck_map_get(&scene->space.current, (uint32_t)thread->pid))
            cck_watch_space_look(&scene->space, thread->pid);
    }
    cck_watch_threads_name(&scene->threads, scene->root, NAMES_AT_ONCE);
    if (!scene->live)
        return;
    cck_watch_heaps_scan(scene->heaps);
    find_bases(scene);
    find_frames(scene);
}

void cck_precise_scene_clear(cck_precise_scene *scene)
{
    cck_precise_intake_clear(&scene->intake);
    cck_precise_lines_clear(&scene->lines);
    cck_operands_clear(&scene->operands);
    cck_watch_heaps_free(scene->heaps);
    cck_watch_stacks_clear(&scene->stacks);
    cck_watch_space_clear(&scene->space);
    cck_watch_threads_clear(&scene->threads);
    free(scene->waiting);
    scene->waiting = NULL;
}
