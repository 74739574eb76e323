/* SPDX-License-Identifier: MIT */
#include <cstdint>
struct Session {
    char address[40];
    alignas(64) uint64_t messages_sent = 0;
    alignas(64) uint64_t messages_received = 0;
};
