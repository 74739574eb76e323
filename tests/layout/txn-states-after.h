/* SPDX-License-Identifier: MIT */
#include <stdint.h>
struct txn_state { volatile uint64_t id __attribute__((aligned(64))); volatile uint64_t pinned_id; volatile uint64_t metadata_pinned; };
struct txn_global { volatile uint64_t current; struct txn_state *states; };
