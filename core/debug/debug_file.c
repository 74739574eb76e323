/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/debug/internal.h"

/*
 * Where separate debug files are: by build-id, else by the name in .gnu_debuglink beside
 * the file, in .debug/ and below /usr/lib/debug (gdb manual, "Debugging Information in
 * Separate Files"). dwfl_standard_find_debuginfo() does this too, but then asks
 * debuginfod servers: a profiler must not talk to the network unasked.
 */
#define DEBUG_ROOT "/usr/lib/debug"

/* The CRC of .gnu_debuglink is that of zlib. */
static uint32_t crc32_of(int fd)
{
    static uint32_t table[256];
    if (!table[1])
        for (uint32_t i = 0; i < 256; i++) {
            uint32_t value = i;
            for (int bit = 0; bit < 8; bit++)
                value = value & 1 ? 0xedb88320u ^ (value >> 1) : value >> 1;
            table[i] = value;
        }
    uint32_t crc = ~0u;
    unsigned char bytes[65536];
    off_t at = 0;
    for (ssize_t n; (n = pread(fd, bytes, sizeof bytes, at)) > 0; at += n)
        for (ssize_t i = 0; i < n; i++)
            crc = table[(crc ^ bytes[i]) & 0xff] ^ (crc >> 8);
    return ~crc;
}

static int open_regular(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat status;
    if (fd >= 0 && (fstat(fd, &status) < 0 || !S_ISREG(status.st_mode))) {
        close(fd);
        fd = -1;
    }
    return fd;
}

static int try_path(cck_debug_module *module, const char *path, GElf_Word crc, char **out_path)
{
    int fd = open_regular(path);
    if (fd < 0)
        return -1;
    /* dwz files have no CRC; libdw compares their build-id. */
    if (crc != 0 && crc32_of(fd) != crc) {
        module->unfit = cck_arena_strdup(&module->arena, path);
        close(fd);
        return -1;
    }
    *out_path = strdup(path);
    if (!*out_path) {
        close(fd);
        return -1;
    }
    return fd;
}

static int try_folders(cck_debug_module *module, const char *file, const char *link, GElf_Word crc,
                       char **out_path)
{
    static const char *const forms[] = {"%s%.*s/%s", "%s%.*s/.debug/%s", DEBUG_ROOT "%s%.*s/%s"};
    const char *slash = strrchr(file, '/');
    const char *folder = slash ? file : ".";
    int length = slash ? (int)(slash - file) : 1;
    struct stat own, other;
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        char path[4096];
        if ((i == 2 && !slash) ||
            snprintf(path, sizeof path, forms[i], "", length, folder, link) >= (int)sizeof path)
            continue;
        /* A link to itself is no debug file. */
        if (stat(file, &own) == 0 && stat(path, &other) == 0 && own.st_dev == other.st_dev &&
            own.st_ino == other.st_ino)
            continue;
        int fd = try_path(module, path, crc, out_path);
        if (fd >= 0)
            return fd;
    }
    return -1;
}

int cck_debug_find_file(Dwfl_Module *dwfl_module, void **userdata, const char *name,
                        Dwarf_Addr base, const char *file, const char *link, GElf_Word crc,
                        char **out_path)
{
    cck_debug_module *module = *userdata;
    int fd =
        dwfl_build_id_find_debuginfo(dwfl_module, userdata, name, base, file, link, crc, out_path);
    if (fd >= 0 || !link || !*link || !module)
        return fd;
    if (*link == '/')
        return try_path(module, link, crc, out_path);
    char *real = realpath(module->path, NULL);
    fd = try_folders(module, real ? real : module->path, link, crc, out_path);
    free(real);
    return fd;
}
