/* SPDX-License-Identifier: MIT */
/* What is said of a run, beside its lines. */
#include "probes/precise/report.h"

#include <string.h>

#include "core/base/number.h"

static bool tell_thread(const cck_precise_scene *scene, const cck_watch_thread *thread,
                        cck_tally *tally)
{
    cck_tally_thread *row = cck_tally_add(tally, thread->pid, thread->tid);
    if (!row)
        return false;
    strcpy(row->name, thread->name);
    if (thread->image < scene->space.count)
        strcpy(row->process, scene->space.images[thread->image]->program);
    row->ended = !thread->alive;
    return true;
}

bool cck_precise_tell_threads(const cck_precise_scene *scene, cck_tally *tally)
{
    cck_map processes = {0};
    bool good = true;
    for (size_t i = 0; i < scene->threads.count && good; i++) {
        const cck_watch_thread *thread = scene->threads.list[i];
        good = tell_thread(scene, thread, tally) &&
               cck_map_put(&processes, (uint32_t)thread->pid, (void *)(uintptr_t)1);
    }
    tally->processes = (uint32_t)processes.count;
    tally->residency_unknown = NULL;
    cck_map_clear(&processes);
    return good;
}

void cck_precise_add_note(cck_probe_facts *facts, const char *sentence)
{
    size_t at = 0;
    while (facts->notes[at])
        at++;
    if (sentence && at + 1 < sizeof facts->notes / sizeof *facts->notes)
        facts->notes[at] = sentence;
}

bool cck_precise_missed(const cck_precise_numbers *numbers)
{
    return numbers->lost || numbers->damaged || numbers->truncated || numbers->collisions ||
           numbers->missing || numbers->spe.damaged;
}

/* What did not come through, in one sentence; NULL: all did. */
static const char *losses(const cck_precise_numbers *numbers, cck_arena *arena)
{
    const struct {
        uint64_t count;
        const char *what;
    } parts[] = {
        {numbers->lost, "dropped by the kernel"},
        {numbers->damaged + numbers->spe.damaged, "damaged"},
        {numbers->spe.cut, "cut off"},
        {numbers->truncated, "times that the buffer was full"},
        {numbers->collisions, "stretches in which samples collided"},
        {numbers->missing, "stretches that were gone before they were read"},
    };
    const char *text = NULL;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        char number[CCK_NUMBER_SIZE];
        if (!parts[i].count)
            continue;
        cck_number_grouped(number, parts[i].count);
        text = cck_arena_printf(arena, "%s%s%s %s", text ? text : "", text ? ", " : "", number,
                                parts[i].what);
    }
    return text ? cck_arena_printf(arena,
                                   "samples that are not in this report: %s; rates are at "
                                   "least what is said",
                                   text)
                : NULL;
}

void cck_precise_tell_how(const cck_precise_scene *scene, const char *pmu, const char *limit,
                          cck_arena *arena, cck_probe_facts *facts)
{
    const cck_precise_numbers *numbers = &scene->intake.numbers;
    char samples[CCK_NUMBER_SIZE], accesses[CCK_NUMBER_SIZE], times[CCK_NUMBER_SIZE];
    cck_number_grouped(samples, numbers->samples);
    cck_number_grouped(accesses, numbers->accesses);
    cck_number_grouped(times, numbers->throttled);
    if (!numbers->samples)
        cck_precise_add_note(facts, "not one sample came: the target hardly ran, and nothing can "
                                    "be said of it");
    else
        cck_precise_add_note(facts, cck_arena_printf(arena,
                                                     "sampled by %s, not counted: %s samples, of "
                                                     "%s the address is known",
                                                     pmu, samples, accesses));
    cck_precise_add_note(facts, "this backend was tested with made-up streams only, on no hardware "
                                "yet: hold what it says against another backend");
    if (*limit)
        cck_precise_add_note(facts, limit);
    cck_precise_add_note(facts, losses(numbers, arena));
    if (numbers->throttled)
        cck_precise_add_note(facts, cck_arena_printf(arena,
                                                     "the kernel held the samples back %s times "
                                                     "(kernel.perf_cpu_time_max_percent)",
                                                     times));
    if (scene->lines.forgotten || scene->lines.failed)
        cck_precise_add_note(facts, "more lines were sampled than there was room for: those that "
                                    "one thread used were forgotten");
}
