/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
/* Aligned with care, and allocated without. */
struct lane { _Alignas(64) long sent; long failed; };
struct lane *lanes_new(size_t count);
struct lane *lanes_new(size_t count)
{
    struct lane *lanes = malloc(count * sizeof *lanes);
    return lanes;
}
