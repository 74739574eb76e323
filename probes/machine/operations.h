/* SPDX-License-Identifier: MIT */
#ifndef CCK_MACHINE_OPERATIONS_H
#define CCK_MACHINE_OPERATIONS_H

#include <stdatomic.h>
#include <stdint.h>

/** What a thread does to a word, again and again. */
typedef struct cck_operation {
    const char *name;
    void (*run)(_Atomic uint64_t *word, uint32_t times);
} cck_operation;

typedef enum cck_operation_kind {
    CCK_OP_LOAD,
    CCK_OP_STORE,
    CCK_OP_EXCHANGE,
    CCK_OP_ADD,
    CCK_OP_CAS,
    CCK_OP_FENCE,
    CCK_OP_COUNT,              /* so many are atomic operations; behind them: */
    CCK_OP_BUMP = CCK_OP_COUNT, /* load, add, store: a plain counter */
    CCK_OP_ALL
} cck_operation_kind;

extern const cck_operation cck_operations[CCK_OP_ALL];

#endif
