/* SPDX-License-Identifier: MIT */
/* The loops of plain.c for x86-64-v3, as far as they profit: sets are searched by AVX2, and orders
 * shifted by BMI2. The build compiles this file for such CPUs where the target is amd64. */
#ifdef __AVX2__
#define CCK_PLAIN_RUN   cck_plain_run_v3
#define CCK_PLAIN_SERVE cck_plain_serve_v3
#include "probes/simulate/reader/plain.c"
#else
#include <stdlib.h>

#include "probes/simulate/reader/walk.h"

int cck_plain_run_v3(cck_process *process, cck_reader_thread **heap, size_t count, uint64_t limit,
                     cck_error *err)
{
    (void)process, (void)heap, (void)count, (void)limit, (void)err;
    abort();
}

void cck_plain_serve_v3(cck_process *process, cck_reader_thread *thread, const uint64_t *words,
                        size_t count)
{
    (void)process, (void)thread, (void)words, (void)count;
    abort();
}
#endif
