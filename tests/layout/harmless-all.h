/* SPDX-License-Identifier: MIT */
/* Each looks like something that is fought over, and is not. */
typedef struct { long counter; } atomic_long_t;
typedef struct { atomic_long_t a; } local_t;
typedef struct { int val; } spinlock_t;
struct wait_queue_head { spinlock_t lock; void *next, *prev; };
struct percpu_counter { spinlock_t lock; long count; long *counters; };

/* Atomic against interrupts of one CPU. */
struct page_state { local_t allocated; local_t freed; local_t entries; };

/* Both ends of one side; the other side is a line away. */
struct tx_ring {
    unsigned c_head;
    char pad[64 - sizeof(unsigned)];
    unsigned p_tail;
    unsigned p_head;
} __attribute__((aligned(64)));

/* A list with a lock, as there are many. */
struct job_list { void *head, *tail; spinlock_t lock; };

/* Who waits there sleeps. */
struct terminal { struct wait_queue_head read_wait, write_wait; };

/* Mostly each CPU's own. */
struct usage { struct percpu_counter stat[4]; };

/* Where things are, not the things. */
struct ring_offsets { unsigned long producer, consumer; };

/* One object, in spite of its name. */
struct queue_stats { spinlock_t lock; void *callbacks; };
struct request_queue { struct queue_stats *stats; };

/* A word of its own is not part of another. */
struct subatomic { int value; };
struct lab { struct subatomic charm; struct subatomic strange; };
