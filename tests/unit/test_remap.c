/* SPDX-License-Identifier: MIT */
/* Rules that lay objects out otherwise: which objects fit, and where their bytes go. */
#include <setjmp.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/sharing/rearrange.h"
#include "core/sharing/remap.h"
#include "core/sharing/what_if.h"

static const cck_type number = {
    .kind = CCK_TYPE_BASE, .name = "long", .size = 8, .align = 8, .language = CCK_LANGUAGE_C};
static const cck_type text = {
    .kind = CCK_TYPE_ARRAY,
    .name = "",
    .size = 32,
    .align = 1,
    .target = &(const cck_type){.kind = CCK_TYPE_BASE, .name = "char", .size = 1, .align = 1},
    .count = 32,
    .stride = 1};
static const cck_member stats_members[] = {
    {.name = "hits", .type = &number, .offset = 0, .file = ""},
    {.name = "misses", .type = &number, .offset = 8, .file = ""},
    {.name = "name", .type = &text, .offset = 16, .file = ""},
};
static const cck_type stats = {.kind = CCK_TYPE_STRUCT,
                               .name = "struct stats",
                               .size = 48,
                               .align = 8,
                               .language = CCK_LANGUAGE_C,
                               .members = stats_members,
                               .member_count = 3};
static const cck_member outer_members[] = {
    {.name = "id", .type = &number, .offset = 0, .file = ""},
    {.name = "stats", .type = &stats, .offset = 8, .file = ""},
    {.name = "last", .type = &number, .offset = 56, .file = ""},
};
static const cck_type outer = {.kind = CCK_TYPE_STRUCT,
                               .name = "struct outer",
                               .size = 64,
                               .align = 8,
                               .language = CCK_LANGUAGE_C,
                               .members = outer_members,
                               .member_count = 3};

/* The compiler's own opinion. */
struct stats_after {
    long hits;
    alignas(64) long misses;
    char name[32];
};
struct outer_after {
    long id;
    struct stats_after stats;
    long last;
};

static void test_a_member_moves_as_the_compiler_moves_it(void **state)
{
    (void)state;
    cck_arena arena = {0};
    cck_relayout layout;
    cck_hot_bytes misses = {8, 8, 64, false};
    assert_true(cck_rearrange(&stats, stats.size, &misses, 1, &arena, &layout));
    assert_int_equal(layout.new_size, sizeof(struct stats_after));
    assert_int_equal(layout.new_align, 64);
    assert_int_equal(cck_relayout_offset(&layout, 48, 0), 0);
    assert_int_equal(cck_relayout_offset(&layout, 48, 9), offsetof(struct stats_after, misses) + 1);
    assert_int_equal(cck_relayout_offset(&layout, 48, 16), offsetof(struct stats_after, name));
    cck_arena_clear(&arena);
}

static void test_also_inside_of_another(void **state)
{
    (void)state;
    cck_arena arena = {0};
    cck_relayout layout;
    cck_hot_bytes misses = {16, 8, 64, false};
    assert_true(cck_rearrange(&outer, outer.size, &misses, 1, &arena, &layout));
    assert_int_equal(layout.new_size, sizeof(struct outer_after));
    assert_int_equal(cck_relayout_offset(&layout, 64, 8), offsetof(struct outer_after, stats.hits));
    assert_int_equal(cck_relayout_offset(&layout, 64, 16),
                     offsetof(struct outer_after, stats.misses));
    assert_int_equal(cck_relayout_offset(&layout, 64, 56), offsetof(struct outer_after, last));
    cck_arena_clear(&arena);
}

static void test_padded_has_lines_for_itself(void **state)
{
    (void)state;
    cck_arena arena = {0};
    cck_relayout layout;
    cck_hot_bytes hot[] = {{0, 8, 64, true}, {8, 8, 64, true}};
    assert_true(cck_rearrange(&stats, stats.size, hot, 2, &arena, &layout));
    assert_int_equal(layout.new_size, 192);
    assert_int_equal(cck_relayout_offset(&layout, 48, 8), 64);
    assert_int_equal(cck_relayout_offset(&layout, 48, 16), 128);
    assert_true(cck_rearrange(NULL, 24, &(cck_hot_bytes){0, 24, 64, true}, 1, &arena, &layout));
    assert_int_equal(layout.new_size, 64);
    cck_arena_clear(&arena);
}

/* ---- objects ---- */

static cck_move whole = {0, 8, 0};

static cck_remap_rule slots_rule(void)
{
    return (cck_remap_rule){.kind = CCK_OBJECT_HEAP,
                            .module = "",
                            .size = 16 + 4 * 8,
                            .first = 16,
                            .element = 8,
                            .layout = {64, 64, &whole, 1}};
}

static void test_elements_come_apart_behind_a_header(void **state)
{
    (void)state;
    cck_remap_rule rule = slots_rule();
    assert_int_equal(cck_remap_offset(&rule, 3), 3);
    assert_int_equal(cck_remap_offset(&rule, 16), 64);
    assert_int_equal(cck_remap_offset(&rule, 16 + 8 + 5), 128 + 5);
    assert_int_equal(cck_remap_room(&rule), 64 + 4 * 64);
    cck_remap_rule rules[] = {rule, rule};
    for (size_t i = 0; i < 2; i++) {
        uint64_t base = cck_remap_base(rules, i);
        assert_int_equal(base % 64, 0);
        assert_int_equal(cck_remap_rule_at(base), i);
        assert_true(base + cck_remap_room(&rule) < UINT64_C(1) << 47);
    }
    assert_int_equal(cck_remap_rule_at(0x7fffffff), SIZE_MAX);
}

/* Two runs: the same modules elsewhere. */
static cck_observed run_at(cck_module *module, cck_path *paths, uint64_t bias)
{
    *module = (cck_module){.path = "/bin/app", .build_id = "", .start = bias, .bias = bias};
    paths[0] = (cck_path){.parent = CCK_NONE, .call = {CCK_NONE, 0}, .entry = {0, bias + 0x10}};
    paths[1] = (cck_path){.parent = 0, .call = {0, bias + 0x18}, .entry = {0, bias + 0x40}};
    return (cck_observed){.modules = module, .module_count = 1, .paths = paths, .path_count = 2};
}

static void test_objects_are_found_again(void **state)
{
    (void)state;
    cck_module module[2];
    cck_path paths[2][2];
    cck_observed one = run_at(&module[0], paths[0], 0x1000),
                 two = run_at(&module[1], paths[1], 0x9000);
    uint64_t *before = cck_remap_paths(&one), *after = cck_remap_paths(&two), start;
    assert_non_null(before);
    assert_non_null(after);
    assert_int_equal(before[1], after[1]);
    assert_true(before[0] != before[1]);
    cck_remap_rule list[] = {
        slots_rule(),
        {.kind = CCK_OBJECT_GLOBAL, .module = "/bin/app", .address = 0x200, .size = 8}};
    list[0].path = before[1];
    const cck_remap_rules rules = {list, 2};
    cck_object block = {.kind = CCK_OBJECT_HEAP, .start = 0x50000, .size = 48, .path = 1};
    assert_int_equal(cck_remap_find(&rules, &two, after, &block, 0x50008, &start), 0);
    assert_int_equal(start, 0x50000);
    block.path = 0;
    assert_int_equal(cck_remap_find(&rules, &two, after, &block, 0x50008, &start), SIZE_MAX);
    block = (cck_object){.kind = CCK_OBJECT_HEAP, .start = 0x50000, .size = 40, .path = 1};
    assert_int_equal(cck_remap_find(&rules, &two, after, &block, 0x50008, &start), SIZE_MAX);
    cck_object global = {.kind = CCK_OBJECT_GLOBAL, .start = 0x9200, .module = 0};
    assert_int_equal(cck_remap_find(&rules, &two, after, &global, 0x9204, &start), 1);
    assert_int_equal(start, 0x9200);
    assert_int_equal(cck_remap_find(&rules, &two, after, &global, 0x9208, &start), SIZE_MAX);
    free(before);
    free(after);
}

/* ---- what is asked for ---- */

static void test_reads_what_is_asked_for(void **state)
{
    (void)state;
    cck_arena arena = {0};
    cck_what_if_plan plan;
    cck_error err = {0};
    const char *const good[] = {"struct stats.misses@128", "all",  "finding",
                                "0123456789abcdef",        "pool", NULL};
    assert_int_equal(cck_what_if_read(&plan, good, &arena, &err), 0);
    assert_int_equal(plan.spec_count, 5);
    assert_string_equal(plan.specs[0].name, "struct stats.misses");
    assert_int_equal(plan.specs[0].align, 128);
    assert_int_equal(plan.specs[1].kind, CCK_WHAT_IF_ALL);
    assert_int_equal(plan.specs[2].kind, CCK_WHAT_IF_WORST);
    assert_int_equal(plan.specs[3].kind, CCK_WHAT_IF_ID);
    assert_int_equal(plan.specs[4].kind, CCK_WHAT_IF_NAMED);
    assert_int_equal(plan.change_count, 4); /* all: one for each finding, later */
    cck_what_if_clear(&plan);
    static const char *const bad[] = {"x@", "x@0", "x@48", "x@8192", "x@64b", "x@-64", "@64", ""};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        const char *const texts[] = {bad[i], NULL};
        assert_int_equal(cck_what_if_read(&plan, texts, &arena, &err), CCK_EINVALID);
        cck_what_if_clear(&plan);
    }
    cck_arena_clear(&arena);
}

static void test_splits_names_and_finds_fields(void **state)
{
    (void)state;
    char name[64];
    uint64_t offset, size;
    assert_string_equal(cck_what_if_split("a<b.c>.d.e", 0, name, sizeof name), "");
    assert_string_equal(cck_what_if_split("a<b.c>.d.e", 2, name, sizeof name), "d.e");
    assert_string_equal(name, "a<b.c>");
    assert_null(cck_what_if_split("a<b.c>.d.e", 3, name, sizeof name));
    assert_true(cck_what_if_names("app::Stats", "Stats"));
    assert_true(cck_what_if_names("struct stats", "stats"));
    assert_false(cck_what_if_names("struct mystats", "stats"));
    assert_true(cck_what_if_field(&outer, "stats.misses", &offset, &size));
    assert_int_equal(offset, 16);
    assert_int_equal(size, 8);
    assert_true(cck_what_if_field(&outer, "stats.name[3]", &offset, &size));
    assert_int_equal(offset, 27);
    assert_false(cck_what_if_field(&outer, "stats.name[32]", &offset, &size));
    assert_false(cck_what_if_field(&outer, "stats.", &offset, &size));
    assert_false(cck_what_if_field(&outer, "none", &offset, &size));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_member_moves_as_the_compiler_moves_it),
        cmocka_unit_test(test_also_inside_of_another),
        cmocka_unit_test(test_padded_has_lines_for_itself),
        cmocka_unit_test(test_elements_come_apart_behind_a_header),
        cmocka_unit_test(test_objects_are_found_again),
        cmocka_unit_test(test_reads_what_is_asked_for),
        cmocka_unit_test(test_splits_names_and_finds_fields),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
