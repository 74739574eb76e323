/* SPDX-License-Identifier: MIT */
/* Processes as /proc shows them, and blocks as the recorder notes them: hand-made ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/base/root.h"
#include "core/session/observed.h"
#include "core/process/heap.h"
#include "core/process/space.h"

typedef struct tree {
    char path[64];
    cck_root root;
} tree;

static void put(const tree *made, int pid, const char *name, const char *text)
{
    char path[128];
    snprintf(path, sizeof path, "%s/proc", made->path);
    mkdir(path, 0700);
    snprintf(path, sizeof path, "%s/proc/%d", made->path, pid);
    mkdir(path, 0700);
    snprintf(path, sizeof path, "%s/proc/%d/%s", made->path, pid, name);
    FILE *out = fopen(path, "w");
    assert_non_null(out);
    fputs(text, out);
    fclose(out);
}

static void put_stat(const tree *made, int pid, unsigned long stack)
{
    char text[256];
    snprintf(text, sizeof text, "%d (a) b) S 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 5 0 0 0 1 2 %lu 0",
             pid, stack);
    put(made, pid, "stat", text);
}

static int set_up(void **state)
{
    tree *made = calloc(1, sizeof *made);
    strcpy(made->path, "/tmp/test_watch_space-XXXXXX");
    assert_non_null(mkdtemp(made->path));
    assert_int_equal(cck_root_open(&made->root, made->path, NULL), 0);
    *state = made;
    return 0;
}

static int tear_down(void **state)
{
    tree *made = *state;
    char command[128];
    cck_root_close(&made->root);
    snprintf(command, sizeof command, "rm -rf %s", made->path);
    int status = system(command);
    free(made);
    return status;
}

static const char first[] = "55e0c0000000-55e0c0001000 r-xp 00000000 08:01 77 /bin/app (deleted)\n"
                            "55e0d0000000-55e0d0021000 rw-p 00000000 00:00 0 [heap]\n"
                            "7f0000000000-7f0000010000 rw-s 00002000 00:05 99 /memfd:x (deleted)\n"
                            "7ffe00000000-7ffe00021000 rw-p 00000000 00:00 0 [stack]\n";
static const char other[] = "55e0d0000000-55e0d0021000 rw-p 00000000 00:00 0 [heap]\n"
                            "7e0000000000-7e0000010000 rw-s 00000000 00:05 99 /memfd:x (deleted)\n";

static uint64_t key(cck_watch_space *space, int pid, uint64_t address)
{
    uint64_t found = 0;
    assert_true(cck_watch_space_key(space, pid, address, 64, &found));
    return found;
}

static void shared_memory_is_one_wherever_it_is_mapped(void **state)
{
    const tree *made = *state;
    cck_watch_space space;
    uint64_t nothing;
    cck_watch_space_init(&space, &made->root);
    put_stat(made, 10, 1000);
    put(made, 10, "maps", first);
    put_stat(made, 11, 2000);
    put(made, 11, "maps", other);
    assert_int_equal(key(&space, 10, 0x7f0000000048), key(&space, 11, 0x7e0000002070));
    assert_int_not_equal(key(&space, 10, 0x7f0000000048), key(&space, 11, 0x7e0000002080));
    assert_int_not_equal(key(&space, 10, 0x55e0d0000000), key(&space, 11, 0x55e0d0000000));
    assert_int_equal(key(&space, 10, 0x55e0d0000000), key(&space, 10, 0x55e0d000003f));
    assert_false(cck_watch_space_key(&space, 10, 0x1000, 64, &nothing));
    cck_watch_space_clear(&space);
}

static void mappings_are_told_apart(void **state)
{
    const tree *made = *state;
    cck_watch_space space;
    cck_watch_space_init(&space, &made->root);
    put_stat(made, 10, 1000);
    put(made, 10, "maps", first);
    cck_watch_image *image = cck_watch_space_image(&space, 10);
    assert_non_null(image);
    assert_true(cck_watch_image_known(image, 0x55e0c0000fff)->executes);
    assert_true(cck_watch_image_known(image, 0x55e0d0000000)->heap);
    assert_true(cck_watch_image_known(image, 0x7ffe00020fff)->stack);
    assert_null(cck_watch_image_known(image, 0x7ffe00021000));
    assert_int_equal(cck_watch_image_module(image, 0x55e0c0000010), 0);
    assert_int_equal(cck_watch_image_module(image, 0x55e0d0000010), CCK_NONE);
    cck_watch_space_clear(&space);
}

static void an_exec_makes_another_program(void **state)
{
    const tree *made = *state;
    cck_watch_space space;
    cck_watch_space_init(&space, &made->root);
    put_stat(made, 10, 1000);
    put(made, 10, "maps", first);
    uint64_t before = key(&space, 10, 0x55e0d0000000);
    assert_false(cck_watch_space_look(&space, 10));
    put_stat(made, 10, 3000);
    put(made, 10, "maps", other);
    assert_true(cck_watch_space_look(&space, 10));
    assert_int_equal(space.count, 2);
    assert_int_not_equal(key(&space, 10, 0x55e0d0000000), before);
    assert_null(cck_watch_image_known(cck_watch_space_image(&space, 10), 0x55e0c0000000));
    cck_watch_space_clear(&space);
}

static void a_process_that_ended_stays_known(void **state)
{
    const tree *made = *state;
    cck_watch_space space;
    cck_watch_space_init(&space, &made->root);
    put_stat(made, 10, 1000);
    put(made, 10, "maps", first);
    cck_watch_image *image = cck_watch_space_image(&space, 10);
    put(made, 10, "maps", "");
    usleep(30000); /* looked at again from then on */
    assert_null(cck_watch_image_find(&space, image, 0x1000));
    assert_non_null(cck_watch_image_known(image, 0x55e0d0000000));
    cck_watch_space_clear(&space);
}

/* ---- blocks ---- */

static void note(cck_heap_table *table, uint64_t address, uint64_t size, uint32_t freed)
{
    cck_heap_record *ways = &table->records[cck_heap_way(address)];
    while (ways->address)
        ways++;
    *ways = (cck_heap_record){
        .address = address, .size = size, .stack = 5, .tid = 42, .freed = freed};
}

/* Two blocks: one was given back, and a smaller one made in it since. */
static cck_heap_table *two_blocks(uint32_t partial)
{
    cck_heap_table *table = calloc(1, sizeof *table);
    *table = (cck_heap_table){
        .magic = CCK_HEAP_MAGIC, .began = 7, .pid = getpid(), .partial = partial};
    note(table, 0x10000, 4096, 1);
    note(table, 0x10040, 24, 0);
    return table;
}

/* Where the recorder would. The caller clears the arena. */
static void leave(const cck_watch_heaps *heaps, cck_heap_table *table, char *path, size_t size,
                  cck_arena *arena)
{
    const char *const *changes = cck_watch_heaps_environment(heaps, NULL, arena);
    assert_non_null(changes);
    assert_non_null(strstr(changes[0], "LD_PRELOAD="));
    snprintf(path, size, "%s/%d.0", strchr(changes[1], '=') + 1, (int)getpid());
    FILE *out = fopen(path, "w");
    assert_non_null(out);
    assert_int_equal(fwrite(table, sizeof *table, 1, out), 1);
    fclose(out);
    free(table);
}

/* What a scan finds where two_blocks() were left. The caller frees both. */
static cck_watch_heaps *scanned(uint32_t partial, cck_arena *arena)
{
    cck_watch_heaps *heaps;
    char path[256];
    if (cck_watch_heaps_new(&heaps, NULL) < 0)
        skip(); /* the recorder is not built beside this test */
    leave(heaps, two_blocks(partial), path, sizeof path, arena);
    assert_false(cck_watch_heaps_any(heaps));
    cck_watch_heaps_scan(heaps);
    assert_true(cck_watch_heaps_any(heaps));
    assert_int_not_equal(access(path, F_OK), 0); /* taken over */
    return heaps;
}

/* One that was passed over may be where the other was given back. */
static void what_was_freed_tells_nothing_where_blocks_were_passed_over(void **state)
{
    (void)state;
    cck_watch_block block;
    cck_arena arena = {0};
    cck_watch_heaps *heaps = scanned(1, &arena);
    assert_true(cck_watch_heaps_partial(heaps));
    assert_true(cck_watch_heaps_find(heaps, getpid(), 7, 0x10050, &block));
    assert_false(cck_watch_heaps_find(heaps, getpid(), 7, 0x10058, &block));
    cck_watch_heaps_free(heaps);
    cck_arena_clear(&arena);
}

static void blocks_are_found_by_what_they_hold(void **state)
{
    (void)state;
    cck_watch_block block;
    cck_arena arena = {0};
    cck_watch_heaps *heaps = scanned(0, &arena);
    assert_false(cck_watch_heaps_partial(heaps));
    assert_true(cck_watch_heaps_find(heaps, getpid(), 7, 0x10050, &block));
    assert_int_equal(block.start, 0x10040);
    assert_int_equal(block.size, 24);
    assert_int_equal(block.tid, 42);
    assert_false(block.freed);
    assert_true(cck_watch_heaps_find(heaps, getpid(), 7, 0x10058, &block));
    assert_int_equal(block.start, 0x10000);
    assert_true(block.freed);
    assert_false(cck_watch_heaps_find(heaps, getpid(), 7, 0x11000, &block));
    assert_false(cck_watch_heaps_find(heaps, getpid(), 8, 0x10050, &block));
    cck_watch_heaps_free(heaps);
    cck_arena_clear(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(shared_memory_is_one_wherever_it_is_mapped, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(mappings_are_told_apart, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_exec_makes_another_program, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_process_that_ended_stays_known, set_up, tear_down),
        cmocka_unit_test(blocks_are_found_by_what_they_hold),
        cmocka_unit_test(what_was_freed_tells_nothing_where_blocks_were_passed_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
