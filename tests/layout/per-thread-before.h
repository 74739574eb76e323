/* SPDX-License-Identifier: MIT */
#include <stdint.h>
struct work_stats {
	uint64_t per_thread[16];
	char name[32];
};
