/* SPDX-License-Identifier: MIT */
#include <pthread.h>
struct table { void **buckets; pthread_mutex_t stripes[16]; };
