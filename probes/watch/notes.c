/* SPDX-License-Identifier: MIT */
#include "probes/watch/notes.h"

#include <inttypes.h>

#include "core/base/number.h"

static void add_note(cck_probe_facts *facts, const char *note)
{
    size_t at = 0;
    while (facts->notes[at])
        at++;
    if (note && at + 1 < sizeof facts->notes / sizeof *facts->notes)
        facts->notes[at] = note;
}

static void note_threads(cck_probe_facts *facts, cck_arena *arena, const cck_sampler *sampler)
{
    cck_sampler_numbers numbers = cck_sampler_numbers_of(sampler);
    char samples[CCK_NUMBER_SIZE];
    if (numbers.threads_unwatched) {
        cck_number_grouped(samples, numbers.threads_unwatched);
        add_note(facts,
                 cck_arena_printf(arena, "%s threads could not be watched%s", samples,
                                  cck_sampler_crowded(sampler)
                                      ? ": no more memory may be locked for their rings (ulimit "
                                        "-l, kernel.perf_event_mlock_kb)"
                                      : ""));
    }
    if (numbers.threads_in_turns) {
        cck_number_grouped(samples, numbers.threads_in_turns);
        add_note(facts,
                 cck_arena_printf(arena,
                                  "%s threads were sampled only after others had gone to sleep: "
                                  "memory for rings is short (ulimit -l)",
                                  samples));
    }
    if (numbers.threads_missed) {
        cck_number_grouped(samples, numbers.threads_missed);
        add_note(facts, cck_arena_printf(arena, "%s thread%s ended before %s could be watched",
                                         samples, numbers.threads_missed == 1 ? "" : "s",
                                         numbers.threads_missed == 1 ? "it" : "they"));
    }
}

static void note_rest(cck_probe_facts *facts, cck_arena *arena, const cck_sampler *sampler)
{
    char count[CCK_NUMBER_SIZE], rate[CCK_NUMBER_SIZE], percent[CCK_NUMBER_SIZE];
    cck_sampler_rested rested = cck_sampler_rested_of(sampler);
    const double noteworthy = 0.9;
    if (rested.ever && rested.watched < noteworthy) {
        cck_number_grouped(count, rested.ever);
        cck_number_grouped(rate, (uint64_t)rested.rate);
        cck_number_percent(percent, 100 * rested.watched);
        add_note(facts,
                 cck_arena_printf(arena,
                                  "%s thread%s came to run %s times a second, each of which a "
                                  "clock of the kernel's delays: watched for %s %% of the time "
                                  "(a larger --overhead allows more)",
                                  count, rested.ever == 1 ? "" : "s", rate, percent));
    }
}

void cck_watch_notes(cck_probe_facts *facts, cck_arena *arena, const cck_sampler *sampler,
                     const cck_watch_summary *summary, int32_t stopped, bool launched,
                     const cck_watch_heaps *heaps)
{
    char samples[CCK_NUMBER_SIZE], percent[CCK_NUMBER_SIZE], windows[CCK_NUMBER_SIZE];
    char hits[CCK_NUMBER_SIZE], verified[CCK_NUMBER_SIZE];
    cck_number_grouped(samples, summary->samples);
    cck_number_grouped(windows, summary->windows);
    cck_number_grouped(hits, summary->hits);
    cck_number_grouped(verified, summary->verified);
    cck_number_percent(percent, summary->samples
                                    ? 100.0 * (double)summary->decoded / (double)summary->samples
                                    : 0);
    if (stopped)
        add_note(facts,
                 cck_arena_printf(arena,
                                  "process %" PRId32 " is stopped, by a signal or a debugger "
                                  "(kill -CONT %" PRId32 " lets it go on)",
                                  stopped, stopped));
    if (!summary->samples)
        add_note(facts,
                 "not one sample came: the target hardly ran, and nothing can be said of it");
    else
        add_note(facts,
                 cck_arena_printf(arena,
                                  "sampled, not counted: %s samples, of %s %% the accesses are "
                                  "known; %s windows of watchpoints, %s hits, %s of them "
                                  "verified; what the kernel writes for the program is not seen",
                                  samples, percent, windows, hits, verified));
    note_threads(facts, arena, sampler);
    note_rest(facts, arena, sampler);
    if (cck_watch_heaps_partial(heaps))
        add_note(facts, "memory is allocated too often to note every block (--overhead): those that "
                        "were passed over are told by the types that code uses them as");
    if (launched && !cck_watch_heaps_any(heaps))
        add_note(facts, "no allocations were recorded (a static program, or the recorder is not "
                        "installed): heap objects are told by the types that code uses them as");
}
