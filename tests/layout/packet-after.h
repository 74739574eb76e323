/* SPDX-License-Identifier: MIT */
struct packet {
    char head[56];
    _Atomic long long state;
};
