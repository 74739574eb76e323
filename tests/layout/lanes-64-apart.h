/* SPDX-License-Identifier: MIT */
/* 64 bytes apart: two lines of 64 bytes, one of 128, and one pair of lines. */
struct lanes {
    _Alignas(128) _Atomic unsigned long left;
    _Alignas(64) _Atomic unsigned long right;
    _Alignas(64) const char *label;
};
