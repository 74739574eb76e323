/* SPDX-License-Identifier: MIT */
#include <pthread.h>
struct cell { struct cell *next; void *item; };
struct work_queue {
    struct cell *head, *tail;
    pthread_spinlock_t head_lock, tail_lock;
};
