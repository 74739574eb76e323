/* SPDX-License-Identifier: MIT */
#include "probes/watch/sampler_thread.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/base/fail.h"
#include "probes/watch/sampler_event.h"
#include "probes/watch/spinner.h"

/* A sample takes 200 bytes: a page holds 20 of them, two pages 80 ms of a thread at 500 Hz.
 * The kernel locks a page more for each ring (kernel/events/core.c, perf_mmap). A user may
 * lock 516 KiB a CPU for rings, and then what `ulimit -l` allows. */
enum { RING_BYTES = 8192 };

/* Rings are read by the clock (cck_sampler_drain_every()); a wake-up is wasted on who is late
 * already, and costs the target: the longest way between two of them that there is. */
enum { WAKE_BYTES = RING_BYTES };

#if defined(__x86_64__)
enum { STACK_POINTER = CCK_REGISTER_STACK_X86 };
#else
enum { STACK_POINTER = CCK_REGISTER_STACK_ARM };
#endif

uint64_t cck_sampler_least_period(const cck_root *root)
{
    int64_t rate;
    if (cck_root_read_number(root, "proc/sys/kernel/perf_event_max_sample_rate", &rate) != 0 ||
        rate < 1)
        rate = 1000;
    return 2 * UINT64_C(1000000000) / (uint64_t)rate; /* half of what is allowed in a tick */
}

static int too_little_memory(const cck_root *root, int os_error, cck_error *err)
{
    int64_t allowed = 0;
    cck_root_read_number(root, "proc/sys/kernel/perf_event_mlock_kb", &allowed);
    if (os_error != EPERM)
        return cck_fail_os(err, cck_code_of_errno(os_error), os_error, "cannot map a perf ring");
    cck_fail_os(err, CCK_ELIMIT, os_error,
                "the kernel allows no more memory for perf rings (kernel.perf_event_mlock_kb is "
                "%lld a CPU)",
                (long long)allowed);
    cck_hint(err, "sudo sysctl kernel.perf_event_mlock_kb=4096, or raise the limit of locked "
                  "memory: ulimit -l 8192");
    return CCK_ELIMIT;
}

static int map_ring(cck_sampler_thread *thread, const cck_root *root, bool crowd, cck_error *err)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t data = RING_BYTES > page && !crowd ? RING_BYTES : page;
    for (;; data /= 2) {
        thread->map_size = page + data;
        thread->map =
            mmap(NULL, thread->map_size, PROT_READ | PROT_WRITE, MAP_SHARED, thread->fd, 0);
        if (thread->map != MAP_FAILED)
            break;
        int os_error = errno;
        thread->map = NULL;
        if (os_error != EPERM || data == page)
            return too_little_memory(root, os_error, err);
    }
    cck_ring_init(&thread->ring, thread->map, (uint8_t *)thread->map + page, data);
    return 0;
}

int cck_sampler_thread_open(cck_sampler_thread *out_thread, const cck_perf_calls *calls,
                            const cck_root *root, int32_t pid, int32_t tid, uint64_t period_ns,
                            bool crowd, cck_error *err)
{
    struct perf_event_attr attr = cck_sampler_clock_event(period_ns);
    attr.wakeup_watermark = WAKE_BYTES;
    *out_thread = (cck_sampler_thread){.pid = pid, .tid = tid, .fd = -1};
    for (unsigned i = 0; i < CCK_WATCH_SLOTS; i++)
        out_thread->slots[i] = CCK_WATCHPOINT_CLOSED;
    int fd = cck_perf_open(calls, root, &attr, tid, -1, err);
    if (fd < 0)
        return fd;
    out_thread->fd = fd;
    int code = 0;
    if (!attr.use_clockid) {
        code = cck_fail(err, CCK_EUNSUPPORTED, "this kernel's perf events have no clock of choice");
        cck_hint(err, "Linux 4.17 or later is needed");
    }
    if (code == 0 && ioctl(fd, PERF_EVENT_IOC_ID, &out_thread->id) != 0)
        code = cck_fail_os(err, CCK_EIO, errno, "a perf event has no number");
    if (code == 0)
        code = map_ring(out_thread, root, crowd, err);
    if (code < 0)
        cck_sampler_thread_close(out_thread);
    else
        out_thread->opened = cck_spinner_now();
    return code;
}

void cck_sampler_thread_rest(cck_sampler_thread *thread, uint64_t now)
{
    thread->cpu_before = cck_sampler_thread_cpu_time(thread, UINT64_MAX);
    cck_sampler_thread_close(thread);
    thread->waits_since = now;
}

int cck_sampler_thread_reopen(cck_sampler_thread *thread, const cck_perf_calls *calls,
                              const cck_root *root, uint64_t period_ns, cck_error *err)
{
    cck_sampler_thread opened;
    int code = cck_sampler_thread_open(&opened, calls, root, thread->pid, thread->tid, period_ns,
                                       true, err);
    if (code < 0)
        return code;
    opened.cpu_before = opened.cpu_time = thread->cpu_before;
    opened.sampled = thread->sampled;
    opened.thread_base = thread->thread_base;
    opened.stack = thread->stack;
    opened.base_looks = thread->base_looks;
    opened.told = thread->told;
    opened.rested = thread->rested;
    opened.pulse = thread->pulse;
    opened.look = thread->look;
    *thread = opened;
    return 0;
}

void cck_sampler_thread_close(cck_sampler_thread *thread)
{
    for (unsigned i = 0; i < CCK_WATCH_SLOTS; i++)
        cck_watchpoint_close(&thread->slots[i]);
    if (thread->map)
        munmap(thread->map, thread->map_size);
    if (thread->fd >= 0)
        close(thread->fd);
    thread->map = NULL;
    thread->fd = -1;
    thread->ring = (cck_ring){0};
}

/* ---- reading -------------------------------------------------------------- */

static void take_sample(cck_sampler_thread *thread, const cck_sampler_reading *reading,
                        const cck_sampler_record *record)
{
    thread->cpu_time = thread->cpu_before + record->running;
    thread->sampled = record->time;
    thread->stack = record->registers.value[STACK_POINTER];
    cck_sampler_news *news = cck_sampler_queue_add(reading->queue, CCK_NEWS_SAMPLE, record->time);
    if (!news)
        return;
    reading->numbers->samples++;
    news->sample = (cck_sample){.time = record->time,
                                .pid = record->pid,
                                .tid = record->tid,
                                .cpu = record->cpu,
                                .registers = record->registers};
    news->sample.registers.thread_base = thread->thread_base;
}

static void take_hit(cck_sampler_thread *thread, unsigned slot, const cck_sampler_reading *reading,
                     const cck_sampler_record *record)
{
    cck_watchpoint *watchpoint = &thread->slots[slot];
    uint64_t exposure = record->running - watchpoint->running;
    watchpoint->count = record->count;
    watchpoint->running = record->running;
    cck_sampler_news *news = cck_sampler_queue_add(reading->queue, CCK_NEWS_HIT, record->time);
    if (!news)
        return;
    reading->numbers->hits++;
    news->hit = (cck_hit){.time = record->time,
                          .pid = record->pid,
                          .tid = record->tid,
                          .cpu = record->cpu,
                          .slot = slot,
                          .word = record->address,
                          .exposure = exposure,
                          .number = (uint32_t)(record->count - watchpoint->base),
                          .registers = record->registers};
    news->hit.registers.thread_base = thread->thread_base;
}

static void take(cck_sampler_thread *thread, const cck_sampler_reading *reading,
                 const struct perf_event_header *header)
{
    cck_sampler_record record;
    if (!cck_sampler_record_decode(&record, header))
        return;
    if (!record.wide) {
        reading->numbers->narrow++;
        return;
    }
    if (record.id == thread->id) {
        take_sample(thread, reading, &record);
        return;
    }
    for (unsigned i = 0; i < CCK_WATCH_SLOTS; i++)
        if (thread->slots[i].fd >= 0 && thread->slots[i].id == record.id)
            take_hit(thread, i, reading, &record);
}

/* An exec: the thread goes on under the leader's id with other memory, in which what was
 * watched means nothing. */
static void start_anew(cck_sampler_thread *thread, const cck_sampler_reading *reading,
                       uint64_t time)
{
    for (unsigned i = 0; i < CCK_WATCH_SLOTS; i++)
        cck_watchpoint_close(&thread->slots[i]);
    thread->thread_base = 0;
    thread->base_looks = 0;
    reading->missed(reading->context, thread);
    for (int found = 0; found < 2; found++) {
        cck_sampler_news *news =
            cck_sampler_queue_add(reading->queue, found ? CCK_NEWS_FOUND : CCK_NEWS_GONE, time);
        if (!news)
            return;
        news->thread.pid = thread->pid;
        news->thread.tid = thread->tid;
        news->thread.cpu_time = thread->cpu_time;
    }
}

static void take_other(cck_sampler_thread *thread, const cck_sampler_reading *reading,
                       const struct perf_event_header *header)
{
    cck_record record;
    if (!cck_record_decode(&record, header, &cck_sampler_layout))
        return;
    switch (record.type) {
    case PERF_RECORD_FORK:
        reading->forked(reading->context, thread, record.pid, record.tid);
        break;
    case PERF_RECORD_EXIT:
        thread->ended = thread->ended || record.tid == thread->tid;
        break;
    case PERF_RECORD_COMM:
        if (record.exec)
            start_anew(thread, reading, record.time);
        break;
    case PERF_RECORD_THROTTLE:
        reading->numbers->throttled++;
        break;
    case PERF_RECORD_LOST:
    case PERF_RECORD_LOST_SAMPLES:
        reading->numbers->lost += record.lost;
        reading->missed(reading->context, thread);
        break;
    default:
        break;
    }
}

void cck_sampler_thread_read(cck_sampler_thread *thread, const cck_sampler_reading *reading)
{
    const struct perf_event_header *header;
    cck_ring_snapshot(&thread->ring);
    if (cck_ring_unread(&thread->ring) == 0)
        return;
    while ((header = cck_ring_peek(&thread->ring, reading->scratch))) {
        if (header->type == PERF_RECORD_SAMPLE)
            take(thread, reading, header);
        else
            take_other(thread, reading, header);
        cck_ring_skip(&thread->ring);
    }
    cck_ring_release(&thread->ring);
}

/* ---- watchpoints ----------------------------------------------------------- */

int cck_sampler_thread_arm(cck_sampler_thread *thread, const cck_sampler_reading *reading,
                           const cck_perf_calls *calls, bool rearms, unsigned slot, uint64_t word,
                           cck_watch_kind kind, unsigned hits, cck_error *err)
{
    cck_watchpoint *watchpoint = &thread->slots[slot];
    cck_watchpoint_place place = {calls, thread->tid, thread->fd, rearms};
    if (thread->ended || thread->fd < 0)
        return cck_fail(err, CCK_EGONE, "the thread has ended");
    cck_watchpoint_silence(watchpoint);
    cck_sampler_thread_read(thread, reading);
    return cck_watchpoint_arm(watchpoint, &place, word, kind, hits, err);
}

void cck_sampler_thread_disarm(cck_sampler_thread *thread, const cck_sampler_reading *reading,
                               bool release)
{
    for (unsigned i = 0; i < CCK_WATCH_SLOTS; i++)
        cck_watchpoint_silence(&thread->slots[i]);
    cck_sampler_thread_read(thread, reading);
    for (unsigned i = 0; release && i < CCK_WATCH_SLOTS; i++)
        cck_watchpoint_close(&thread->slots[i]);
}

uint64_t cck_sampler_thread_cpu_time(cck_sampler_thread *thread, uint64_t oldest)
{
    uint64_t counts[2];
    if (thread->fd >= 0 && thread->sampled < oldest &&
        read(thread->fd, counts, sizeof counts) == (ssize_t)sizeof counts)
        thread->cpu_time = thread->cpu_before + counts[1];
    return thread->cpu_time;
}
