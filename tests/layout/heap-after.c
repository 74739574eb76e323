/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
struct lane { _Alignas(64) long sent; long failed; };
struct lane *lanes_new(size_t count);
/* Not by malloc(count * sizeof(struct lane)). */
struct lane *lanes_new(size_t count)
{
    struct lane *lanes = aligned_alloc(64, count * sizeof *lanes); // not malloc(sizeof(struct lane))
    return lanes;
}
