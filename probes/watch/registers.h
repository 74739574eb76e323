/* SPDX-License-Identifier: MIT */
#ifndef CCK_WATCH_REGISTERS_H
#define CCK_WATCH_REGISTERS_H

#include <stdint.h>

enum {
    CCK_REGISTERS = 32,
    CCK_REGISTER_STACK_X86 = 4, /* rsp among the sixteen of x86-64 */
    CCK_REGISTER_STACK_ARM = 31,
    CCK_REGISTER_FRAME_X86 = 5,
    CCK_REGISTER_FRAME_ARM = 29
};

/**
 * User registers of a thread at one moment, for any architecture. x86-64: in the order
 * that instructions encode them (rax rcx rdx rbx rsp rbp rsi rdi r8 .. r15); arm64: x0 ..
 * x30, sp.
 */
typedef struct cck_registers {
    uint64_t value[CCK_REGISTERS];
    uint64_t ip;
    uint64_t thread_base; /* FS base of x86-64; 0 unknown. arm64: 0, it is read into a register */
} cck_registers;

#endif
