/* SPDX-License-Identifier: MIT */
#include <stdint.h>
struct work_stats {
	struct { uint64_t value; char pad[56]; } per_thread[16];
	char name[32];
};
