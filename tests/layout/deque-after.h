/* SPDX-License-Identifier: MIT */
struct task;
typedef struct {
    _Alignas(64) _Atomic(long) top;
    _Alignas(64) _Atomic(long) bottom;
    _Alignas(64) struct task **_Atomic tasks;
} steal_deque;
steal_deque *deques;
