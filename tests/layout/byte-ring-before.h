/* SPDX-License-Identifier: MIT */
struct byte_ring {
    unsigned c_head;
    unsigned p_tail;
    unsigned p_head;
    unsigned size, mask;
};
