/* SPDX-License-Identifier: MIT */
/*
 * Files of /proc that tell of a process: its maps, and what its thread did. Programs choose
 * names and paths in them. The input is these files, form feeds between them.
 */
#include "core/base/proc.h"
#include "core/process/maps.h"
#include "core/process/space.h"
#include "tests/fuzz/tree.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const files[] = {
    "proc/1/maps",
    "proc/1/stat",
    "proc/1/task/1/stat",
    "proc/1/task/1/schedstat",
    "proc/1/task/1/children",
    "proc/1/task/1/status",
    "proc/1/task/1/sched",
    "proc/1/task/1/comm",
};

static bool child_found(void *context, int32_t child)
{
    (void)context;
    return child > 0;
}

static void ask_for_maps(void)
{
    static const uint64_t addresses[] = {0, 0x1000, 0x7fffffffe000, UINT64_MAX};
    cck_watch_space space;
    cck_watch_space_init(&space, &fuzz_tree);
    cck_watch_image *image = cck_watch_space_image(&space, 1);
    for (size_t i = 1; image && i < image->count; i++)
        if (image->list[i].start < image->list[i - 1].start)
            abort();
    for (size_t i = 0; image && i < sizeof addresses / sizeof *addresses; i++) {
        const cck_watch_mapping *found = cck_watch_image_known(image, addresses[i]);
        if (found && (addresses[i] < found->start || addresses[i] >= found->end))
            abort();
        cck_watch_image_key(image, addresses[i], 64);
        cck_watch_image_module(image, addresses[i]);
    }
    cck_watch_space_clear(&space);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint64_t number, other;
    char name[16];
    fuzz_tree_make();
    fuzz_tree_fill(files, sizeof files / sizeof *files, '\f', data, size);
    ask_for_maps();
    cck_proc_runtime(&fuzz_tree, 1, 1, &number);
    cck_proc_cpu(&fuzz_tree, 1, 1);
    cck_proc_is_kernel(&fuzz_tree, 1);
    cck_proc_faults(&fuzz_tree, 1, 1, &number, &other);
    cck_proc_switches(&fuzz_tree, 1, 1, &number);
    cck_proc_migrations(&fuzz_tree, 1, 1, &number);
    cck_proc_name(&fuzz_tree, 1, 1, name);
    cck_proc_cpu_and_name(&fuzz_tree, 1, 1, name);
    if (!memchr(name, 0, sizeof name))
        abort();
    cck_proc_children(&fuzz_tree, 1, 1, child_found, NULL);
    return 0;
}
