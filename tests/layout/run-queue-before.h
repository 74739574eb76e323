/* SPDX-License-Identifier: MIT */
typedef struct { unsigned val; } raw_spinlock_t;
typedef unsigned long u64;
struct load_average { u64 last_update_time, load_sum; unsigned util_sum, period; unsigned long load_avg; };
struct run_queue {
	unsigned long load;
	unsigned nr_running, h_nr_running;
	u64 earliest;
	void *curr, *next, *last, *skip;
	struct load_average avg; /* cachecheck: writer=owner */
	struct {
		raw_spinlock_t lock;
		int nr;
		unsigned long load_avg;
	} removed; /* cachecheck: writer=migrators */
	unsigned long contribution;
};
