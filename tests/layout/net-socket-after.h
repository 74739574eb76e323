/* SPDX-License-Identifier: MIT */
typedef struct { int counter; } atomic_t;
typedef struct { atomic_t refs; } refcount_t;
struct net_socket {
    unsigned short family, state;
    int bound_dev;
    const struct protocol *proto;
    struct filter *filter;
    struct dst_entry *cached_route;
    char queue[96];
    refcount_t refcnt __attribute__((aligned(64)));
    atomic_t drops __attribute__((aligned(64)));
};
