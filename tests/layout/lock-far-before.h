/* SPDX-License-Identifier: MIT */
#include <pthread.h>
struct pool {
    pthread_mutex_t free_lock;
    char name[128];
    unsigned long free_count;
};
