/* SPDX-License-Identifier: MIT */
struct exchange {
    long filled;                // cachecheck: writer=feeder
    _Alignas(64) long emptied;  // cachecheck: writer=drainer
};
