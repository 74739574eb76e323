/* SPDX-License-Identifier: MIT */
struct link_stats {
    _Alignas(64) _Atomic unsigned long accepted;
    _Alignas(64) _Atomic unsigned long rejected;
    _Alignas(64) const char *label;
};
