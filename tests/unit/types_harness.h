/* SPDX-License-Identifier: MIT */
#ifndef CCK_TESTS_TYPES_HARNESS_H
#define CCK_TESTS_TYPES_HARNESS_H

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

#include "core/debug/debug.h"

/** The path of a program of tests/fixtures/types; false if its compiler was not there. */
static inline bool types_program(const char *name, char path[PATH_MAX])
{
    snprintf(path, PATH_MAX, "%s/fixtures/types/%s", CCK_FIXTURES, name);
    return access(path, R_OK) == 0;
}

#endif
