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
    size_t path_length;
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

/* The path without what changes nothing ("//", "/./"); NULL: the kernel knows better what it is. */
static const char *fuzz_memory_plain(const char *path)
{
    static char plain[4096];
    size_t used = 0;
    if (!strstr(path, "//") && !strstr(path, "/."))
        return path;
    while (*path) {
        size_t length = strcspn(path, "/"), slashes = strspn(path + length, "/");
        bool here = length == 1 && *path == '.', last = !path[length + slashes];
        if (!length || (here && last) || (slashes && last) || strncmp(path, "../", 3) == 0 ||
            strcmp(path, "..") == 0 || used + length + 2 > sizeof plain)
            return NULL;
        if (!here) {
            memcpy(plain + used, path, length);
            used += length;
            plain[used++] = '/';
        }
        path += length + slashes;
    }
    plain[used - 1] = '\0';
    return plain;
}

static const fuzz_memory_file *fuzz_memory_find(const char *plain)
{
    size_t length = strlen(plain);
    for (const fuzz_memory_file *file = fuzz_memory_files; file && file->path; file++)
        if (file->path_length == length && memcmp(file->path, plain, length) == 0)
            return file;
    return NULL;
}

static bool fuzz_memory_folder_of_some(const char *path)
{
    size_t length = strlen(path);
    for (const fuzz_memory_file *file = fuzz_memory_files; file && file->path; file++)
        if (file->path_length > length && file->path[length] == '/' &&
            memcmp(file->path, path, length) == 0)
            return true;
    return false;
}

static int fuzz_memory_open(const fuzz_memory_file *file)
{
    for (int i = 0; file && i < FUZZ_OPEN_MOST; i++)
        if (!fuzz_opened[i].file) {
            fuzz_opened[i].file = file;
            fuzz_opened[i].offset = 0;
            return FUZZ_FD + i;
        }
    errno = file ? EMFILE : ENOENT;
    return -1;
}

/* Below the folder no other files exist than those; folders are the kernel's. */
int __wrap_openat(int folder, const char *path, int flags, ...)
{
    va_list more;
    va_start(more, flags);
    mode_t mode = flags & O_CREAT ? va_arg(more, mode_t) : 0;
    va_end(more);
    bool ours = folder == fuzz_memory_folder && !(flags & (O_DIRECTORY | O_CREAT));
    const char *plain = ours ? fuzz_memory_plain(path) : NULL;
    return plain ? fuzz_memory_open(fuzz_memory_find(plain))
                 : __real_openat(folder, path, flags, mode);
}

int __wrap_faccessat(int folder, const char *path, int mode, int flags)
{
    const char *plain = folder == fuzz_memory_folder ? fuzz_memory_plain(path) : NULL;
    if (!plain || fuzz_memory_folder_of_some(plain))
        return __real_faccessat(folder, path, mode, flags);
    if (fuzz_memory_find(plain))
        return 0;
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
