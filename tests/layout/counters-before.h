/* SPDX-License-Identifier: MIT */
/* Two sides of a link count on one line. */
struct link_stats {
    _Atomic unsigned long accepted;
    _Atomic unsigned long rejected;
    const char *label;
};
