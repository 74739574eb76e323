/* SPDX-License-Identifier: MIT */
#include <stdint.h>
#define MAX_CORES 128
struct pool_debug_stats {
	uint64_t put_bulk;
	uint64_t put_objs;
	uint64_t get_success_bulk;
	uint64_t get_success_objs;
	uint64_t get_fail_bulk;
}
;
struct block_pool {
	char name[32];
	void *pool_data;
	uint32_t size;
	uint32_t flags;
	uint32_t elt_size;
	struct pool_debug_stats stats[MAX_CORES]
	;
} __attribute__((aligned(64)));
