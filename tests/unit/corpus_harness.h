/* SPDX-License-Identifier: MIT */
#ifndef CCK_TESTS_CORPUS_HARNESS_H
#define CCK_TESTS_CORPUS_HARNESS_H

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "layouts/input.h"

/** Read a fixture into `corpus`; false if its compiler was not there. Fails the test if it
 * cannot be read. */
static inline bool corpus_of(cck_corpus *corpus, const char *fixture,
                             const cck_input_options *options)
{
    static const cck_input_options plain = {.jobs = 1};
    char path[PATH_MAX];
    cck_error err = {0};
    snprintf(path, sizeof path, "%s/%s", CCK_FIXTURES, fixture);
    if (access(path, R_OK) != 0)
        return false;
    if (cck_input_read(corpus, path, options ? options : &plain, &err) != 0)
        fail_msg("%s: %s (%s)", path, err.message, err.hint);
    cck_corpus_sort(corpus);
    return true;
}

/** The type of that name; NULL none. */
static inline const cck_corpus_type *corpus_type(const cck_corpus *corpus, const char *name)
{
    for (size_t i = 0; i < corpus->type_count; i++)
        if (strcmp(cck_type_label(corpus->types[i].type), name) == 0)
            return &corpus->types[i];
    return NULL;
}

static inline const cck_corpus_global *corpus_global(const cck_corpus *corpus, const char *name)
{
    for (size_t i = 0; i < corpus->global_count; i++)
        if (strcmp(corpus->globals[i].name, name) == 0)
            return &corpus->globals[i];
    return NULL;
}

#endif
