/* SPDX-License-Identifier: MIT */
typedef struct { long counter; } atomic_long_t;
struct device_state {
    const struct device_ops *ops;
    unsigned long features;
    unsigned mtu;
    atomic_long_t rx_dropped;
    atomic_long_t carrier_changes;
    struct queue *queues;
    unsigned num_queues;
    char name[64];
};
