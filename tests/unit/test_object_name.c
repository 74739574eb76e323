/* SPDX-License-Identifier: MIT */
/* What lies at an address, by the debug information of a program that is not run here. */
#include "tests/unit/debug_harness.h"

#include "core/finding/object_name.h"

enum { BIAS = 0x10000000 };

/* A line of a program that was loaded at BIAS, with one object on it. */
typedef struct named_line {
    cck_observed observed;
    cck_module module;
    cck_object object;
    uint32_t index;
    cck_line line;
    cck_object_names names;
} named_line;

static void name_line(named_line *named, const debug_fixture *fixture, cck_object object,
                      uint64_t address)
{
    *named = (named_line){.object = object};
    named->module = (cck_module){.path = fixture->path, .build_id = "", .bias = BIAS};
    named->observed.modules = &named->module;
    named->observed.module_count = 1;
    named->observed.objects = &named->object;
    named->observed.object_count = 1;
    named->line = (cck_line){.address = address & ~(uint64_t)63,
                             .size = 64,
                             .objects = &named->index,
                             .object_count = 1};
    cck_error err = {0};
    assert_int_equal(cck_object_names_init(&named->names, &named->observed, fixture->debug, NULL,
                                           &named->observed.arena, &err),
                     0);
}

static void forget_line(named_line *named)
{
    cck_object_names_clear(&named->names);
    cck_arena_clear(&named->observed.arena);
}

static void a_global_is_told_by_element_and_field(void **state)
{
    (void)state;
    debug_fixture fixture;
    named_line named;
    cck_variable totals;
    if (!fixture_open(&fixture, "named"))
        skip();
    assert_true(cck_debug_find_global(fixture.module, "totals", &totals));
    uint64_t address = BIAS + totals.start + 24;
    const cck_object object = {.kind = CCK_OBJECT_GLOBAL,
                               .start = address & ~(uint64_t)63,
                               .path = CCK_NONE,
                               .thread = CCK_NONE};
    name_line(&named, &fixture, object, address);
    cck_place place = cck_object_place(&named.names, &named.line, address);
    assert_string_equal(place.object.kind, "global");
    assert_string_equal(place.object.name, "totals");
    assert_string_equal(place.object.type, "struct counter");
    assert_int_equal(place.object.stride, 16);
    assert_int_equal(place.object.count, 4);
    assert_true(ends_in(place.declared.file, "/named.c"));
    cck_place_part part = cck_object_part(&named.names, &place, address, 8);
    assert_string_equal(part.name, "[1].misses");
    assert_string_equal(part.bare, "misses");
    assert_int_equal(part.offset, 24);
    /* As wide as two fields: the first of them. */
    part = cck_object_part(&named.names, &place, address - 8, 16);
    assert_string_equal(part.bare, "hits");
    assert_int_equal(part.size, 8);
    forget_line(&named);
    fixture_close(&fixture);
}

/* The stack pointer is all that tells where such a function's locals are. */
static void check_aligned(debug_fixture *fixture, const char *rest)
{
    enum { CFA = 0x7fff0020 };
    char name[64];
    unsigned long size, code;
    long offset, frame_size;
    assert_int_equal(sscanf(rest, "%63s %lu %ld %ld %lx", name, &size, &offset, &frame_size, &code),
                     5);
    uint64_t address = (uint64_t)(CFA + offset) + 8;
    named_line named;
    cck_object object = {.kind = CCK_OBJECT_STACK,
                         .start = address,
                         .path = CCK_NONE,
                         .thread = CCK_NONE,
                         .module = CCK_NONE,
                         .frame = {0, BIAS + code},
                         .cfa = CFA,
                         .frame_size = (uint64_t)frame_size};
    name_line(&named, fixture, object, address);
    cck_place place = cck_object_place(&named.names, &named.line, address);
    assert_string_equal(place.object.kind, "stack");
    assert_string_equal(place.object.name, name);
    assert_int_equal(place.object.count * place.object.stride, size);
    assert_int_equal(place.start, address - 8);
    assert_string_equal(cck_object_part(&named.names, &place, address, 8).name, "[1]");
    forget_line(&named);
    object.frame_size = 0;
    name_line(&named, fixture, object, address);
    assert_string_equal(cck_object_place(&named.names, &named.line, address).object.name, "");
    forget_line(&named);
}

static void a_local_of_an_aligned_frame_has_its_name(void **state)
{
    (void)state;
    debug_fixture fixture;
    if (!fixture_open(&fixture, "named"))
        skip();
    assert_int_equal(fixture_truth(&fixture, "aligned", check_aligned), 1);
    fixture_close(&fixture);
}

/* Without debug information there is a name for the kind, and bytes. */
static void what_nobody_knows_has_no_name(void **state)
{
    (void)state;
    debug_fixture fixture;
    named_line named;
    if (!fixture_open(&fixture, "named"))
        skip();
    const cck_object object = {.kind = CCK_OBJECT_HEAP,
                               .start = 0x5000,
                               .size = 40,
                               .path = CCK_NONE,
                               .thread = CCK_NONE,
                               .module = CCK_NONE};
    name_line(&named, &fixture, object, 0x5008);
    cck_place place = cck_object_place(&named.names, &named.line, 0x5008);
    assert_string_equal(place.object.kind, "heap");
    assert_string_equal(place.object.name, "");
    assert_string_equal(place.object.type, "");
    assert_int_equal(place.object.size, 40);
    assert_string_equal(cck_object_part(&named.names, &place, 0x5008, 8).name, "");
    forget_line(&named);
    fixture_close(&fixture);
}

/* Its allocator keeps the size of the next block on the same line. */
static void a_block_is_told_before_the_mapping_around_it(void **state)
{
    (void)state;
    debug_fixture fixture;
    named_line named;
    if (!fixture_open(&fixture, "named"))
        skip();
    const cck_object block = {.kind = CCK_OBJECT_HEAP,
                              .start = 0x5ba0,
                              .size = 16,
                              .path = CCK_NONE,
                              .thread = CCK_NONE,
                              .module = CCK_NONE};
    name_line(&named, &fixture, block, 0x5ba0);
    cck_object both[] = {{.kind = CCK_OBJECT_MAPPING,
                          .start = 0x5000,
                          .size = 0x21000,
                          .path = CCK_NONE,
                          .thread = CCK_NONE,
                          .module = CCK_NONE},
                         block};
    uint32_t indices[] = {0, 1};
    named.observed.objects = both;
    named.observed.object_count = 2;
    named.line.objects = indices;
    named.line.object_count = 2;
    assert_string_equal(cck_object_place(&named.names, &named.line, 0x5ba8).object.kind, "heap");
    assert_string_equal(cck_object_place(&named.names, &named.line, 0x5bb8).object.kind, "mapping");
    forget_line(&named);
    fixture_close(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_global_is_told_by_element_and_field),
        cmocka_unit_test(a_local_of_an_aligned_frame_has_its_name),
        cmocka_unit_test(what_nobody_knows_has_no_name),
        cmocka_unit_test(a_block_is_told_before_the_mapping_around_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
