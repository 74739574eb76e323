/* SPDX-License-Identifier: MIT */
#include <stdatomic.h>
struct arena_bins { void *slots[8]; };
struct arena {
    atomic_uint nthreads[2];
    atomic_size_t nactive;
    atomic_size_t ndirty;
    struct arena_bins bins;
    const struct extent_hooks *hooks;
};
