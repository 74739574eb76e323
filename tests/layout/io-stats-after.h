/* SPDX-License-Identifier: MIT */
enum { IO_THREADS_MOST = 128 };
struct io_thread { _Alignas(64) _Atomic long long reads_processed; };
struct server {
    char *name;
    int port;
    struct io_thread io_threads[IO_THREADS_MOST];
};
