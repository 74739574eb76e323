/* SPDX-License-Identifier: MIT */
#include <atomic>
#include <mutex>
namespace pool {
std::atomic<long> idle_workers{1};
std::mutex queue_lock;
std::atomic<long> jobs_done{1};
}
int main() { std::lock_guard<std::mutex> hold(pool::queue_lock); return (int)(pool::idle_workers + pool::jobs_done); }
