/* SPDX-License-Identifier: MIT */
#ifndef CACHECHECK_MARK_H
#define CACHECHECK_MARK_H

/**
 * Mark regions of interest in a program's own source, for cachecheck's simulations:
 *
 *     cachecheck_begin("parse");
 *     parse(file);
 *     cachecheck_end("parse");
 *
 * Regions nest, and are the process's: while any thread has one open, all threads are
 * simulated. Nothing needs to be linked. Outside of a simulation, a mark costs a few
 * instructions and does nothing; on processors other than x86-64 it is empty.
 *
 * The sequence of instructions is the one that Valgrind takes for a request: four
 * rotations that together change nothing. See valgrind.h of Valgrind's sources.
 */
enum {
    CACHECHECK_REQUEST_ALLOC = 0x434b0000, /* address, size, alignment */
    CACHECHECK_REQUEST_FREE,               /* address */
    CACHECHECK_REQUEST_BEGIN,              /* name */
    CACHECHECK_REQUEST_END                 /* name */
};

static inline void cachecheck_request(unsigned long what, unsigned long first, unsigned long second,
                                      unsigned long third)
{
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__ILP32__)
    volatile unsigned long arguments[6] = {what, first, second, third, 0, 0};
    unsigned long result = 0;
    __asm__ volatile("rolq $3, %%rdi\n\trolq $13, %%rdi\n\t"
                     "rolq $61, %%rdi\n\trolq $51, %%rdi\n\t"
                     "xchgq %%rbx, %%rbx"
                     : "+d"(result)
                     : "a"(arguments)
                     : "cc", "memory");
#else
    (void)what, (void)first, (void)second, (void)third;
#endif
}

static inline void cachecheck_begin(const char *name)
{
    cachecheck_request(CACHECHECK_REQUEST_BEGIN, (unsigned long)name, 0, 0);
}

static inline void cachecheck_end(const char *name)
{
    cachecheck_request(CACHECHECK_REQUEST_END, (unsigned long)name, 0, 0);
}

#endif
