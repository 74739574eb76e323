/* SPDX-License-Identifier: MIT */
typedef struct { int val; } spinlock_t;
struct conn { char name[40]; spinlock_t tx_lock; spinlock_t rx_lock; void *tx_list, *rx_list; };
