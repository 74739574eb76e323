/* SPDX-License-Identifier: MIT */
/*
 * Event specifications, and the files of a machine they are looked up in. Lines of
 * the input: the specification, a format, an alias, its unit, a tracepoint's id,
 * and /proc/cpuinfo.
 */
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "probes/counters/event.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CPU "sys/bus/event_source/devices/cpu/"

static const char *const files[] = {
    CPU "format/term",       CPU "events/alias",
    CPU "events/alias.unit", "sys/kernel/tracing/events/system/name/id",
    "proc/cpuinfo",
};
enum { FILES = sizeof files / sizeof *files };

static cck_root root;
static char folder[] = "/tmp/cck-fuzz-XXXXXX";

static void file_write(const char *path, const void *bytes, size_t size)
{
    char name[256];
    snprintf(name, sizeof name, "%s", path);
    for (char *slash = name; (slash = strchr(slash, '/')); *slash++ = '/') {
        *slash = '\0';
        mkdirat(root.fd, name, 0755);
    }
    int fd = openat(root.fd, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (fd < 0 || write(fd, bytes, size) != (ssize_t)size)
        abort();
    close(fd);
}

static void tree_remove(void)
{
    static const char *const fixed[] = {CPU "type", CPU "format/event", CPU "format/umask"};
    char path[256];
    for (size_t i = 0; i < FILES; i++)
        unlinkat(root.fd, files[i], 0);
    for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++)
        unlinkat(root.fd, fixed[i], 0);
    /* The folders, from the leaves up. */
    for (size_t i = 0; i < FILES; i++) {
        snprintf(path, sizeof path, "%s", files[i]);
        for (char *slash; (slash = strrchr(path, '/'));) {
            *slash = '\0';
            unlinkat(root.fd, path, AT_REMOVEDIR);
        }
    }
    cck_root_close(&root);
    rmdir(folder);
}

static void tree_make(void)
{
    if (!mkdtemp(folder) || cck_root_open(&root, folder, NULL) < 0)
        abort();
    file_write(CPU "type", "4\n", 2);
    file_write(CPU "format/event", "config:0-7\n", 11);
    file_write(CPU "format/umask", "config:8-15\n", 12);
    atexit(tree_remove);
}

/* What callers rely on, whatever came in. */
static void check(const cck_event_list *list, int status, const cck_error *err)
{
    if (status < 0 && (list->count || list->events || err->code != status || !err->message[0]))
        abort();
    for (size_t i = 0; i < list->count; i++) {
        const cck_event_info *info = &list->events[i].info;
        if (!info->name || !info->counted || !info->role || !info->unit || !info->meaning ||
            !list->events[i].pmu)
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bool made;
    if (!made)
        tree_make();
    made = true;
    const uint8_t *end = memchr(data, '\n', size), *rest = end ? end + 1 : data + size;
    size_t length = end ? (size_t)(end - data) : size, left = size - (size_t)(rest - data);
    for (size_t i = 0; i < FILES; i++) {
        end = i + 1 < FILES ? memchr(rest, '\n', left) : NULL;
        size_t line = end ? (size_t)(end - rest) : left;
        file_write(files[i], rest, line);
        rest += line + (end != NULL);
        left -= line + (end != NULL);
    }

    char *specification = malloc(length + 1);
    if (!specification)
        return 0;
    memcpy(specification, data, length);
    specification[length] = '\0';
    for (int all_user = 0; all_user < 2; all_user++) {
        cck_arena arena = {0};
        cck_event_scope scope = {.root = &root, .arena = &arena, .all_user = all_user == 1};
        cck_event_list list = {0}, set = {0};
        cck_error err = {0};
        int status = cck_event_parse(&list, specification, &scope, &err);
        check(&list, status, &err);
        status = cck_event_set(&set, specification, &scope, &err);
        check(&set, status, &err);
        cck_arena_clear(&arena);
    }
    free(specification);
    return 0;
}
