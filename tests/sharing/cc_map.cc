/* SPDX-License-Identifier: MIT */
/* False: two members of the value in a node of a map. */
#include <atomic>
#include <map>
#include <string>
#include <thread>

#include "pattern.h"

struct Metric {
    std::atomic<long> count{0}, sum{0};
};

int main(int argc, char **argv)
{
    arguments(argc, argv);
    std::map<int, Metric> metrics;
    int number = 0;
    while (line_of(&metrics[number].count) != line_of(&metrics[number].sum))
        number++;
    std::thread counting([&] {
        auto &metric = metrics.at(number);
        for (long i = 0; i < rounds; i++)
            metric.count++;
    });
    std::thread summing([&] {
        auto &metric = metrics.at(number);
        for (long i = 0; i < rounds; i++)
            metric.sum += i;
    });
    counting.join();
    summing.join();
    return metrics.at(number).count != rounds;
}
