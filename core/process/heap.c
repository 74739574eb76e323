/* SPDX-License-Identifier: MIT */
#include "core/process/heap.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/base/fail.h"
#include "core/base/libexec.h"
#include "core/process/heap_folder.h"

enum {
    TABLES_MOST = 128, /* 1.5 MiB each */
    ANCESTORS = 8      /* forks after forks whose blocks are looked through */
};

static const double epoch_cost_ns = 1e6; /* of noting what an epoch allows, and a little beyond */
static const double note_share = 0.5;    /* of what watching may cost, for that */
static const double default_share = 0.02;

static const char recorder_name[] = "cachecheck-recorder.so";

struct cck_watch_heaps {
    char recorder[PATH_MAX];
    cck_heap_folder folder;
    cck_heap_table *tables[TABLES_MOST];
    size_t count;
    bool any;
    double epoch_ns, epoch_began;
};

int cck_watch_heaps_new(cck_watch_heaps **out_heaps, cck_error *err)
{
    cck_watch_heaps *heaps = calloc(1, sizeof *heaps);
    if (!heaps)
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    int code = 0;
    if (!cck_libexec_find(recorder_name, heaps->recorder, sizeof heaps->recorder) ||
        strpbrk(heaps->recorder, ": ")) /* between which LD_PRELOAD names several */
        code = cck_fail(err, CCK_ENOTFOUND, "the recorder of allocations is not installed");
    else if (!cck_heap_folder_make(&heaps->folder))
        code = cck_fail_os(err, CCK_EIO, errno, "cannot make a folder for records of allocations");
    if (code < 0) {
        free(heaps);
        return code;
    }
    cck_watch_heaps_set_share(heaps, default_share);
    *out_heaps = heaps;
    return 0;
}

void cck_watch_heaps_set_share(cck_watch_heaps *heaps, double share)
{
    heaps->epoch_ns = epoch_cost_ns / (share * note_share);
}

static const char *value_before(const char *const *changes, const char *name)
{
    const char *value = getenv(name);
    size_t length = strlen(name);
    for (; changes && *changes; changes++)
        if (strncmp(*changes, name, length) == 0 && (!(*changes)[length] || (*changes)[length] == '='))
            value = (*changes)[length] ? *changes + length + 1 : NULL;
    return value && *value ? value : NULL;
}

const char *const *cck_watch_heaps_environment(const cck_watch_heaps *heaps,
                                               const char *const *before, cck_arena *arena)
{
    const char *preloaded = value_before(before, "LD_PRELOAD");
    const char *sanitizer = value_before(before, "ASAN_OPTIONS");
    const char **changes = cck_arena_array(arena, 4, sizeof *changes);
    if (!changes)
        return NULL;
    /* Behind what the user preloads: an allocator among that is then the one called first, and
     * its own blocks are not recorded, but nothing is changed. */
    changes[0] = cck_arena_printf(arena, "LD_PRELOAD=%s%s%s", preloaded ? preloaded : "",
                                  preloaded ? ":" : "", heaps->recorder);
    changes[1] = cck_arena_printf(arena, "%s=%s", CCK_HEAP_VARIABLE, heaps->folder.path);
    /* Programs with AddressSanitizer refuse to start behind a preloaded library. */
    changes[2] = cck_arena_printf(arena, "ASAN_OPTIONS=%s%sverify_asan_link_order=0",
                                  sanitizer ? sanitizer : "", sanitizer ? ":" : "");
    return changes[0] && changes[1] && changes[2] ? changes : NULL;
}

/* ---- tables ---- */

static void drop_ended(cck_watch_heaps *heaps)
{
    size_t kept = 0;
    for (size_t i = 0; i < heaps->count; i++) {
        if (kill(heaps->tables[i]->pid, 0) < 0 && errno == ESRCH)
            munmap(heaps->tables[i], sizeof *heaps->tables[i]);
        else
            heaps->tables[kept++] = heaps->tables[i];
    }
    heaps->count = kept;
}

/* The last byte is there: a file that were cut off would end us by SIGBUS. */
static void take_file(cck_watch_heaps *heaps, const char *path)
{
    struct stat info;
    int file = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (file < 0)
        return;
    if (fstat(file, &info) < 0 || !S_ISREG(info.st_mode) ||
        (size_t)info.st_size != sizeof(cck_heap_table)) {
        close(file); /* it is being made */
        return;
    }
    if (heaps->count == TABLES_MOST)
        drop_ended(heaps);
    void *mapped = heaps->count < TABLES_MOST
                       ? mmap(NULL, sizeof(cck_heap_table), PROT_READ | PROT_WRITE, MAP_SHARED,
                              file, 0)
                       : MAP_FAILED;
    close(file);
    if (mapped != MAP_FAILED) {
        cck_heap_table *table = mapped;
        if (__atomic_load_n(&table->magic, __ATOMIC_ACQUIRE) != CCK_HEAP_MAGIC) {
            munmap(mapped, sizeof *table);
            return;
        }
        heaps->tables[heaps->count++] = table;
        heaps->any = true;
    }
    unlink(path); /* it lives as long as it is mapped */
}

/* See heap_share.h. */
static void begin_epoch(cck_watch_heaps *heaps)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    double now = (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
    if (now < heaps->epoch_began + heaps->epoch_ns)
        return;
    heaps->epoch_began = now;
    for (size_t i = 0; i < heaps->count; i++)
        __atomic_fetch_add(&heaps->tables[i]->epoch, 1, __ATOMIC_RELAXED);
}

void cck_watch_heaps_scan(cck_watch_heaps *heaps)
{
    char path[PATH_MAX + NAME_MAX + 2];
    DIR *folder = heaps ? opendir(heaps->folder.path) : NULL;
    for (struct dirent *entry; folder && (entry = readdir(folder));) {
        snprintf(path, sizeof path, "%s/%s", heaps->folder.path, entry->d_name);
        if (entry->d_name[0] != '.')
            take_file(heaps, path);
    }
    if (folder)
        closedir(folder);
    if (heaps)
        begin_epoch(heaps);
}

bool cck_watch_heaps_partial(const cck_watch_heaps *heaps)
{
    for (size_t i = 0; heaps && i < heaps->count; i++)
        if (heaps->tables[i]->partial)
            return true;
    return false;
}

bool cck_watch_heaps_any(const cck_watch_heaps *heaps)
{
    return heaps && heaps->any;
}

/* ---- blocks ---- */

static const cck_heap_table *table_of(const cck_watch_heaps *heaps, int32_t pid, uint64_t began)
{
    for (size_t i = 0; heaps && i < heaps->count; i++)
        if (heaps->tables[i]->pid == pid && heaps->tables[i]->began == began)
            return heaps->tables[i];
    return NULL;
}

bool cck_watch_heaps_has(const cck_watch_heaps *heaps, int32_t pid, uint64_t began)
{
    return table_of(heaps, pid, began) != NULL;
}

/* Later blocks take the place of earlier ones at their address; those that only overlap an
 * old one that was given back come before it. Where some blocks were passed over, one of these
 * may be in place of what was given back: then nothing is known. */
static bool find_record(const cck_heap_table *table, uint64_t address, cck_heap_record *out_record)
{
    bool found = false;
    for (size_t i = 0; i < CCK_RECORDS; i++) {
        cck_heap_record record = table->records[i];
        if (!record.address || address < record.address ||
            (address - record.address >= record.size) || (record.freed && table->partial))
            continue;
        if (!found || out_record->freed > record.freed ||
            (out_record->freed == record.freed && record.size < out_record->size))
            *out_record = record;
        found = true;
    }
    return found;
}

static void find_stack(const cck_heap_table *table, uint64_t key, cck_heap_stack *out_stack)
{
    const cck_heap_stack *ways = &table->stacks[cck_heap_stack_way(key)];
    for (int i = 0; key && i < CCK_STACK_WAYS; i++)
        if (__atomic_load_n(&ways[i].key, __ATOMIC_ACQUIRE) == key)
            *out_stack = ways[i];
    if (out_stack->size > CCK_STACK_BYTES)
        out_stack->size = CCK_STACK_BYTES;
}

bool cck_watch_heaps_find(const cck_watch_heaps *heaps, int32_t pid, uint64_t began,
                          uint64_t address, cck_watch_block *out_block)
{
    cck_heap_record record = {0};
    const cck_heap_table *table = table_of(heaps, pid, began);
    for (int depth = 0; table && !find_record(table, address, &record); depth++)
        table = table->parent && depth < ANCESTORS ? table_of(heaps, table->parent, began) : NULL;
    if (!table)
        return false;
    *out_block = (cck_watch_block){.start = record.address,
                                   .size = record.size,
                                   .tid = record.tid,
                                   .freed = record.freed != 0,
                                   .key = record.stack};
    find_stack(table, record.stack, &out_block->stack);
    for (size_t i = 0; i < CCK_RECORDS; i++)
        out_block->instances += table->records[i].address && record.stack &&
                                table->records[i].stack == record.stack &&
                                table->records[i].size == record.size;
    return true;
}

void cck_watch_heaps_free(cck_watch_heaps *heaps)
{
    if (!heaps)
        return;
    cck_heap_folder_remove(&heaps->folder);
    for (size_t i = 0; i < heaps->count; i++)
        munmap(heaps->tables[i], sizeof *heaps->tables[i]);
    free(heaps);
}
