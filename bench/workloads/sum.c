/* SPDX-License-Identifier: MIT */
/* sum [REPEATS]: adds up an array of 1 MiB again and again: one load an iteration,
 * a miss of a 32 KiB D1 every eighth. Prints the sum. */
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
    enum { COUNT = 1 << 17 };
    long repeats = argc > 1 ? atol(argv[1]) : 1000, sum = 0;
    long *numbers = malloc(COUNT * sizeof *numbers);
    if (!numbers)
        return 1;
    for (long i = 0; i < COUNT; i++)
        numbers[i] = i;
    for (long r = 0; r < repeats; r++) {
        for (long i = 0; i < COUNT; i++)
            sum += numbers[i];
        __asm__ volatile("" : : "r"(numbers) : "memory"); /* every repeat reads again */
    }
    printf("%ld\n", sum);
    free(numbers);
    return 0;
}
