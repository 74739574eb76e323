/* SPDX-License-Identifier: MIT */
#include <stdatomic.h>
#define MAX_THREADS 128
void *_Atomic guards[MAX_THREADS];
