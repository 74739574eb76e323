/* SPDX-License-Identifier: MIT */
#ifndef FUZZ_TREE_MEMORY_H
#define FUZZ_TREE_MEMORY_H

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>
#include <sys/types.h>

/**
 * Files that are read without the kernel, which takes ten times as long as the parsers do. They
 * exist in the folder as well, empty, so that lists of it have them. The linker leads what is
 * called here to these functions (--wrap, in CMakeLists.txt); all else goes on to libc.
 */
typedef struct fuzz_memory_file {
    const char *path; /* below the folder; NULL behind the last */
    const char *bytes;
    size_t size;
} fuzz_memory_file;

enum { FUZZ_OPEN_MOST = 64, FUZZ_FD = 1 << 30 };

static const fuzz_memory_file *fuzz_memory_files;
static int fuzz_memory_folder = -1;
static struct {
    const fuzz_memory_file *file; /* NULL: closed */
    size_t offset;
} fuzz_opened[FUZZ_OPEN_MOST];

int __real_openat(int folder, const char *path, int flags, ...);
int __wrap_openat(int folder, const char *path, int flags, ...);
int __real_faccessat(int folder, const char *path, int mode, int flags);
int __wrap_faccessat(int folder, const char *path, int mode, int flags);
ssize_t __real_read(int fd, void *buffer, size_t size);
ssize_t __wrap_read(int fd, void *buffer, size_t size);
int __real_close(int fd);
int __wrap_close(int fd);

static const fuzz_memory_file *fuzz_memory_find(int folder, const char *path)
{
    if (folder != fuzz_memory_folder)
        return NULL;
    for (const fuzz_memory_file *file = fuzz_memory_files; file && file->path; file++)
        if (strcmp(file->path, path) == 0)
            return file;
    return NULL;
}

static bool fuzz_memory_folder_of_some(const char *path)
{
    size_t length = strlen(path);
    for (const fuzz_memory_file *file = fuzz_memory_files; file && file->path; file++)
        if (strncmp(file->path, path, length) == 0 && file->path[length] == '/')
            return true;
    return false;
}

/* Below the folder no other files exist than those; but another way to one of them may. */
static bool fuzz_memory_missing(int folder, const char *path, int flags)
{
    return folder == fuzz_memory_folder && !(flags & (O_DIRECTORY | O_CREAT)) &&
           !strstr(path, "//") && !strstr(path, "/.");
}

int __wrap_openat(int folder, const char *path, int flags, ...)
{
    va_list more;
    va_start(more, flags);
    mode_t mode = flags & O_CREAT ? va_arg(more, mode_t) : 0;
    va_end(more);
    const fuzz_memory_file *file =
        flags & (O_DIRECTORY | O_CREAT) ? NULL : fuzz_memory_find(folder, path);
    for (int i = 0; file && i < FUZZ_OPEN_MOST; i++)
        if (!fuzz_opened[i].file) {
            fuzz_opened[i].file = file;
            fuzz_opened[i].offset = 0;
            return FUZZ_FD + i;
        }
    errno = file ? EMFILE : ENOENT;
    return file || fuzz_memory_missing(folder, path, flags)
               ? -1
               : __real_openat(folder, path, flags, mode);
}

int __wrap_faccessat(int folder, const char *path, int mode, int flags)
{
    if (fuzz_memory_find(folder, path))
        return 0;
    if (fuzz_memory_folder_of_some(path) || !fuzz_memory_missing(folder, path, 0))
        return __real_faccessat(folder, path, mode, flags);
    errno = ENOENT;
    return -1;
}

ssize_t __wrap_read(int fd, void *buffer, size_t size)
{
    if (fd < FUZZ_FD)
        return __real_read(fd, buffer, size);
    const fuzz_memory_file *file = fuzz_opened[fd - FUZZ_FD].file;
    size_t *offset = &fuzz_opened[fd - FUZZ_FD].offset, left = file->size - *offset;
    if (size > left)
        size = left;
    if (size)
        memcpy(buffer, file->bytes + *offset, size);
    *offset += size;
    return (ssize_t)size;
}

int __wrap_close(int fd)
{
    if (fd < FUZZ_FD)
        return __real_close(fd);
    fuzz_opened[fd - FUZZ_FD].file = NULL;
    return 0;
}

#endif
