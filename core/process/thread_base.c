/* SPDX-License-Identifier: MIT */
#include "core/process/thread_base.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "core/base/fail.h"

/*
 * Where it may be. A thread's stack and control block share a mapping: the block is above
 * the stack pointer, mostly at the mapping's end. That of the first thread is in a small
 * mapping of the loader's, or at the beginning of the heap of a static program.
 */
enum {
    WINDOW = 256 * 1024, /* bytes looked through at either place */
    ALIGNMENT = 16,
    TID_FROM = 24, /* behind the pointers */
    BLOCK = 0x400, /* bytes in which the thread's id is (0x2d0 in glibc 2.2 .. 2.42) */
};

typedef struct mapping {
    uint64_t start, end;
    bool heap, stack;
} mapping;

typedef struct search {
    int32_t pid;
    cck_thread_base_search *wanted;
    size_t count;
    uint8_t *bytes; /* WINDOW */
    int failure;
} search;

static bool is_block(const uint8_t *at, uint64_t address, int32_t tid)
{
    uint64_t pointer;
    memcpy(&pointer, at, sizeof pointer);
    if (pointer != address)
        return false;
    memcpy(&pointer, at + 2 * sizeof pointer, sizeof pointer);
    if (pointer != address)
        return false;
    for (size_t i = TID_FROM; i < BLOCK; i += sizeof tid)
        if (memcmp(at + i, &tid, sizeof tid) == 0)
            return true;
    return false;
}

static size_t read_memory(search *s, uint64_t from, size_t size)
{
    struct iovec here = {s->bytes, size}, there = {(void *)(uintptr_t)from, size};
    ssize_t got = process_vm_readv(s->pid, &here, 1, &there, 1, 0);
    if (got < 0 && errno == EPERM)
        s->failure = CCK_EACCESS;
    else if (got < 0 && errno == ESRCH)
        s->failure = CCK_EGONE;
    return got < 0 ? 0 : (size_t)got;
}

/* Look for the block of `wanted`, or for any one's when NULL, in [from, to). */
static void look(search *s, cck_thread_base_search *wanted, uint64_t from, uint64_t to)
{
    from = (from + ALIGNMENT - 1) & ~(uint64_t)(ALIGNMENT - 1);
    if (from >= to)
        return;
    size_t size = read_memory(s, from, to - from < WINDOW ? (size_t)(to - from) : WINDOW);
    for (size_t at = 0; at + BLOCK <= size; at += ALIGNMENT) {
        uint64_t pointer;
        memcpy(&pointer, s->bytes + at, sizeof pointer);
        if (pointer != from + at) /* nearly always */
            continue;
        for (size_t i = 0; i < s->count; i++)
            if ((!wanted || wanted == &s->wanted[i]) && !s->wanted[i].base &&
                is_block(s->bytes + at, from + at, s->wanted[i].tid))
                s->wanted[i].base = from + at;
    }
}

static void look_in_stacks(search *s, const mapping *m)
{
    for (size_t i = 0; i < s->count && !s->failure; i++) {
        cck_thread_base_search *wanted = &s->wanted[i];
        if (wanted->base || wanted->stack < m->start || wanted->stack >= m->end)
            continue;
        uint64_t last = m->end - m->start > WINDOW ? m->end - WINDOW : m->start;
        look(s, wanted, last > wanted->stack ? last : wanted->stack, m->end);
        if (!wanted->base && last > wanted->stack)
            look(s, wanted, wanted->stack, last);
    }
}

static bool first_is_missing(const search *s)
{
    for (size_t i = 0; i < s->count; i++)
        if (s->wanted[i].tid == s->pid && !s->wanted[i].base)
            return true;
    return false;
}

static void look_in(search *s, const mapping *m)
{
    if (!m->stack && !m->heap)
        look_in_stacks(s, m);
    if (!s->failure && first_is_missing(s) && (m->heap || m->end - m->start <= WINDOW))
        look(s, NULL, m->start, m->end);
}

/* Writable private memory without a file. */
static bool parse(const char *line, mapping *out)
{
    char rights[5], name[16] = "";
    uint64_t inode;
    if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %4s %*x %*s %" SCNu64 " %15s", &out->start, &out->end,
               rights, &inode, name) < 4)
        return false;
    out->heap = strcmp(name, "[heap]") == 0;
    out->stack = strcmp(name, "[stack]") == 0;
    bool named = name[0] == '[' && !out->heap && strncmp(name, "[anon", 5) != 0;
    return strncmp(rights, "rw", 2) == 0 && inode == 0 && name[0] != '/' && !named &&
           out->end > out->start;
}

static int look_through(search *s, const cck_root *root)
{
    char path[64], line[512];
    snprintf(path, sizeof path, "proc/%d/maps", s->pid);
    int fd = openat(root->fd, path, O_RDONLY | O_CLOEXEC);
    FILE *file = fd >= 0 ? fdopen(fd, "r") : NULL;
    if (!file) {
        int os_error = errno;
        if (fd >= 0)
            close(fd);
        return os_error == ENOENT ? CCK_EGONE : cck_code_of_errno(os_error);
    }
    /* A path too long for a line is read on as a line that does not parse. */
    while (!s->failure && fgets(line, sizeof line, file)) {
        mapping m;
        if (parse(line, &m))
            look_in(s, &m);
    }
    fclose(file);
    return s->failure;
}

int cck_thread_base_find(const cck_root *root, int32_t pid, cck_thread_base_search *searches,
                         size_t count)
{
#if defined(__x86_64__)
    search s = {.pid = pid, .wanted = searches, .count = count, .bytes = malloc(WINDOW)};
    if (!s.bytes)
        return CCK_ENOMEM;
    for (size_t i = 0; i < count; i++)
        searches[i].base = 0;
    int code = look_through(&s, root);
    free(s.bytes);
    return code;
#else
    for (size_t i = 0; i < count; i++)
        searches[i].base = 0;
    (void)look_through;
    (void)root;
    (void)pid;
    return CCK_EUNSUPPORTED;
#endif
}
