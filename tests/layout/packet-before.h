/* SPDX-License-Identifier: MIT */
struct packet {
    char head[60];
    _Atomic long long state;
} __attribute__((packed));
