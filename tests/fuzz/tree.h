/* SPDX-License-Identifier: MIT */
#ifndef FUZZ_TREE_H
#define FUZZ_TREE_H

#include <fcntl.h>
#include <ftw.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/root.h"
#ifdef FUZZ_TREE_IN_MEMORY
#include "tests/fuzz/tree_memory.h"
#endif

/** A folder of made-up files, in memory where that can be, that goes when the program ends. Of
 * targets that are built with FUZZ_TREE_IN_MEMORY what they hold is never written (tree_memory.h).
 */
static cck_root fuzz_tree;
static char fuzz_tree_folder[64];

static int fuzz_tree_remove_one(const char *path, const struct stat *status, int kind,
                                struct FTW *where)
{
    (void)status;
    (void)kind;
    (void)where;
    return remove(path);
}

static void fuzz_tree_remove(void)
{
    cck_root_close(&fuzz_tree);
    nftw(fuzz_tree_folder, fuzz_tree_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/** Made at the first call. */
static inline void fuzz_tree_make(void)
{
    static const char *const places[] = {"/dev/shm", "/tmp"};
    for (size_t i = 0; !*fuzz_tree_folder && i < sizeof places / sizeof *places; i++) {
        snprintf(fuzz_tree_folder, sizeof fuzz_tree_folder, "%s/cck-fuzz-XXXXXX", places[i]);
        if (!mkdtemp(fuzz_tree_folder)) {
            *fuzz_tree_folder = '\0';
            continue;
        }
        if (cck_root_open(&fuzz_tree, fuzz_tree_folder, NULL) < 0)
            abort();
        atexit(fuzz_tree_remove);
    }
    if (!*fuzz_tree_folder)
        abort();
}

static inline int fuzz_tree_create(const char *path)
{
    char name[256];
    snprintf(name, sizeof name, "%s", path);
    int fd = openat(fuzz_tree.fd, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    for (char *slash = name; fd < 0 && (slash = strchr(slash, '/')); *slash++ = '/') {
        *slash = '\0';
        mkdirat(fuzz_tree.fd, name, 0755);
    }
    if (fd < 0)
        fd = openat(fuzz_tree.fd, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (fd < 0)
        abort();
    return fd;
}

#ifdef FUZZ_TREE_IN_MEMORY
typedef fuzz_memory_file fuzz_tree_file;

static inline void fuzz_tree_begin(fuzz_tree_file *files, fuzz_tree_file *file, const char *path)
{
    *file = (fuzz_tree_file){.path = path, .path_length = strlen(path)};
    close(fuzz_tree_create(path));
    fuzz_memory_files = files;
    fuzz_memory_folder = fuzz_tree.fd;
}

static inline void fuzz_tree_write(fuzz_tree_file *file, const void *bytes, size_t size)
{
    file->bytes = bytes;
    file->size = size;
}
#else
typedef struct fuzz_tree_file {
    const char *path;
    int fd;
    size_t size;
    char *bytes;
} fuzz_tree_file;

static inline void fuzz_tree_begin(fuzz_tree_file *files, fuzz_tree_file *file, const char *path)
{
    (void)files;
    *file = (fuzz_tree_file){path, fuzz_tree_create(path), 0, NULL};
}

/* Only if it becomes another. */
static inline void fuzz_tree_write(fuzz_tree_file *file, const void *bytes, size_t size)
{
    if (file->bytes && file->size == size && (!size || memcmp(file->bytes, bytes, size) == 0))
        return;
    file->bytes = realloc(file->bytes, size + 1);
    file->size = size;
    if (!file->bytes || pwrite(file->fd, bytes, size, 0) != (ssize_t)size ||
        ftruncate(file->fd, (off_t)size) != 0)
        abort();
    if (size)
        memcpy(file->bytes, bytes, size);
}
#endif

/** Made at the first call; `bytes` are borrowed until the next one of the same path, which is at
 * the same address. */
static inline void fuzz_tree_put(const char *path, const void *bytes, size_t size)
{
    enum { FILES_MOST = 32 };
    static fuzz_tree_file files[FILES_MOST + 1];
    fuzz_tree_file *file = files;
    while (file->path && file->path != path)
        if (++file == files + FILES_MOST)
            abort();
    if (!file->path)
        fuzz_tree_begin(files, file, path);
    fuzz_tree_write(file, bytes, size);
}

/** Cut the input at each `separator` into as many files: the last one gets the rest. */
static inline void fuzz_tree_fill(const char *const *paths, size_t count, char separator,
                                  const uint8_t *data, size_t size)
{
    for (size_t i = 0; i < count; i++) {
        const uint8_t *end = i + 1 < count && size ? memchr(data, separator, size) : NULL;
        size_t length = end ? (size_t)(end - data) : size;
        fuzz_tree_put(paths[i], size ? (const void *)data : "", length);
        data += length + (end != NULL);
        size -= length + (end != NULL);
    }
}

#endif
