/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "core/base/fail.h"
#include "probes/watch/text_function.h"
#include "probes/watch/text_process.h"

/** An executable mapping. */
typedef struct mapping {
    uint64_t start, end, offset, inode;
    char *path; /* NULL: no file */
    bool writable;
} mapping;

typedef struct mappings {
    mapping *at;
    size_t count;
} mappings;

struct cck_process_text {
    const cck_root *root;
    int32_t pid;
    mappings known;
    /* The file read last: the next is mostly the same. */
    int fd;
    uint64_t inode;
    char *path;
    bool live; /* the process is one of this system, its memory may be read */
};

static void clear(mappings *from)
{
    for (size_t i = 0; i < from->count; i++)
        free(from->at[i].path);
    free(from->at);
    *from = (mappings){.at = NULL};
}

static bool add(mappings *to, const mapping *what, const char *path)
{
    mapping *at = realloc(to->at, (to->count + 1) * sizeof *at);
    if (!at)
        return false;
    to->at = at;
    at[to->count] = *what;
    at[to->count].path = NULL;
    if (*path && !(at[to->count].path = strdup(path)))
        return false;
    to->count++;
    return true;
}

static bool ends_with(const char *text, const char *end)
{
    size_t length = strlen(text), wanted = strlen(end);
    return length >= wanted && strcmp(text + length - wanted, end) == 0;
}

/* "55d0-55d5 r-xp 00002000 fe:01 1234   /usr/bin/cat"; in names, newlines are \012. */
static bool take_line(mappings *to, char *line)
{
    mapping what = {.start = 0};
    char rights[5] = "";
    int at = 0;
    line[strcspn(line, "\n")] = '\0';
    if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %4s %" SCNx64 " %*s %" SCNu64 " %n", &what.start,
               &what.end, rights, &what.offset, &what.inode, &at) < 5 ||
        at == 0 || rights[2] != 'x' || what.end <= what.start)
        return true;
    what.writable = rights[1] == 'w';
    const char *path = line + at;
    bool file = what.inode && path[0] == '/' && !ends_with(path, " (deleted)");
    bool named = file || strcmp(path, "[vdso]") == 0;
    return add(to, &what, named ? path : "");
}

static int read_maps(const cck_process_text *text, mappings *out, cck_error *err)
{
    char path[32];
    snprintf(path, sizeof path, "proc/%" PRId32 "/maps", text->pid);
    int fd = openat(text->root->fd, path, O_RDONLY | O_CLOEXEC);
    FILE *file = fd < 0 ? NULL : fdopen(fd, "r");
    if (!file) {
        int code = errno == ENOENT ? CCK_EGONE : cck_code_of_errno(errno);
        int os_error = errno;
        if (fd >= 0)
            close(fd);
        return cck_fail_os(err, code, os_error, "cannot read the mappings of process %" PRId32,
                           text->pid);
    }
    char *line = NULL;
    size_t room = 0;
    bool fits = true;
    while (fits && getline(&line, &room, file) > 0)
        fits = take_line(out, line);
    int failed = ferror(file) ? errno : 0;
    free(line);
    fclose(file);
    if (failed == 0 && fits)
        return 0;
    clear(out);
    if (!fits)
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    return cck_fail_os(err, failed == ESRCH ? CCK_EGONE : cck_code_of_errno(failed), failed,
                       "cannot read the mappings of process %" PRId32, text->pid);
}

static bool same(const mapping *a, const mapping *b)
{
    bool path = a->path && b->path ? strcmp(a->path, b->path) == 0 : a->path == b->path;
    return a->start == b->start && a->end == b->end && a->offset == b->offset &&
           a->inode == b->inode && a->writable == b->writable && path;
}

static bool has(const mappings *in, const mapping *what)
{
    for (size_t i = 0; i < in->count; i++)
        if (same(&in->at[i], what))
            return true;
    return false;
}

static void close_file(cck_process_text *text)
{
    if (text->fd >= 0)
        close(text->fd);
    free(text->path);
    text->fd = -1;
    text->path = NULL;
}

int cck_process_text_update(cck_process_text *text,
                            void (*changed)(void *context, uint64_t start, uint64_t end),
                            void *context, cck_error *err)
{
    mappings found = {.at = NULL};
    int result = read_maps(text, &found, err);
    if (result < 0)
        return result;
    mappings before = text->known;
    text->known = found;
    for (size_t i = 0; changed && i < before.count; i++)
        if (!has(&found, &before.at[i]))
            changed(context, before.at[i].start, before.at[i].end);
    for (size_t i = 0; changed && i < found.count; i++)
        if (!has(&before, &found.at[i]))
            changed(context, found.at[i].start, found.at[i].end);
    clear(&before);
    return 0;
}

int cck_process_text_new(cck_process_text **out_text, const cck_root *root, int32_t pid,
                         cck_error *err)
{
    cck_process_text *text = calloc(1, sizeof *text);
    struct stat ours, theirs;
    if (!text)
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    *text = (cck_process_text){.root = root, .pid = pid, .fd = -1};
    text->live = stat("/", &ours) == 0 && fstat(root->fd, &theirs) == 0 &&
                 ours.st_ino == theirs.st_ino && ours.st_dev == theirs.st_dev;
    int result = cck_process_text_update(text, NULL, NULL, err);
    if (result < 0) {
        cck_process_text_free(text);
        return result;
    }
    *out_text = text;
    return 0;
}

void cck_process_text_free(cck_process_text *text)
{
    if (!text)
        return;
    close_file(text);
    clear(&text->known);
    free(text);
}

static const mapping *find(const cck_process_text *text, uint64_t address)
{
    size_t low = 0, high = text->known.count;
    while (low < high) { /* the kernel lists them in order */
        size_t middle = low + (high - low) / 2;
        if (text->known.at[middle].end <= address)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == text->known.count || text->known.at[low].start > address)
        return NULL;
    return &text->known.at[low];
}

/* Is it still the file that was mapped? Device numbers of maps and stat differ on some file
 * systems (overlayfs, btrfs); a file that replaced it has another inode on all. */
static int open_mapped(const cck_process_text *text, const mapping *from)
{
    char path[4200];
    struct stat status;
    for (int seen = 0; seen < 2; seen++) {
        /* As the target sees it, where it may be followed there; else as we do. */
        int length = seen == 0 ? snprintf(path, sizeof path, "proc/%" PRId32 "/root%s", text->pid,
                                          from->path)
                               : snprintf(path, sizeof path, "%s", from->path + 1);
        int fd = length < (int)sizeof path
                     ? openat(text->root->fd, path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)
                     : -1;
        if (fd < 0)
            continue;
        if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && status.st_ino == from->inode)
            return fd;
        close(fd);
    }
    return -1;
}

/* The file of a mapping, or -1. */
static int file_of(cck_process_text *text, const mapping *from)
{
    if (!from->path || from->path[0] != '/' || from->writable)
        return -1;
    if (!text->path || text->inode != from->inode || strcmp(text->path, from->path) != 0) {
        char *path = strdup(from->path);
        close_file(text);
        text->path = path;
        text->inode = from->inode;
        text->fd = path ? open_mapped(text, from) : -1;
    }
    return text->fd;
}

static size_t read_file(cck_process_text *text, const mapping *from, uint64_t offset, void *bytes,
                        size_t size)
{
    int fd = file_of(text, from);
    ssize_t got = fd < 0 ? -1 : pread(fd, bytes, size, (off_t)offset);
    return got < 0 ? 0 : (size_t)got;
}

/* Two ways: the second works for who traces or may trace where the first one is filtered. */
static size_t read_memory(const cck_process_text *text, uint64_t address, void *bytes, size_t size)
{
    struct iovec ours = {bytes, size}, theirs = {(void *)(uintptr_t)address, size};
    char path[32];
    if (!text->live)
        return 0;
    ssize_t got = process_vm_readv(text->pid, &ours, 1, &theirs, 1, 0);
    if (got > 0)
        return (size_t)got;
    snprintf(path, sizeof path, "proc/%" PRId32 "/mem", text->pid);
    int fd = openat(text->root->fd, path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return 0;
    got = pread(fd, bytes, size, (off_t)address);
    close(fd);
    return got < 0 ? 0 : (size_t)got;
}

/* The kernel maps the same one into each process, ours too. */
static size_t read_vdso(const cck_process_text *text, const mapping *from, uint64_t address,
                        void *bytes, size_t size)
{
    const char *ours = (const char *)getauxval(AT_SYSINFO_EHDR); /* NOLINT: an address */
    if (!text->live || !ours || !from->path || strcmp(from->path, "[vdso]") != 0)
        return 0;
    memcpy(bytes, ours + (address - from->start), size);
    return size;
}

static size_t read_code(void *context, uint64_t address, void *bytes, size_t size)
{
    cck_process_text *text = context;
    const mapping *from = find(text, address);
    if (!from)
        return 0;
    if (size > from->end - address)
        size = from->end - address;
    size_t got = read_file(text, from, address - from->start + from->offset, bytes, size);
    if (got == 0)
        got = read_memory(text, address, bytes, size);
    if (got == 0)
        got = read_vdso(text, from, address, bytes, size);
    return got;
}

static bool is_fixed(void *context, uint64_t address)
{
    const mapping *from = find(context, address);
    return from && from->path && !from->writable;
}

static bool function_of(void *context, uint64_t address, uint64_t *out_start, uint64_t *out_end)
{
    cck_process_text *text = context;
    const mapping *from = find(text, address);
    int fd = from ? file_of(text, from) : -1;
    uint64_t start, end;
    if (fd < 0 || !cck_text_function(fd, address - from->start + from->offset, &start, &end))
        return false;
    *out_start = start - from->offset + from->start;
    *out_end = end - from->offset + from->start;
    return true;
}

static bool load(void *context, uint64_t address, uint64_t *out_word)
{
    const cck_process_text *text = context;
    uint64_t word;
    struct iovec ours = {&word, sizeof word}, theirs = {(void *)(uintptr_t)address, sizeof word};
    if (!text->live || process_vm_readv(text->pid, &ours, 1, &theirs, 1, 0) != sizeof word)
        return false;
    *out_word = word;
    return true;
}

cck_text cck_process_text_reader(cck_process_text *text)
{
    return (cck_text){.read = read_code,
                      .fixed = is_fixed,
                      .function = function_of,
                      .load = load,
                      .context = text};
}
