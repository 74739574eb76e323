/* SPDX-License-Identifier: MIT */
/* A machine's parts in a result: written, read back, and refused where they are no tree. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/machine/topology.h"
#include "core/report/picture.h"

static cck_machine *made_up(void)
{
    const cck_machine_options options = {.size = sizeof options,
                                         .synthetic = "pack:2 numa:2 l3:1 core:2 pu:2"};
    cck_machine *machine = NULL;
    assert_int_equal(cck_machine_open(&machine, &options, NULL), 0);
    return machine;
}

static char *written(const cck_part *parts, size_t count)
{
    char *text = NULL;
    size_t length;
    cck_json json;
    FILE *out = open_memstream(&text, &length);
    assert_non_null(out);
    cck_json_begin(&json, out, true);
    cck_json_object(&json);
    cck_topology_write(&json, parts, count);
    cck_json_object_end(&json);
    cck_json_end(&json);
    fclose(out);
    return text;
}

/* The code; parts and count where it is 0. */
static int read_back(const char *text, cck_arena *arena, const cck_part **parts, size_t *count,
                     cck_error *err)
{
    cck_json_tree tree = {0};
    cck_json_fault fault;
    size_t at = 0;
    assert_true(cck_json_tree_value(&tree, text, strlen(text), &at, &fault));
    cck_json_reader reader = {.arena = arena};
    *parts = cck_topology_read(&reader, cck_json_root(&tree), count);
    cck_json_tree_clear(&tree);
    *err = reader.error;
    return reader.code;
}

static void parts_come_back_as_they_were(void **state)
{
    cck_machine *machine = made_up();
    cck_arena arena = {0};
    cck_error err;
    size_t count, back_count;
    const cck_part *parts = cck_machine_get_parts(machine, &count), *back;
    (void)state;
    const cck_part *copies = cck_topology_copy(&arena, parts, count);
    char *text = written(copies, count);
    assert_int_equal(read_back(text, &arena, &back, &back_count, &err), 0);
    assert_int_equal(back_count, count);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(back[i].kind, parts[i].kind);
        assert_string_equal(back[i].name, parts[i].name);
        assert_int_equal(back[i].os, parts[i].os);
        assert_int_equal(back[i].parent, parts[i].parent);
        assert_int_equal(back[i].end, parts[i].end);
    }
    char *again = written(back, back_count);
    assert_string_equal(text, again);
    free(text);
    free(again);
    cck_arena_clear(&arena);
    cck_machine_free(machine);
}

#define PART(kind, parent)                                                                         \
    "{\"kind\":\"" kind "\",\"name\":\"x\",\"logical\":0,\"cpus\":1,\"allowed\":true,\"parent\":" #parent "}"

#define NAMED(name)                                                                                \
    "[{\"kind\":\"machine\",\"name\":\"" name "\",\"logical\":0,\"cpus\":1,\"allowed\":true,\"parent\":0}]"

static void no_tree_is_refused(void **state)
{
    static const char *const cases[] = {
        "[" PART("core", 0) "]",                                        /* no machine */
        "[" PART("machine", 1) "]",                                     /* it hangs somewhere */
        "[" PART("machine", 0) "," PART("core", 7) "]",                 /* no such parent */
        "[" PART("machine", 0) "," PART("core", 1) "]",                 /* its own parent */
        "[" PART("machine", 0) "," PART("machine", 0) "]",              /* two of them */
        "[" PART("machine", 0) "," PART("node", 0) "," PART("core", 1) "]", /* a core in memory */
        "[" PART("machine", 0) "," PART("die", 0) "," PART("die", 0) "," PART("core", 1) "]", /* left already */
        "[3]",
        "{}",
        NAMED("\\u001b[31m"), /* a name that is none of ours */
    };
    char text[2048];
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cck_arena arena = {0};
        cck_error err;
        const cck_part *parts;
        size_t count;
        snprintf(text, sizeof text, "{\"topology\":%s}", cases[i]);
        assert_int_equal(read_back(text, &arena, &parts, &count, &err), CCK_EFORMAT);
        assert_non_null(strstr(err.message, "topology"));
        assert_int_equal(count, 0);
        cck_arena_clear(&arena);
    }
}

/* Drawing recurs: a chain must end somewhere. */
static void a_deep_one_is_refused(void **state)
{
    char *text = NULL;
    size_t length, count;
    cck_arena arena = {0};
    cck_error err;
    const cck_part *parts;
    FILE *out = open_memstream(&text, &length);
    (void)state;
    assert_non_null(out);
    fputs("{\"topology\":[" PART("machine", 0), out);
    for (int i = 0; i < 1000; i++)
        fprintf(out, ",{\"kind\":\"group\",\"name\":\"g\",\"logical\":0,\"cpus\":1,\"allowed\":true,"
                     "\"parent\":%d}", i);
    fputs("]}", out);
    fclose(out);
    assert_int_equal(read_back(text, &arena, &parts, &count, &err), CCK_EFORMAT);
    free(text);
    cck_arena_clear(&arena);
}

/* What a program used of a part is drawn on it, and said. */
static void uses_are_drawn(void **state)
{
    cck_machine *machine = made_up();
    char *text = NULL;
    size_t length, count;
    const cck_part *parts = cck_machine_get_parts(machine, &count);
    cck_part_use *uses = calloc(count, sizeof *uses);
    cck_boxes_plan plan = cck_drawing_plan(parts, count);
    FILE *out = open_memstream(&text, &length);
    (void)state;
    assert_non_null(uses);
    assert_non_null(out);
    for (size_t i = 0; i < count; i++)
        if (parts[i].kind == CCK_PART_CPU && parts[i].os == 3)
            uses[i] = (cck_part_use){.text = "1.2 s <app>", .colour = "t3", .share = 0.5};
    plan.uses = uses;
    cck_svg_drawing(out, &plan);
    fclose(out);
    assert_non_null(strstr(text, ": 1.2 s &lt;app&gt;</text>"));
    assert_non_null(strstr(text, "fill:var(--t3)"));
    free(text);
    free(uses);
    cck_machine_free(machine);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_come_back_as_they_were),
        cmocka_unit_test(no_tree_is_refused),
        cmocka_unit_test(a_deep_one_is_refused),
        cmocka_unit_test(uses_are_drawn),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
