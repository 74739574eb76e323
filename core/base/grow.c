/* SPDX-License-Identifier: MIT */
#include "core/base/grow.h"

#include <stdlib.h>

bool cck_grow(void **array, size_t *capacity, size_t count, size_t element)
{
    if (count < *capacity)
        return true;
    size_t more = *capacity ? *capacity * 2 : 16;
    void *grown = reallocarray(*array, more, element);
    if (!grown)
        return false;
    *array = grown;
    *capacity = more;
    return true;
}
