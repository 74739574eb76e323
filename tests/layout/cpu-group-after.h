/* SPDX-License-Identifier: MIT */
typedef struct { long counter; } atomic_long_t;
struct sched_entity; struct cfs_rq; struct rcu_head { void *next; void (*func)(struct rcu_head *); };
struct cpu_group {
	void *css[12];
	struct sched_entity **se;
	struct cfs_rq **cfs_rq;
	unsigned long shares;
	atomic_long_t load_avg __attribute__((__aligned__(64)));
	struct rcu_head rcu
	__attribute__((__aligned__(64)))
	;
	struct cpu_group *parent;
	void *siblings[2], *children[2];
};
