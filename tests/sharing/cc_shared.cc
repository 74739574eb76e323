/* SPDX-License-Identifier: MIT */
/* True: threads copy one std::shared_ptr, whose count of owners goes from core to core. */
#include <memory>

#include "pattern.h"

static std::shared_ptr<long> value;

static void work(int)
{
    for (long i = 0; i < rounds; i++) {
        std::shared_ptr<long> copy = value;
        keep();
    }
}

int main(int argc, char **argv)
{
    arguments(argc, argv);
    value = std::make_shared<long>(42);
    run_workers(work);
    return value.use_count() != 1;
}
