/* SPDX-License-Identifier: MIT */
/* False: a class that counts through methods and a template; a thread a direction. */
#include "pattern.h"

namespace net
{
enum class Direction { In, Out };

class Channel
{
  public:
    void receive(long bytes)
    {
        add<Direction::In>(bytes);
    }
    void send(long bytes)
    {
        add<Direction::Out>(bytes);
    }
    const void *in() const
    {
        return &received_;
    }
    const void *out() const
    {
        return &sent_;
    }
    long sum() const
    {
        return received_ + sent_;
    }

  private:
    template <Direction direction> void add(long bytes)
    {
        if (direction == Direction::In)
            received_ += bytes;
        else
            sent_ += bytes;
        keep();
    }

    long received_ = 0;
    long sent_ = 0;
};
} // namespace net

static net::Channel channel __attribute__((aligned(64)));

static void work(int worker)
{
    for (long i = 0; i < rounds; i++) {
        if (worker % 2 == 0)
            channel.receive(1);
        else
            channel.send(1);
    }
}

int main(int argc, char **argv)
{
    arguments(argc, argv);
    same_line(channel.in(), channel.out());
    run_workers(work);
    return channel.sum() != workers * rounds && workers == 2;
}
