/* SPDX-License-Identifier: MIT */
/*
 * Bytes as the words of a trace: decoded, merged, simulated and gathered with a small
 * machine, if there is a byte behind the words with other layouts tried. Errors are fine; what was
 * read before is gathered all the same. The table of the pages that hold what is laid out otherwise
 * is a small one (CMakeLists.txt): it is made anew each time.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/session/observed.h"
#include "probes/simulate/reader/process.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void simulate(const cck_plan *plan, const uint64_t *words, size_t count)
{
    cck_trace_source source = cck_trace_source_of_words(words, count);
    cck_error err = {0};
    cck_span span;
    cck_process *process = cck_process_new(plan);
    int status = process ? 1 : 0;
    while (status > 0) {
        status = cck_trace_source_next(&source, &span, &err);
        if (status > 0 && cck_process_take(process, &span, &err) < 0)
            status = -1;
    }
    if (process && !status)
        cck_process_flush(process, &err);
    if (process) {
        cck_thread_totals *totals = cck_process_totals(process);
        uint64_t sum = 0;
        for (size_t i = 0; totals && i < process->thread_count; i++)
            sum += totals[i].instructions;
        if (totals && sum != process->clock && !err.code)
            abort();
        free(totals);
        cck_process_finish(process);
    }
    cck_process_free(process);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t count = size / sizeof(uint64_t);
    uint64_t *words = malloc(size + 1);
    if (!words)
        return 0;
    if (size)
        memcpy(words, data, size);
    cck_move piece = {0, 8, 64};
    cck_remap_rule rule = {.kind = CCK_OBJECT_HEAP,
                           .module = "",
                           .size = 16,
                           .element = 8,
                           .layout = {128, 64, &piece, 1}};
    const cck_remap_rules remap = {&rule, 1};
    cck_plan plan = {.hertz = 1e9,
                     .spots = true,
                     .model = {.i1 = {1024, 2, 64},
                               .d1 = {1024, 2, 64},
                               .ll = {4096, 4, 64},
                               .cores = 2,
                               .coherent = true,
                               .explain = true}};
    cck_model_defaults(&plan.model);
    if (size % sizeof(uint64_t)) {
        plan.remap = &remap;
        plan.model.coherent = false;
        plan.max_instructions = 1000;
    }
    simulate(&plan, words, count);
    free(words);
    return 0;
}
