/* SPDX-License-Identifier: MIT */
/* --what-if: what is asked for, and whether the program has such a thing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/sharing/what_if.h"
#include "tests/unit/types_harness.h"

static int ask(const char *text, const char *program, cck_error *err)
{
    cck_arena arena = {0};
    cck_what_if_plan plan;
    const char *const texts[] = {text, NULL};
    *err = (cck_error){0};
    int code = cck_what_if_read(&plan, texts, &arena, err);
    if (code == 0 && program)
        code = cck_what_if_check(&plan, program, err);
    cck_what_if_clear(&plan);
    cck_arena_clear(&arena);
    return code;
}

static void alignments_are_powers_of_two(void **state)
{
    (void)state;
    cck_error err;
    static const char *const bad[] = {"s.a@",   "s.a@x",    "s.a@-8",  "s.a@4",
                                      "s.a@48", "s.a@8192", "s.a@64k", "s.a@99999999999999999999"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(ask(bad[i], NULL, &err), CCK_EINVALID);
        assert_non_null(strstr(err.message, "not a power of two from 8 to 4096"));
        assert_non_null(strstr(err.message, bad[i]));
        assert_non_null(strstr(err.hint, "--what-if"));
    }
    assert_int_equal(ask("s.a@8", NULL, &err), 0);
    assert_int_equal(ask("s.a@4096", NULL, &err), 0);
}

static void names_are_neither_empty_nor_endless(void **state)
{
    (void)state;
    cck_error err;
    char endless[600];
    memset(endless, 'a', sizeof endless - 1);
    endless[sizeof endless - 1] = '\0';
    assert_int_equal(ask("", NULL, &err), CCK_EINVALID);
    assert_int_equal(ask("@64", NULL, &err), CCK_EINVALID);
    assert_non_null(strstr(err.message, "names nothing"));
    assert_int_equal(ask(endless, NULL, &err), CCK_EINVALID);
    assert_int_equal(ask("struct stats.@64", NULL, &err), CCK_EINVALID);
    assert_string_equal(err.message, "--what-if 'struct stats.@64' ends before the name of a field");
}

static void kinds_are_told_apart(void **state)
{
    (void)state;
    cck_arena arena = {0};
    cck_what_if_plan plan;
    const char *const texts[] = {"all",      "finding@128", "0123456789abcdef", "0123456789ABCDEF",
                                 "a<b.c>.d", NULL};
    assert_int_equal(cck_what_if_read(&plan, texts, &arena, NULL), 0);
    assert_int_equal(plan.spec_count, 5);
    assert_int_equal(plan.change_count, 4); /* "all" becomes a change for each finding, later */
    assert_int_equal(plan.specs[0].kind, CCK_WHAT_IF_ALL);
    assert_int_equal(plan.specs[1].kind, CCK_WHAT_IF_WORST);
    assert_int_equal(plan.specs[1].align, 128);
    assert_int_equal(plan.specs[2].kind, CCK_WHAT_IF_ID);
    assert_int_equal(plan.specs[3].kind, CCK_WHAT_IF_NAMED);
    assert_int_equal(plan.specs[4].kind, CCK_WHAT_IF_NAMED);
    cck_what_if_clear(&plan);

    const char *many[CCK_WHAT_IF_MOST + 2] = {0};
    for (size_t i = 0; i <= CCK_WHAT_IF_MOST; i++)
        many[i] = "all";
    cck_error err = {0};
    assert_int_equal(cck_what_if_read(&plan, many, &arena, &err), CCK_ELIMIT);
    assert_string_equal(err.message, "more than 64 changes at once");
    cck_arena_clear(&arena);
}

static void a_program_is_asked_for_names(void **state)
{
    (void)state;
    char path[PATH_MAX];
    cck_error err;
    if (!types_program("layout-gcc", path))
        skip();
    static const char *const good[] = {
        "struct stats",  "stats",       "stats.hits",       "struct stats.slots[2].count@128",
        "stats.low",     "stats.word",  "struct slot.key",  "unsigned long",
        "struct node *", "pair_t.left", "stats.grid[1][2]", "u64"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        assert_int_equal(ask(good[i], path, &err), 0);

    assert_int_equal(ask("struct stats.hitz", path, &err), CCK_ENOTFOUND);
    assert_string_equal(err.message, "struct stats has no field 'hitz'");
    assert_string_equal(err.hint, "did you mean 'hits'?");
    assert_int_equal(ask("struct stats.nothing_like_it", path, &err), CCK_ENOTFOUND);
    assert_string_equal(err.hint, "");
    static const char *const no_fields[] = {"stats.slots[4]", "stats.slots[x]", "stats.hits[0]",
                                            "stats.grid[1", "stats.slots.count"};
    for (size_t i = 0; i < sizeof no_fields / sizeof *no_fields; i++) {
        assert_int_equal(ask(no_fields[i], path, &err), CCK_ENOTFOUND);
        assert_non_null(strstr(err.message, "struct stats has no field"));
    }

    assert_int_equal(ask("struct statz", path, &err), CCK_ENOTFOUND);
    assert_non_null(strstr(err.message, "has no type and no variable 'struct statz'"));
    assert_string_equal(err.hint, "did you mean 'stats'?");
    assert_int_equal(ask("nothing_like_any_of_them", path, &err), CCK_ENOTFOUND);
    assert_string_equal(err.hint, "");
}

static void without_debug_information_nobody_can_tell(void **state)
{
    (void)state;
    cck_error err;
    assert_int_equal(ask("struct statz", "/bin/true", &err), 0);
    assert_int_equal(ask("struct statz", "/nowhere", &err), 0);
    assert_int_equal(ask("struct statz", __FILE__, &err), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(alignments_are_powers_of_two),
        cmocka_unit_test(names_are_neither_empty_nor_endless),
        cmocka_unit_test(kinds_are_told_apart),
        cmocka_unit_test(a_program_is_asked_for_names),
        cmocka_unit_test(without_debug_information_nobody_can_tell),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
