/* SPDX-License-Identifier: MIT */
typedef struct { unsigned val; } spinlock_t;
struct slot_ring {
	int producer;
	spinlock_t producer_lock;
	int consumer_head;
	int consumer_tail;
	spinlock_t consumer_lock;
	int size;
	int batch;
	void **queue;
};
