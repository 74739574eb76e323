/* SPDX-License-Identifier: MIT */
#include <stdint.h>
/* One for each session; all are read to find the oldest. */
struct txn_state { volatile uint64_t id; volatile uint64_t pinned_id; volatile uint64_t metadata_pinned; };
struct txn_global { volatile uint64_t current; struct txn_state *states; };
