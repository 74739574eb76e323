/* SPDX-License-Identifier: MIT */
#include <stdint.h>
#define MAX_THREADS 64
struct accounting {
	uint64_t started_at;
	uint64_t bytes[MAX_THREADS];
};
