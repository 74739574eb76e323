/* SPDX-License-Identifier: MIT */
#include <pthread.h>
struct stripe { pthread_mutex_t mutex; } __attribute__((aligned(64)));
struct table { void **buckets; struct stripe stripes[16]; };
