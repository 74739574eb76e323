/* SPDX-License-Identifier: MIT */
#include <stdint.h>
struct guest_queue {
	uint32_t num;
	void *desc;
	volatile uint16_t avail_idx;
	volatile uint16_t used_idx;
	void *priv;
};
