/* SPDX-License-Identifier: MIT */
typedef struct { long counter; } atomic_long_t;
struct device_state {
    const struct device_ops *ops;
    unsigned long features;
    unsigned mtu;
    struct queue *queues;
    unsigned num_queues;
    char name[64];
    atomic_long_t rx_dropped __attribute__((aligned(64)));
    atomic_long_t carrier_changes __attribute__((aligned(64)));
};
