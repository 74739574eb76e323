/* SPDX-License-Identifier: MIT */
#include <pthread.h>
struct gate {
    pthread_mutex_t lock;
    _Atomic long hits; /* counted without the lock */
    char body[96];
};
