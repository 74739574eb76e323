/* SPDX-License-Identifier: MIT */
typedef struct { int counter; } atomic_t;
typedef struct { unsigned val; } raw_spinlock_t;
struct job_attributes; struct worker;
struct job_pool {
	raw_spinlock_t lock;
	int cpu;
	int node;
	int id;
	unsigned int flags;
	unsigned long watchdog_ts;
	void *worklist[2];
	int nr_workers;
	int nr_idle;
	void *idle_list[2];
	void *busy_hash[64];
	struct job_attributes *attrs;
	int refcnt;
	atomic_t nr_running __attribute__((aligned(64)));
	void *rcu[2] __attribute__((aligned(64)));
};
