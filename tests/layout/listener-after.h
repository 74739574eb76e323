/* SPDX-License-Identifier: MIT */
typedef volatile unsigned long srv_atomic_t;
struct listener_shm { srv_atomic_t accepted; char pad[128 - sizeof(srv_atomic_t)]; srv_atomic_t handled; char pad_too[128 - sizeof(srv_atomic_t)]; unsigned long limit; };
