/* SPDX-License-Identifier: MIT */
#include <stdatomic.h>
struct arena_bins { void *slots[8]; };
struct arena {
    const struct extent_hooks *hooks;
    struct arena_bins bins;
    _Alignas(64) atomic_uint nthreads[2];
    _Alignas(64) atomic_size_t nactive;
    _Alignas(64) atomic_size_t ndirty;
    char pad[64 - sizeof(atomic_size_t)];
};
