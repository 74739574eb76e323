/* SPDX-License-Identifier: MIT */
/* Modules, threads and objects of processes, as the analysis reads them. */
#include "core/process/gather.h"

#include <stdlib.h>
#include <string.h>

static bool gather_modules(cck_watch_gathering *g)
{
    const cck_watch_space *space = g->from->space;
    cck_arena *arena = &g->observed->arena;
    size_t count = 0;
    for (size_t i = 0; i < space->count; i++)
        count += space->images[i]->module_count;
    g->observed->modules = cck_arena_array(arena, count, sizeof *g->observed->modules);
    g->module_of = cck_arena_array(arena, space->count, sizeof *g->module_of);
    if (!g->observed->modules || !g->module_of)
        return false;
    for (size_t i = 0; i < space->count; i++) {
        const cck_watch_image *image = space->images[i];
        g->module_of[i] = (uint32_t)g->observed->module_count;
        for (size_t j = 0; j < image->module_count; j++) {
            const cck_file_module *from = &image->modules[j];
            cck_module *to = &g->observed->modules[g->observed->module_count++];
            *to = (cck_module){.path = cck_arena_strdup(arena, from->path),
                               .build_id = cck_arena_strdup(arena, from->build_id),
                               .start = from->start,
                               .end = from->end,
                               .bias = from->bias,
                               .pid = image->pid,
                               .unread = from->unread};
            if (!to->path || !to->build_id)
                return false;
        }
    }
    return true;
}

static bool gather_threads(cck_watch_gathering *g)
{
    const cck_watch_threads *threads = g->from->threads;
    const cck_watch_space *space = g->from->space;
    cck_arena *arena = &g->observed->arena;
    g->observed->threads = cck_arena_array(arena, threads->count, sizeof *g->observed->threads);
    if (!g->observed->threads)
        return false;
    for (size_t i = 0; i < threads->count; i++) {
        const cck_watch_thread *from = threads->list[i];
        const char *program =
            from->image < space->count ? space->images[from->image]->program : "";
        cck_observed_thread *to = &g->observed->threads[g->observed->thread_count++];
        *to = (cck_observed_thread){.pid = from->pid,
                                    .tid = from->tid,
                                    .name = cck_arena_strdup(arena, from->name),
                                    .process = cck_arena_strdup(arena, program),
                                    .creator = CCK_NONE,
                                    .cycles = from->samples};
        if (!to->name || !to->process)
            return false;
    }
    return true;
}

bool cck_watch_gather_begin(cck_watch_gathering *g, const cck_watch_sources *from,
                            cck_observed *observed)
{
    *g = (cck_watch_gathering){.from = from, .observed = observed};
    return gather_modules(g) && gather_threads(g);
}

cck_watch_image *cck_watch_image_of(const cck_watch_gathering *g, cck_watch_image *image,
                                    int32_t pid)
{
    if (image->pid == pid)
        return image;
    for (size_t i = g->from->space->count; i-- > 0;)
        if (g->from->space->images[i]->pid == pid)
            return g->from->space->images[i];
    return image;
}

static void sort_objects(const cck_watch_gathering *g, uint32_t *objects, size_t count)
{
    for (size_t i = 1; i < count; i++)
        for (size_t j = i;
             j && g->objects[objects[j]].start < g->objects[objects[j - 1]].start; j--) {
            uint32_t other = objects[j];
            objects[j] = objects[j - 1];
            objects[j - 1] = other;
        }
}

size_t cck_watch_gather_objects(cck_watch_gathering *g, cck_watch_image *image,
                                const cck_line *line, uint32_t *objects)
{
    size_t count = 0;
    for (size_t i = 0; i < line->use_count && count < CCK_WATCH_LINE_OBJECTS; i++) {
        uint32_t object = cck_watch_object(g, image, line->address + line->uses[i].offset);
        bool known = object == CCK_NONE;
        for (size_t j = 0; j < count && !known; j++)
            known = objects[j] == object;
        if (!known)
            objects[count++] = object;
    }
    sort_objects(g, objects, count);
    return count;
}

/* The growing arrays move into the arena. */
static bool settle(cck_watch_gathering *g)
{
    cck_observed *observed = g->observed;
    observed->objects =
        cck_arena_array(&observed->arena, g->object_count, sizeof *observed->objects);
    observed->paths = cck_arena_array(&observed->arena, g->path_count, sizeof *observed->paths);
    if (!observed->objects || !observed->paths)
        return false;
    if (g->object_count)
        memcpy(observed->objects, g->objects, g->object_count * sizeof *g->objects);
    if (g->path_count)
        memcpy(observed->paths, g->paths, g->path_count * sizeof *g->paths);
    observed->object_count = g->object_count;
    observed->path_count = g->path_count;
    return true;
}

bool cck_watch_gather_end(cck_watch_gathering *g)
{
    bool good = !g->failed && settle(g);
    free(g->objects);
    free(g->paths);
    cck_map_clear(&g->object_of);
    cck_map_clear(&g->path_of);
    return good;
}
