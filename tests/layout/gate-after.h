/* SPDX-License-Identifier: MIT */
#include <pthread.h>
struct gate {
    pthread_mutex_t lock;
    char body[96];
    _Atomic long hits;
};
