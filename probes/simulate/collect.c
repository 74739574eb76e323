/* SPDX-License-Identifier: MIT */
#include "probes/simulate/collect.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/fail.h"

/* A record's file: PID.SEQUENCE. */
typedef struct record {
    int32_t pid;
    uint32_t sequence;
} record;

typedef struct records {
    record *list;
    size_t count, capacity;
} records;

/* Only plain decimal names are records; logs and unfinished ones have others. */
static bool parse_name(const char *name, record *out_record)
{
    char again[32];
    unsigned pid, sequence;
    if (sscanf(name, "%9u.%9u", &pid, &sequence) != 2)
        return false;
    snprintf(again, sizeof again, "%u.%u", pid, sequence);
    *out_record = (record){(int32_t)pid, sequence};
    return !strcmp(again, name);
}

static int append(records *all, record one, cck_error *err)
{
    if (all->count == all->capacity) {
        size_t capacity = all->capacity ? all->capacity * 2 : 64;
        void *grown = realloc(all->list, capacity * sizeof *all->list);
        if (!grown)
            return cck_fail(err, CCK_ENOMEM, "out of memory");
        all->list = grown;
        all->capacity = capacity;
    }
    all->list[all->count++] = one;
    return 0;
}

static int by_pid_and_sequence(const void *left, const void *right)
{
    const record *a = left, *b = right;
    if (a->pid != b->pid)
        return a->pid < b->pid ? -1 : 1;
    return (a->sequence > b->sequence) - (a->sequence < b->sequence);
}

static int list_records(records *all, DIR *directory, cck_error *err)
{
    struct dirent *entry;
    record one;
    while ((entry = readdir(directory)))
        if (parse_name(entry->d_name, &one)) {
            int status = append(all, one, err);
            if (status < 0)
                return status;
        }
    if (all->count)
        qsort(all->list, all->count, sizeof *all->list, by_pid_and_sequence);
    return 0;
}

static void set_text(char *to, size_t size, const char *from)
{
    snprintf(to, size, "%.*s", (int)size - 1, from);
}

static void add_count(cck_tally_count *count, uint64_t value)
{
    count->raw += value;
    count->enabled = count->running = 1; /* always counting: the share is exactly 1 */
}

static int add_thread(cck_tally *tally, const cck_simulated *simulated, const cck_image *image,
                      const cck_image_thread *from, bool continued)
{
    cck_tally_thread *thread = continued && from->tid == image->pid
                                   ? cck_tally_get(tally, image->pid, from->tid)
                                   : cck_tally_add(tally, image->pid, from->tid);
    cck_tally_core *core = cck_tally_core_of(tally, from->core);
    /* There is no time in a model. Shares of the run go by instructions instead. */
    uint64_t weight = from->instructions ? from->instructions : 1;
    if (!thread || !core || !cck_tally_ran(thread, from->core, weight))
        return CCK_ENOMEM;
    for (size_t i = 0; i < simulated->count; i++) {
        uint64_t value;
        if (!cck_simulated_value(simulated->which[i], from, image->levels, &value))
            continue;
        add_count(&thread->counts[i], value);
        add_count(&core->counts[i], value);
        add_count(&tally->totals[i], value);
    }
    thread->ended = from->ended || image->state == CCK_IMAGE_ENDED;
    set_text(thread->process, sizeof thread->process, image->program);
    /* As comm: at most 15 bytes, and of the program unless the thread set one. */
    set_text(thread->name, 16, from->name[0] ? from->name : image->program);
    return 0;
}

int cck_collect_image(cck_tally *tally, const cck_simulated *simulated, const cck_image *image,
                      bool continued, cck_error *err)
{
    for (size_t i = 0; i < image->thread_count; i++)
        if (add_thread(tally, simulated, image, &image->threads[i], continued) < 0)
            return cck_fail(err, CCK_ENOMEM, "out of memory");
    return 0;
}

static bool is_empty(int directory, const char *name)
{
    struct stat info;
    return fstatat(directory, name, &info, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(info.st_mode) &&
           info.st_size == 0;
}

/* What is known while the records of one process are gone through. */
typedef struct walk {
    cck_collected collected;
    int32_t pid;
    cck_image_state state; /* of its latest image */
} walk;

static void leave_process(walk *w)
{
    if (w->pid && w->state == CCK_IMAGE_RUNNING)
        w->collected.partial++;
    if (w->pid && w->state == CCK_IMAGE_EXEC)
        w->collected.unfinished++;
    w->pid = 0;
}

static void note_damage(walk *w, const cck_error *damage)
{
    if (!w->collected.damaged++)
        w->collected.damage = *damage;
}

static int take_record(walk *w, cck_tally *tally, const cck_simulated *simulated, int directory,
                       const record *one, cck_error *err)
{
    char name[32];
    cck_image image;
    cck_error damage = {0};
    snprintf(name, sizeof name, "%d.%u", one->pid, one->sequence);
    if (is_empty(directory, name)) {
        w->collected.empty++;
        /* The program that this process went over to is simulated: it just has no
         * counts yet. What it said of itself before the exec holds no longer. */
        if (w->pid == one->pid && w->state == CCK_IMAGE_EXEC)
            w->state = CCK_IMAGE_ENDED;
        return 0;
    }
    int status = cck_image_read(&image, directory, name, &damage);
    if (status == CCK_ENOMEM)
        return cck_error_move(err, &damage);
    if (!status && image.pid != one->pid) {
        cck_image_clear(&image);
        status =
            cck_fail(&damage, CCK_EFORMAT, "the simulator's record %s is of another process", name);
    }
    if (status < 0) {
        note_damage(w, &damage);
        return 0;
    }
    bool continued = w->pid == one->pid && w->state == CCK_IMAGE_EXEC;
    if (!continued) {
        leave_process(w);
        tally->processes++;
    }
    w->pid = one->pid;
    w->state = image.state;
    w->collected.images++;
    status = cck_collect_image(tally, simulated, &image, continued, err);
    cck_image_clear(&image);
    return status;
}

static int take_records(walk *w, cck_tally *tally, const cck_simulated *simulated, int directory,
                        const records *all, int32_t first, cck_error *err)
{
    int status = 0;
    for (int others = 0; others < 2; others++) {
        for (size_t i = 0; i < all->count && !status; i++)
            if ((all->list[i].pid != first) == others)
                status = take_record(w, tally, simulated, directory, &all->list[i], err);
        leave_process(w);
    }
    return status;
}

int cck_collect(cck_collected *out_collected, cck_tally *tally, const cck_simulated *simulated,
                const char *directory, int32_t first, cck_error *err)
{
    walk w = {.pid = 0};
    records all = {0};
    DIR *opened = opendir(directory);
    if (!opened)
        return cck_fail_os(err, CCK_EIO, errno, "cannot read the simulator's records in %s",
                           directory);
    int status = list_records(&all, opened, err);
    if (!status)
        status = take_records(&w, tally, simulated, dirfd(opened), &all, first, err);
    closedir(opened);
    free(all.list);
    if (!status)
        *out_collected = w.collected;
    return status;
}
