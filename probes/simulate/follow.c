/* SPDX-License-Identifier: MIT */
#include "probes/simulate/follow.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/fail.h"

static void fill_thread(cck_image_thread *to, const cck_reader_thread *from,
                        const cck_thread_totals *totals)
{
    *to = (cck_image_thread){.tid = from->tid,
                             .core = from->core,
                             .ended = from->ended,
                             .instructions = totals->instructions,
                             .loads = totals->loads,
                             .stores = totals->stores,
                             .atomics = totals->atomics};
    memcpy(to->misses, from->misses, sizeof to->misses);
    memcpy(to->name, from->name, sizeof to->name);
}

/* The same shape as of a record, so that both give the same rows. */
static int image_of(cck_image *out_image, const cck_process *process, const cck_plan *plan,
                    cck_error *err)
{
    const char *slash = strrchr(process->program, '/');
    cck_image image = {.pid = process->pid,
                       .ppid = process->parent,
                       .levels = plan->model.l2.size ? 3 : 2,
                       .cores = plan->model.cores,
                       .state = CCK_IMAGE_ENDED,
                       .thread_count = process->thread_count};
    if (process->state == CCK_TRACE_EXEC)
        image.state = CCK_IMAGE_EXEC;
    else if (process->state == CCK_TRACE_RUNNING && !process->stopped)
        image.state = CCK_IMAGE_RUNNING;
    snprintf(image.program, sizeof image.program, "%s", slash ? slash + 1 : process->program);
    cck_thread_totals *totals = cck_process_totals(process);
    image.threads = calloc(process->thread_count + 1, sizeof *image.threads);
    if (!totals || !image.threads) {
        free(totals);
        free(image.threads);
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    }
    for (size_t i = 0; i < process->thread_count; i++)
        fill_thread(&image.threads[i], process->threads[i], &totals[i]);
    free(totals);
    *out_image = image;
    return 0;
}

static void note_process(cck_followed *followed, const cck_process *process)
{
    cck_collected *collected = &followed->collected;
    if (process->failure.code && !collected->damaged++)
        collected->damage = process->failure;
    collected->images++;
    collected->empty += !process->thread_count;
    followed->stopped += process->stopped;
    followed->cut_off += process->gave_up;
    followed->started |= process->started;
    followed->heapless += process->clock && !process->allocated;
    followed->instructions += process->clock;
    followed->real_time_turns += process->real_time_turns;
}

/* A trace that nothing could be read of. */
static void note_missing(cck_collected *collected, const cck_reader *reader, size_t index)
{
    const cck_error *failure;
    if (cck_reader_failure(reader, index, &failure) == CCK_ENOTFOUND)
        collected->empty++;
    else if (!collected->damaged++)
        collected->damage = *failure;
}

int cck_follow_collect(cck_followed *out_followed, cck_tally *tally,
                       const cck_simulated *simulated, const cck_reader *reader,
                       const cck_plan *plan, cck_error *err)
{
    cck_followed followed = {.forked = 0};
    cck_collected *collected = &followed.collected;
    const cck_process *last = NULL;
    for (size_t i = 0; i <= cck_reader_count(reader); i++) {
        const cck_process *process =
            i < cck_reader_count(reader) ? cck_reader_process(reader, i) : NULL;
        if (i < cck_reader_count(reader) && !process) {
            note_missing(collected, reader, i);
            continue;
        }
        bool continued = process && last && last->pid == process->pid &&
                         last->state == CCK_TRACE_EXEC;
        if (last && !continued) {
            collected->partial += last->state == CCK_TRACE_RUNNING && !last->stopped;
            collected->unfinished += last->state == CCK_TRACE_EXEC;
        }
        last = process;
        if (!process)
            break;
        cck_image image;
        int status = image_of(&image, process, plan, err);
        if (status < 0)
            return status;
        tally->processes += !continued;
        followed.forked += !continued && process->sequence == 0 && i > 0;
        note_process(&followed, process);
        status = cck_collect_image(tally, simulated, &image, continued, err);
        cck_image_clear(&image);
        if (status < 0)
            return status;
    }
    *out_followed = followed;
    return 0;
}
