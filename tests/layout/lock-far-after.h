/* SPDX-License-Identifier: MIT */
#include <pthread.h>
struct pool {
    _Alignas(64) pthread_mutex_t free_lock;
    unsigned long free_count;
    char name[128];
};
