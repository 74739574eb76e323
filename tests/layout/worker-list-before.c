/* SPDX-License-Identifier: MIT */
#include <stdint.h>
struct worker {
	uint64_t tasks_done;
	uint64_t steals;
	int id;
}
;
struct worker workers[32];
