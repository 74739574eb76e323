/* SPDX-License-Identifier: MIT */
#ifndef CCK_TESTS_LAYOUT_HARNESS_H
#define CCK_TESTS_LAYOUT_HARNESS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "layouts/input.h"
#include "layouts/run.h"

/** What the rules say of one source. */
typedef struct layout_audit {
    cck_corpus corpus;
    cck_arena arena;
    cck_layout_config config;
    cck_annotations *annotations;
    cck_finding *findings;
    size_t count;
} layout_audit;

/** Languages of which programs are read are compiled here. */
static const struct {
    const char *extension, *command; /* of the program and its source */
} layout_compilers[] = {
    {"rs", "rustc -g -o %s %s >/dev/null 2>&1"},
    {"go", "GO111MODULE=off GOCACHE=${TMPDIR:-/tmp}/cachecheck-go-$(id -u) "
           "go build -o %s %s >/dev/null 2>&1"},
};

/** The command's number; -1: the source is read itself. */
static inline int layout_compiler(const char *extension)
{
    for (int i = 0; i < (int)(sizeof layout_compilers / sizeof *layout_compilers); i++)
        if (strcmp(layout_compilers[i].extension, extension) == 0)
            return i;
    return -1;
}

/** False if there is no such compiler. */
static inline bool layout_program(int compiler, const char *source, char path[512])
{
    char command[1400];
    snprintf(path, 512, "/tmp/cachecheck-layout-%d", (int)getpid());
    snprintf(command, sizeof command, layout_compilers[compiler].command, path, source);
    return system(command) == 0;
}

static inline bool layout_read(layout_audit *audit, const char *name, const char *state,
                               const char *extension, const char *config)
{
    char path[512], program[512];
    cck_error err = {0};
    cck_input_options options = {0};
    *audit = (layout_audit){.annotations = cck_annotations_new()};
    cck_rules_request request = {.corpus = &audit->corpus, .annotations = audit->annotations};
    snprintf(path, sizeof path, "%s/layout/%s-%s.%s", CCK_TESTS, name, state, extension);
    int compiler = layout_compiler(extension);
    if (compiler >= 0 && !layout_program(compiler, path, program)) {
        cck_annotations_free(audit->annotations);
        return false;
    }
    if (cck_input_read(&audit->corpus, compiler >= 0 ? program : path, &options, &err) != CCK_OK)
        fail_msg("%s: %s (%s)", path, err.message, err.hint);
    if (compiler >= 0)
        unlink(program);
    if (config) {
        assert_int_equal(cck_layout_config_parse(&audit->config, &audit->arena, "test", config,
                                                 strlen(config), &err),
                         CCK_OK);
        request.config = &audit->config;
    }
    cck_corpus_sort(&audit->corpus);
    assert_int_equal(cck_rules_run(&request, &audit->arena, &audit->findings, &audit->count, &err),
                     CCK_OK);
    return true;
}

static inline void layout_end(layout_audit *audit)
{
    cck_annotations_free(audit->annotations);
    cck_arena_clear(&audit->arena);
    cck_corpus_clear(&audit->corpus);
}

#endif
