/* SPDX-License-Identifier: MIT */
#include <pthread.h>
struct TracedLock { pthread_rwlock_t inner; void *trace; };
struct Registry { virtual ~Registry(); void *list[3]; alignas(64) TracedLock lock; };
