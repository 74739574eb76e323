/* SPDX-License-Identifier: MIT */
/* False: locals of main that two lambdas capture by reference. */
#include <thread>

#include "pattern.h"

int main(int argc, char **argv)
{
    arguments(argc, argv);
    alignas(64) struct {
        long odd = 0;
        long even = 0;
    } sums;
    same_line(&sums.odd, &sums.even);
    std::thread one([&] {
        for (long i = 0; i < rounds; i++) {
            sums.odd += 2 * i + 1;
            keep();
        }
    });
    std::thread other([&] {
        for (long i = 0; i < rounds; i++) {
            sums.even += 2 * i;
            keep();
        }
    });
    one.join();
    other.join();
    return sums.odd - sums.even != rounds;
}
