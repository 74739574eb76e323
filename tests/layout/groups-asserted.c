/* SPDX-License-Identifier: MIT */
/* Groups that only an assertion tells of, as Linux checks them. */
#include <stddef.h>
#define CACHELINE_ASSERT_GROUP_MEMBER(TYPE, GROUP, MEMBER) \
    _Static_assert(offsetof(TYPE, MEMBER) < 4096, #GROUP)
struct flow_ops;
struct flow {
    _Atomic unsigned long packets;
    _Atomic unsigned long drops;
    const struct flow_ops *ops;
    char rest[96];
};
struct plain_flow {
    _Atomic unsigned long packets;
    _Atomic unsigned long drops;
    const struct flow_ops *ops;
    char rest[96];
};
struct split_flow {
    unsigned long out;
    unsigned long in;
    unsigned long weight;
};
void check(struct flow *, struct plain_flow *, struct split_flow *);
void check(struct flow *flow, struct plain_flow *plain, struct split_flow *split)
{
    CACHELINE_ASSERT_GROUP_MEMBER(struct flow, flow_hot, packets);
    CACHELINE_ASSERT_GROUP_MEMBER(struct flow, flow_hot, drops);
    CACHELINE_ASSERT_GROUP_MEMBER(struct flow,
                                  flow_hot, ops);
    CACHELINE_ASSERT_GROUP_MEMBER(struct split_flow, split_flow_write_tx, out);
    CACHELINE_ASSERT_GROUP_MEMBER(struct split_flow, split_flow_write_rx, in);
    CACHELINE_ASSERT_GROUP_MEMBER(struct split_flow, split_flow_write_rx, weight);
    /* CACHELINE_ASSERT_GROUP_MEMBER(struct plain_flow, plain_hot, packets); */
    (void)flow, (void)plain, (void)split;
}
