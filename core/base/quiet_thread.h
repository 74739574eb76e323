/* SPDX-License-Identifier: MIT */
#ifndef CCK_CORE_QUIET_THREAD_H
#define CCK_CORE_QUIET_THREAD_H

#include <pthread.h>
#include <stddef.h>

/**
 * Start a thread of our own in somebody else's process: all signals are for the threads that were
 * there. `stack`: its bytes, 0 as usual. 0, or an errno value of pthread_create().
 */
int cck_quiet_thread(pthread_t *out_thread, size_t stack, void *(*body)(void *), void *argument);

#endif
