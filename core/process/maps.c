/* SPDX-License-Identifier: MIT */
#include "core/process/maps.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/grow.h"
#include "core/process/heap_folder.h"
#include "core/session/observed.h"

/* Beyond what the kernel lets a process have (vm.max_map_count is 65,530). */
enum { TEXT_MOST = 64 << 20, MAPPINGS_MOST = 1 << 17, MODULES_MOST = 1 << 14 };

/* ---- the file, whole ---- */

static char *read_text(const cck_root *root, int32_t pid)
{
    char path[32], *text = NULL;
    size_t size = 0, used = 0;
    snprintf(path, sizeof path, "proc/%" PRId32 "/maps", pid);
    int file = openat(root->fd, path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return NULL;
    for (;;) {
        if (used + 1 >= size) {
            size = size ? 2 * size : 16384;
            char *more = size <= TEXT_MOST ? realloc(text, size) : NULL;
            if (!more)
                break;
            text = more;
        }
        ssize_t got = read(file, text + used, size - used - 1);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        used += (size_t)got;
    }
    close(file);
    if (text)
        text[used] = 0;
    return text;
}

uint64_t cck_watch_maps_began(const cck_root *root, int32_t pid)
{
    enum { START_STACK = 28, FIRST_BEHIND_NAME = 3 };
    char path[32], text[1024];
    snprintf(path, sizeof path, "proc/%" PRId32 "/stat", pid);
    if (cck_root_read_line(root, path, text, sizeof text) < 0)
        return 0;
    char *at = strrchr(text, ')'); /* a name may hold anything, a parenthesis too */
    for (int field = FIRST_BEHIND_NAME; at && field <= START_STACK; field++)
        at = strchr(at + 1, ' ');
    return at ? strtoull(at, NULL, 10) : 0;
}

/* ---- a line of it ---- */

static bool parse(char *line, cck_watch_mapping *out, const char **out_path)
{
    unsigned major, minor;
    char rights[5];
    int used = 0;
    if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %4s %" SCNx64 " %x:%x %" SCNu64 "%n", &out->start,
               &out->end, rights, &out->offset, &major, &minor, &out->inode, &used) != 7 ||
        out->end <= out->start)
        return false;
    out->device = (uint64_t)major << 32 | minor;
    out->writes = rights[1] == 'w';
    out->executes = rights[2] == 'x';
    out->shared = rights[3] == 's';
    out->module = CCK_NONE;
    const char *path = line + used;
    path += strspn(path, " ");
    out->stack = strcmp(path, "[stack]") == 0;
    out->heap = strcmp(path, "[heap]") == 0;
    out->own = strstr(path, "/" CCK_HEAP_FOLDER_PREFIX) != NULL;
    *out_path = path;
    return true;
}

static bool add_module(cck_watch_image *image, const cck_watch_mapping *mapping, const char *path)
{
    if (!cck_grow((void **)&image->modules, &image->module_capacity, image->module_count,
                  sizeof *image->modules))
        return false;
    cck_file_module *module = &image->modules[image->module_count];
    *module = (cck_file_module){.path = cck_arena_strdup(&image->arena, path),
                                .start = mapping->start,
                                .end = mapping->end,
                                .bias = mapping->start - mapping->offset};
    if (!module->path)
        return false;
    cck_elf_describe(module, mapping->start, mapping->offset);
    image->module_count++;
    return true;
}

/* The module that a mapped piece of a file belongs to: one of the same path that covers it. */
static bool find_module(cck_watch_image *image, cck_watch_mapping *mapping, const char *path)
{
    if (*path != '/' || !mapping->inode)
        return true;
    for (size_t i = image->module_count; i-- > 0;) {
        cck_file_module *module = &image->modules[i];
        bool inside = mapping->start >= module->start && mapping->start < module->end;
        bool extends = !module->elf && mapping->start - mapping->offset == module->bias;
        if ((!inside && !extends) || strcmp(module->path, path) != 0)
            continue;
        if (mapping->end > module->end)
            module->end = mapping->end;
        mapping->module = (uint32_t)i;
        return true;
    }
    if (image->module_count >= MODULES_MOST)
        return true;
    if (!add_module(image, mapping, path))
        return false;
    mapping->module = (uint32_t)image->module_count - 1;
    return true;
}

bool cck_watch_maps_read(const cck_root *root, cck_watch_image *image)
{
    char *text = read_text(root, image->pid), *next = text;
    bool good = text != NULL;
    while (good && next && *next && image->count < MAPPINGS_MOST) {
        char *line = next, *end = strchr(line, '\n');
        const char *path;
        cck_watch_mapping mapping;
        next = end ? end + 1 : NULL;
        if (end)
            *end = 0;
        if (!parse(line, &mapping, &path) ||
            (image->count && mapping.start < image->list[image->count - 1].end))
            continue;
        good = find_module(image, &mapping, path) &&
               cck_grow((void **)&image->list, &image->capacity, image->count,
                        sizeof *image->list);
        if (good)
            image->list[image->count++] = mapping;
    }
    free(text);
    return good;
}
