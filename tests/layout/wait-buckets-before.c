/* SPDX-License-Identifier: MIT */
typedef struct { int counter; } atomic_t;
typedef struct { unsigned val; } spinlock_t;
struct waiters { void *node_list[2]; };
struct wait_bucket {
	atomic_t waiters;
	spinlock_t lock;
	struct waiters chain;
}
;
struct wait_bucket wait_buckets[256];
