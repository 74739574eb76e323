/* SPDX-License-Identifier: MIT */
/* Names of C++ and Rust, from DWARF and demangled. */
#include "core/debug/internal.h"
#include "tests/unit/debug_harness.h"

static const char *frame_name(cck_debug_module *module, const char *name)
{
    uint64_t address;
    if (cck_debug_find_function(module, name, &address, 1) != 1)
        fail_msg("no function %s, or several", name);
    const cck_frame *frames;
    size_t count = cck_debug_frames(module, address, &frames);
    assert_true(count >= 1);
    assert_false(frames[count - 1].inlined);
    return frames[count - 1].function;
}

static void test_cpp(void **state)
{
    (void)state;
    static const char *const programs[] = {"names-g++", "names-clang++"};
    for (size_t i = 0; i < 2; i++) {
        debug_fixture fixture;
        if (!fixture_open(&fixture, programs[i]))
            continue;
        assert_string_equal(cck_debug_info_of(fixture.module)->language, "C++");
        assert_string_equal(frame_name(fixture.module, "app::work"), "app::work");
        assert_string_equal(frame_name(fixture.module, "work"), "app::work");
        assert_string_equal(frame_name(fixture.module, "hidden"),
                            "app::(anonymous namespace)::hidden");
        assert_int_equal(cck_debug_find_function(fixture.module, "ork", NULL, 0), 0);
        assert_string_equal(frame_name(fixture.module, "_ZN3app5Stats3addIlEET_S2_"),
                            i ? "app::Stats::add<long>" : "app::Stats::add<long int>");
        cck_variable variable = {0};
        assert_true(cck_debug_find_global(fixture.module, "totals", &variable));
        assert_string_equal(variable.name, "app::totals");
        assert_int_equal(variable.size, 64);
        assert_true(cck_debug_find_global(fixture.module, "app::Stats::level", &variable));
        assert_int_equal(variable.size, 4);
        /* gcc tells the definition, clang the declaration. */
        assert_int_equal(variable.line, i ? 10 : 14);
        assert_non_null(variable.type);
        assert_true(cck_debug_find_global(fixture.module, "calls", &variable));
        assert_string_equal(variable.function, "app::(anonymous namespace)::hidden");
        fixture_close(&fixture);
    }
}

static void test_rust(void **state)
{
    (void)state;
    static const char *const programs[] = {"names-rust", "names-rust-v0"};
    for (size_t i = 0; i < 2; i++) {
        debug_fixture fixture;
        if (!fixture_open(&fixture, programs[i]))
            continue;
        assert_string_equal(cck_debug_info_of(fixture.module)->language, "Rust");
        assert_true(ends_in(frame_name(fixture.module, "app::work"), "names::app::work"));
        assert_string_equal(frame_name(fixture.module, "go"),
                            "<names::app::Runner as names::app::Go>::go");
        cck_variable variable = {0};
        assert_true(cck_debug_find_global(fixture.module, "app::COUNTERS", &variable));
        assert_string_equal(variable.name, "names::app::COUNTERS");
        assert_int_equal(variable.size, 32);
        assert_non_null(variable.type);
        bool mine = false;
        for (uint64_t at = 0; at < 256 && !mine; at += 8)
            mine = cck_debug_tls(fixture.module, at, &variable) &&
                   strcmp(variable.name, "names::app::MINE") == 0;
        assert_true(mine);
        fixture_close(&fixture);
    }
}

/* The function with the atomic addition, which the standard library implements. */
static void test_rust_inlined(void **state)
{
    (void)state;
    debug_fixture fixture;
    if (!fixture_open(&fixture, "names-rust"))
        return;
    const char *name;
    uint64_t start, size, from;
    bool found = false;
    assert_int_equal(cck_debug_find_function(fixture.module, "app::work", &from, 1), 1);
    assert_true(cck_debug_function(fixture.module, from, &name, &start, &size));
    for (uint64_t at = start; at < start + size && !found; at++) {
        const cck_frame *frames;
        size_t count = cck_debug_frames(fixture.module, at, &frames);
        for (size_t i = 0; i < count; i++)
            found = found ||
                    (strcmp(frames[i].function, "core::sync::atomic::AtomicU64::fetch_add") == 0 ||
                     strncmp(frames[i].function, "core::sync::atomic::Atomic<", 27) == 0);
        assert_true(count >= 1);
        assert_string_equal(frames[count - 1].function, "names::app::work");
    }
    assert_true(found);
    fixture_close(&fixture);
}

static void test_demangle(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {
        {"main", "main"},
        {"_ZN3app4workEi", "app::work"},
        {"_ZN3app4workEi.cold", "app::work"},
        {"_ZN3app4workEi.part.0.constprop.1", "app::work"},
        {"_ZNSt6vectorIiSaIiEE9push_backERKi", "std::vector<int, std::allocator<int> >::push_back"},
        {"_ZN3big3app4work17hf361c51c796afe74E", "big::app::work"},
        {"_RNvNtCsl0gHu2WDNTj_3big3app4work", "big::app::work"},
        {"_Z", "_Z"},
        {"_R", "_R"},
        {"_ZN", "_ZN"},
        {"_RINvNvNvNv", "_RINvNvNvNv"},
    };
    debug_fixture fixture;
    if (!fixture_open(&fixture, "bare"))
        return;
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        assert_string_equal(cck_debug_demangle(fixture.module, pairs[i][0]), pairs[i][1]);
    fixture_close(&fixture);
}

/* Each step doubles what the one before stands for: 2^60 characters, if it were written. */
static void test_demangle_bomb(void **state)
{
    (void)state;
    char name[2048] = "_Z1fSt4pairIiiE", *end = name + strlen(name);
    for (int i = 0; i < 60; i++)
        end += sprintf(end, "St4pairIS%c_S%c_E", i ? '0' + i % 8 : '0', i ? '0' + i % 8 : '0');
    debug_fixture fixture;
    if (!fixture_open(&fixture, "bare"))
        return;
    assert_true(strlen(cck_debug_demangle(fixture.module, name)) < 8192);
    fixture_close(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cpp),           cmocka_unit_test(test_rust),
        cmocka_unit_test(test_rust_inlined),  cmocka_unit_test(test_demangle),
        cmocka_unit_test(test_demangle_bomb),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
