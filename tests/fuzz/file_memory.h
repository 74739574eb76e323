/* SPDX-License-Identifier: MIT */
#ifndef FUZZ_FILE_MEMORY_H
#define FUZZ_FILE_MEMORY_H

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/**
 * The one file of a target without the kernel, which took up to half of the time. libelf and libdw
 * read it as well, so these functions stand in for libc's in the whole process; what is not about
 * this file goes on to the kernel. Nobody may read the page behind a mapping.
 */
#define FUZZ_FILE_PATH "/fuzzed/input"
#define FUZZ_SHOWN     __attribute__((visibility("default")))

enum { FUZZ_FILE_FD = 1 << 30, FUZZ_FILE_OPEN = 16, FUZZ_PAGE = 4096, FUZZ_MAPS = 32 };

static const uint8_t *fuzz_file_bytes;
static size_t fuzz_file_size;
static struct {
    bool open;
    size_t offset;
} fuzz_file_opened[FUZZ_FILE_OPEN];
static struct {
    uint8_t *start;
    bool used;
} fuzz_maps[FUZZ_MAPS]; /* by how many pages they have */

FUZZ_SHOWN int open(const char *path, int flags, ...);
FUZZ_SHOWN int close(int fd);
FUZZ_SHOWN int fstat(int fd, struct stat *out);
FUZZ_SHOWN int fcntl(int fd, int command, ...);
FUZZ_SHOWN ssize_t read(int fd, void *buffer, size_t size);
FUZZ_SHOWN ssize_t pread(int fd, void *buffer, size_t size, off_t offset);
FUZZ_SHOWN void *mmap(void *where, size_t size, int allowed, int flags, int fd, off_t offset);
FUZZ_SHOWN int munmap(void *start, size_t size);
FUZZ_SHOWN char *realpath(const char *path, char *out);

static inline int fuzz_file_take_fd(void)
{
    for (int i = 0; i < FUZZ_FILE_OPEN; i++)
        if (!fuzz_file_opened[i].open) {
            fuzz_file_opened[i].open = true;
            fuzz_file_opened[i].offset = 0;
            return FUZZ_FILE_FD + i;
        }
    abort(); /* somebody leaves it open */
}

int open(const char *path, int flags, ...)
{
    va_list more;
    va_start(more, flags);
    mode_t mode = flags & O_CREAT ? va_arg(more, mode_t) : 0;
    va_end(more);
    if (strcmp(path, FUZZ_FILE_PATH) == 0)
        return fuzz_file_take_fd();
    return (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

int close(int fd)
{
    if (fd < FUZZ_FILE_FD)
        return (int)syscall(SYS_close, fd);
    if (!fuzz_file_opened[fd - FUZZ_FILE_FD].open)
        abort(); /* closed twice */
    fuzz_file_opened[fd - FUZZ_FILE_FD].open = false;
    return 0;
}

int fstat(int fd, struct stat *out)
{
    if (fd < FUZZ_FILE_FD)
        return fstatat(fd, "", out, AT_EMPTY_PATH);
    *out = (struct stat){.st_mode = S_IFREG | 0644, .st_size = (off_t)fuzz_file_size};
    return 0;
}

int fcntl(int fd, int command, ...)
{
    va_list more;
    va_start(more, command);
    void *argument = va_arg(more, void *);
    va_end(more);
    return fd < FUZZ_FILE_FD ? (int)syscall(SYS_fcntl, fd, command, argument) : FD_CLOEXEC;
}

ssize_t pread(int fd, void *buffer, size_t size, off_t offset)
{
    if (fd < FUZZ_FILE_FD)
        return syscall(SYS_pread64, fd, buffer, size, offset);
    size_t left = (size_t)offset < fuzz_file_size ? fuzz_file_size - (size_t)offset : 0;
    if (size > left)
        size = left;
    if (size)
        memcpy(buffer, fuzz_file_bytes + offset, size);
    return (ssize_t)size;
}

ssize_t read(int fd, void *buffer, size_t size)
{
    if (fd < FUZZ_FILE_FD)
        return syscall(SYS_read, fd, buffer, size);
    size_t *at = &fuzz_file_opened[fd - FUZZ_FILE_FD].offset;
    ssize_t got = pread(fd, buffer, size, (off_t)*at);
    *at += (size_t)got;
    return got;
}

static inline void *fuzz_map_kernel(void *where, size_t size, int allowed, int flags, int fd,
                                    off_t offset)
{
    /* NOLINTNEXTLINE(performance-no-int-to-ptr): what the call returns */
    return (void *)syscall(SYS_mmap, where, size, allowed, flags, fd, offset);
}

static inline uint8_t *fuzz_map_new(size_t pages)
{
    uint8_t *start = fuzz_map_kernel(NULL, pages * FUZZ_PAGE, PROT_READ | PROT_WRITE,
                                     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (start == MAP_FAILED)
        abort();
    return start;
}

static inline uint8_t *fuzz_map_guarded(size_t pages)
{
    uint8_t *start = fuzz_map_new(pages + 1);
    if (mprotect(start + pages * FUZZ_PAGE, FUZZ_PAGE, PROT_NONE) != 0)
        abort();
    return start;
}

/* One map of each size, up to FUZZ_MAPS pages, is kept for the next file. */
void *mmap(void *where, size_t size, int allowed, int flags, int fd, off_t offset)
{
    if (fd < FUZZ_FILE_FD)
        return fuzz_map_kernel(where, size, allowed, flags, fd, offset);
    size_t pages = (size + FUZZ_PAGE - 1) / FUZZ_PAGE;
    uint8_t *start;
    if (pages < FUZZ_MAPS && !fuzz_maps[pages].used) {
        if (!fuzz_maps[pages].start)
            fuzz_maps[pages].start = fuzz_map_guarded(pages);
        fuzz_maps[pages].used = true;
        start = fuzz_maps[pages].start;
    } else {
        start = fuzz_map_new(pages);
    }
    ssize_t got = pread(fd, start, size, offset);
    memset(start + got, 0, pages * FUZZ_PAGE - (size_t)got);
    return start;
}

int munmap(void *start, size_t size)
{
    size_t pages = (size + FUZZ_PAGE - 1) / FUZZ_PAGE;
    if (pages < FUZZ_MAPS && start && fuzz_maps[pages].start == start) {
        fuzz_maps[pages].used = false;
        return 0;
    }
    return (int)syscall(SYS_munmap, start, size);
}

/* libdw asks where a file is that is open. */
char *realpath(const char *path, char *out)
{
    static const char folder[] = "/proc/self/fd/";
    bool ours = strcmp(path, FUZZ_FILE_PATH) == 0 ||
                (strncmp(path, folder, sizeof folder - 1) == 0 &&
                 strtol(path + sizeof folder - 1, NULL, 10) >= FUZZ_FILE_FD);
    char *found = ours ? strdup(FUZZ_FILE_PATH) : canonicalize_file_name(path);
    if (!found || !out)
        return found;
    strcpy(out, found);
    free(found);
    return out;
}

#endif
