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

/** A folder of made-up files, in memory where that can be, that goes when the program ends. */
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

/** Made at the first call, and open from then on; written only if it becomes another. */
static inline void fuzz_tree_put(const char *path, const void *bytes, size_t size)
{
    enum { FILES_MOST = 32 };
    static struct file {
        const char *path;
        int fd;
        size_t size;
        char *bytes;
    } files[FILES_MOST];
    struct file *file = files;
    while (file->path && strcmp(file->path, path) != 0)
        if (++file == files + FILES_MOST)
            abort();
    if (file->path && file->size == size && (!size || memcmp(file->bytes, bytes, size) == 0))
        return;
    if (!file->path)
        *file = (struct file){path, fuzz_tree_create(path), 0, NULL};
    file->bytes = realloc(file->bytes, size + 1);
    file->size = size;
    if (!file->bytes || pwrite(file->fd, bytes, size, 0) != (ssize_t)size ||
        ftruncate(file->fd, (off_t)size) != 0)
        abort();
    if (size)
        memcpy(file->bytes, bytes, size);
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
