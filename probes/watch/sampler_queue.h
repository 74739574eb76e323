/* SPDX-License-Identifier: MIT */
#ifndef CCK_WATCH_SAMPLER_QUEUE_H
#define CCK_WATCH_SAMPLER_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "probes/watch/sampler.h"

/**
 * What the rings told and the sink has not been told yet. Rings are read one after the
 * other; here their records get in order.
 */
typedef enum cck_sampler_news_kind {
    CCK_NEWS_SAMPLE,
    CCK_NEWS_HIT,
    CCK_NEWS_FOUND,
    CCK_NEWS_GONE
} cck_sampler_news_kind;

typedef struct cck_sampler_news {
    cck_sampler_news_kind kind;
    uint64_t time;
    union {
        cck_sample sample;
        cck_hit hit;
        struct {
            int32_t pid, tid;
            uint64_t cpu_time; /* GONE: its last */
        } thread;
    };
} cck_sampler_news;

/** Zero-initialise it. */
typedef struct cck_sampler_queue {
    cck_sampler_news *items;
    struct cck_sampler_turn *turns; /* in order of time, while they are handed over */
    size_t count, capacity;
    bool overrun; /* memory ran out: news were dropped */
} cck_sampler_queue;

/** A place for one more at the end, or NULL without memory. */
cck_sampler_news *cck_sampler_queue_add(cck_sampler_queue *queue, cck_sampler_news_kind kind,
                                        uint64_t time);

/**
 * Call `each` for all that is not younger than `horizon`, in order of time; what has the
 * same time in the order in which it was added. What `each` adds waits for the next call.
 */
void cck_sampler_queue_hand_over(cck_sampler_queue *queue, uint64_t horizon,
                                 void (*each)(void *context, const cck_sampler_news *news),
                                 void *context);

void cck_sampler_queue_clear(cck_sampler_queue *queue);

#endif
