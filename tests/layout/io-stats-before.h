/* SPDX-License-Identifier: MIT */
enum { IO_THREADS_MOST = 128 };
struct server {
    char *name;
    int port;
    _Atomic long long stat_io_reads_processed[IO_THREADS_MOST];
    _Atomic long long stat_io_writes_processed[IO_THREADS_MOST];
};
