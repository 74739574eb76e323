/* SPDX-License-Identifier: MIT */
#include "core/numa/words.h"

#include <stddef.h>

const char *const cck_numa_method_words[] = {"unknown", "sampled", "exact", NULL};
const char *const cck_numa_ran_words[] = {"unknown", "once", "looks", "switches", "confined", NULL};
const char *const cck_numa_kind_words[] = {"anonymous", "heap", "stack",   "file",
                                           "shared",    "huge", "special", NULL};
const char *const cck_numa_row_words[] = {"huge", "heap", "stack", "private", "total", NULL};
