/* SPDX-License-Identifier: MIT */
/* Opening files: what they have, what they lack and how to get it, and what is no such file. */
#include <stdlib.h>

#include "core/debug/internal.h"
#include "tests/unit/debug_harness.h"

static void check_info(const char *name, bool symbols, bool lines, bool types, const char *missing)
{
    debug_fixture fixture;
    if (!fixture_open(&fixture, name))
        return;
    const cck_debug_info *info = cck_debug_info_of(fixture.module);
    if (!strstr(info->missing, missing) || (!*missing && *info->missing))
        fail_msg("%s: missing is \"%s\"", name, info->missing);
    if (info->symbols != symbols || info->lines != lines || info->types != types)
        fail_msg("%s: symbols %d, lines %d, types %d", name, info->symbols, info->lines,
                 info->types);
    fixture_close(&fixture);
}

static void test_info(void **state)
{
    (void)state;
    check_info("gcc-2", true, true, true, "");
    check_info("gcc-split", true, true, true, "");
    check_info("linked", true, true, true, "");
    check_info("dwz", true, true, true, "");
    check_info("lines", true, true, false, "-g1");
    check_info("bare", true, false, false, "compile with -g");
    check_info("stripped", true, false, false, "compile with -g");
    check_info("unfit", true, false, false, "of another build");
    check_info("split-lost", true, true, false, ".dwo");
}

static void test_separate(void **state)
{
    (void)state;
    debug_fixture fixture;
    if (!fixture_open(&fixture, "linked"))
        return;
    assert_true(ends_in(cck_debug_info_of(fixture.module)->separate, "linked/program.debug"));
    fixture_close(&fixture);
}

/* Asked for no more than symbols, a file that has DWARF answers as one without. */
static void test_symbols_asked_for(void **state)
{
    (void)state;
    debug_fixture whole;
    if (!fixture_open(&whole, "gcc-2"))
        return;
    cck_debug *debug;
    cck_debug_module *module;
    cck_error err = {0};
    const cck_frame *frames;
    cck_variable variable = {0};
    uint64_t address;
    assert_int_equal(cck_debug_new(&debug, &err), 0);
    assert_int_equal(cck_debug_symbols_only(debug, whole.path, &err), 0);
    assert_int_equal(cck_debug_open(debug, whole.path, "", &module, &err), 0);
    assert_false(cck_debug_info_of(module)->lines);
    assert_non_null(strstr(cck_debug_info_of(module)->missing, "not looked up"));
    assert_int_equal(cck_debug_find_function(module, "work", &address, 1), 1);
    assert_int_equal(cck_debug_frames(module, address, &frames), 1);
    assert_string_equal(frames[0].function, "work");
    assert_string_equal(frames[0].file, "");
    assert_true(cck_debug_find_global(module, "totals", &variable));
    assert_null(variable.type);
    cck_debug_free(debug);
    fixture_close(&whole);
}

/* Without DWARF symbols alone tell functions and variables; without those nothing. */
static void test_symbols_only(void **state)
{
    (void)state;
    debug_fixture fixture;
    if (fixture_open(&fixture, "bare")) {
        uint64_t address;
        const cck_frame *frames;
        cck_variable variable = {0};
        assert_int_equal(cck_debug_find_function(fixture.module, "work", &address, 1), 1);
        assert_int_equal(cck_debug_frames(fixture.module, address, &frames), 1);
        assert_string_equal(frames[0].function, "work");
        assert_string_equal(frames[0].file, "");
        assert_int_equal(frames[0].line, 0);
        assert_true(cck_debug_find_global(fixture.module, "totals", &variable));
        assert_int_equal(variable.size, 64);
        assert_null(variable.type);
        fixture_close(&fixture);
    }
    if (fixture_open(&fixture, "stripped")) {
        cck_variable variable;
        uint64_t address;
        assert_int_equal(cck_debug_find_function(fixture.module, "work", &address, 1), 0);
        assert_false(cck_debug_find_global(fixture.module, "totals", &variable));
        fixture_close(&fixture);
    }
}

/* The C library of the distribution has a dynamic symbol table only. */
static void test_libc(void **state)
{
    (void)state;
    static const char path[] = "/lib/x86_64-linux-gnu/libc.so.6";
    if (access(path, R_OK) != 0)
        skip();
    cck_debug *debug;
    cck_debug_module *module;
    assert_int_equal(cck_debug_new(&debug, NULL), 0);
    assert_int_equal(cck_debug_open(debug, path, NULL, &module, NULL), 0);
    uint64_t address;
    const cck_frame *frames;
    assert_true(cck_debug_find_function(module, "malloc", &address, 1) >= 1);
    assert_true(cck_debug_frames(module, address, &frames) >= 1);
    if (!cck_debug_info_of(module)->lines)
        assert_non_null(strstr(cck_debug_info_of(module)->missing, "-dbgsym"));
    cck_debug_free(debug);
}

static void test_not_there(void **state)
{
    (void)state;
    static const struct {
        const char *path;
        int code;
    } cases[] = {
        {"[vdso]", CCK_ENOTFOUND},          {"", CCK_ENOTFOUND},
        {"/nowhere/at/all", CCK_ENOTFOUND}, {"/dev/null", CCK_EFORMAT},
        {"/proc/self", CCK_EFORMAT},        {CCK_TESTS "/CMakeLists.txt", CCK_EFORMAT},
    };
    cck_debug *debug;
    assert_int_equal(cck_debug_new(&debug, NULL), 0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cck_debug_module *module = NULL;
        cck_error err = {0};
        assert_int_equal(cck_debug_open(debug, cases[i].path, "", &module, &err), cases[i].code);
        assert_null(module);
        assert_true(*err.message);
    }
    cck_debug_free(debug);
    cck_debug_free(NULL);
}

static void test_build_id(void **state)
{
    (void)state;
    debug_fixture fixture;
    if (!fixture_open(&fixture, "gcc-2"))
        return;
    cck_debug_module *again = NULL;
    assert_int_equal(cck_debug_open(fixture.debug, fixture.path, NULL, &again, NULL), 0);
    assert_ptr_equal(again, fixture.module);
    if (*fixture.module->build_id) {
        cck_error err = {0};
        again = NULL;
        assert_int_equal(
            cck_debug_open(fixture.debug, fixture.path, fixture.module->build_id, &again, &err), 0);
        again = NULL;
        assert_int_equal(cck_debug_open(fixture.debug, fixture.path, "0123456789", &again, &err),
                         CCK_EFORMAT);
        assert_null(again);
        assert_non_null(strstr(err.message, "changed"));
        assert_true(*err.hint);
    }
    fixture_close(&fixture);
}

/* A second module reads the bytes that the first has, and tells the same. */
static void test_again(void **state)
{
    (void)state;
    debug_fixture fixture;
    if (!fixture_open(&fixture, "gcc-2"))
        return;
    cck_unit **units, **others;
    size_t count = cck_debug_units(fixture.module, &units);
    cck_debug *debug;
    cck_debug_module *again;
    assert_int_equal(cck_debug_new(&debug, NULL), 0);
    assert_int_equal(cck_debug_open_again(debug, fixture.module, &again, NULL), 0);
    assert_int_equal(cck_debug_units(again, &others), count);
    for (size_t i = 0; i < count; i++) {
        assert_ptr_equal(units[i]->die.addr, others[i]->die.addr);
        assert_ptr_not_equal(units[i]->die.cu, others[i]->die.cu);
    }
    assert_true(cck_debug_info_of(again)->types);
    cck_debug_free(debug);
    fixture_close(&fixture);
}

/* What is in further files has to be opened anew. */
static void test_again_split(void **state)
{
    (void)state;
    debug_fixture fixture;
    if (!fixture_open(&fixture, "gcc-split"))
        return;
    cck_unit **units;
    cck_debug_units(fixture.module, &units);
    cck_debug *debug;
    cck_debug_module *again;
    assert_int_equal(cck_debug_new(&debug, NULL), 0);
    assert_int_equal(cck_debug_open_again(debug, fixture.module, &again, NULL), CCK_EUNSUPPORTED);
    cck_debug_free(debug);
    fixture_close(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_again),        cmocka_unit_test(test_again_split),
        cmocka_unit_test(test_info),         cmocka_unit_test(test_separate),
        cmocka_unit_test(test_symbols_asked_for), cmocka_unit_test(test_symbols_only), cmocka_unit_test(test_libc),
        cmocka_unit_test(test_not_there),    cmocka_unit_test(test_build_id),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
