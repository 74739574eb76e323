/* SPDX-License-Identifier: MIT */
#include <atomic>
struct Session {
    virtual ~Session() = default;
    std::atomic<int> received{0};
};
/* On a line of its own. */
struct TlsSession : Session {
    alignas(64) std::atomic<int> decrypted{0};
};
