/* SPDX-License-Identifier: MIT */
/* Frames, globals, thread-local variables and locals, against what programs tell of themselves:
 * every compiler, level and form of debug information. */
#include <stdlib.h>

#include "tests/unit/debug_harness.h"

static const char *const with_types[] = {
    "gcc-0",     "gcc-1",       "gcc-2",       "clang-0",    "clang-1", "clang-2",      "clang-4",
    "gcc-split", "gcc-split-4", "clang-split", "gcc-packed", "linked",  "gcc-sections", "dwz",
};

static void for_each(const char *kind, void (*check)(debug_fixture *fixture, const char *rest),
                     size_t least)
{
    for (size_t i = 0; i < sizeof with_types / sizeof *with_types; i++) {
        debug_fixture fixture;
        if (!fixture_open(&fixture, with_types[i]))
            continue;
        size_t count = fixture_truth(&fixture, kind, check);
        if (count < least)
            fail_msg("%s prints %zu of kind %s", with_types[i], count, kind);
        fixture_close(&fixture);
    }
}

static void check_global(debug_fixture *fixture, const char *rest)
{
    char name[64];
    unsigned long size, address;
    assert_int_equal(sscanf(rest, "%63s %lu %lx", name, &size, &address), 3);
    for (unsigned long at = address; at < address + size; at += size - 1) {
        cck_variable variable = {0};
        assert_true(cck_debug_global(fixture->module, at, &variable));
        assert_string_equal(variable.name, name);
        assert_int_equal(variable.start, address);
        assert_int_equal(variable.size, size);
        assert_non_null(variable.type);
        assert_int_equal(variable.type->size, size);
        assert_true(ends_in(variable.file, "/fixtures/debug/places.c"));
        assert_int_equal(variable.file[0], '/');
        assert_true(variable.line >= 18 && variable.line <= 22);
        assert_string_equal(variable.function, "");
    }
    cck_variable found = {0};
    assert_true(cck_debug_find_global(fixture->module, name, &found));
    assert_int_equal(found.start, address);
}

static void test_globals(void **state)
{
    (void)state;
    for_each("global", check_global, 5);
}

static void check_neighbour(debug_fixture *fixture, const char *rest)
{
    if (strncmp(rest, "middle ", 7) != 0)
        return;
    unsigned long address = strtoul(strrchr(rest, ' '), NULL, 16);
    cck_variable left = {0}, right = {0};
    assert_true(cck_debug_global_near(fixture->module, address, -1, &left));
    assert_true(cck_debug_global_near(fixture->module, address + 7, 1, &right));
    assert_int_equal(left.start, address - 8);
    assert_int_equal(right.start, address + 8);
    /* Compilers lay them out forwards or backwards. */
    bool forwards = strcmp(left.name, "before") == 0;
    assert_string_equal(left.name, forwards ? "before" : "behind");
    assert_string_equal(right.name, forwards ? "behind" : "before");
}

static void test_neighbours(void **state)
{
    (void)state;
    for_each("global", check_neighbour, 5);
}

static void check_tls(debug_fixture *fixture, const char *rest)
{
    char name[64];
    unsigned long size, below, segment;
    assert_int_equal(sscanf(rest, "%63s %lu %lu", name, &size, &below), 3);
    uint64_t whole;
    assert_true(cck_debug_tls_size(fixture->module, &whole));
    segment = whole;
    assert_true(segment >= below);
    cck_variable variable = {0};
    assert_true(cck_debug_tls(fixture->module, segment - below + size - 1, &variable));
    assert_string_equal(variable.name, name);
    assert_int_equal(variable.size, size);
    assert_int_equal(variable.start, segment - below);
    assert_non_null(variable.type);
}

static void test_thread_locals(void **state)
{
    (void)state;
    for_each("tls", check_tls, 2);
}

static void check_inline(debug_fixture *fixture, const char *rest)
{
    unsigned line, caller;
    unsigned long address;
    assert_int_equal(sscanf(rest, "%u %u %lx", &line, &caller, &address), 3);
    const cck_frame *frames;
    assert_int_equal(cck_debug_frames(fixture->module, address, &frames), 2);
    assert_string_equal(frames[0].function, "twice");
    assert_int_equal(frames[0].line, line);
    assert_true(frames[0].inlined);
    assert_true(ends_in(frames[0].file, "/fixtures/debug/places.c"));
    assert_string_equal(frames[1].function, "work");
    assert_string_equal(frames[1].linkage, "work");
    assert_int_equal(frames[1].line, caller);
    assert_false(frames[1].inlined);
    assert_true(ends_in(frames[1].file, "/fixtures/debug/places.c"));

    const char *name;
    uint64_t start, size, found[2];
    assert_true(cck_debug_function(fixture->module, address, &name, &start, &size));
    assert_string_equal(name, "work");
    assert_true(address >= start && address < start + size);
    /* After stripping no symbol is left to be found by name; the debug file has them. */
    assert_int_equal(cck_debug_find_function(fixture->module, "work", found, 2), 1);
    assert_int_equal(found[0], start);
}

static void test_inlined(void **state)
{
    (void)state;
    for_each("inline", check_inline, 1);
}

static void check_local(debug_fixture *fixture, const char *rest)
{
    char name[64];
    unsigned long size, address;
    long offset;
    assert_int_equal(sscanf(rest, "%63s %lu %ld %lx", name, &size, &offset, &address), 4);
    for (unsigned long at = 0; at < size; at += size - 1) {
        cck_variable variable = {0};
        uint64_t within;
        if (!cck_debug_local(fixture->module, address, offset + (long)at, 0, 0, &variable, &within))
            fail_msg("%s: %s at %#lx is not known", fixture->path, name, address);
        assert_string_equal(variable.name, name);
        assert_int_equal(within, at);
        assert_int_equal(variable.size, size);
        assert_non_null(variable.type);
        assert_string_equal(variable.function, "locals");
        assert_true(ends_in(variable.file, "/fixtures/debug/places.c"));
    }
    /* The return address is nobody's variable. */
    cck_variable none;
    uint64_t within;
    assert_false(cck_debug_local(fixture->module, address, -8, 0, 0, &none, &within));
}

static void test_locals(void **state)
{
    (void)state;
    for_each("local", check_local, 3);
}

static void test_static_local(void **state)
{
    (void)state;
    debug_fixture fixture;
    if (!fixture_open(&fixture, "gcc-2"))
        return;
    cck_variable variable = {0};
    assert_true(cck_debug_find_global(fixture.module, "calls", &variable));
    assert_string_equal(variable.function, "work");
    assert_int_equal(variable.size, 8);
    fixture_close(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_globals),       cmocka_unit_test(test_neighbours),
        cmocka_unit_test(test_thread_locals), cmocka_unit_test(test_inlined),
        cmocka_unit_test(test_locals),        cmocka_unit_test(test_static_local),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
