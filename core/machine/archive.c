/* SPDX-License-Identifier: MIT */
#include "core/machine/archive.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/base/fail.h"

enum { BLOCK = 512, FILES_MOST = 200000, FILE_MOST = 16 << 20, ALL_MOST = 256 << 20 };

/* IEEE Std 1003.1, pax, ustar Interchange Format. Numbers are octal digits, ended by NUL. */
typedef struct header {
    char name[100], mode[8], uid[8], gid[8], size[12], mtime[12], checksum[8], type;
    char link[100], magic[6], version[2], user[32], group[32], major[8], minor[8];
    char prefix[155], rest[12];
} header;

_Static_assert(sizeof(header) == BLOCK, "a header is a block");

/* The sum over the header, with blanks for the sum itself. */
static unsigned sum_of(const header *h)
{
    header copy = *h;
    unsigned sum = 0;
    memset(copy.checksum, ' ', sizeof copy.checksum);
    for (size_t i = 0; i < BLOCK; i++)
        sum += ((const unsigned char *)&copy)[i];
    return sum;
}

static bool split_name(header *h, const char *name)
{
    size_t length = strlen(name);
    const char *slash = name;
    if (length && length <= sizeof h->name) {
        memcpy(h->name, name, length);
        return true;
    }
    while (slash && length - (size_t)(slash - name) > sizeof h->name)
        slash = strchr(slash + 1, '/');
    if (!length || !slash || (size_t)(slash - name) > sizeof h->prefix || !slash[1])
        return false;
    memcpy(h->prefix, name, (size_t)(slash - name));
    memcpy(h->name, slash + 1, length - (size_t)(slash + 1 - name));
    return true;
}

int cck_archive_put(FILE *out, const char *name, const void *bytes, size_t length)
{
    static const char zeros[BLOCK] = "";
    header h = {.type = '0', .magic = "ustar", .version = {'0', '0'}};
    if (!split_name(&h, name) || length > FILE_MOST)
        return CCK_EINVALID;
    snprintf(h.mode, sizeof h.mode, "%07o", 0644u);
    snprintf(h.uid, sizeof h.uid, "%07o", 0u);
    snprintf(h.gid, sizeof h.gid, "%07o", 0u);
    snprintf(h.size, sizeof h.size, "%011o", (unsigned)length);
    snprintf(h.mtime, sizeof h.mtime, "%011llo", (unsigned long long)time(NULL) & 077777777777);
    snprintf(h.checksum, sizeof h.checksum, "%06o", sum_of(&h));
    h.checksum[7] = ' ';
    fwrite(&h, BLOCK, 1, out);
    fwrite(bytes, 1, length, out);
    fwrite(zeros, 1, (BLOCK - length % BLOCK) % BLOCK, out);
    return 0;
}

void cck_archive_end(FILE *out)
{
    static const char zeros[2 * BLOCK] = "";
    fwrite(zeros, sizeof zeros, 1, out);
}

/* ---- reading ---- */

typedef struct unpacker {
    FILE *in;
    const char *path;
    int folder;
    uint64_t bytes;
    unsigned files;
    cck_error *err;
} unpacker;

static int damaged(const unpacker *u, const char *what)
{
    cck_fail(u->err, CCK_EFORMAT, "%s %s", u->path, what);
    cck_hint(u->err, "make one with: cachecheck machine --capture FILE");
    return CCK_EFORMAT;
}

static bool is_safe(const char *name)
{
    if (!*name || *name == '/')
        return false;
    for (const char *at = name; *at;) {
        size_t length = strcspn(at, "/");
        if (!length || (length == 1 && at[0] == '.') || (length == 2 && !memcmp(at, "..", 2)))
            return false;
        at += length;
        if (*at && !*++at)
            return false;
    }
    for (const char *at = name; *at; at++)
        if ((unsigned char)*at < ' ' || *at == 0x7f)
            return false;
    return true;
}

static bool make_parents(int folder, char *name)
{
    for (char *slash = name; (slash = strchr(slash, '/')); slash++) {
        *slash = '\0';
        bool made = mkdirat(folder, name, 0700) == 0 || errno == EEXIST;
        *slash = '/';
        if (!made)
            return false;
    }
    return true;
}

/* Never through a link: there are none, since only files and folders are made here. */
static int store(unpacker *u, char *name, const char *bytes, size_t length)
{
    if (!make_parents(u->folder, name))
        return cck_fail_os(u->err, CCK_EIO, errno, "cannot unpack %s", name);
    int fd = openat(u->folder, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0 && errno == EEXIST)
        return damaged(u, "is damaged: a file is in it twice");
    if (fd < 0)
        return cck_fail_os(u->err, CCK_EIO, errno, "cannot unpack %s", name);
    ssize_t put = write(fd, bytes, length);
    bool ok = close(fd) == 0 && put == (ssize_t)length;
    return ok ? 0 : cck_fail_os(u->err, CCK_EIO, errno, "cannot unpack %s", name);
}

static int take_file(unpacker *u, char *name, uint64_t size)
{
    size_t padded = ((size_t)size + BLOCK - 1) / BLOCK * BLOCK;
    char *bytes = malloc(padded + 1);
    int code;
    if (!bytes)
        return cck_fail(u->err, CCK_ENOMEM, "out of memory");
    if (fread(bytes, 1, padded, u->in) != padded)
        code = damaged(u, "is cut off");
    else
        code = store(u, name, bytes, (size_t)size);
    free(bytes);
    return code;
}

static int take_entry(unpacker *u, const header *h)
{
    char name[300], *end, digits[13];
    memcpy(digits, h->size, 12);
    digits[12] = '\0';
    unsigned long long size = strtoull(digits, &end, 8);
    snprintf(name, sizeof name, "%.155s%s%.100s", h->prefix, *h->prefix ? "/" : "", h->name);
    size_t length = strlen(name);
    if (h->type == '5' && length && name[length - 1] == '/')
        name[length - 1] = '\0';
    if (!is_safe(name))
        return damaged(u, "holds a name that leads out of it");
    if (h->type == '5' && size == 0)
        return 0;
    if (h->type != '0' && h->type != '\0')
        return damaged(u, "holds something that is no file");
    if (size > FILE_MOST || (u->bytes += size) > ALL_MOST || ++u->files > FILES_MOST)
        return cck_fail(u->err, CCK_ELIMIT, "%s is larger than any capture", u->path);
    return take_file(u, name, size);
}

static bool is_empty(const header *h)
{
    const char *bytes = (const char *)h;
    for (size_t i = 0; i < BLOCK; i++)
        if (bytes[i])
            return false;
    return true;
}

int cck_archive_unpack(FILE *in, const char *path, int folder, cck_error *err)
{
    unpacker u = {.in = in, .path = path, .folder = folder, .err = err};
    header h;
    for (bool first = true;; first = false) {
        if (fread(&h, BLOCK, 1, in) != 1)
            return damaged(&u, first ? "is no tar archive" : "is cut off");
        if (!first && is_empty(&h))
            return 0;
        if (first && memcmp(&h, "\037\213", 2) == 0)
            return damaged(&u, "is compressed: run gunzip on it first");
        char digits[9] = "";
        memcpy(digits, h.checksum, 8);
        if (memcmp(h.magic, "ustar", 5) != 0 || strtoul(digits, NULL, 8) != sum_of(&h))
            return damaged(&u, first ? "is no tar archive" : "is damaged");
        int code = take_entry(&u, &h);
        if (code < 0)
            return code;
    }
}
