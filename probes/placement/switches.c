/* SPDX-License-Identifier: MIT */
#include "probes/placement/switches.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "core/base/fail.h"
#include "core/base/proc.h"
#include "core/numa/number_set.h"
#include "core/perf/open.h"
#include "core/perf/record.h"
#include "core/perf/ring.h"

enum {
    RING_PAGES = 16,   /* a ring: 1,600 switches; perf_event_mlock_kb allows 516 KiB a CPU */
    CPUS_MOST = 4096,
    EVENTS_MOST = 1024 /* of a process that runs already: threads x CPUs */
};

static const cck_record_layout layout = {
    .sample_type = PERF_SAMPLE_TID | PERF_SAMPLE_TIME | PERF_SAMPLE_CPU,
    .sample_id_all = true,
};

typedef struct cpu_ring {
    uint32_t cpu;
    int fd; /* that owns the ring */
    void *map;
    cck_ring ring;
    cck_record next; /* its oldest record, while rings are drained */
    bool has_next;
} cpu_ring;

/* A thread and a CPU. A stay begins and ends on the same CPU, so that each ring is right by
 * itself, even where rings were looked at one after another. */
typedef struct stay {
    int32_t pid, tid;
    uint32_t cpu;
    uint64_t since; /* 0: it is not there */
} stay;

struct cck_place_switches {
    cpu_ring *rings;
    size_t ring_count;
    int *fds; /* that write into others' rings */
    size_t fd_count;
    size_t map_size;
    uint64_t began, lost;
    cck_map stays;
    cck_arena arena;
    uint8_t *scratch;
};

/* ---- opening ---- */

static struct perf_event_attr attributes(bool launched)
{
    return (struct perf_event_attr){
        .type = PERF_TYPE_SOFTWARE,
        .size = sizeof(struct perf_event_attr),
        .config = PERF_COUNT_SW_DUMMY,
        .sample_type = PERF_SAMPLE_TID | PERF_SAMPLE_TIME | PERF_SAMPLE_CPU,
        .sample_id_all = 1,
        .inherit = 1,
        .context_switch = 1,
        .task = 1, /* the last switch of a thread that ends does not name it: its end does */
        .exclude_kernel = 1, /* of nothing that is counted: what paranoid level 2 asks for */
        .exclude_hv = 1,
        .use_clockid = 1,
        .clockid = CLOCK_MONOTONIC,
        .disabled = launched,
        .enable_on_exec = launched,
        .watermark = 1,
        .wakeup_watermark = 1 << 30, /* we come by ourselves */
    };
}

static int open_ring(cck_place_switches *s, const cck_root *root, int32_t tid, uint32_t cpu,
                     bool launched, cck_error *err)
{
    struct perf_event_attr attr = attributes(launched);
    int fd = cck_perf_open(&cck_perf_kernel, root, &attr, tid, (int)cpu, err);
    if (fd < 0)
        return fd;
    void *map = mmap(NULL, s->map_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (map == MAP_FAILED) {
        int code = cck_fail_os(err, cck_code_of_errno(errno), errno, "no memory for records");
        close(fd);
        return code;
    }
    cpu_ring *ring = &s->rings[s->ring_count++];
    *ring = (cpu_ring){.cpu = cpu, .fd = fd, .map = map};
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    cck_ring_init(&ring->ring, map, (uint8_t *)map + page, s->map_size - page);
    return 0;
}

/* Another thread's event of that CPU writes to the same ring. */
static int join_ring(cck_place_switches *s, const cck_root *root, int32_t tid, const cpu_ring *ring,
                     cck_error *err)
{
    struct perf_event_attr attr = attributes(false);
    int fd = cck_perf_open(&cck_perf_kernel, root, &attr, tid, (int)ring->cpu, err);
    if (fd < 0)
        return fd;
    s->fds[s->fd_count++] = fd;
    if (ioctl(fd, PERF_EVENT_IOC_SET_OUTPUT, ring->fd) == 0)
        return 0;
    return cck_fail_os(err, cck_code_of_errno(errno), errno, "records cannot be joined");
}

typedef struct thread_list {
    int32_t tids[EVENTS_MOST];
    size_t count;
} thread_list;

static bool take_thread(void *context, int32_t pid, int32_t tid)
{
    thread_list *list = context;
    (void)pid;
    if (list->count == EVENTS_MOST)
        return false;
    list->tids[list->count++] = tid;
    return true;
}

static int open_rings(cck_place_switches *s, const cck_root *root, int32_t tid, const char *cpus,
                      bool launched, cck_error *err)
{
    uint32_t first, last;
    int code = 0;
    while (code == 0 && cck_number_set_next(&cpus, &first, &last))
        for (uint32_t cpu = first; cpu <= last && code == 0; cpu++)
            code = open_ring(s, root, tid, cpu, launched, err);
    return code;
}

static int open_threads(cck_place_switches *s, const cck_root *root, int32_t pid, const char *cpus,
                        cck_error *err)
{
    thread_list *list = calloc(1, sizeof *list);
    if (!list)
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    cck_proc_threads(root, pid, take_thread, list);
    int code = list->count ? 0 : cck_fail(err, CCK_EGONE, "the process is gone");
    if (code == 0 && list->count * cck_number_set_count(cpus) > EVENTS_MOST)
        code = cck_fail(err, CCK_ELIMIT, "too many threads for their switches to be recorded");
    if (code == 0)
        code = open_rings(s, root, list->tids[0], cpus, false, err);
    for (size_t i = 1; i < list->count && code == 0; i++)
        for (size_t j = 0; j < s->ring_count && code == 0; j++)
            code = join_ring(s, root, list->tids[i], &s->rings[j], err);
    free(list);
    return code;
}

int cck_place_switches_open(cck_place_switches **out, const cck_root *root, int32_t pid,
                            bool launched, uint64_t began, cck_error *err)
{
    char cpus[1024];
    if (cck_root_read_line(root, "sys/devices/system/cpu/online", cpus, sizeof cpus) <= 0)
        return cck_fail(err, CCK_ENOTFOUND, "which CPUs are online is not known");
    size_t count = cck_number_set_count(cpus);
    cck_place_switches *s = calloc(1, sizeof *s);
    if (s && count && count <= CPUS_MOST) {
        s->began = began;
        s->map_size = (RING_PAGES + 1) * (size_t)sysconf(_SC_PAGESIZE);
        s->rings = calloc(count, sizeof *s->rings);
        s->fds = calloc(EVENTS_MOST, sizeof *s->fds);
        s->scratch = malloc(CCK_RECORD_MAX);
    }
    int code = s && s->rings && s->fds && s->scratch ? 0 : cck_fail(err, CCK_ENOMEM, "out of memory");
    if (code == 0)
        code = launched ? open_rings(s, root, pid, cpus, true, err)
                        : open_threads(s, root, pid, cpus, err);
    if (code < 0) {
        cck_place_switches_close(s);
        return code;
    }
    *out = s;
    return 0;
}

/* ---- records ---- */

static stay *stay_of(cck_place_switches *s, const cck_record *record, uint32_t cpu)
{
    uint64_t key = (uint64_t)cpu << 32 | (uint32_t)record->tid;
    stay *found = cck_map_get(&s->stays, key);
    if (found)
        return found;
    found = cck_arena_alloc(&s->arena, sizeof *found);
    if (!found || !cck_map_put(&s->stays, key, found))
        return NULL;
    /* A first record that says it leaves: it was there when we began. */
    *found = (stay){.pid = record->pid,
                    .tid = record->tid,
                    .cpu = cpu,
                    .since = record->out ? s->began : 0};
    return found;
}

static bool take_switch(cck_place_switches *s, cck_place_threads *threads, uint32_t cpu,
                        const cck_record *record)
{
    if (record->tid <= 0)
        return true; /* a thread that is ending, without a number any more */
    stay *at = stay_of(s, record, cpu);
    if (!at)
        return false;
    bool good = true;
    if (record->out && at->since && record->time > at->since)
        good = cck_place_threads_ran(threads, record->pid, record->tid, cpu,
                                     record->time - at->since);
    at->since = record->out ? 0 : record->time;
    return good;
}

/* Go on to the next switch of a ring. */
static void advance(cck_place_switches *s, cpu_ring *ring)
{
    const struct perf_event_header *header;
    ring->has_next = false;
    while (!ring->has_next && (header = cck_ring_peek(&ring->ring, s->scratch))) {
        if (cck_record_decode(&ring->next, header, &layout)) {
            ring->has_next = ring->next.type == PERF_RECORD_SWITCH ||
                             ring->next.type == PERF_RECORD_EXIT;
            ring->next.out |= ring->next.type == PERF_RECORD_EXIT;
            if (ring->next.type == PERF_RECORD_LOST)
                s->lost += ring->next.lost;
        }
        cck_ring_skip(&ring->ring);
    }
}

static cpu_ring *oldest(cck_place_switches *s)
{
    cpu_ring *best = NULL;
    for (size_t i = 0; i < s->ring_count; i++)
        if (s->rings[i].has_next && (!best || s->rings[i].next.time < best->next.time))
            best = &s->rings[i];
    return best;
}

/* By time over all rings: changes of node are counted in this order. */
int cck_place_switches_drain(cck_place_switches *s, cck_place_threads *threads)
{
    bool good = true;
    cpu_ring *ring;
    for (size_t i = 0; i < s->ring_count; i++) {
        cck_ring_snapshot(&s->rings[i].ring);
        advance(s, &s->rings[i]);
    }
    while (good && (ring = oldest(s))) {
        good = take_switch(s, threads, ring->cpu, &ring->next);
        advance(s, ring);
    }
    for (size_t i = 0; i < s->ring_count; i++)
        cck_ring_release(&s->rings[i].ring);
    return good ? 0 : CCK_ENOMEM;
}

int cck_place_switches_finish(cck_place_switches *s, cck_place_threads *threads, uint64_t now)
{
    int code = cck_place_switches_drain(s, threads);
    void *value;
    for (size_t cursor = 0; code == 0 && cck_map_next(&s->stays, &cursor, NULL, &value);) {
        stay *at = value;
        if (at->since && now > at->since &&
            !cck_place_threads_ran(threads, at->pid, at->tid, at->cpu, now - at->since))
            code = CCK_ENOMEM;
        at->since = at->since ? now : 0;
    }
    return code;
}

uint64_t cck_place_switches_lost(const cck_place_switches *switches)
{
    return switches->lost;
}

void cck_place_switches_close(cck_place_switches *s)
{
    if (!s)
        return;
    for (size_t i = 0; i < s->fd_count; i++)
        close(s->fds[i]);
    for (size_t i = 0; i < s->ring_count; i++) {
        munmap(s->rings[i].map, s->map_size);
        close(s->rings[i].fd);
    }
    cck_map_clear(&s->stays);
    cck_arena_clear(&s->arena);
    free(s->rings);
    free(s->fds);
    free(s->scratch);
    free(s);
}
