/* SPDX-License-Identifier: MIT */
#include <pthread.h>
/* Producers swap the tail, consumers move the head with the lock held. */
struct wf_node { struct wf_node *next; };
struct msg_wfqueue {
    struct wf_node *head, **tail;
    struct wf_node dummy;
    pthread_mutex_t lock;
};
