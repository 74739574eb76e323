/* SPDX-License-Identifier: MIT */
#include "probes/placement/lines.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/fail.h"

/* Paths have 4,096 bytes at most, four times as many when each is escaped. */
enum { BUFFER = 1 << 16 };

static int open_code(int os_error)
{
    return os_error == ESRCH ? CCK_EGONE : cck_code_of_errno(os_error);
}

int cck_place_lines_open(cck_place_lines *lines, const cck_root *root, const char *path)
{
    *lines = (cck_place_lines){.fd = openat(root->fd, path, O_RDONLY | O_CLOEXEC)};
    if (lines->fd < 0)
        return open_code(errno);
    lines->buffer = malloc(BUFFER + 1);
    if (lines->buffer)
        return 0;
    close(lines->fd);
    return CCK_ENOMEM;
}

/* False: there is no more, or the buffer is full of one line. */
static bool refill(cck_place_lines *lines)
{
    if (lines->begin) {
        memmove(lines->buffer, lines->buffer + lines->begin, lines->end - lines->begin);
        lines->end -= lines->begin;
        lines->begin = 0;
    }
    if (lines->end == BUFFER)
        return false;
    ssize_t got;
    do
        got = read(lines->fd, lines->buffer + lines->end, BUFFER - lines->end);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        lines->code = open_code(errno);
    if (got <= 0)
        return false;
    lines->end += (size_t)got;
    return true;
}

char *cck_place_lines_next(cck_place_lines *lines)
{
    size_t searched = lines->begin;
    for (;;) {
        char *end = memchr(lines->buffer + searched, '\n', lines->end - searched);
        char *line = lines->buffer + lines->begin;
        if (end) {
            *end = '\0';
            lines->begin = (size_t)(end - lines->buffer) + 1;
            return line;
        }
        size_t before = lines->end - lines->begin;
        if (refill(lines)) {
            searched = lines->begin + before;
            continue;
        }
        if (!before)
            return NULL;
        lines->buffer[lines->end] = '\0';
        line = lines->buffer + lines->begin;
        lines->begin = lines->end;
        return line;
    }
}

void cck_place_lines_close(cck_place_lines *lines)
{
    close(lines->fd);
    free(lines->buffer);
}

int cck_place_first_line(const cck_root *root, const char *path, char *line, size_t size)
{
    int fd = openat(root->fd, path, O_RDONLY | O_CLOEXEC), code = 0;
    size_t used = 0;
    if (fd < 0)
        return open_code(errno);
    /* One byte makes the kernel write one line; what is left of it comes at once then. */
    while (used + 1 < size) {
        ssize_t got = read(fd, line + used, 1);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            code = open_code(errno);
        if (got <= 0 || line[used] == '\n')
            break;
        used++;
        if (used == 96) /* address and policy are here; the counts behind are not wanted */
            break;
    }
    line[used] = '\0';
    close(fd);
    return code < 0 ? code : used ? 0 : CCK_ENOTFOUND;
}
