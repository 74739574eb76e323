/* SPDX-License-Identifier: MIT */
/*
 * The table of heap blocks that a watched program shares with us, and may write what it likes to.
 * Of the input each 12 bytes are a place in the table, in words of 8, and a word to put there;
 * the two first ones are what is asked for. The table is a small one (CMakeLists.txt), for all of
 * it is looked through for each question.
 */
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/process/heap.h"

enum { STEP = 12, QUESTIONS = 2, BEGAN = 7 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static cck_watch_heaps *heaps;
static cck_heap_table *table; /* as the program has it mapped: the reader sees each change */

static void forget(void)
{
    cck_watch_heaps_free(heaps);
    munmap(table, sizeof *table);
}

/* Where the recorder would make its file. */
static int make_file(void)
{
    char path[4352];
    cck_arena arena = {0};
    const char *const *changes = cck_watch_heaps_environment(heaps, NULL, &arena);
    if (!changes)
        return -1;
    snprintf(path, sizeof path, "%s/1.0", strchr(changes[1], '=') + 1);
    cck_arena_clear(&arena);
    return open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
}

/* Its own parent: nobody may go round in circles. */
static void set_head(void)
{
    memset(table, 0, offsetof(cck_heap_table, records));
    table->magic = CCK_HEAP_MAGIC;
    table->began = BEGAN;
    table->pid = table->parent = (int32_t)getpid();
}

static void begin(void)
{
    static char libexec[4096];
    snprintf(libexec, sizeof libexec, "%s/../libexec/cachecheck", CCK_FIXTURES);
    setenv("CACHECHECK_LIBEXEC", libexec, 1);
    if (cck_watch_heaps_new(&heaps, NULL) < 0) {
        fprintf(stderr, "the recorder is not built: ninja cck_watch_recorder\n");
        exit(1);
    }
    int fd = make_file();
    if (fd < 0 || ftruncate(fd, sizeof *table) < 0)
        abort();
    table = mmap(NULL, sizeof *table, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    if (table == MAP_FAILED)
        abort();
    set_head();
    cck_watch_heaps_scan(heaps);
    if (!cck_watch_heaps_any(heaps))
        abort();
    atexit(forget);
}

static uint64_t word_of(const uint8_t *data)
{
    uint64_t word;
    memcpy(&word, data + 4, sizeof word);
    return word;
}

static uint64_t *place_of(const uint8_t *data)
{
    uint32_t place;
    memcpy(&place, data, sizeof place);
    return (uint64_t *)(void *)table + place % (sizeof *table / sizeof(uint64_t));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!table)
        begin();
    for (size_t at = QUESTIONS * STEP; at + STEP <= size; at += STEP)
        *place_of(data + at) = word_of(data + at);
    for (size_t at = 0; at < QUESTIONS * STEP && at + STEP <= size; at += STEP) {
        cck_watch_block block;
        uint64_t address = word_of(data + at);
        if (cck_watch_heaps_find(heaps, (int32_t)getpid(), BEGAN, address, &block) &&
            (address - block.start >= block.size || block.stack.size > CCK_STACK_BYTES))
            abort();
    }
    for (size_t at = QUESTIONS * STEP; at + STEP <= size; at += STEP)
        *place_of(data + at) = 0;
    set_head();
    return 0;
}
