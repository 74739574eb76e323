/* SPDX-License-Identifier: MIT */
#include <stdatomic.h>
#define MAX_THREADS 128
struct guard { void *_Atomic p; } __attribute__((aligned(64)));
struct guard guards[MAX_THREADS];
