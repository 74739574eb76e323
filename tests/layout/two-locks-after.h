/* SPDX-License-Identifier: MIT */
#include <pthread.h>
struct cell { struct cell *next; void *item; };
struct work_queue {
    struct cell *head;
    pthread_spinlock_t head_lock;
    struct cell *tail __attribute__((aligned(64)));
    pthread_spinlock_t tail_lock;
};
