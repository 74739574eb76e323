/* SPDX-License-Identifier: MIT */
#include <atomic>
struct Session {
    virtual ~Session() = default;
    std::atomic<int> received{0};
};
/* In the padding that ends its base. */
struct TlsSession : Session {
    std::atomic<int> decrypted{0};
};
