/* SPDX-License-Identifier: MIT */
#ifndef CCK_CORE_PROCESS_THREAD_BASE_H
#define CCK_CORE_PROCESS_THREAD_BASE_H

#include <stddef.h>
#include <stdint.h>

#include <cachecheck/error.h>

#include "core/base/root.h"

/**
 * The FS base of x86-64 threads, which is in no sample: glibc's thread control block is
 * found by its pointers to itself and the thread's id in it (nptl/descr.h: `tcb` and `self`
 * of tcbhead_t, `tid` of struct pthread).
 */
typedef struct cck_thread_base_search {
    int32_t tid;
    uint64_t stack; /* its stack pointer at some time */
    uint64_t base;  /* out: 0 when it was not found */
} cck_thread_base_search;

/**
 * Look for the bases of `count` threads of a process, whose maps are read once. Reads the
 * process' memory: CCK_EACCESS where that is not allowed (Yama), CCK_EGONE; CCK_EUNSUPPORTED
 * where a thread's base is not found in this way (other architectures).
 */
int cck_thread_base_find(const cck_root *root, int32_t pid, cck_thread_base_search *searches,
                         size_t count);

#endif
