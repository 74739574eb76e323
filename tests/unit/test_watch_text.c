/* SPDX-License-Identifier: MIT */
/* Where code is read from: files that a process maps, else its memory. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "probes/watch/text_process.h"

enum { PAGE = 4096 };

static const uint8_t marks[] = {0x90, 0xc3, 0x11, 0x22, 0x33};

/* A child that waits to be killed. */
static pid_t idle(void)
{
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL); /* a test that fails leaves nobody with its output */
        for (;;)
            pause();
    }
    return child;
}

static void end(pid_t child)
{
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
}

__attribute__((noinline)) static int some_code(int a)
{
    return a * 3 + 1;
}

static void a_living_process_is_read(void **state)
{
    (void)state;
    cck_root root;
    cck_process_text *text;
    uint8_t bytes[2 * PAGE];
    uint8_t *made =
        mmap(NULL, PAGE, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_true(made != MAP_FAILED);
    memcpy(made, marks, sizeof marks);
    pid_t child = idle();
    memset(made, 0, sizeof marks);
    assert_int_equal(cck_root_open(&root, "/", NULL), 0);
    assert_int_equal(cck_process_text_new(&text, &root, child, NULL), 0);
    cck_text reader = cck_process_text_reader(text);

    /* Code made at run time, the child's own: it ends with its mapping, and may change. */
    uint64_t at = (uint64_t)(uintptr_t)made, start, stop;
    assert_int_equal(reader.read(reader.context, at, bytes, sizeof marks), sizeof marks);
    assert_memory_equal(bytes, marks, sizeof marks);
    assert_int_equal(reader.read(reader.context, at + PAGE - 8, bytes, 8), 8);
    assert_false(reader.fixed(reader.context, at));
    assert_false(reader.function(reader.context, at, &start, &stop));

    /* Code of a file. */
    at = (uint64_t)(uintptr_t)some_code;
    assert_int_equal(reader.read(reader.context, at, bytes, 8), 8);
    assert_memory_equal(bytes, (const void *)(uintptr_t)some_code, 8);
    assert_true(reader.fixed(reader.context, at));
    assert_true(reader.function(reader.context, at + 1, &start, &stop));
    assert_int_equal(start, at);
    assert_true(stop > at + 1 && stop < at + 256);

    /* The kernel's; data, and nothing. */
    at = getauxval(AT_SYSINFO_EHDR);
    if (at) {
        assert_int_equal(reader.read(reader.context, at, bytes, 4), 4);
        assert_memory_equal(bytes,
                            "\x7f"
                            "ELF",
                            4);
    }
    assert_int_equal(reader.read(reader.context, (uint64_t)(uintptr_t)&root, bytes, 8), 0);
    assert_int_equal(reader.read(reader.context, 0, bytes, 8), 0);
    assert_int_equal(reader.read(reader.context, UINT64_MAX, bytes, 8), 0);

    end(child);
    cck_error err = {0};
    assert_int_equal(cck_process_text_update(text, NULL, NULL, &err), CCK_EGONE);
    cck_process_text_free(text);
    assert_int_equal(cck_process_text_new(&text, &root, child, &err), CCK_EGONE);
    cck_root_close(&root);
    munmap(made, PAGE);
}

typedef struct made_tree {
    char path[64];
    cck_root root;
    uint64_t inode;
} made_tree;

static void put(const made_tree *in, const char *name, const void *bytes, size_t size)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", in->path, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

static void put_maps(const made_tree *in, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static void put_maps(const made_tree *in, const char *format, ...)
{
    char text[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    put(in, "proc/77/maps", text, strlen(text));
}

/* A recorded system: process 77, and a file of code. */
static void make(made_tree *out)
{
    char path[128];
    struct stat status;
    static uint8_t code[2 * PAGE];
    strcpy(out->path, "/tmp/cachecheck-test-XXXXXX");
    assert_non_null(mkdtemp(out->path));
    snprintf(path, sizeof path, "%s/proc", out->path);
    assert_int_equal(mkdir(path, 0700), 0);
    strcat(path, "/77");
    assert_int_equal(mkdir(path, 0700), 0);
    memcpy(code + PAGE + 16, marks, sizeof marks);
    put(out, "a b", code, sizeof code);
    snprintf(path, sizeof path, "%s/a b", out->path);
    assert_int_equal(stat(path, &status), 0);
    out->inode = status.st_ino;
    assert_int_equal(cck_root_open(&out->root, out->path, NULL), 0);
}

static void clear(made_tree *of)
{
    char command[128];
    cck_root_close(&of->root);
    snprintf(command, sizeof command, "rm -r %s", of->path);
    assert_int_equal(system(command), 0);
}

static void count_changes(void *context, uint64_t start, uint64_t end_)
{
    uint64_t *sum = context;
    sum[0]++;
    sum[1] += start;
    sum[2] += end_;
}

static void a_recorded_process_is_read_from_files(void **state)
{
    (void)state;
    made_tree tree;
    cck_process_text *text;
    uint8_t bytes[64];
    make(&tree);
    put_maps(&tree,
             "10000-11000 r--p 00000000 fe:01 %lu   /a b\n"
             "11000-12000 r-xp 00001000 fe:01 %lu   /a b\n"
             "20000-21000 r-xp 00001000 fe:01 %lu   /a b\n"
             "30000-31000 r-xp 00000000 fe:01 5   /gone (deleted)\n"
             "40000-41000 rwxp 00001000 fe:01 %lu   /a b\n"
             "50000-51000 r-xp 00000000 00:00 0   [vdso]\n",
             (unsigned long)tree.inode, (unsigned long)tree.inode, (unsigned long)tree.inode + 1,
             (unsigned long)tree.inode);
    assert_int_equal(cck_process_text_new(&text, &tree.root, 77, NULL), 0);
    cck_text reader = cck_process_text_reader(text);
    assert_int_equal(reader.read(reader.context, 0x11010, bytes, sizeof marks), sizeof marks);
    assert_memory_equal(bytes, marks, sizeof marks);
    assert_int_equal(reader.read(reader.context, 0x11ff8, bytes, 64), 8);
    assert_true(reader.fixed(reader.context, 0x11010));
    /* Not executable; replaced by another file; gone; perhaps changed; not of our kernel. */
    for (uint64_t at = 0x10000; at <= 0x50000; at += 0x10000)
        assert_int_equal(reader.read(reader.context, at, bytes, 8), 0);
    assert_false(reader.fixed(reader.context, 0x40000));

    /* dlclose and dlopen: told, and read anew. */
    uint64_t sum[3] = {0};
    assert_int_equal(cck_process_text_update(text, count_changes, sum, NULL), 0);
    assert_int_equal(sum[0], 0);
    put_maps(&tree, "61000-62000 r-xp 00001000 fe:01 %lu   /a b\n", (unsigned long)tree.inode);
    assert_int_equal(cck_process_text_update(text, count_changes, sum, NULL), 0);
    assert_int_equal(sum[0], 6);
    assert_int_equal(sum[1], 0x11000 + 0x20000 + 0x30000 + 0x40000 + 0x50000 + 0x61000);
    assert_int_equal(reader.read(reader.context, 0x11010, bytes, 8), 0);
    assert_int_equal(reader.read(reader.context, 0x61010, bytes, sizeof marks), sizeof marks);

    put_maps(&tree, "no maps\nfff\n9-1 r-xp 0 0:0 0\n");
    assert_int_equal(cck_process_text_update(text, NULL, NULL, NULL), 0);
    assert_int_equal(reader.read(reader.context, 0x61010, bytes, 8), 0);
    cck_process_text_free(text);
    cck_process_text_free(NULL);
    clear(&tree);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_living_process_is_read),
        cmocka_unit_test(a_recorded_process_is_read_from_files),
    };
    some_code(0);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
