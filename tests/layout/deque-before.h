/* SPDX-License-Identifier: MIT */
/* The owner pushes and pops at the bottom, thieves take from the top. */
struct task;
typedef struct {
    _Atomic(long) top;
    _Atomic(long) bottom;
    struct task **_Atomic tasks;
} steal_deque;
steal_deque *deques;
