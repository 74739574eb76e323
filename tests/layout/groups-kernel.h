/* SPDX-License-Identifier: MIT */
/* Groups as in Linux' include/linux/cache.h. */
#define __cacheline_group_begin(GROUP) __u8 __cacheline_group_begin__##GROUP[0]
#define __cacheline_group_end(GROUP) __u8 __cacheline_group_end__##GROUP[0]
typedef unsigned char __u8;
struct socket_state {
    __cacheline_group_begin(state_write_tx);
    _Atomic unsigned long sent;
    _Atomic unsigned long received;
    __cacheline_group_end(state_write_tx);
};
struct socket_table {
    __cacheline_group_begin(table_write_rx);
    unsigned long first;
    __cacheline_group_end(table_write_rx);
    __cacheline_group_begin(table_read_rx);
    unsigned long second;
    __cacheline_group_end(table_read_rx);
};
struct plain_table {
    unsigned long first;
    unsigned long second;
};
struct ungrouped_state {
    _Atomic unsigned long sent;
    _Atomic unsigned long received;
};
