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

/** Rust is compiled here; false if there is no rustc. */
static inline bool layout_rust(const char *source, char path[512])
{
    char command[1200];
    snprintf(path, 512, "/tmp/cachecheck-layout-%d", (int)getpid());
    snprintf(command, sizeof command, "rustc -g %s -o %s >/dev/null 2>&1", source, path);
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
    bool rust = strcmp(extension, "rs") == 0;
    if (rust && !layout_rust(path, program)) {
        cck_annotations_free(audit->annotations);
        return false;
    }
    if (cck_input_read(&audit->corpus, rust ? program : path, &options, &err) != CCK_OK)
        fail_msg("%s: %s (%s)", path, err.message, err.hint);
    if (rust)
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
