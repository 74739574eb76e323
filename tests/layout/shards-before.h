/* SPDX-License-Identifier: MIT */
#include <pthread.h>
struct cache_shard { pthread_mutex_t lock; void *table; unsigned long entries; };
struct sharded_cache { struct cache_shard *shards; unsigned bits; };
