/* SPDX-License-Identifier: MIT */
#include "core/base/root.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/base/fail.h"

int cck_root_open(cck_root *out_root, const char *path, cck_error *err)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return cck_fail_os(err, cck_code_of_errno(errno), errno, "cannot open %s", path);
    out_root->fd = fd;
    return 0;
}

void cck_root_close(cck_root *root)
{
    if (root && root->fd >= 0)
        close(root->fd);
    if (root)
        root->fd = -1;
}

long cck_root_read(const cck_root *root, const char *path, char *buffer, size_t size)
{
    int fd = openat(root->fd, path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return cck_code_of_errno(errno);
    size_t used = 0;
    long result = 0;
    int why = 0;
    while (used < size) {
        ssize_t got = read(fd, buffer + used, size - used);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0) {
            why = errno;
            result = cck_code_of_errno(why);
        }
        if (got <= 0)
            break;
        used += (size_t)got;
    }
    close(fd);
    if (result == 0 && used == size) {
        why = EFBIG;
        result = CCK_ELIMIT;
    }
    errno = why;
    if (result < 0)
        return result;
    buffer[used] = '\0';
    return (long)used;
}

long cck_root_read_line(const cck_root *root, const char *path, char *buffer, size_t size)
{
    long length = cck_root_read(root, path, buffer, size);
    while (length > 0 && isspace((unsigned char)buffer[length - 1]))
        buffer[--length] = '\0';
    return length;
}

int cck_root_read_number(const cck_root *root, const char *path, int64_t *out_number)
{
    char text[64], *end;
    long length = cck_root_read_line(root, path, text, sizeof text);
    if (length < 0)
        return (int)length;
    errno = 0;
    long long number = strtoll(text, &end, 0);
    if (end == text || *end || errno)
        return CCK_EFORMAT;
    *out_number = number;
    return 0;
}
