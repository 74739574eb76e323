/* SPDX-License-Identifier: MIT */
typedef struct { int counter; } atomic_t;
struct session_operations;
struct session {
    atomic_t requests;
    char cookie[128];
    const struct session_operations *ops;
    struct session *parent;
};
