/* SPDX-License-Identifier: MIT */
#include "probes/counters/reads.h"

#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/perf/ring.h"

#if defined(__SANITIZE_THREAD__)
/* ThreadSanitizer takes clone() for a fork, and its own state, which would be shared, for the
 * child's: from then on it misses what this thread does to be in step with others. */
static pid_t start_task(void *stack)
{
    (void)stack;
    pid_t task = (pid_t)syscall(SYS_clone, CLONE_VFORK, NULL, NULL, NULL, NULL);
    if (task == 0)
        syscall(SYS_exit, 0);
    return task;
}
#else
static int end_at_once(void *nothing)
{
    (void)nothing;
    return 0;
}

static pid_t start_task(void *stack)
{
    return clone(end_at_once, stack, CLONE_VM | CLONE_VFORK, NULL);
}
#endif

/* CLONE_VFORK: we sleep meanwhile, so it may share our memory. No exit signal, so
 * nobody's SIGCHLD handler or wait() sees it. Waiting until it is gone for good
 * is what makes sure that its READ was written, if ever. */
static bool run_a_task(void)
{
    enum { STACK = 64 << 10 };
    void *stack =
        mmap(NULL, STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
    if (stack == MAP_FAILED)
        return false;
    pid_t task = start_task((char *)stack + STACK);
    bool ran = task > 0 && waitpid(task, NULL, __WCLONE) == task;
    munmap(stack, STACK);
    return ran;
}

static bool wrote_a_read(struct perf_event_mmap_page *page, size_t size)
{
    uint8_t scratch[256] __attribute__((aligned(8)));
    cck_ring ring;
    const struct perf_event_header *header;
    cck_ring_init(&ring, page, (const uint8_t *)page + size, size);
    cck_ring_snapshot(&ring);
    /* One page holds what one task writes without wrapping around. */
    while (cck_ring_unread(&ring) <= size && (header = cck_ring_peek(&ring, scratch))) {
        if (header->type == PERF_RECORD_READ)
            return true;
        cck_ring_skip(&ring);
    }
    return false;
}

static void close_both(int first, int second)
{
    if (first >= 0)
        close(first);
    if (second >= 0)
        close(second);
}

/* As launch.c does it: the inherited event, of all CPUs, writes into the ring of one
 * of ours. That one keeps the task from being our clone, too, so that it cannot take
 * the original over from us at a context switch. */
static bool try_ring(int fd, int owner)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    void *map = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_SHARED, owner, 0);
    if (map == MAP_FAILED)
        return true;
    bool works = ioctl(fd, PERF_EVENT_IOC_SET_OUTPUT, owner) != 0 || !run_a_task() ||
                 wrote_a_read(map, page);
    munmap(map, 2 * page);
    return works;
}

bool cck_reads_work(const cck_perf_calls *calls)
{
    struct perf_event_attr attr = {
        .size = sizeof attr,
        .type = PERF_TYPE_SOFTWARE,
        .config = PERF_COUNT_SW_DUMMY,
        .inherit = 1,
        .inherit_stat = 1,
        .exclude_kernel = 1,
        .exclude_hv = 1,
    };
    struct perf_event_attr silent = attr;
    silent.inherit = silent.inherit_stat = 0;
    int fd = calls->open(&attr, 0, -1);
    int owner = calls->open(&silent, 0, -1);
    bool works = fd < 0 || owner < 0 || try_ring(fd, owner);
    close_both(fd, owner);
    return works;
}
