/* SPDX-License-Identifier: MIT */
/* Looking at recorded trees of /proc and /sys: what a machine with two nodes shows, and what is
 * missing or damaged in it. No system call can be made on such a tree. */
#include <fcntl.h>
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

#include "probes/placement/processes.h"

enum { PID = 4711 };

static char folder[64];
static cck_root root;
static cck_arena arena;
static cck_place_nodes nodes;
static cck_place_memory memory;

static void put(const char *path, const char *text)
{
    char full[256];
    snprintf(full, sizeof full, "%s/%s", folder, path);
    for (char *at = full + strlen(folder) + 1; (at = strchr(at, '/')); at++) {
        *at = '\0';
        mkdir(full, 0755);
        *at = '/';
    }
    FILE *file = fopen(full, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void drop(const char *path)
{
    char full[256];
    snprintf(full, sizeof full, "%s/%s", folder, path);
    assert_int_equal(unlink(full), 0);
}

static int set_up(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/cck-numa-XXXXXX");
    assert_non_null(mkdtemp(folder));
    assert_int_equal(cck_root_open(&root, folder, NULL), 0);
    put("sys/devices/system/node/online", "0-1\n");
    put("sys/devices/system/node/node0/cpulist", "0-3\n");
    put("sys/devices/system/node/node1/cpulist", "4-7\n");
    put("sys/devices/system/node/node0/distance", "10 21\n");
    put("sys/devices/system/node/node1/distance", "21 10\n");
    put("sys/devices/system/node/node0/meminfo",
        "Node 0 MemTotal:       16384 kB\nNode 0 MemFree:        8192 kB\n");
    put("sys/devices/system/node/node1/meminfo",
        "Node 1 MemTotal:       16384 kB\nNode 1 MemFree:        4096 kB\n");
    put("proc/4711/status", "Name:\tapp\nState:\tS (sleeping)\nVmRSS:\t 1000 kB\n");
    put("proc/4711/maps",
        "00400000-00401000 r-xp 00000000 fe:01 99                         /opt/a b\\012c\n"
        "01000000-01010000 rw-p 00000000 00:00 0                          [heap]\n"
        "7f0000000000-7f0000800000 rw-p 00000000 00:0f 7                  /anon_hugepage (deleted)\n"
        "7f0001000000-7f0001010000 rw-p 00000000 00:00 0 \n"
        "7f0002000000-7f0002010000 rw-s 00000000 00:05 8                  /dev/zero (deleted)\n"
        "7ffc00000000-7ffc00021000 rw-p 00000000 00:00 0                  [stack]\n"
        "7ffc00030000-7ffc00032000 r-xp 00000000 00:00 0                  [vdso]\n");
    put("proc/4711/numa_maps",
        "00400000 default file=/opt/a\\040b\\012c mapped=1 N1=1 kernelpagesize_kB=4\n"
        "01000000 prefer (many):0-1 heap anon=3 dirty=3 N0=1 N1=2 kernelpagesize_kB=4\n"
        "7f0000000000 bind:1 file=/anon_hugepage\\040(deleted) huge anon=2 dirty=2 N1=2 "
        "kernelpagesize_kB=2048\n"
        "7f0001000000 default anon=4 dirty=4 N0=4 kernelpagesize_kB=4\n"
        "7f0001008000 interleave:0-1 anon=2 dirty=2 N0=1 N1=1 kernelpagesize_kB=4\n"
        "7f0002000000 default file=/dev/zero\\040(deleted) dirty=5 N0=5 kernelpagesize_kB=4\n"
        "7ffc00000000 default stack anon=2 dirty=2 N0=2 kernelpagesize_kB=4\n"
        "7ffd00000000 default anon=6 dirty=6 N1=6 kernelpagesize_kB=4\n");
    put("proc/4711/task/4711/stat", /* field 39: CPU 5 */
        "4711 (app) x) S 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 "
        "1 1 1 1 1 1 1 1 1 1 1 1 1 5 0 0\n");
    put("proc/4711/task/4711/status",
        "Name:\tapp\nState:\tS (sleeping)\nCpus_allowed_list:\t4-7\nMems_allowed_list:\t0-1\n");
    put("proc/4711/task/4711/schedstat", "1000000 0 1\n");
    put("proc/4711/task/4711/sched",
        "app (4711, #threads: 1)\nse.nr_migrations  :  3\n"
        "numa_faults node=1 task_private=20 task_shared=1 group_private=0 group_shared=0\n");
    put("proc/4711/task/4711/numa_maps", "00400000 bind:1 file=/opt/a mapped=1 N1=1\n");
    put("proc/4711/task/4711/syscall", "34 0x0 0x7ffc00001000 0x7f00\n");
    assert_int_equal(cck_place_nodes_read(&nodes, &root, &arena, NULL), 0);
    memory = (cck_place_memory){.by = ""};
    return 0;
}

static int tear_down(void **state)
{
    char command[96];
    (void)state;
    cck_place_memory_clear(&memory);
    cck_arena_clear(&arena);
    cck_root_close(&root);
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return system(command);
}

static int look(void)
{
    const cck_place_wish wish = {.root = &root,
                                 .nodes = &nodes,
                                 .no_calls = "recorded",
                                 .pages = 10000,
                                 .budget_ns = UINT64_MAX};
    return cck_place_memory_look(&memory, &wish, PID, NULL);
}

static const cck_numa_mapping *at(uint64_t start);

/* Transparent huge pages: none anywhere, told by smaps, and what is left unknown with its reason. */
static void huge_pages_are_told_apart(void **state)
{
    (void)state;
    put("proc/meminfo", "MemTotal: 1 kB\nAnonHugePages:         0 kB\nShmemPmdMapped:        0 kB\n"
                        "FilePmdMapped:         0 kB\n");
    assert_int_equal(look(), 0);
    assert_null(at(0x7f0001000000)->huge_unknown);
    assert_int_equal(at(0x7f0001000000)->huge, 0);
    put("proc/meminfo", "MemTotal: 1 kB\nAnonHugePages:      4096 kB\n");
    assert_int_equal(look(), 0);
    assert_non_null(strstr(at(0x7f0001000000)->huge_unknown, "smaps cannot be read"));
    put("proc/4711/smaps",
        "01000000-01010000 rw-p 00000000 00:00 0                          [heap]\n"
        "Size:                 64 kB\nAnonHugePages:         0 kB\nVmFlags: rd wr\n"
        "7f0001000000-7f0001010000 rw-p 00000000 00:00 0 \n"
        "AnonHugePages:      2048 kB\nShmemPmdMapped:        0 kB\n"
        "7f0002000000-7f0002010000 rw-s 00000000 00:05 8                  /dev/zero (deleted)\n"
        "AnonHugePages:         0 kB\nShmemPmdMapped:     4096 kB\nFilePmdMapped:         0 kB\n"
        "damaged\n7f00\n");
    assert_int_equal(look(), 0);
    assert_int_equal(at(0x1000000)->huge, 0);
    assert_null(at(0x1000000)->huge_unknown);
    assert_int_equal(at(0x7f0001000000)->huge, 2048 << 10);
    assert_int_equal(at(0x7f0002000000)->huge, 4096 << 10);
    assert_non_null(strstr(at(0x7ffc00000000)->huge_unknown, "gone"));
}

static const cck_numa_mapping *at(uint64_t start)
{
    for (size_t i = 0; i < memory.count; i++)
        if (memory.mappings[i].start == start)
            return &memory.mappings[i];
    fail_msg("no mapping at %lx", (unsigned long)start);
    return NULL;
}

static void test_everything_is_joined(void **state)
{
    (void)state;
    assert_int_equal(look(), 0);
    assert_int_equal(memory.method, CCK_NUMA_EXACT);
    assert_string_equal(memory.by, "numa_maps");
    assert_string_equal(at(0x400000)->name, "/opt/a b\\012c"); /* as maps spells it */
    assert_int_equal(at(0x400000)->kind, CCK_NUMA_FILE);
    const cck_numa_mapping *heap = at(0x1000000);
    assert_int_equal(heap->category, CCK_NUMA_ROW_HEAP);
    assert_int_equal(heap->policy.mode, CCK_NUMA_MODE_PREFER_MANY);
    assert_int_equal(heap->bytes[1], 2 * 4096);
    const cck_numa_mapping *huge = at(0x7f0000000000);
    assert_int_equal(huge->bytes[1], 4 << 20);
    assert_int_equal(huge->category, CCK_NUMA_ROW_HUGE);
    assert_int_equal(huge->page_size, 2 << 20);
    /* mbind() in the middle makes lines that maps may not have yet: its mapping holds them. */
    assert_int_equal(at(0x7f0001000000)->bytes[0], 5 * 4096);
    assert_int_equal(at(0x7f0001000000)->bytes[1], 1 * 4096);
    assert_int_equal(at(0x7f0002000000)->kind, CCK_NUMA_SHARED);
    assert_int_equal(at(0x7ffc00000000)->category, CCK_NUMA_ROW_STACK);
    /* Mapped after maps was read. */
    assert_int_equal(at(0x7ffd00000000)->bytes[1], 6 * 4096);
    assert_int_equal(at(0x7ffc00030000)->kind, CCK_NUMA_SPECIAL);
}

static void test_without_numa_maps_it_is_unknown(void **state)
{
    (void)state;
    drop("proc/4711/numa_maps");
    assert_int_equal(look(), 0);
    assert_int_equal(memory.method, CCK_NUMA_UNKNOWN);
    assert_non_null(strstr(memory.unknown, "CONFIG_NUMA"));
    assert_non_null(strstr(memory.unknown, "recorded"));
    for (size_t i = 0; i < memory.count; i++)
        assert_int_equal(memory.mappings[i].method, CCK_NUMA_UNKNOWN);
}

static void test_damage(void **state)
{
    (void)state;
    put("proc/4711/maps", "x\n\n01000000-01010000 rw-p 0 00:00 0 [heap]\n"
                          "00400000-00401000 r-xp 0 00:00 0 out of order\n"
                          "7f0001000000-7f0001010000 rw-p 00000000 00:00 0");
    put("proc/4711/numa_maps", "\n\nzzz\n01000000 default heap N0=3 kernelpagesize_kB=4\n"
                               "01000000 default heap N0=99999999999999999999999\n7f0001000000");
    assert_int_equal(look(), 0);
    assert_int_equal(at(0x1000000)->bytes[0], 3 * 4096);
    assert_int_equal(memory.count, 2);
}

static void test_a_zombie_and_one_that_is_gone(void **state)
{
    (void)state;
    put("proc/4711/status", "Name:\tapp\nState:\tZ (zombie)\n");
    assert_int_equal(look(), CCK_EGONE);
    drop("proc/4711/status");
    assert_int_equal(look(), CCK_EGONE);
    /* On its way out: the memory is gone before the state says so. */
    put("proc/4711/status", "Name:\tapp\nState:\tR (running)\n");
    put("proc/4711/maps", "");
    put("proc/4711/numa_maps", "");
    assert_int_equal(look(), CCK_EGONE);
}

static void test_200000_mappings(void **state)
{
    char path[128];
    uint64_t sum = 0;
    (void)state;
    for (int file = 0; file < 2; file++) {
        snprintf(path, sizeof path, "%s/proc/4711/%s", folder, file ? "numa_maps" : "maps");
        FILE *out = fopen(path, "w");
        assert_non_null(out);
        for (unsigned long i = 1; i <= 200000; i++) {
            if (file)
                fprintf(out, "%lx default anon=1 dirty=1 N%lu=1 kernelpagesize_kB=4\n", i << 16, i % 2);
            else
                fprintf(out, "%lx-%lx rw-p 00000000 00:00 0 \n", i << 16, (i << 16) + 4096);
        }
        fclose(out);
    }
    assert_int_equal(look(), 0);
    assert_int_equal(memory.count, 200000);
    for (size_t i = 0; i < memory.count; i++)
        sum += memory.mappings[i].bytes[1];
    assert_int_equal(sum, 100000ull * 4096);
}

static void test_threads(void **state)
{
    cck_place_threads threads = {.root = &root, .nodes = &nodes, .arena = &arena};
    cck_place_processes processes = {0};
    cck_numa_raw raw;
    uint64_t cost;
    const cck_place_wish wish = {
        .root = &root, .nodes = &nodes, .no_calls = "recorded", .budget_ns = UINT64_MAX};
    (void)state;
    threads.details_until = UINT64_MAX;
    threads.look = 1;
    assert_int_equal(cck_place_threads_look(&threads, PID), 0);
    assert_true(cck_place_processes_add(&processes, PID));
    assert_int_equal(cck_place_processes_look(&processes, &wish, &cost), 0);
    assert_int_equal(cck_place_processes_give(&processes, &threads, 0, true, &arena, &raw), 0);
    assert_int_equal(raw.thread_count, 1);
    const cck_numa_thread *thread = &raw.threads[0];
    assert_string_equal(thread->name, "app) x");
    assert_int_equal(thread->cpu, 5);
    assert_int_equal(thread->node, 1);
    assert_int_equal(thread->ran_by, CCK_NUMA_RAN_CONFINED);
    assert_true(thread->ran[1] == 1);
    assert_int_equal(thread->policy.mode, CCK_NUMA_MODE_BIND); /* the thread's own */
    assert_int_equal(thread->faults[1], 21);
    assert_int_equal(raw.nodes[1].free, 4096 << 10);
    bool stack = false;
    for (size_t i = 0; i < raw.mapping_count; i++)
        stack |= raw.mappings[i].start == 0x7ffc00000000 && raw.mappings[i].stack_of == PID;
    assert_true(stack);
    cck_place_processes_clear(&processes);
    cck_place_threads_clear(&threads);
}

static void test_a_machine_without_node_files(void **state)
{
    cck_place_nodes one;
    (void)state;
    drop("sys/devices/system/node/online");
    put("sys/devices/system/cpu/online", "0-7\n");
    assert_int_equal(cck_place_nodes_read(&one, &root, &arena, NULL), 0);
    assert_int_equal(one.count, 1);
    assert_int_equal(cck_place_nodes_of_cpu(&one, 7), 0);
    assert_int_equal(cck_place_nodes_slot(&one, 0), 0);
    assert_int_equal(cck_place_nodes_slot(&one, 1), -1);
    assert_int_equal(cck_place_nodes_slot(&one, -14), -1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(huge_pages_are_told_apart),
        TEST(test_everything_is_joined),
        TEST(test_without_numa_maps_it_is_unknown),
        TEST(test_damage),
        TEST(test_a_zombie_and_one_that_is_gone),
        TEST(test_200000_mappings),
        TEST(test_threads),
        TEST(test_a_machine_without_node_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
