/* SPDX-License-Identifier: MIT */
struct exchange {
    long filled;  // cachecheck: writer=feeder
    long emptied; // cachecheck: writer=drainer
};
