/* SPDX-License-Identifier: MIT */
/* The PMUs that sysfs lists, and their aliases. */
#include "core/perf/pmu.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { NAME_LENGTH = 128, PATH_LENGTH = 512, ALIAS_LENGTH = 4096, MOST_PMUS = 4096 };

bool cck_pmu_name_valid(const char *name)
{
    if (!*name || *name == '.' || strlen(name) > NAME_LENGTH)
        return false;
    for (; *name; name++) {
        char c = *name;
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
              c == '_' || c == '-' || c == '.'))
            return false;
    }
    return true;
}

/* The kernel gives core PMUs of mixed machines a `cpus` file (uncore ones have
 * `cpumask`); that of a uniform x86 is "cpu", and of old Arm kernels "armv8_...". */
static bool core_pmu(const cck_root *root, const char *name)
{
    char path[PATH_LENGTH];
    if (strcmp(name, "cpu") == 0)
        return true;
    snprintf(path, sizeof path, CCK_PMU_DIRECTORY "/%s/cpus", name);
    return faccessat(root->fd, path, F_OK, 0) == 0;
}

static int by_name(const void *left, const void *right)
{
    return strcmp(((const cck_pmu *)left)->name, ((const cck_pmu *)right)->name);
}

static int pmu_read(cck_pmu *pmu, const cck_root *root, const char *name, cck_arena *arena)
{
    char path[PATH_LENGTH];
    int64_t type;
    snprintf(path, sizeof path, CCK_PMU_DIRECTORY "/%s/type", name);
    if (cck_root_read_number(root, path, &type) < 0 || type < 0 || type > UINT32_MAX)
        return 0;
    pmu->name = cck_arena_strdup(arena, name);
    if (!pmu->name)
        return CCK_ENOMEM;
    pmu->type = (uint32_t)type;
    pmu->core = core_pmu(root, name);
    return 1;
}

static DIR *directory_open(const cck_root *root, const char *path)
{
    int fd = openat(root->fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *directory = fd < 0 ? NULL : fdopendir(fd);
    if (fd >= 0 && !directory)
        close(fd);
    return directory;
}

static size_t entries_count(const cck_root *root, const char *path)
{
    DIR *directory = directory_open(root, path);
    size_t count = 0;
    while (directory && readdir(directory))
        count++;
    if (directory)
        closedir(directory);
    return count < MOST_PMUS ? count : MOST_PMUS;
}

int cck_pmu_list_read(cck_pmu_list *out_list, const cck_root *root, cck_arena *arena)
{
    size_t room = entries_count(root, CCK_PMU_DIRECTORY);
    cck_pmu *pmus = cck_arena_array(arena, room, sizeof *pmus);
    if (!pmus)
        return CCK_ENOMEM;
    cck_pmu_list list = {.pmus = pmus};
    DIR *directory = directory_open(root, CCK_PMU_DIRECTORY);
    struct dirent *entry;
    int status = 0;
    while (directory && list.count < room && status >= 0 && (entry = readdir(directory))) {
        if (!cck_pmu_name_valid(entry->d_name))
            continue;
        status = pmu_read(&pmus[list.count], root, entry->d_name, arena);
        if (status > 0)
            list.core_count += pmus[list.count++].core;
    }
    if (directory)
        closedir(directory);
    if (status < 0)
        return status;
    qsort(pmus, list.count, sizeof *pmus, by_name);
    *out_list = list;
    return 0;
}

const cck_pmu *cck_pmu_find(const cck_pmu_list *list, const char *name)
{
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->pmus[i].name, name) == 0)
            return &list->pmus[i];
    return NULL;
}

const cck_pmu *cck_pmu_core(const cck_pmu_list *list, size_t n)
{
    for (size_t i = 0; i < list->count; i++)
        if (list->pmus[i].core && n-- == 0)
            return &list->pmus[i];
    return NULL;
}

const char *cck_pmu_alias(const cck_pmu *pmu, const char *name, const cck_root *root,
                          cck_arena *arena)
{
    char path[PATH_LENGTH], text[ALIAS_LENGTH];
    if (!cck_pmu_name_valid(name))
        return NULL;
    snprintf(path, sizeof path, CCK_PMU_DIRECTORY "/%s/events/%s", pmu->name, name);
    if (cck_root_read_line(root, path, text, sizeof text) <= 0)
        return NULL;
    return cck_arena_strdup(arena, text);
}

/* alias.scale, alias.unit, alias.per-pkg, alias.snapshot speak of another alias. */
static bool describes_another(const char *name)
{
    static const char *const suffixes[] = {".scale", ".unit", ".per-pkg", ".snapshot"};
    size_t length = strlen(name);
    for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
        size_t tail = strlen(suffixes[i]);
        if (length > tail && strcmp(name + length - tail, suffixes[i]) == 0)
            return true;
    }
    return false;
}

static int names_before(const struct dirent **left, const struct dirent **right)
{
    return strcmp((*left)->d_name, (*right)->d_name);
}

/* In the order of their names: a listing must not depend on the file system's. */
static void names_each(const cck_pmu *pmu, const char *folder, const cck_root *root,
                       bool (*each)(void *context, const char *name), void *context)
{
    char path[PATH_LENGTH];
    struct dirent **entries;
    snprintf(path, sizeof path, CCK_PMU_DIRECTORY "/%s/%s", pmu->name, folder);
    int count = scandirat(root->fd, path, &entries, NULL, names_before);
    bool going = true;
    for (int i = 0; i < count; i++) {
        const char *name = entries[i]->d_name;
        if (going && cck_pmu_name_valid(name) && !describes_another(name))
            going = each(context, name);
        free(entries[i]);
    }
    if (count >= 0)
        free(entries);
}

void cck_pmu_aliases(const cck_pmu *pmu, const cck_root *root,
                     bool (*each)(void *context, const char *alias), void *context)
{
    names_each(pmu, "events", root, each, context);
}

void cck_pmu_formats(const cck_pmu *pmu, const cck_root *root,
                     bool (*each)(void *context, const char *term), void *context)
{
    names_each(pmu, "format", root, each, context);
}
