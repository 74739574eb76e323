/* SPDX-License-Identifier: MIT */
#include "probes/simulate/image.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/fail.h"

enum {
    VERSION = 1,
    LINE_LIMIT = 1024,
    FILE_LIMIT = 1 << 28 /* bytes; over a million threads */
};

/* The text, its lines, and the fields of a line: each step eats what it reads. */
typedef struct reader {
    const char *at, *end;    /* what is left of the text */
    const char *field, *eol; /* what is left of the line */
    unsigned line;
    cck_error *err;
} reader;

static int damaged(const reader *r, const char *what)
{
    return cck_fail(r->err, CCK_EFORMAT, "the simulator's record is damaged in line %u: %s",
                    r->line, what);
}

/* Go to the next line and its keyword. */
static int next_line(reader *r, const char *keyword)
{
    r->line++;
    if (r->at == r->end)
        return damaged(r, "it ends too early");
    size_t left = (size_t)(r->end - r->at), length = strlen(keyword);
    const char *eol = memchr(r->at, '\n', left < LINE_LIMIT ? left : LINE_LIMIT);
    if (!eol)
        return damaged(r, "the line has no end");
    r->field = r->at;
    r->eol = eol;
    r->at = eol + 1;
    if ((size_t)(eol - r->field) < length || memcmp(r->field, keyword, length) != 0)
        return damaged(r, "another keyword was expected");
    r->field += length;
    return 0;
}

static bool read_number(reader *r, uint64_t limit, uint64_t *out_number)
{
    uint64_t number = 0;
    if (r->field == r->eol || *r->field++ != ' ')
        return false;
    const char *start = r->field;
    for (; r->field < r->eol && *r->field >= '0' && *r->field <= '9'; r->field++)
        if (__builtin_mul_overflow(number, 10, &number) ||
            __builtin_add_overflow(number, (uint64_t)(*r->field - '0'), &number))
            return false;
    if (r->field == start || number > limit)
        return false;
    *out_number = number;
    return true;
}

/* A line with one number. */
static int number_line(reader *r, const char *keyword, uint64_t limit, uint64_t *out_number)
{
    int status = next_line(r, keyword);
    if (status < 0)
        return status;
    if (!read_number(r, limit, out_number) || r->field != r->eol)
        return damaged(r, "a number was expected");
    return 0;
}

static int hex_digit(char c)
{
    static const char digits[] = "0123456789abcdef";
    const char *digit = c ? strchr(digits, c) : NULL;
    return digit ? (int)(digit - digits) : -1;
}

/* The last field of a line: "-" or a name with %XX. Control bytes become '?'. */
static bool read_name(reader *r, char *out_name, size_t size)
{
    size_t used = 0;
    if (r->field == r->eol || *r->field++ != ' ' || r->field == r->eol)
        return false;
    if (*r->field == '-' && r->field + 1 == r->eol) {
        out_name[0] = 0;
        return true;
    }
    while (r->field < r->eol) {
        unsigned char byte = (unsigned char)*r->field++;
        if (byte == '%') {
            int high = r->eol - r->field >= 2 ? hex_digit(r->field[0]) : -1;
            int low = high >= 0 ? hex_digit(r->field[1]) : -1;
            if (low < 0)
                return false;
            byte = (unsigned char)(high << 4 | low);
            r->field += 2;
        }
        if (used + 1 >= size)
            return false;
        out_name[used++] = (char)(byte < ' ' || byte == 0x7f ? '?' : byte);
    }
    out_name[used] = 0;
    return true;
}

static bool read_state(reader *r, cck_image_state *out_state)
{
    static const char *const words[] = {
        [CCK_IMAGE_RUNNING] = " running", [CCK_IMAGE_EXEC] = " exec", [CCK_IMAGE_ENDED] = " ended"};
    size_t length = (size_t)(r->eol - r->field);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (length == strlen(words[i]) && !memcmp(r->field, words[i], length)) {
            *out_state = (cck_image_state)i;
            return true;
        }
    return false;
}

static int read_header(reader *r, cck_image *image, uint64_t *out_threads)
{
    uint64_t version = 0, pid = 0, ppid = 0, levels = 0, cores = 0;
    int status = number_line(r, "cachecheck-simulation", UINT32_MAX, &version);
    if (!status && version != VERSION)
        status = damaged(r, "it is of another version");
    if (!status)
        status = number_line(r, "pid", INT32_MAX, &pid);
    if (!status)
        status = number_line(r, "ppid", INT32_MAX, &ppid);
    if (!status)
        status = number_line(r, "levels", 3, &levels);
    if (!status && levels < 2)
        status = damaged(r, "levels are 2 or 3");
    if (!status)
        status = number_line(r, "cores", UINT32_MAX, &cores);
    if (!status)
        status = next_line(r, "state");
    if (!status && !read_state(r, &image->state))
        status = damaged(r, "an unknown state");
    if (!status)
        status = next_line(r, "program");
    if (!status && !read_name(r, image->program, sizeof image->program))
        status = damaged(r, "a name was expected");
    if (!status)
        status = number_line(r, "threads", FILE_LIMIT / 64, out_threads);
    if (status < 0)
        return status;
    image->pid = (int32_t)pid;
    image->ppid = (int32_t)ppid;
    image->levels = (uint32_t)levels;
    image->cores = (uint32_t)cores;
    return 0;
}

static int read_thread(reader *r, const cck_image *image, cck_image_thread *thread)
{
    uint64_t tid, core, ended;
    int status = next_line(r, "thread");
    if (status < 0)
        return status;
    bool good = read_number(r, INT32_MAX, &tid) && read_number(r, UINT32_MAX, &core) &&
                read_number(r, 1, &ended) && read_number(r, UINT64_MAX, &thread->instructions) &&
                read_number(r, UINT64_MAX, &thread->loads) &&
                read_number(r, UINT64_MAX, &thread->stores) &&
                read_number(r, UINT64_MAX, &thread->atomics);
    for (int level = 0; good && level < 3; level++)
        for (int kind = 0; good && kind < CCK_IMAGE_KINDS; kind++)
            good = read_number(r, UINT64_MAX, &thread->misses[level][kind]);
    if (!good || !read_name(r, thread->name, sizeof thread->name))
        return damaged(r, "a thread's numbers were expected");
    if (core >= image->cores)
        return damaged(r, "there is no core of that number");
    thread->tid = (int32_t)tid;
    thread->core = (uint32_t)core;
    thread->ended = ended;
    return 0;
}

int cck_image_parse(cck_image *out_image, const char *text, size_t length, cck_error *err)
{
    reader r = {.at = text, .end = text + length, .err = err};
    cck_image image = {0};
    uint64_t threads = 0;
    int status = read_header(&r, &image, &threads);
    if (status < 0)
        return status;
    /* A thread's line has at least 40 bytes: never trust a count beyond that. */
    if (threads > length / 40)
        return damaged(&r, "more threads than it has room for");
    image.threads = calloc(threads ? threads : 1, sizeof *image.threads);
    if (!image.threads)
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    while (!status && image.thread_count < threads) {
        status = read_thread(&r, &image, &image.threads[image.thread_count]);
        image.thread_count += !status;
    }
    if (!status)
        status = next_line(&r, "end");
    if (!status && (r.field != r.eol || r.at != r.end))
        status = damaged(&r, "it goes on behind its end");
    if (status < 0)
        cck_image_clear(&image);
    else
        *out_image = image;
    return status;
}

static int read_whole(int fd, const char *name, char **out_text, size_t *out_length, cck_error *err)
{
    struct stat info;
    if (fstat(fd, &info) < 0)
        return cck_fail_os(err, CCK_EIO, errno, "cannot read the simulator's record %s", name);
    if (!S_ISREG(info.st_mode) || info.st_size > FILE_LIMIT)
        return cck_fail(err, CCK_ELIMIT, "the simulator's record %s is too large", name);
    size_t size = (size_t)info.st_size, used = 0;
    char *text = malloc(size + 1);
    if (!text)
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    while (used < size) {
        ssize_t got = read(fd, text + used, size - used);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0) {
            cck_fail_os(err, CCK_EIO, errno, "cannot read the simulator's record %s", name);
            free(text);
            return CCK_EIO;
        }
        if (got == 0)
            break;
        used += (size_t)got;
    }
    *out_text = text;
    *out_length = used;
    return 0;
}

int cck_image_read(cck_image *out_image, int directory, const char *name, cck_error *err)
{
    char *text = NULL;
    size_t length = 0;
    int fd = openat(directory, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0)
        return cck_fail_os(err, CCK_EIO, errno, "cannot read the simulator's record %s", name);
    int status = read_whole(fd, name, &text, &length, err);
    close(fd);
    if (!status)
        status = cck_image_parse(out_image, text, length, err);
    free(text);
    return status;
}

void cck_image_clear(cck_image *image)
{
    if (!image)
        return;
    free(image->threads);
    *image = (cck_image){0};
}
