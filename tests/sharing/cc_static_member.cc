/* SPDX-License-Identifier: MIT */
/* False: members of a class that are static, counted by a template. */
#include <atomic>

#include "pattern.h"

namespace app
{
class Metrics
{
  public:
    template <int amount> static void add(std::atomic<long> &count)
    {
        count.fetch_add(amount, std::memory_order_relaxed);
    }
    static std::atomic<long> requests, failures;
};
std::atomic<long> Metrics::requests{0}, Metrics::failures{0};
} // namespace app

static void work(int worker)
{
    for (long i = 0; i < rounds; i++) {
        if (worker == 0)
            app::Metrics::add<1>(app::Metrics::requests);
        else
            app::Metrics::add<2>(app::Metrics::failures);
    }
}

int main(int argc, char **argv)
{
    arguments(argc, argv);
    workers = 2;
    same_line(&app::Metrics::requests, &app::Metrics::failures);
    run_workers(work);
    return app::Metrics::requests != rounds;
}
