/* SPDX-License-Identifier: MIT */
/* Types from DWARF are what the compilers say: each program prints offsets and sizes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/types_harness.h"

static const char *const programs[] = {"layout-gcc", "layout-clang",   "layout-gcc-sections",
                                       "layout-g++", "layout-clang++", "layout-rust"};

static unsigned wrong;

/* Say it and go on: one run then shows all that is wrong. */
#define WRONG(...) (wrong++, print_error(__VA_ARGS__), print_error("\n"))

static void check_line(cck_debug_module *module, const char *program, char *line)
{
    uint64_t size = 0, offset = 0;
    char *end = strrchr(line, ' ');
    assert_non_null(end);
    size = strtoull(end, NULL, 10);
    *end = '\0';
    end = strrchr(line, ' ');
    offset = strtoull(end, NULL, 10);
    *end = '\0';
    char *path = strrchr(line, ' ');
    *path++ = '\0';
    const cck_type *type = cck_debug_find_type(module, line);
    if (!type) {
        WRONG("%s: no type %s", program, line);
        return;
    }
    if (strcmp(path, ".") == 0) {
        if (type->size != offset || type->align != size)
            WRONG("%s: %s is %llu, %u", program, line, (unsigned long long)type->size, type->align);
        return;
    }
    cck_field field;
    if (!cck_type_field(type, offset, 0, &field)) {
        WRONG("%s: %s has nothing at %llu", program, line, (unsigned long long)offset);
        return;
    }
    if (strncmp(field.path, path, strlen(path)) != 0 &&
        strncmp(field.path, path, strlen(field.path)) != 0)
        WRONG("%s: %s at %llu is '%s', not '%s'", program, line, (unsigned long long)offset,
              field.path, path);
    if (strcmp(field.path, path) == 0 && (field.size != size || field.offset != offset))
        WRONG("%s: %s of %s is %llu long", program, path, line, (unsigned long long)field.size);
}

static void types_are_what_the_compiler_says(void **state)
{
    (void)state;
    size_t seen = 0;
    for (size_t i = 0; i < sizeof programs / sizeof *programs; i++) {
        char path[PATH_MAX], line[512];
        cck_debug *debug;
        cck_debug_module *module;
        cck_error err = {0};
        if (!types_program(programs[i], path))
            continue;
        assert_int_equal(cck_debug_new(&debug, &err), 0);
        assert_int_equal(cck_debug_open(debug, path, "", &module, &err), 0);
        FILE *out = popen(path, "r");
        assert_non_null(out);
        while (fgets(line, sizeof line, out)) {
            line[strcspn(line, "\n")] = '\0';
            check_line(module, programs[i], line);
            seen++;
        }
        pclose(out);
        cck_debug_free(debug);
    }
    assert_true(seen > 40);
    assert_int_equal(wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(types_are_what_the_compiler_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
