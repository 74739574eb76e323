/* SPDX-License-Identifier: MIT */
/* What lies at an offset, what synchronises and what is asked for, in compiled programs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/types_harness.h"

typedef struct cck_opened {
    cck_debug *debug;
    cck_debug_module *module;
} cck_opened;

static bool open_program(const char *name, cck_opened *opened)
{
    char path[PATH_MAX];
    cck_error err = {0};
    if (!types_program(name, path))
        return false;
    assert_int_equal(cck_debug_new(&opened->debug, &err), 0);
    assert_int_equal(cck_debug_open(opened->debug, path, "", &opened->module, &err), 0);
    return true;
}

/* The leaf of a path, by walking all leaves. */
typedef struct cck_sought {
    const char *path;
    cck_field found;
    unsigned leaves;
} cck_sought;

static bool look(void *context, const cck_field *leaf)
{
    cck_sought *sought = context;
    sought->leaves++;
    if (strcmp(leaf->path, sought->path) == 0)
        sought->found = *leaf;
    return true;
}

static cck_field leaf_of(const cck_type *type, const char *path)
{
    cck_sought sought = {.path = path};
    assert_non_null(type);
    cck_type_leaves(type, look, &sought);
    if (!sought.found.type)
        fail_msg("%s has no leaf %s", cck_type_label(type), path);
    return sought.found;
}

static cck_sync sync_of(const cck_type *type, const char *path)
{
    return leaf_of(type, path).type->sync;
}

static void c_says_what_synchronises(void **state)
{
    (void)state;
    static const char *const programs[] = {"layout-gcc", "layout-clang", "layout-gcc-sections"};
    for (size_t i = 0; i < 3; i++) {
        cck_opened opened;
        if (!open_program(programs[i], &opened))
            continue;
        const cck_type *stats = cck_debug_find_type(opened.module, "struct stats");
        assert_int_equal(sync_of(stats, "reads"), CCK_SYNC_NONE);
        assert_int_equal(sync_of(stats, "hits"), CCK_SYNC_ATOMIC);
        assert_int_equal(sync_of(stats, "head"), CCK_SYNC_ATOMIC);
        assert_int_equal(sync_of(stats, "flag"), CCK_SYNC_VOLATILE);
        assert_int_equal(sync_of(stats, "users"), CCK_SYNC_ATOMIC);
        assert_int_equal(sync_of(stats, "lock"), CCK_SYNC_LOCK);
        /* pg_atomic_uint32 is not listed: its name says what it is. */
        assert_int_equal(sync_of(stats, "state"), CCK_SYNC_ATOMIC);
        assert_int_equal(sync_of(stats, "mutex"), CCK_SYNC_LOCK);
        assert_int_equal(stats->language, CCK_LANGUAGE_C);
        assert_true(stats->line > 0 && strstr(stats->file, "layout.c"));
        cck_field field;
        assert_true(cck_type_field(stats, leaf_of(stats, "state").offset, 4, &field));
        assert_string_equal(field.path, "state");
        assert_false(field.type->sync_inside);
        cck_debug_free(opened.debug);
    }
}

static void pointers_lead_on_in_circles(void **state)
{
    (void)state;
    cck_opened opened;
    if (!open_program("layout-gcc", &opened))
        skip();
    const cck_type *node = cck_debug_find_type(opened.module, "node");
    assert_non_null(node);
    assert_ptr_equal(node, cck_debug_find_type(opened.module, "struct node"));
    assert_int_equal(node->member_count, 5);
    assert_ptr_equal(node->members[0].type->target, node);
    assert_string_equal(node->members[0].type->name, "struct node *");
    assert_string_equal(node->members[3].type->name, "struct node **");
    const cck_type *slot = node->members[2].type->target;
    assert_string_equal(slot->name, "struct slot");
    assert_true(slot->is_const && slot->is_volatile);
    assert_null(cck_debug_find_type(opened.module, "struct nobody"));
    assert_null(cck_debug_find_type(opened.module, ""));
    cck_debug_free(opened.debug);
}

static void spans_and_padding_are_told_apart(void **state)
{
    (void)state;
    cck_opened opened;
    cck_field field;
    if (!open_program("layout-gcc", &opened))
        skip();
    const cck_type *stats = cck_debug_find_type(opened.module, "stats");
    uint64_t slots = leaf_of(stats, "slots").offset;
    assert_true(cck_type_field(stats, 0, 16, &field)); /* two fields: the struct */
    assert_string_equal(field.path, "");
    assert_true(cck_type_field(stats, slots + 16, 16, &field)); /* a whole element */
    assert_string_equal(field.path, "slots[1]");
    assert_true(cck_type_field(stats, slots + 8, 16, &field)); /* parts of two */
    assert_string_equal(field.path, "slots");
    assert_true(cck_type_field(stats, slots + 24, 8, &field));
    assert_string_equal(field.path, "slots[1].count");
    assert_int_equal(field.index, 1);
    assert_int_equal(field.array->count, 4);
    assert_int_equal(field.parent_offset, slots + 16);
    assert_string_equal(field.parent->name, "struct slot");
    assert_false(cck_type_field(stats, slots + 4, 4, &field)); /* padding of a slot */
    assert_false(cck_type_field(stats, stats->size, 1, &field));
    assert_false(cck_type_field(stats, UINT64_MAX - 2, 1, &field));
    const cck_type *bits = cck_debug_find_type(opened.module, "bits");
    assert_true(cck_type_field(bits, 0, 0, &field));
    assert_string_equal(field.path, "first");
    assert_true(cck_type_field(bits, 1, 0, &field));
    assert_string_equal(field.path, "second");
    const cck_type *aligned = cck_debug_find_type(opened.module, "aligned");
    assert_int_equal(leaf_of(aligned, "hot").member->align, 64);
    assert_int_equal(aligned->align, 64);
    assert_int_equal(aligned->align_asked, 0);
    cck_debug_free(opened.debug);
}

static void cpp_classes_are_understood(void **state)
{
    (void)state;
    static const char *const programs[] = {"layout-g++", "layout-clang++"};
    for (size_t i = 0; i < 2; i++) {
        cck_opened opened;
        if (!open_program(programs[i], &opened))
            continue;
        const cck_type *square = cck_debug_find_type(opened.module, "Square");
        assert_string_equal(square->name, "app::Square");
        assert_true(square->members[0].base);
        assert_int_equal(sync_of(square, "users"), CCK_SYNC_ATOMIC);
        assert_int_equal(leaf_of(square, "kind").offset, 12);
        cck_field field;
        assert_true(cck_type_field(square, 0, 8, &field));
        assert_true(field.member->artificial);
        const cck_type *service = cck_debug_find_type(opened.module, "app::Service");
        assert_int_equal(sync_of(service, "mutex"), CCK_SYNC_LOCK);
        assert_int_equal(sync_of(service, "ready"), CCK_SYNC_LOCK);
        assert_int_equal(sync_of(service, "served"), CCK_SYNC_ATOMIC);
        const cck_type *ring = cck_debug_find_type(opened.module, "Numbers");
        assert_non_null(ring);
        assert_int_equal(sync_of(ring, "tail"), CCK_SYNC_ATOMIC);
        assert_int_equal(ring->language, CCK_LANGUAGE_CPP);
        cck_debug_free(opened.debug);
    }
}

static void rust_types_are_understood(void **state)
{
    (void)state;
    cck_opened opened;
    cck_field field;
    if (!open_program("layout-rust", &opened))
        skip();
    const cck_type *stats = cck_debug_find_type(opened.module, "layout::Stats");
    assert_int_equal(stats->language, CCK_LANGUAGE_RUST);
    assert_int_equal(stats->align_asked, 0);
    assert_int_equal(sync_of(stats, "hits"), CCK_SYNC_ATOMIC);
    assert_int_equal(sync_of(stats, "head"), CCK_SYNC_ATOMIC);
    for (size_t i = 1; i < stats->member_count; i++)
        assert_true(stats->members[i - 1].offset <= stats->members[i].offset);
    assert_int_equal(leaf_of(stats, "pair.2").size, 2);
    const cck_type *shape = cck_debug_find_type(opened.module, "layout::Shape");
    assert_true(cck_type_field(shape, 8, 8, &field));
    assert_true(strstr(field.path, "Circle.0") || strstr(field.path, "Square.side"));
    const cck_type *padded =
        cck_debug_find_type(opened.module, "layout::Padded<core::sync::atomic::AtomicU64>");
    if (!padded) /* older compilers have alias names */
        skip();
    assert_int_equal(padded->align_asked, 128);
    cck_debug_free(opened.debug);
}

/* Types by hand that no compiler would make: questions must end. */
static void damaged_types_end(void **state)
{
    (void)state;
    cck_type loop = {.kind = CCK_TYPE_STRUCT, .name = "", .alias = "", .file = "", .size = 8};
    cck_member members[64];
    for (size_t i = 0; i < 64; i++)
        members[i] = (cck_member){.name = "again_and_again_and_again", .type = &loop, .file = ""};
    loop.members = members;
    loop.member_count = 64;
    cck_field field;
    cck_sought sought = {.path = "none"};
    assert_false(cck_type_field(&loop, 1, 2, &field) && field.type != &loop);
    cck_type_leaves(&loop, look, &sought);
    assert_int_equal(sought.leaves, 0);
    cck_type array = {.kind = CCK_TYPE_ARRAY, .name = "", .alias = "", .file = "", .size = 8};
    assert_false(cck_type_field(&array, 0, 1, &field));
    array.target = &array;
    array.stride = 8;
    assert_false(cck_type_field(&array, 16, 1, &field));
    assert_string_equal(cck_type_label(&array), "array");
    assert_string_equal(cck_type_label(NULL), "void");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(c_says_what_synchronises),
        cmocka_unit_test(pointers_lead_on_in_circles),
        cmocka_unit_test(spans_and_padding_are_told_apart),
        cmocka_unit_test(cpp_classes_are_understood),
        cmocka_unit_test(rust_types_are_understood),
        cmocka_unit_test(damaged_types_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
