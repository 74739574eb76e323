/* SPDX-License-Identifier: MIT */
/* False: one thread copies a shared pointer, another only reads what it points to, which
 * make_shared() put beside the count of owners. */
#include <memory>
#include <thread>

#include "pattern.h"

namespace
{
struct Settings {
    long limit = 10;
    double scale = 2;
};
double scaled __attribute__((aligned(64)));
} // namespace

int main(int argc, char **argv)
{
    arguments(argc, argv);
    std::shared_ptr<Settings> settings, kept[4];
    for (auto &one : kept) { /* the counts are the 16 bytes before it */
        one = std::make_shared<Settings>();
        if (reinterpret_cast<uintptr_t>(one.get()) % LINE != 0)
            settings = one;
    }
    if (!settings)
        misplaced(&settings, &kept);
    pthread_barrier_init(&start_line, nullptr, 2);
    std::thread copier([&settings, bound = rounds] {
        pthread_barrier_wait(&start_line);
        for (long i = 0; i < bound; i++) {
            std::shared_ptr<Settings> own = settings;
            keep();
        }
    });
    std::thread reader([from = settings.get(), bound = rounds] {
        double sum = 0;
        pthread_barrier_wait(&start_line);
        for (long i = 0; i < bound; i++) {
            keep();
            sum += from->scale * static_cast<double>(from->limit);
        }
        scaled = sum;
    });
    copier.join();
    reader.join();
    return scaled < 1;
}
