/* SPDX-License-Identifier: MIT */
typedef struct { unsigned val; } spinlock_t;
struct slot_ring {
	int producer __attribute__((__aligned__(64)));
	spinlock_t producer_lock;
	int consumer_head __attribute__((__aligned__(64)));
	int consumer_tail;
	spinlock_t consumer_lock;
	int size __attribute__((__aligned__(64)));
	int batch;
	void **queue;
};
