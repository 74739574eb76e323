/* SPDX-License-Identifier: MIT */
struct byte_ring {
    unsigned c_head;
    char pad[64 - sizeof(unsigned)];
    unsigned p_tail;
    unsigned p_head; /* beside its own side's */
    char pad_too[64 - 2 * sizeof(unsigned)];
    unsigned size, mask;
} __attribute__((aligned(64)));
