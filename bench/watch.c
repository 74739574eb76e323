/* SPDX-License-Identifier: MIT */
/*
 * What sampling and watching cost a program, and us.
 *
 *   bench_watch overhead [BLOCKS]   two spinning threads, with the sampler and without it in
 *                                   turns: rounds per second of their CPU time, medians
 *   bench_watch crowd [THREADS]     our own CPU time beside that many threads, mostly asleep
 *
 * Work per CPU time, not per second: other programs may run meanwhile. What the kernel does
 * for us in a thread's turn is in that thread's CPU time.
 */
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "probes/watch/sampler.h"
#include "probes/watch/sampler_look.h"

enum {
    SPINNERS = 2,
    PERIOD_NS = 2000000,
    TURN_MS = 60,
    TURNS = 25, /* of each kind in a block */
    MOST_BLOCKS = 100,
    ARM_EVERY_MS = 20,
    MOST_THREADS = 1024
};

/* One of the target's threads, in memory that both see. */
typedef struct worker {
    _Alignas(64) _Atomic uint64_t rounds, cpu_ns;
    _Atomic int32_t tid;
    _Alignas(64) volatile uint64_t word, unused[4];
} worker;

static worker *workers;

static uint64_t clock_ns(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void *spin(void *argument)
{
    worker *w = argument;
    atomic_store(&w->tid, (int32_t)gettid());
    for (uint64_t rounds = 0;; rounds += 5000) {
        for (int i = 0; i < 5000; i++)
            w->word++;
        atomic_store(&w->rounds, rounds);
        atomic_store(&w->cpu_ns, clock_ns(CLOCK_THREAD_CPUTIME_ID));
    }
    return NULL;
}

static void *rest(void *argument)
{
    worker *w = argument;
    struct timespec nap = {0, 50000000};
    atomic_store(&w->tid, (int32_t)gettid());
    for (;;) {
        for (int i = 0; i < 100000; i++)
            w->word++;
        nanosleep(&nap, NULL);
    }
    return NULL;
}

static pid_t start(void *(*body)(void *), int count)
{
    workers = mmap(NULL, sizeof *workers * (size_t)count, PROT_READ | PROT_WRITE,
                   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pid_t pid = fork();
    if (pid == 0) {
        pthread_t thread;
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (int i = 0; i < count; i++)
            if (pthread_create(&thread, NULL, body, &workers[i]) != 0)
                _exit(1);
        for (;;)
            pause();
    }
    for (int i = 0; i < count; i++)
        while (!atomic_load(&workers[i].tid))
            usleep(1000);
    return pid;
}

/* ---- our side ------------------------------------------------------------------ */

static void on_sample(void *context, const cck_sample *sample)
{
    (void)context;
    (void)sample;
}

static void on_hit(void *context, const cck_hit *hit)
{
    (void)context;
    (void)hit;
}

static void on_thread(void *context, int32_t pid, int32_t tid, bool alive)
{
    (void)context;
    (void)pid;
    (void)tid;
    (void)alive;
}

static cck_sampler *watch(const cck_root *root, pid_t pid)
{
    static const cck_sampler_sink sink = {on_sample, on_hit, on_thread, NULL, NULL};
    cck_error error = {0};
    cck_sampler *sampler = NULL;
    if (cck_sampler_new(&sampler, root, 0.02, &sink, &error) < 0 ||
        cck_sampler_follow(sampler, pid, true, &error) < 0) {
        fprintf(stderr, "%s (%s)\n", error.message, error.hint);
        exit(1);
    }
    cck_sampler_period(sampler, PERIOD_NS);
    return sampler;
}

/* Four words of each of `count` threads: none of them is ever written. */
static void arm(cck_sampler *sampler, int count)
{
    for (int i = 0; i < count; i++) {
        int32_t tid = atomic_load(&workers[i].tid);
        cck_sampler_disarm(sampler, tid);
        for (unsigned slot = 0; slot < cck_sampler_costs_of(sampler)->slots; slot++)
            cck_sampler_arm(sampler, tid, slot, (uint64_t)(uintptr_t)&workers[i].unused[slot], true,
                            1, NULL);
    }
}

static void run(cck_sampler *sampler, int ms, int armed)
{
    uint64_t begin = clock_ns(CLOCK_MONOTONIC), next = 0, now;
    while ((now = clock_ns(CLOCK_MONOTONIC)) - begin < (uint64_t)ms * 1000000u) {
        struct pollfd fd;
        poll(&fd, (nfds_t)cck_sampler_poll_fds(sampler, &fd, 1), 100);
        cck_sampler_drain(sampler, NULL);
        cck_sampler_scan(sampler, NULL);
        if (armed && now >= next) {
            arm(sampler, armed);
            next = now + ARM_EVERY_MS * 1000000ull;
        }
    }
}

/* ---- overhead ------------------------------------------------------------------- */

typedef struct work {
    double rounds, cpu_ns;
} work;

static work work_so_far(void)
{
    work sum = {0};
    for (int i = 0; i < SPINNERS; i++) {
        sum.rounds += (double)atomic_load(&workers[i].rounds);
        sum.cpu_ns += (double)atomic_load(&workers[i].cpu_ns);
    }
    return sum;
}

static void ignore(void *context, const cck_sampler_news *news)
{
    (void)context;
    (void)news;
}

static void arm_members(cck_sampler_members *m)
{
    for (int i = 0; i < SPINNERS; i++) {
        cck_sampler_thread *thread = cck_sampler_members_find(m, atomic_load(&workers[i].tid));
        if (!thread)
            continue;
        cck_sampler_thread_disarm(thread, &m->reading, false);
        for (unsigned slot = 0; slot < CCK_WATCH_SLOTS; slot++)
            cck_sampler_thread_arm(thread, &m->reading, m->calls, false, slot,
                                   (uint64_t)(uintptr_t)&workers[i].unused[slot], true, 1, NULL);
    }
}

static void add_turn(work *sum, const work *before)
{
    work now = work_so_far();
    sum->rounds += now.rounds - before->rounds;
    sum->cpu_ns += now.cpu_ns - before->cpu_ns;
}

/* One turn with the sampler's events. They are opened anew each time, without the trial; what
 * that takes is once in a program's life, and not counted. */
static uint64_t turn_with(const cck_root *root, pid_t pid, bool armed, work *sum)
{
    cck_sampler_members m;
    cck_error error = {0};
    if (cck_sampler_members_init(&m, &cck_perf_kernel, root, &error) < 0)
        exit(1);
    m.period = PERIOD_NS;
    if (cck_sampler_look_follow(&m, pid, false, &error) < 0) {
        fprintf(stderr, "%s (%s)\n", error.message, error.hint);
        exit(1);
    }
    if (armed)
        arm_members(&m);
    usleep(2000); /* until what the opening did is published */
    work before = work_so_far();
    for (int ms = 0; ms < TURN_MS; ms += ARM_EVERY_MS) {
        if (armed)
            arm_members(&m);
        usleep(ARM_EVERY_MS * 1000);
        cck_sampler_members_read(&m, &error);
        cck_sampler_queue_hand_over(&m.queue, UINT64_MAX, ignore, NULL);
    }
    add_turn(sum, &before);
    uint64_t samples = m.numbers.samples;
    cck_sampler_members_clear(&m);
    usleep(2000);
    return samples;
}

static int compare(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

/* Short turns, one with and one without, in blocks: what else the machine does meets both. */
static void compare_turns(const cck_root *root, pid_t pid, int blocks, bool armed)
{
    double ratios[MOST_BLOCKS], samples = 0, cpu_s = 0;
    for (int block = 0; block < blocks; block++) {
        work with = {0}, without = {0};
        for (int turn = 0; turn < TURNS; turn++) {
            samples += (double)turn_with(root, pid, armed, &with);
            work before = work_so_far();
            usleep(TURN_MS * 1000);
            add_turn(&without, &before);
        }
        ratios[block] = (without.rounds / without.cpu_ns) / (with.rounds / with.cpu_ns);
        cpu_s += with.cpu_ns * 1e-9;
    }
    qsort(ratios, (size_t)blocks, sizeof *ratios, compare);
    printf("%-40s %.4f (quartiles %.4f %.4f of %d blocks), %.0f samples per second of CPU time\n",
           armed ? "sampled, 4 words armed anew every 20 ms" : "sampled every 2 ms of CPU time",
           ratios[blocks / 2], ratios[blocks / 4], ratios[blocks * 3 / 4], blocks, samples / cpu_s);
}

static void overhead(const cck_root *root, int blocks)
{
    pid_t pid = start(spin, SPINNERS);
    compare_turns(root, pid, blocks, false);
    compare_turns(root, pid, blocks, true);
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}

/* ---- crowd ----------------------------------------------------------------------- */

static double own_cpu(void)
{
    return (double)clock_ns(CLOCK_PROCESS_CPUTIME_ID) * 1e-9;
}

static void crowd(const cck_root *root, int threads)
{
    pid_t pid = start(rest, threads);
    double began = own_cpu();
    cck_sampler *sampler = watch(root, pid);
    printf("%.1f ms of our CPU time to find out and to begin\n", (own_cpu() - began) * 1e3);
    for (int armed = 0; armed <= 8; armed += 8) {
        uint64_t from = clock_ns(CLOCK_MONOTONIC);
        cck_sampler_numbers had = cck_sampler_numbers_of(sampler);
        began = own_cpu();
        run(sampler, 5000, armed);
        double took = (double)(clock_ns(CLOCK_MONOTONIC) - from) * 1e-9;
        cck_sampler_numbers has = cck_sampler_numbers_of(sampler);
        printf("%d threads, %d of them armed every %d ms: %.2f %% of a CPU, %.0f samples/s, "
               "%llu lost, %llu unwatched\n",
               threads, armed, ARM_EVERY_MS, 100 * (own_cpu() - began) / took,
               (double)(has.samples - had.samples) / took,
               (unsigned long long)(has.lost - had.lost),
               (unsigned long long)has.threads_unwatched);
    }
    cck_sampler_free(sampler);
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}

int main(int argc, char **argv)
{
    cck_root root;
    int count = argc > 2 ? atoi(argv[2]) : 0;
    if (argc < 2 || count < 0 || count > MOST_THREADS || cck_root_open(&root, "/", NULL) < 0)
        return 2;
    if (strcmp(argv[1], "overhead") == 0)
        overhead(&root, count && count < MOST_BLOCKS ? count : 11);
    else if (strcmp(argv[1], "crowd") == 0)
        crowd(&root, count ? count : 256);
    else
        return 2;
    cck_root_close(&root);
    return 0;
}
