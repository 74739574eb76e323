/* SPDX-License-Identifier: MIT */
typedef struct { int counter; } atomic_t;
typedef struct { atomic_t refs; } refcount_t;
struct net_socket {
    unsigned short family, state;
    int bound_dev;
    const struct protocol *proto;
    refcount_t refcnt;
    atomic_t drops;
    struct filter *filter;
    char queue[96];
    struct dst_entry *cached_route;
};
