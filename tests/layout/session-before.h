/* SPDX-License-Identifier: MIT */
typedef struct { int counter; } atomic_t;
struct session_operations;
/* The count changes at every use; the rest is set up once. */
struct session {
    atomic_t requests;
    const struct session_operations *ops;
    struct session *parent;
    char cookie[128];
};
