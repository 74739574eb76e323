/* SPDX-License-Identifier: MIT */
#ifndef CCK_TESTS_DEBUG_HARNESS_H
#define CCK_TESTS_DEBUG_HARNESS_H

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/debug/debug.h"

/** A fixture opened; `module` NULL: its compiler was not there. */
typedef struct debug_fixture {
    char path[PATH_MAX];
    cck_debug *debug;
    cck_debug_module *module;
} debug_fixture;

static inline bool fixture_open(debug_fixture *fixture, const char *name)
{
    *fixture = (debug_fixture){.debug = NULL};
    snprintf(fixture->path, sizeof fixture->path, "%s/fixtures/debug/%s/program", CCK_FIXTURES,
             name);
    if (access(fixture->path, R_OK) != 0) {
        print_message("no program %s: passed over\n", name);
        return false;
    }
    cck_error err = {0};
    assert_int_equal(cck_debug_new(&fixture->debug, &err), 0);
    int failed = cck_debug_open(fixture->debug, fixture->path, "", &fixture->module, &err);
    if (failed)
        fail_msg("%s: %s", name, err.message);
    return true;
}

static inline void fixture_close(debug_fixture *fixture)
{
    cck_debug_free(fixture->debug);
    fixture->debug = NULL;
}

/** Calls `check` for every line that the fixture prints about itself. */
static inline size_t fixture_truth(debug_fixture *fixture, const char *kind,
                                   void (*check)(debug_fixture *fixture, const char *rest))
{
    char command[PATH_MAX + 16], line[256];
    size_t count = 0, length = strlen(kind);
    snprintf(command, sizeof command, "'%s'", fixture->path);
    FILE *truth = popen(command, "re");
    assert_non_null(truth);
    while (fgets(line, sizeof line, truth))
        if (strncmp(line, kind, length) == 0 && line[length] == ' ') {
            check(fixture, line + length + 1);
            count++;
        }
    assert_int_equal(pclose(truth), 0);
    return count;
}

static inline bool ends_in(const char *text, const char *end)
{
    size_t length = strlen(text), wanted = strlen(end);
    return wanted <= length && strcmp(text + length - wanted, end) == 0;
}

#endif
