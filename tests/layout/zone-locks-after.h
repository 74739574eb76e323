/* SPDX-License-Identifier: MIT */
typedef struct { int val; } spinlock_t;
struct conn { char name[40]; spinlock_t tx_lock; void *tx_list; spinlock_t rx_lock __attribute__((aligned(64))); void *rx_list; };
