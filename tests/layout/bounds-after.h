/* SPDX-License-Identifier: MIT */
#include <stdint.h>
#define MAX_THREADS 64
struct accounting {
	uint64_t started_at;
	struct slot { uint64_t n; } __attribute__((aligned(64))) bytes[MAX_THREADS];
};
