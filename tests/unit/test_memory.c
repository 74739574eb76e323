/* SPDX-License-Identifier: MIT */
/* A document that was written while memory ran out is never told as complete. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/base/arena.h"
#include "core/base/memory.h"
#include "core/base/output.h"

/* AddressSanitizer ends a program that wants too much, unless it is told otherwise. */
__attribute__((visibility("default"))) const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "allocator_may_return_null=1";
}

static void write_document(const void *context, FILE *out)
{
    cck_arena arena = {0};
    const size_t *size = context;
    fputs("complete?", out);
    cck_arena_alloc(&arena, *size);
    cck_arena_clear(&arena);
}

static const size_t modest = 16, immense = SIZE_MAX / 2;

static void test_counted(void **state)
{
    (void)state;
    cck_arena arena = {0};
    uint64_t before = cck_memory_failures();
    assert_non_null(cck_arena_alloc(&arena, 16));
    assert_int_equal(cck_memory_failures(), before);
    assert_null(cck_arena_alloc(&arena, immense));
    assert_int_equal(cck_memory_failures(), before + 1);
    cck_arena_clear(&arena);
}

static void test_to_a_stream(void **state)
{
    (void)state;
    FILE *out = tmpfile();
    cck_error err = {0};
    assert_non_null(out);
    assert_int_equal(cck_output_write(out, "it", write_document, &modest, &err), 0);
    assert_int_equal(cck_output_write(out, "it", write_document, &immense, &err), CCK_ENOMEM);
    assert_string_equal(err.message, "out of memory");
    fclose(out);
}

static void test_to_a_file(void **state)
{
    (void)state;
    char path[] = "/tmp/cck-memory-XXXXXX";
    char text[32] = "";
    cck_error err = {0};
    int fd = mkstemp(path);
    assert_int_equal(write(fd, "before", 6), 6);
    assert_int_equal(cck_output_save(path, write_document, &immense, &err), CCK_ENOMEM);
    assert_int_equal(pread(fd, text, sizeof text - 1, 0), 6);
    assert_string_equal(text, "before");
    close(fd);
    assert_int_equal(cck_output_save(path, write_document, &modest, &err), 0);
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_counted),
        cmocka_unit_test(test_to_a_stream),
        cmocka_unit_test(test_to_a_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
