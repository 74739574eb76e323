/* SPDX-License-Identifier: MIT */
#include "probes/simulate/reader/source.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <linux/futex.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "core/base/fail.h"

/* A ring of 8 GiB is no ring of ours. */
#define RING_WORDS_MOST (UINT64_C(1) << 30)

cck_trace_source cck_trace_source_of_words(const uint64_t *words, size_t count)
{
    return (cck_trace_source){.words = words, .size = count, .head = count};
}

static int check_header(const cck_trace_header *header, uint64_t bytes, uint64_t ring_words,
                        const char *name, cck_error *err)
{
    if (__atomic_load_n(&header->magic, __ATOMIC_ACQUIRE) != CCK_TRACE_MAGIC)
        return cck_fail(err, CCK_EFORMAT, "%s is no trace, or of another version", name);
    if (ring_words < CCK_SPAN_WORDS || ring_words > RING_WORDS_MOST ||
        bytes < CCK_TRACE_HEADER_BYTES + ring_words * sizeof(uint64_t))
        return cck_fail(err, CCK_EFORMAT, "the trace %s is cut off", name);
    return 0;
}

static int map_file(cck_trace_source *source, int fd, uint64_t bytes, const char *name,
                    cck_error *err)
{
    void *mapped = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (mapped == MAP_FAILED)
        return cck_fail_os(err, CCK_EIO, errno, "cannot map the trace %s", name);
    cck_trace_header *header = mapped;
    if (!__atomic_load_n(&header->magic, __ATOMIC_ACQUIRE)) {
        munmap(mapped, bytes);
        return cck_fail(err, CCK_ENOTFOUND, "the trace %s is not set up", name);
    }
    uint64_t ring_words = cck_word_at(&header->ring_words);
    int status = check_header(header, bytes, ring_words, name, err);
    if (status < 0) {
        munmap(mapped, bytes);
        return status;
    }
    *source =
        (cck_trace_source){.header = header,
                           .mapped = bytes,
                           .words = (const uint64_t *)((char *)mapped + CCK_TRACE_HEADER_BYTES),
                           .size = ring_words};
    __atomic_store_n(&header->reader, (int32_t)getpid(), __ATOMIC_RELEASE);
    return 0;
}

int cck_trace_source_open(cck_trace_source *out_source, int directory, const char *name,
                          cck_error *err)
{
    struct stat info;
    int fd = openat(directory, name, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0)
        return cck_fail_os(err, errno == ENOENT ? CCK_ENOTFOUND : CCK_EIO, errno,
                           "cannot open the trace %s", name);
    int status = 0;
    if (fstat(fd, &info) < 0 || !S_ISREG(info.st_mode))
        status = cck_fail(err, CCK_EFORMAT, "the trace %s is not a regular file", name);
    else if (info.st_size < CCK_TRACE_HEADER_BYTES)
        status = cck_fail(err, CCK_ENOTFOUND, "the trace %s is not set up", name);
    else
        status = map_file(out_source, fd, (uint64_t)info.st_size, name, err);
    close(fd);
    return status;
}

void cck_trace_source_close(cck_trace_source *source)
{
    if (source->header)
        munmap(source->header, source->mapped);
    *source = (cck_trace_source){0};
}

static int damaged(const cck_trace_source *source, const char *what, cck_error *err)
{
    return cck_fail(err, CCK_EFORMAT, "the trace is damaged at word %" PRIu64 ": %s", source->at,
                    what);
}

static int look_at_head(cck_trace_source *source, cck_error *err)
{
    if (source->header) {
        uint64_t head = __atomic_load_n(&source->header->head, __ATOMIC_ACQUIRE);
        if (head < source->head || head - source->freed > source->size)
            return damaged(source, "the writer's position is impossible", err);
        source->head = head;
    }
    return source->head > source->at;
}

/* Instructions of a hundred years. Threads that never pause do so at the largest number. */
static const uint64_t CLOCK_MOST = UINT64_C(1) << 62;

int cck_trace_source_next(cck_trace_source *source, cck_span *out_span, cck_error *err)
{
    for (;;) {
        if (source->at == source->head) {
            int status = look_at_head(source, err);
            if (status <= 0)
                return status;
        }
        uint64_t left = source->head - source->at, place = source->at % source->size;
        if (left < CCK_SPAN_WORDS || source->size - place < CCK_SPAN_WORDS)
            return damaged(source, "a span's header is cut off", err);
        const uint64_t *words = source->words + place;
        uint64_t first = cck_word_at(words);
        uint32_t length = CCK_SPAN_LENGTH(first);
        if (length > left - CCK_SPAN_WORDS || length > source->size - place - CCK_SPAN_WORDS)
            return damaged(source, "a span is longer than what was written", err);
        source->at += CCK_SPAN_WORDS + length;
        if (CCK_SPAN_KIND(first) == CCK_SPAN_SKIP)
            continue;
        if (cck_word_at(words + 1) > CLOCK_MOST)
            return damaged(source, "a span's clock is impossible", err);
        *out_span = (cck_span){.kind = CCK_SPAN_KIND(first),
                               .length = length,
                               .thread = CCK_SPAN_THREAD_OF(first),
                               .clock = cck_word_at(words + 1),
                               .words = words + CCK_SPAN_WORDS};
        return 1;
    }
}

static void futex(uint32_t *word, int operation, uint32_t value, const struct timespec *limit)
{
    syscall(SYS_futex, word, operation, value, limit, NULL, 0);
}

void cck_trace_source_free(cck_trace_source *source)
{
    if (source->freed == source->at)
        return;
    source->freed = source->at;
    cck_trace_header *header = source->header;
    if (!header)
        return;
    /* Sequentially consistent: either the writer sees the new tail, or we see it wait. */
    __atomic_store_n(&header->tail, source->at, __ATOMIC_SEQ_CST);
    if (__atomic_load_n(&header->writer_waits, __ATOMIC_SEQ_CST)) {
        __atomic_fetch_add(&header->tail_futex, 1, __ATOMIC_SEQ_CST);
        futex(&header->tail_futex, FUTEX_WAKE, INT_MAX, NULL);
    }
}

void cck_trace_source_wait(cck_trace_source *source, unsigned milliseconds)
{
    cck_trace_header *header = source->header;
    if (!header)
        return;
    struct timespec limit = {.tv_sec = milliseconds / 1000,
                             .tv_nsec = (long)(milliseconds % 1000) * 1000000};
    uint32_t seen = __atomic_load_n(&header->head_futex, __ATOMIC_SEQ_CST);
    __atomic_store_n(&header->reader_waits, 1, __ATOMIC_SEQ_CST);
    if (__atomic_load_n(&header->head, __ATOMIC_SEQ_CST) == source->head)
        futex(&header->head_futex, FUTEX_WAIT, seen, &limit);
    __atomic_store_n(&header->reader_waits, 0, __ATOMIC_SEQ_CST);
}

bool cck_trace_source_is_full(const cck_trace_source *source)
{
    return source->header && __atomic_load_n(&source->header->writer_waits, __ATOMIC_SEQ_CST);
}
