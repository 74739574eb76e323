/* SPDX-License-Identifier: MIT */
#include "probes/precise/sampler.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/base/fail.h"
#include "core/base/proc.h"
#include "core/perf/open.h"
#include "core/perf/ring.h"
#include "probes/precise/processor.h"

enum {
    RING_BYTES = 256 << 10, /* some 3,000 samples: 0.5 s at 5,000 a second */
    AUX_BYTES = 1 << 20,    /* some 16,000 records of SPE */
    FDS_MOST = 1 << 20
};

typedef struct sampled_ring {
    void *map, *aux_map;
    size_t map_size, aux_size;
    int fd; /* whose ring it is; others write into it, too */
    cck_ring ring;
    cck_aux_area aux;
    cck_precise_origin origin;
} sampled_ring;

struct cck_precise_sampler {
    const cck_precise_plan *plan;
    const cck_root *root;
    cck_arena arena;
    cck_precise_head head;
    struct cck_precise_ring *cpus; /* the same, as the head tells them */
    sampled_ring *rings;
    size_t ring_count, ring_capacity;
    int *fds; /* growing: all of them */
    size_t fd_count, fd_capacity;
    cck_precise_writer *tap;
    uint8_t *scratch, *copy; /* CCK_RECORD_MAX; AUX_BYTES */
    bool launched;
    int code; /* of a listing of threads */
    size_t opened;
    cck_error *err;
};

/* ---- trying ---- */

static int open_event(const cck_precise_event *event, const cck_root *root, pid_t pid, int cpu,
                      bool with_tasks, bool on_exec, int out_fds[2], cck_error *err)
{
    struct perf_event_attr attr = event->attr, leader = event->leader;
    int first = -1;
    attr.task = attr.comm = attr.comm_exec = with_tasks;
    if (event->led) {
        leader.enable_on_exec = on_exec;
        first = cck_perf_open(&cck_perf_kernel, root, &leader, pid, cpu, err);
        if (first < 0)
            return first;
        attr.disabled = 0; /* a member counts whenever its leader does */
    } else {
        attr.enable_on_exec = on_exec;
    }
    unsigned precise = attr.precise_ip;
    int fd = cck_perf_open_in(&cck_perf_kernel, root, &attr, pid, cpu, first, err);
    /* Asked to leave the kernel out, which it cannot, IBS answers EINVAL: it was about rights. */
    if (fd == CCK_EINVALID && !event->attr.exclude_kernel)
        fd = cck_perf_explain(root, EACCES, err);
    if (fd >= 0 && attr.precise_ip < precise) {
        close(fd);
        fd = cck_fail(err, CCK_EUNSUPPORTED, "the PMU gives no precise samples of %s", event->name);
        cck_hint(err, "a hypervisor hides PEBS: run on bare metal, or use --backend watch");
    }
    if (fd < 0 && first >= 0)
        close(first);
    if (fd < 0)
        return fd;
    out_fds[0] = fd;
    out_fds[1] = first;
    return 0;
}

int cck_precise_sampler_try(const cck_precise_plan *plan, const cck_root *root, cck_error *err)
{
    for (size_t i = 0; i < plan->count; i++) {
        int fds[2] = {-1, -1};
        if (!plan->events[i].cpus.count)
            continue;
        int code = open_event(&plan->events[i], root, 0, (int)plan->events[i].cpus.numbers[0],
                              false, false, fds, err);
        if (code < 0)
            return code;
        close(fds[0]);
        if (fds[1] >= 0)
            close(fds[1]);
    }
    return 0;
}

/* ---- rings ---- */

static bool keep_fd(cck_precise_sampler *s, int fd)
{
    if (fd < 0)
        return true;
    if (s->fd_count == s->fd_capacity) {
        size_t capacity = s->fd_capacity ? 2 * s->fd_capacity : 64;
        int *grown = capacity <= FDS_MOST ? realloc(s->fds, capacity * sizeof *grown) : NULL;
        if (!grown)
            return false;
        s->fds = grown;
        s->fd_capacity = capacity;
    }
    s->fds[s->fd_count++] = fd;
    return true;
}

/* Less if that much may not be locked: a user has perf_event_mlock_kb for each CPU. */
static void *map_some(int fd, size_t head, size_t *size, size_t least, off_t offset)
{
    for (;; *size /= 2) {
        void *map = mmap(NULL, head + *size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, offset);
        if (map != MAP_FAILED)
            return map;
        if ((errno != EPERM && errno != ENOMEM) || *size / 2 < least)
            return NULL;
    }
}

static int cannot_map(const cck_root *root, cck_error *err)
{
    int os_error = errno;
    int64_t allowed = 0;
    cck_root_read_number(root, "proc/sys/kernel/perf_event_mlock_kb", &allowed);
    cck_fail_os(err, os_error == EPERM ? CCK_ELIMIT : cck_code_of_errno(os_error), os_error,
                "cannot map a perf ring (kernel.perf_event_mlock_kb is %lld a CPU)",
                (long long)allowed);
    cck_hint(err, "sudo sysctl kernel.perf_event_mlock_kb=4096, or raise the limit of locked "
                  "memory: ulimit -l 8192");
    return os_error == EPERM ? CCK_ELIMIT : cck_code_of_errno(os_error);
}

static int map_ring(cck_precise_sampler *s, sampled_ring *ring, int fd, cck_error *err)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE), data = RING_BYTES > page ? RING_BYTES : page;
    ring->map = map_some(fd, page, &data, page, 0);
    if (!ring->map)
        return cannot_map(s->root, err);
    ring->map_size = page + data;
    ring->fd = fd;
    cck_ring_init(&ring->ring, ring->map, (uint8_t *)ring->map + page, data);
    if (s->plan->format.kind != CCK_PRECISE_SPE)
        return 0;
    struct perf_event_mmap_page *head = ring->map;
    size_t size = AUX_BYTES;
    for (; size >= page && !ring->aux_map; size /= 2) {
        head->aux_offset = ring->map_size;
        head->aux_size = size;
        void *map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, (off_t)ring->map_size);
        if (map == MAP_FAILED)
            continue;
        ring->aux_map = map;
        ring->aux_size = size;
        cck_aux_area_init(&ring->aux, ring->map, map, size);
        ring->origin.aux = &ring->aux;
    }
    return ring->aux_map ? 0 : cannot_map(s->root, err);
}

static sampled_ring *ring_of(cck_precise_sampler *s, uint32_t cpu)
{
    for (size_t i = 0; i < s->ring_count; i++)
        if (s->rings[i].origin.cpu == cpu)
            return &s->rings[i];
    return NULL;
}

static int add_ring(cck_precise_sampler *s, uint32_t cpu, int fd, cck_error *err)
{
    sampled_ring *ring = &s->rings[s->ring_count];
    uint64_t midr = s->plan->format.kind == CCK_PRECISE_SPE ? cck_processor_midr(s->root, cpu) : 0;
    *ring = (sampled_ring){.origin = {.cpu = cpu, .encoding = cck_source_spe_encoding(midr)}};
    s->cpus[s->ring_count] = (struct cck_precise_ring){cpu, midr};
    int code = map_ring(s, ring, fd, err);
    s->ring_count += ring->map != NULL; /* what is half made is undone with the rest */
    return code;
}

/* ---- opening ---- */

static int open_on(cck_precise_sampler *s, const cck_precise_event *event, pid_t tid, uint32_t cpu,
                   cck_error *err)
{
    int fds[2] = {-1, -1};
    int code =
        open_event(event, s->root, tid, (int)cpu, event == s->plan->events, s->launched, fds, err);
    if (code < 0)
        return code;
    bool kept = keep_fd(s, fds[0]);
    if (!kept)
        close(fds[0]);
    if (!kept || !keep_fd(s, fds[1])) {
        if (fds[1] >= 0)
            close(fds[1]);
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    }
    const sampled_ring *ring = ring_of(s, cpu);
    if (!ring)
        return add_ring(s, cpu, fds[0], err);
    return ioctl(fds[0], PERF_EVENT_IOC_SET_OUTPUT, ring->fd) == 0
               ? 0
               : cck_fail_os(err, cck_code_of_errno(errno), errno,
                             "two events cannot write into one ring");
}

static bool open_thread(void *context, int32_t pid, int32_t tid)
{
    cck_precise_sampler *s = context;
    (void)pid;
    for (size_t i = 0; i < s->plan->count; i++) {
        const cck_precise_event *event = &s->plan->events[i];
        for (size_t j = 0; j < event->cpus.count; j++) {
            s->code = open_on(s, event, tid, event->cpus.numbers[j], s->err);
            if (s->code == CCK_EGONE) { /* threads come and go */
                s->code = 0;
                return true;
            }
            if (s->code < 0)
                return false;
        }
    }
    s->opened++;
    return true;
}

static bool make_rooms(cck_precise_sampler *s)
{
    size_t rings = 0;
    for (size_t i = 0; i < s->plan->count; i++)
        rings += s->plan->events[i].cpus.count;
    s->rings = cck_arena_array(&s->arena, rings, sizeof *s->rings);
    s->cpus = cck_arena_array(&s->arena, rings, sizeof *s->cpus);
    s->scratch = cck_arena_alloc(&s->arena, CCK_RECORD_MAX);
    s->copy = s->plan->format.kind == CCK_PRECISE_SPE ? cck_arena_alloc(&s->arena, AUX_BYTES)
                                                      : s->scratch;
    return s->rings && s->cpus && s->scratch && s->copy;
}

static void fill_head(cck_precise_sampler *s)
{
    const struct perf_event_mmap_page *page = s->rings[0].map;
    s->head = (cck_precise_head){.format = s->plan->format,
                                 .area = s->rings[0].aux_size,
                                 .rings = s->cpus,
                                 .ring_count = s->ring_count};
    if (page->cap_user_time_zero)
        s->head.format.clock = (cck_spe_clock){page->time_zero, page->time_mult, page->time_shift};
}

int cck_precise_sampler_new(cck_precise_sampler **out_sampler, const cck_precise_plan *plan,
                            const cck_root *root, pid_t pid, bool launched, cck_error *err)
{
    cck_precise_sampler *s = calloc(1, sizeof *s);
    if (!s)
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    *s = (cck_precise_sampler){.plan = plan, .root = root, .launched = launched, .err = err};
    int code = make_rooms(s) ? 0 : cck_fail(err, CCK_ENOMEM, "out of memory");
    if (code == 0 && launched)
        open_thread(s, pid, pid);
    else if (code == 0)
        code = cck_proc_threads(root, pid, open_thread, s);
    code = code < 0 ? code : s->code;
    if (code == 0 && !s->opened)
        code = cck_fail(err, CCK_EGONE, "process %d has ended", (int)pid);
    if (code < 0) {
        cck_precise_sampler_free(s);
        return code;
    }
    fill_head(s);
    for (size_t i = 0; !launched && i < s->fd_count; i++)
        ioctl(s->fds[i], PERF_EVENT_IOC_ENABLE, 0);
    s->err = NULL;
    *out_sampler = s;
    return 0;
}

const cck_precise_head *cck_precise_sampler_head(const cck_precise_sampler *sampler)
{
    return &sampler->head;
}

void cck_precise_sampler_tap(cck_precise_sampler *sampler, cck_precise_writer *writer)
{
    sampler->tap = writer;
}

int cck_precise_sampler_poll_fds(const cck_precise_sampler *sampler, struct pollfd *fds, int size)
{
    int count = 0;
    for (size_t i = 0; i < sampler->ring_count && count < size; i++)
        fds[count++] = (struct pollfd){.fd = sampler->rings[i].fd, .events = POLLIN};
    return count;
}

/* ---- reading ---- */

static bool aux_of(const cck_precise_sampler *s, const struct perf_event_header *header,
                   cck_record *record)
{
    const cck_record_layout layout = {.sample_type = s->plan->format.sample_type,
                                      .sample_id_all = true};
    return header->type == PERF_RECORD_AUX && cck_record_decode(record, header, &layout);
}

static void write_down(cck_precise_sampler *s, size_t at, const struct perf_event_header *header)
{
    const sampled_ring *ring = &s->rings[at];
    cck_record record;
    if (aux_of(s, header, &record) && record.aux_size <= AUX_BYTES &&
        cck_aux_area_copy(&ring->aux, record.aux_offset, record.aux_size, s->copy))
        cck_precise_writer_aux(s->tap, at, record.aux_offset, s->copy, (size_t)record.aux_size);
    cck_precise_writer_record(s->tap, at, header);
}

static void drain_ring(cck_precise_sampler *s, size_t at, cck_precise_intake *intake)
{
    sampled_ring *ring = &s->rings[at];
    const struct perf_event_header *header;
    cck_record record;
    cck_ring_snapshot(&ring->ring);
    while ((header = cck_ring_peek(&ring->ring, s->scratch))) {
        if (s->tap)
            write_down(s, at, header);
        cck_precise_intake_record(intake, &ring->origin, header);
        if (aux_of(s, header, &record))
            cck_aux_area_release(&ring->aux, record.aux_offset + record.aux_size);
        cck_ring_skip(&ring->ring);
    }
    cck_ring_release(&ring->ring);
}

void cck_precise_sampler_drain(cck_precise_sampler *sampler, cck_precise_intake *intake)
{
    for (size_t i = 0; i < sampler->ring_count; i++)
        drain_ring(sampler, i, intake);
}

uint64_t cck_precise_sampler_damaged(const cck_precise_sampler *sampler)
{
    uint64_t damaged = 0;
    for (size_t i = 0; i < sampler->ring_count; i++)
        damaged += sampler->rings[i].ring.damaged;
    return damaged;
}

void cck_precise_sampler_free(cck_precise_sampler *sampler)
{
    if (!sampler)
        return;
    for (size_t i = 0; i < sampler->ring_count; i++) {
        if (sampler->rings[i].aux_map)
            munmap(sampler->rings[i].aux_map, sampler->rings[i].aux_size);
        munmap(sampler->rings[i].map, sampler->rings[i].map_size);
    }
    for (size_t i = 0; i < sampler->fd_count; i++)
        close(sampler->fds[i]);
    free(sampler->fds);
    cck_arena_clear(&sampler->arena);
    free(sampler);
}
