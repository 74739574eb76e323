/* SPDX-License-Identifier: MIT */
#include <atomic>
#include <mutex>
namespace pool {
alignas(64) std::atomic<long> idle_workers{1};
alignas(64) std::mutex queue_lock;
alignas(64) std::atomic<long> jobs_done{1};
}
int main() { std::lock_guard<std::mutex> hold(pool::queue_lock); return (int)(pool::idle_workers + pool::jobs_done); }
