/* SPDX-License-Identifier: MIT */
typedef volatile unsigned long srv_atomic_t;
struct listener_shm { srv_atomic_t accepted; srv_atomic_t handled; unsigned long limit; };
