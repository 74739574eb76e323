/* SPDX-License-Identifier: MIT */
#include "core/base/quiet_thread.h"

#include <signal.h>

int cck_quiet_thread(pthread_t *out_thread, size_t stack, void *(*body)(void *), void *argument)
{
    sigset_t all, before;
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    if (stack)
        pthread_attr_setstacksize(&attributes, stack);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int os_error = pthread_create(out_thread, &attributes, body, argument);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    return os_error;
}
