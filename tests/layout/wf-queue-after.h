/* SPDX-License-Identifier: MIT */
#include <pthread.h>
struct wf_node { struct wf_node *next; };
struct msg_wfqueue {
    struct wf_node *head;
    struct wf_node dummy;
    pthread_mutex_t lock;
    struct wf_node **tail __attribute__((aligned(64)));
};
