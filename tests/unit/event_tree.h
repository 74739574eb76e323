/* SPDX-License-Identifier: MIT */
/* For the tests of events: a machine's /sys and /proc written into a folder. */
#ifndef CCK_TESTS_EVENT_TREE_H
#define CCK_TESTS_EVENT_TREE_H

#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "probes/counters/event.h"

typedef struct tree_file {
    const char *path, *text;
} tree_file;

#define TREE_PMU "sys/bus/event_source/devices/"

static char tree_path[64];

static inline void tree_add(const char *path, const char *text)
{
    char full[512];
    snprintf(full, sizeof full, "%s/%s", tree_path, path);
    for (char *slash = full + strlen(tree_path) + 1; (slash = strchr(slash, '/')); slash++) {
        *slash = '\0';
        mkdir(full, 0755);
        *slash = '/';
    }
    FILE *file = fopen(full, "w");
    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
}

static inline cck_root tree_open(const tree_file *files)
{
    cck_root root;
    strcpy(tree_path, "/tmp/cck-event-XXXXXX");
    assert_non_null(mkdtemp(tree_path));
    for (; files && files->path; files++)
        tree_add(files->path, files->text);
    assert_int_equal(cck_root_open(&root, tree_path, NULL), 0);
    return root;
}

static inline int tree_unlink(const char *path, const struct stat *status, int kind, struct FTW *at)
{
    (void)status, (void)kind, (void)at;
    return remove(path);
}

static inline void tree_close(cck_root *root)
{
    cck_root_close(root);
    nftw(tree_path, tree_unlink, 8, FTW_DEPTH | FTW_PHYS);
}

/* One parse, and what came of it. */
typedef struct parse_result {
    cck_arena arena;
    cck_event_scope scope;
    cck_event_list list;
    cck_error err;
    int status;
} parse_result;

static inline void parse_in(parse_result *parsed, const cck_root *root, const char *text)
{
    memset(parsed, 0, sizeof *parsed);
    parsed->scope.root = root;
    parsed->scope.arena = &parsed->arena;
    parsed->status = cck_event_parse(&parsed->list, text, &parsed->scope, &parsed->err);
    if (parsed->status < 0) {
        /* Outputs are not clobbered, and there is always a reason. */
        assert_int_equal(parsed->list.count, 0);
        assert_null(parsed->list.events);
        assert_int_equal(parsed->err.code, parsed->status);
        assert_true(parsed->err.message[0] != '\0');
    }
}

static inline void parsed_free(parse_result *parsed)
{
    cck_arena_clear(&parsed->arena);
}

static inline void assert_fails(const cck_root *root, const char *text, int code, const char *word)
{
    parse_result parsed;
    parse_in(&parsed, root, text);
    if (parsed.status != code ||
        !(strstr(parsed.err.message, word) || strstr(parsed.err.hint, word)))
        fail_msg("`%.200s' gave %d: %s [%s], not %d with `%s'", text, parsed.status,
                 parsed.err.message, parsed.err.hint, code, word);
    parsed_free(&parsed);
}

static inline void assert_encodes(const cck_root *root, const char *text, uint32_t type,
                                  uint64_t config, const char *counted)
{
    parse_result parsed;
    parse_in(&parsed, root, text);
    if (parsed.status < 0 || parsed.list.count != 1)
        fail_msg("`%s' gave %d, %zu events: %s [%s]", text, parsed.status, parsed.list.count,
                 parsed.err.message, parsed.err.hint);
    const cck_event *event = &parsed.list.events[0];
    if (event->attr.type != type || event->attr.config != config ||
        strcmp(event->info.counted, counted))
        fail_msg("`%s' is type %u, config 0x%llx, counted `%s'", text, event->attr.type,
                 (unsigned long long)event->attr.config, event->info.counted);
    parsed_free(&parsed);
}

#endif
