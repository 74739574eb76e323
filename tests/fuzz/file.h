/* SPDX-License-Identifier: MIT */
#ifndef FUZZ_FILE_H
#define FUZZ_FILE_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#ifdef FUZZ_FILE_IN_MEMORY
#include "tests/fuzz/file_memory.h"

/** The one file of these bytes, which are borrowed until the next call. */
static inline const char *fuzz_file(const uint8_t *bytes, size_t size)
{
    fuzz_file_bytes = bytes;
    fuzz_file_size = size;
    return FUZZ_FILE_PATH;
}
#else
/** The one file of these bytes, that stays open. Written anew each time: what is mapped of it is
 * unmapped by then. */
static inline int fuzz_file_open(const uint8_t *bytes, size_t size)
{
    static int fd = -1;
    if (fd < 0)
        fd = memfd_create("fuzz", MFD_CLOEXEC);
    if (fd < 0 || pwrite(fd, bytes, size, 0) != (ssize_t)size || ftruncate(fd, (off_t)size) != 0)
        abort();
    return fd;
}

/** Its path; valid until the next call. */
static inline const char *fuzz_file(const uint8_t *bytes, size_t size)
{
    static char path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fuzz_file_open(bytes, size));
    return path;
}
#endif

#endif
