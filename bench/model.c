/* SPDX-License-Identifier: MIT */
/* What the model in depth costs: nanoseconds an access, by what the access does. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "probes/simulate/model/model.h"

enum { ACCESSES = 4000000, LINE = 64 };

static const cck_model_options machine = {
    .i1 = {32 << 10, 8, LINE},
    .d1 = {32 << 10, 8, LINE},
    .l2 = {1 << 20, 16, LINE},
    .ll = {32 << 20, 16, LINE},
    .cores = 8,
    .coherent = true,
};

static double now_ns(void)
{
    struct timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

/* Cores take turns at lines of `bytes` of memory (powers of two), in steps that no prefetcher of
 * ours sees. */
static double cost(const cck_model_options *options, uint64_t bytes, uint32_t cores,
                   cck_access_kind kind)
{
    cck_model *model = cck_model_new(options);
    cck_outcome outcome;
    double start = 0;
    if (!model)
        exit(1);
    for (unsigned round = 0; round < 2; round++) { /* the first one warms up */
        start = now_ns();
        for (uint64_t i = 0, at = 0; i < ACCESSES; i++, at += 5 * LINE)
            cck_model_access(model, (uint32_t)i & (cores - 1), kind,
                             0x10000000 + (at & (bytes - 1)), 8, &outcome);
    }
    start = (now_ns() - start) / ACCESSES;
    cck_model_free(model);
    return start;
}

int main(void)
{
    static const struct {
        const char *what;
        uint64_t bytes;
        uint32_t cores;
        cck_access_kind kind;
    } cases[] = {
        {"L1 hit, same line", LINE, 1, CCK_ACCESS_LOAD},
        {"L1 hit", 16 << 10, 1, CCK_ACCESS_LOAD},
        {"L1 hit, store", 16 << 10, 1, CCK_ACCESS_STORE},
        {"L2 hit", 512 << 10, 1, CCK_ACCESS_LOAD},
        {"LLC hit", 16 << 20, 1, CCK_ACCESS_LOAD},
        {"memory", 256 << 20, 1, CCK_ACCESS_LOAD},
        {"shared, L1 hit", 16 << 10, 2, CCK_ACCESS_LOAD},
        {"ping-pong, 2 cores", LINE, 2, CCK_ACCESS_STORE},
        {"ping-pong, 8 cores", LINE, 8, CCK_ACCESS_STORE},
    };
    static const char *const modes[] = {"plain", "explained", "explained + TLB + prefetch"};
    printf("%-20s", "ns an access");
    for (unsigned mode = 0; mode < 3; mode++)
        printf("  %s", modes[mode]);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        printf("\n%-20s", cases[i].what);
        for (unsigned mode = 0; mode < 3; mode++) {
            cck_model_options options = machine;
            options.explain = mode > 0;
            if (mode == 2) {
                options.tlb_data = options.tlb_instruction = (cck_tlb_shape){64, 4};
                options.tlb2 = (cck_tlb_shape){1536, 6};
                options.adjacent_prefetch = options.stream_prefetch = true;
            }
            cck_model_defaults(&options);
            printf("  %9.1f", cost(&options, cases[i].bytes, cases[i].cores, cases[i].kind));
        }
    }
    puts("");
    return 0;
}
