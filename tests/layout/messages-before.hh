/* SPDX-License-Identifier: MIT */
#include <cstdint>
/* Plain numbers: the sender writes one, the receiver the other. */
struct Session {
    char address[40];
    uint64_t messages_sent = 0;
    uint64_t messages_received = 0;
};
