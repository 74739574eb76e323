/* SPDX-License-Identifier: MIT */
#include "probes/watch/sampler_queue.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_CAPACITY = 256 };

typedef struct cck_sampler_turn {
    uint64_t time;
    size_t index;
} cck_sampler_turn;

static bool grow(cck_sampler_queue *queue)
{
    size_t capacity = queue->capacity ? 2 * queue->capacity : FIRST_CAPACITY;
    cck_sampler_turn *turns = realloc(queue->turns, capacity * sizeof *turns);
    if (turns)
        queue->turns = turns;
    cck_sampler_news *items = turns ? realloc(queue->items, capacity * sizeof *items) : NULL;
    if (!items)
        return false;
    queue->items = items;
    queue->capacity = capacity;
    return true;
}

cck_sampler_news *cck_sampler_queue_add(cck_sampler_queue *queue, cck_sampler_news_kind kind,
                                        uint64_t time)
{
    if (queue->count == queue->capacity && !grow(queue)) {
        queue->overrun = true;
        return NULL;
    }
    cck_sampler_news *news = &queue->items[queue->count++];
    *news = (cck_sampler_news){.kind = kind, .time = time};
    return news;
}

static int compare_turns(const void *a, const void *b)
{
    const cck_sampler_turn *left = a, *right = b;
    if (left->time != right->time)
        return left->time < right->time ? -1 : 1;
    return (left->index > right->index) - (left->index < right->index);
}

void cck_sampler_queue_hand_over(cck_sampler_queue *queue, uint64_t horizon,
                                 void (*each)(void *context, const cck_sampler_news *news),
                                 void *context)
{
    size_t count = queue->count, due = 0, kept = 0;
    for (size_t i = 0; i < count; i++)
        if (queue->items[i].time <= horizon)
            queue->turns[due++] = (cck_sampler_turn){queue->items[i].time, i};
    if (due)
        qsort(queue->turns, due, sizeof *queue->turns, compare_turns);
    for (size_t i = 0; i < due; i++) {
        /* What is added meanwhile may move the items. */
        cck_sampler_news news = queue->items[queue->turns[i].index];
        each(context, &news);
    }
    for (size_t i = 0; i < queue->count; i++)
        if (i >= count || queue->items[i].time > horizon)
            queue->items[kept++] = queue->items[i];
    queue->count = kept;
}

void cck_sampler_queue_clear(cck_sampler_queue *queue)
{
    free(queue->items);
    free(queue->turns);
    *queue = (cck_sampler_queue){0};
}
