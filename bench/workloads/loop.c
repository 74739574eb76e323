/* SPDX-License-Identifier: MIT */
/* One long loop, some 0.5 s: what counting costs a program that only computes.
 * Usage: loop [MILLIONS] */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
    long millions = argc > 1 ? atol(argv[1]) : 400;
    uint64_t x = 88172645463325252u;
    for (long i = 0; i < millions * 1000000; i++) {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
    }
    printf("%llu\n", (unsigned long long)x);
    return 0;
}
