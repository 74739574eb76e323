/* SPDX-License-Identifier: MIT */
#include <stdint.h>
typedef struct RowLock { uint16_t kind; volatile uint32_t state; void *waiters[2]; } RowLock;
typedef union { RowLock lock; char pad[32]; } RowLockSlot;
RowLockSlot *row_locks;
