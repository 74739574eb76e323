/* SPDX-License-Identifier: MIT */
#include <stdint.h>
struct guest_queue {
	uint32_t num;
	void *desc;
	volatile uint16_t avail_idx __attribute__((aligned(64)));
	volatile uint16_t used_idx __attribute__((aligned(64)));
	void *priv;
};
