/* SPDX-License-Identifier: MIT */
/* The live machine while one file of /sys and /proc after the other cannot be opened: what is
 * missing then is said. tests/faults does it with every call, and the whole command. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/machine/machine.h"
#include <cachecheck/report.h>

/* ---- hwloc's and our own openat() ---- */

static unsigned long opened, failing;

static bool is_system(const char *path)
{
    return strstr(path, "sys/") || strstr(path, "proc/");
}

static int open_counted(int folder, const char *path, int flags, unsigned mode)
{
    if (is_system(path) && ++opened == failing) {
        errno = EMFILE;
        return -1;
    }
    return (int)syscall(SYS_openat, folder, path, flags, mode);
}

#define OPENAT(name)                                                                               \
    int name(int folder, const char *path, int flags, ...);                                        \
    int name(int folder, const char *path, int flags, ...)                                         \
    {                                                                                              \
        va_list args;                                                                              \
        va_start(args, flags);                                                                     \
        unsigned mode = flags & O_CREAT ? va_arg(args, unsigned) : 0;                              \
        va_end(args);                                                                              \
        return open_counted(folder, path, flags, mode);                                            \
    }
#undef openat
OPENAT(openat)
OPENAT(openat64)

/* ---- what is asked ---- */

static bool same_caches(const cck_machine_info *a, const cck_machine_info *b)
{
    bool same = a->cache_count == b->cache_count;
    for (size_t i = 0; same && i < a->cache_count; i++)
        same = a->caches[i].level == b->caches[i].level && a->caches[i].kind == b->caches[i].kind &&
               a->caches[i].size == b->caches[i].size && a->caches[i].count == b->caches[i].count;
    return same;
}

static bool same_limits(const cck_limits *a, const cck_limits *b)
{
    return a->known == b->known && strcmp(a->cpus, b->cpus) == 0 &&
           strcmp(a->nodes, b->nodes) == 0 && a->memory == b->memory && a->cpu_time == b->cpu_time;
}

static bool same(const cck_machine *a, const cck_machine *b)
{
    return a->info.packages == b->info.packages && a->info.cores == b->info.cores &&
           a->info.pus == b->info.pus && a->info.nodes == b->info.nodes &&
           a->info.allowed_pus == b->info.allowed_pus && a->info.memory == b->info.memory &&
           strcmp(a->info.cpu_model, b->info.cpu_model) == 0 &&
           strcmp(a->info.hypervisor, b->info.hypervisor) == 0 &&
           strcmp(a->info.container, b->info.container) == 0 && a->part_count == b->part_count &&
           same_caches(&a->info, &b->info) && same_limits(&a->limits, &b->limits);
}

static cck_machine *open_live(unsigned long fail_at)
{
    cck_machine *machine = NULL;
    opened = 0;
    failing = fail_at;
    int code = cck_machine_open(&machine, NULL, NULL);
    failing = 0;
    return code == 0 ? machine : NULL;
}

static char *written(const cck_machine *machine, cck_format format)
{
    const cck_report_options options = {.size = sizeof options, .width = 100};
    char *text = NULL;
    size_t length;
    FILE *out = open_memstream(&text, &length);
    assert_non_null(out);
    assert_int_equal(cck_machine_write(machine, format, out, &options, NULL), 0);
    fclose(out);
    return text;
}

static void is_written(const cck_machine *machine)
{
    static const struct {
        cck_format format;
        const char *words;
    } cases[] = {{CCK_FORMAT_TEXT, "note: "},
                 {CCK_FORMAT_JSON, "\"notes\": ["},
                 {CCK_FORMAT_HTML, "Note: "}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *text = written(machine, cases[i].format);
        bool found = strstr(text, cases[i].words);
        free(text);
        assert_true(found);
    }
}

static void what_cannot_be_opened_is_noted_if_it_matters(void **state)
{
    (void)state;
    enum { TRIES = 300 };
    cck_machine *whole = open_live(0);
    assert_non_null(whole);
    unsigned long count = opened, step = 1 + count / TRIES, noted = 0;
    if (whole->info.note_count || strcmp(whole->info.origin, "live") != 0)
        skip();
    for (unsigned long at = 1; at <= count; at += step) {
        cck_machine *machine = open_live(at);
        if (!machine)
            continue; /* it has said why */
        if (!machine->info.note_count && !same(machine, whole))
            fail_msg("file %lu of %lu could not be opened, and not a word", at, count);
        if (machine->info.note_count && !noted++)
            is_written(machine);
        cck_machine_free(machine);
    }
    assert_true(noted > 0);
    cck_machine_free(whole);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_cannot_be_opened_is_noted_if_it_matters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
