/* SPDX-License-Identifier: MIT */
/*
 * Sampling and watching threads of another process, on the kernel at hand. Skipped with a
 * word where it allows no perf events or has no debug registers.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <grp.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "probes/watch/sampler_event.h"
#include "probes/watch/sampler_queue.h"
#include "watch_harness.h"

static const char *why_not;

static void need_watching(void)
{
    if (!why_not)
        return;
    print_message("%s\n", why_not);
    skip();
}

static void must(const watch *w, int code)
{
    if (code < 0)
        print_error("%s (%s)\n", w->error.message, w->error.hint);
    assert_int_equal(code, 0);
}

static void begin(watch *w, const char *mode, const char *count)
{
    need_watching();
    must(w, watch_start(w, mode, count));
}

/* ---- in order ------------------------------------------------------------------ */

static void note_time(void *context, const cck_sampler_news *news)
{
    char *text = context;
    sprintf(text + strlen(text), "%d/%d ", (int)news->time, (int)news->thread.tid);
}

static void add(cck_sampler_queue *queue, uint64_t time, int tid)
{
    cck_sampler_news *news = cck_sampler_queue_add(queue, CCK_NEWS_FOUND, time);
    assert_non_null(news);
    news->thread.tid = tid;
}

static void news_come_by_time_up_to_a_horizon(void **state)
{
    (void)state;
    cck_sampler_queue queue = {0};
    char text[256] = "";
    add(&queue, 30, 1);
    add(&queue, 10, 2);
    add(&queue, 50, 3);
    add(&queue, 10, 4);
    add(&queue, 40, 5);
    cck_sampler_queue_hand_over(&queue, 40, note_time, text);
    assert_string_equal(text, "10/2 10/4 30/1 40/5 ");
    add(&queue, 45, 6);
    text[0] = '\0';
    cck_sampler_queue_hand_over(&queue, UINT64_MAX, note_time, text);
    assert_string_equal(text, "45/6 50/3 ");
    assert_int_equal(queue.count, 0);
    cck_sampler_queue_clear(&queue);
}

/* ---- samples --------------------------------------------------------------------- */

static bool both_are_sampled(const watch *w)
{
    return w->seen.per_thread[0] >= 40 && w->seen.per_thread[1] >= 40 &&
           (w->seen.right_base >= 10 || sizeof(void *) != 8);
}

static void samples_show_where_threads_are(void **state)
{
    (void)state;
    watch w;
    begin(&w, "spin", "2");
    assert_true(watch_until(&w, both_are_sampled));
    const seen *s = &w.seen;
    uint64_t samples = s->per_thread[0] + s->per_thread[1];
    assert_int_equal(s->right_stack, samples);
    assert_true(s->in_loop * 10 >= samples * 9);
    assert_int_equal(s->disorder, 0);
    assert_int_equal(s->late, 0);
    assert_int_equal(s->found, 3);
    assert_int_equal(cck_sampler_numbers_of(w.sampler).threads_now, 3);
    assert_int_equal(cck_sampler_numbers_of(w.sampler).threads_unwatched, 0);
    assert_int_equal(cck_sampler_numbers_of(w.sampler).narrow, 0);
    /* 80 samples at 2 ms and more of CPU time each, less what the last ones took */
    uint64_t time = cck_sampler_cpu_time(w.sampler, w.target.threads[0].tid) +
                    cck_sampler_cpu_time(w.sampler, w.target.threads[1].tid);
    assert_in_range(time, samples * 1900000, samples * 110000000);
    watch_end(&w);
}

static bool samples_were_lost(const watch *w)
{
    return cck_sampler_numbers_of(w->sampler).lost > 0;
}

static void what_a_full_ring_loses_is_counted(void **state)
{
    (void)state;
    watch w;
    begin(&w, "spin", "1");
    int tid = w.target.threads[0].tid;
    for (double end = watch_seconds() + PATIENCE_S;
         cck_sampler_cpu_time(w.sampler, tid) < 500000000;) {
        usleep(20000);
        assert_true(watch_seconds() < end);
    }
    assert_true(watch_until(&w, samples_were_lost));
    assert_int_equal(w.seen.disorder, 0);
    watch_end(&w);
}

static void a_longer_period_brings_fewer_samples(void **state)
{
    (void)state;
    watch w;
    begin(&w, "spin", "1");
    int tid = w.target.threads[0].tid;
    cck_sampler_period(w.sampler, 20000000);
    watch_for(&w, 50);
    uint64_t before = w.seen.samples, from = cck_sampler_cpu_time(w.sampler, tid), time = 0;
    for (double end = watch_seconds() + PATIENCE_S; time < 300000000;) {
        watch_tick(&w);
        time = cck_sampler_cpu_time(w.sampler, tid) - from;
        assert_true(watch_seconds() < end);
    }
    assert_in_range(w.seen.samples - before, 1, time / 20000000 + 2);
    watch_end(&w);
}

/* ---- watchpoints ------------------------------------------------------------------ */

static uint64_t wanted_hits;
static bool has_hits(const watch *w)
{
    return w->seen.hits >= wanted_hits;
}

static int arm(watch *w, unsigned slot, unsigned long word, bool reads, unsigned hits)
{
    return cck_sampler_arm(w->sampler, w->target.threads[0].tid, slot, word, reads, hits,
                           &w->error);
}

/* The next `count` hits are those of a slot that was just armed for that many. */
static void expect_hits(watch *w, unsigned slot, unsigned long word, unsigned count)
{
    uint64_t before = w->seen.hits;
    wanted_hits = before + count;
    assert_true(watch_until(w, has_hits));
    watch_for(w, 40);
    assert_int_equal(w->seen.hits, before + count); /* silent after its hits */
    for (unsigned i = 0; i < count; i++) {
        const cck_hit *hit = &w->seen.hit[(before + i) % 64];
        assert_int_equal(hit->slot, slot);
        assert_int_equal(hit->word, word);
        assert_int_equal(hit->number, i + 1);
        assert_int_equal(hit->pid, w->target.pid);
        assert_int_equal(hit->tid, w->target.threads[0].tid);
        assert_true(hit->exposure > 0 && hit->exposure < PATIENCE_S * 1000000000ull);
        assert_in_range(hit->registers.ip, w->target.loop_start, w->target.loop_end);
    }
    assert_int_equal(cck_sampler_exposure(w->sampler, w->target.threads[0].tid, slot), 0);
}

static void a_watchpoint_fires_as_often_as_asked(void **state)
{
    (void)state;
    watch w;
    begin(&w, "spin", "1");
    const watched_thread *t = &w.target.threads[0];
    must(&w, arm(&w, 0, t->word, false, 5));
    expect_hits(&w, 0, t->word, 5);
    must(&w, arm(&w, 0, t->word, false, 1)); /* its limit was reached: again */
    expect_hits(&w, 0, t->word, 1);
    must(&w, arm(&w, 0, t->word + 64, false, 3)); /* another word */
    expect_hits(&w, 0, t->word + 64, 3);
    must(&w, arm(&w, 0, t->read, true, 2)); /* another kind */
    expect_hits(&w, 0, t->read, 2);
    must(&w, arm(&w, 3, t->word, false, 2)); /* another slot */
    expect_hits(&w, 3, t->word, 2);
    assert_int_equal(w.seen.disorder, 0);
    watch_end(&w);
}

static void what_nobody_writes_is_silent(void **state)
{
    (void)state;
    watch w;
    begin(&w, "spin", "1");
    const watched_thread *t = &w.target.threads[0];
    must(&w, arm(&w, 0, t->unused, true, 5));
    must(&w, arm(&w, 1, t->read, false, 5)); /* read, not written */
    uint64_t exposure = 0;
    for (double end = watch_seconds() + PATIENCE_S; exposure < 10000000;) {
        watch_tick(&w);
        exposure = cck_sampler_exposure(w.sampler, t->tid, 0);
        assert_true(watch_seconds() < end);
    }
    assert_int_equal(w.seen.hits, 0);
    cck_sampler_disarm(w.sampler, t->tid);
    exposure = cck_sampler_exposure(w.sampler, t->tid, 0);
    watch_for(&w, 40);
    assert_int_equal(cck_sampler_exposure(w.sampler, t->tid, 0), exposure);
    /* Armed for five and never hit, then for one: one. */
    must(&w, arm(&w, 0, t->word, false, 1));
    expect_hits(&w, 0, t->word, 1);
    /* Armed for one, replaced, then for four. */
    must(&w, arm(&w, 1, t->unused, false, 1));
    must(&w, arm(&w, 1, t->word, false, 4));
    expect_hits(&w, 1, t->word, 4);
    watch_end(&w);
}

static void what_cannot_be_watched_is_told(void **state)
{
    (void)state;
    watch w;
    begin(&w, "spin", "1");
    const watched_thread *t = &w.target.threads[0];
    assert_int_equal(arm(&w, 4, t->word, false, 1), CCK_EINVALID);
    assert_int_equal(arm(&w, 0, t->word + 4, false, 1), CCK_EINVALID);
    assert_int_equal(arm(&w, 0, t->word, false, 0), CCK_EINVALID);
    assert_int_equal(arm(&w, 0, 0xffffffff81000000, false, 1), CCK_EINVALID);
    assert_int_equal(cck_sampler_arm(w.sampler, 1, 0, t->word, false, 1, &w.error), CCK_EGONE);
    must(&w, arm(&w, 0, t->word, false, 1));
    watch_end(&w);
}

/* ---- others at the debug registers -------------------------------------------------- */

static int open_word(int tid, unsigned long word)
{
    struct perf_event_attr attr = cck_sampler_word_event(word, false);
    return (int)syscall(SYS_perf_event_open, &attr, tid, -1, -1, PERF_FLAG_FD_CLOEXEC);
}

/* How many debug registers of the thread can be taken; they are kept in `fds`. */
static int take_all(const watched_thread *t, int fds[8])
{
    int count = 0;
    while (count < 8 && (fds[count] = open_word(t->tid, t->unused)) >= 0)
        count++;
    return count;
}

static void give_back(const int *fds, int count)
{
    for (int i = 0; i < count; i++)
        close(fds[i]);
}

static void taken_registers_are_busy(void **state)
{
    (void)state;
    watch w;
    int fds[8];
    begin(&w, "spin", "1");
    const watched_thread *t = &w.target.threads[0];
    int count = take_all(t, fds);
    assert_int_equal(arm(&w, 0, t->word, false, 1), CCK_EBUSY);
    assert_true(w.error.hint[0]);
    close(fds[--count]);
    must(&w, arm(&w, 0, t->word, false, 2));
    assert_int_equal(arm(&w, 1, t->word, false, 1), CCK_EBUSY);
    expect_hits(&w, 0, t->word, 2);
    give_back(fds, count);
    must(&w, arm(&w, 1, t->word, false, 1));
    expect_hits(&w, 1, t->word, 1);
    watch_end(&w);
}

static bool is_busy(const watch *w)
{
    return cck_sampler_arm(w->sampler, w->target.threads[0].tid, 0, w->target.threads[0].unused,
                           false, 1, NULL) == CCK_EBUSY;
}

static bool is_free(const watch *w)
{
    return !is_busy(w);
}

static void a_debugger_gets_them_all(void **state)
{
    (void)state;
    watch w;
    int fds[8];
    begin(&w, "spin", "1");
    const watched_thread *t = &w.target.threads[0];
    unsigned slots = cck_sampler_costs_of(w.sampler)->slots;
    for (unsigned slot = 0; slot < slots; slot++)
        must(&w, arm(&w, slot, t->unused, false, 1));
    assert_int_equal(take_all(t, fds), 0);
    if (ptrace(PTRACE_SEIZE, w.target.pid, NULL, NULL) != 0) {
        print_message("tracing is not allowed here\n");
        watch_end(&w);
        skip();
    }
    assert_true(watch_until(&w, is_busy));
    int count = take_all(t, fds);
    assert_int_equal(count, slots);
    give_back(fds, count);
    ptrace(PTRACE_INTERRUPT, w.target.pid, NULL, NULL);
    waitpid(w.target.pid, NULL, 0);
    assert_int_equal(ptrace(PTRACE_DETACH, w.target.pid, NULL, NULL), 0);
    assert_true(watch_until(&w, is_free));
    watch_end(&w);
}

static uint64_t value_at(pid_t pid, unsigned long address)
{
    char path[64];
    uint64_t value = 0;
    snprintf(path, sizeof path, "/proc/%d/mem", (int)pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (pread(fd, &value, sizeof value, (off_t)address) != (ssize_t)sizeof value)
        value = 0;
    close(fd);
    return value;
}

/* In a process of its own: arm everything, say so, and wait to be killed. */
static void watch_until_killed(const watched *target, int ready)
{
    watch w = {0};
    int code = watch_new(&w);
    if (code == 0)
        code = cck_sampler_follow(w.sampler, target->pid, false, &w.error);
    w.target = *target;
    for (unsigned slot = 0; code == 0 && slot < cck_sampler_costs_of(w.sampler)->slots; slot++)
        code = arm(&w, slot, target->threads[0].unused, false, 1);
    char byte = (char)('0' + (code == 0 ? (int)cck_sampler_costs_of(w.sampler)->slots : 0));
    if (write(ready, &byte, 1) == 1)
        pause();
    _exit(1);
}

static void nothing_stays_armed_when_the_watcher_is_killed(void **state)
{
    (void)state;
    watched target;
    int ready[2], fds[8];
    char slots = '0';
    need_watching();
    assert_true(watched_start(&target, "spin", "1"));
    assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
    pid_t watcher = fork();
    if (watcher == 0)
        watch_until_killed(&target, ready[1]);
    close(ready[1]);
    assert_int_equal(read(ready[0], &slots, 1), 1);
    assert_in_range(slots, '1', '4');
    assert_int_equal(take_all(&target.threads[0], fds), 0);
    kill(watcher, SIGKILL);
    waitpid(watcher, NULL, 0);
    int count = take_all(&target.threads[0], fds);
    assert_int_equal(count, slots - '0');
    give_back(fds, count);
    uint64_t before = value_at(target.pid, target.threads[0].word);
    usleep(100000);
    assert_true(kill(target.pid, 0) == 0);
    assert_true(value_at(target.pid, target.threads[0].word) > before);
    close(ready[0]);
    watched_stop(&target);
}

/* ---- coming and going ---------------------------------------------------------------- */

static bool many_came_and_went(const watch *w)
{
    return w->seen.found >= 12 && w->seen.gone >= 8 && w->seen.samples >= 20;
}

static void threads_come_and_go(void **state)
{
    (void)state;
    watch w;
    begin(&w, "come", "0");
    assert_true(watch_until(&w, many_came_and_went));
    cck_sampler_numbers numbers = cck_sampler_numbers_of(w.sampler);
    assert_int_equal(w.seen.late, 0);
    assert_int_equal(w.seen.disorder, 0);
    assert_true(numbers.threads_now <= 6);
    assert_true(numbers.threads_seen >= w.seen.found);
    watch_end(&w);
}

static bool all_are_gone(const watch *w)
{
    return w->seen.gone == w->seen.found && cck_sampler_numbers_of(w->sampler).threads_now == 0;
}

static void a_process_may_vanish(void **state)
{
    (void)state;
    watch w;
    begin(&w, "spin", "2");
    const watched_thread *t = &w.target.threads[0];
    for (unsigned slot = 0; slot < cck_sampler_costs_of(w.sampler)->slots; slot++)
        must(&w, arm(&w, slot, t->unused, false, 1));
    kill(w.target.pid, SIGKILL);
    waitpid(w.target.pid, NULL, 0);
    int code = arm(&w, 0, t->word, false, 1);
    assert_true(code == 0 || code == CCK_EGONE);
    cck_sampler_disarm(w.sampler, t->tid);
    assert_true(watch_until(&w, all_are_gone));
    assert_int_equal(w.seen.found, 3);
    assert_int_equal(w.seen.late, 0);
    assert_int_equal(arm(&w, 0, t->word, false, 1), CCK_EGONE);
    assert_int_equal(cck_sampler_exposure(w.sampler, t->tid, 0), 0);
    assert_int_equal(cck_sampler_follow(w.sampler, w.target.pid, false, &w.error), CCK_EGONE);
    watch_end(&w);
}

static bool child_is_sampled(const watch *w)
{
    return w->target.count == 1 && w->seen.per_thread[0] >= 10;
}

static bool knows(const seen *s, int pid, int tid)
{
    for (uint64_t i = 0; i < s->found && i < 64; i++)
        if (s->found_pids[i] == pid && s->found_tids[i] == tid)
            return true;
    return false;
}

static void children_are_followed(void **state)
{
    (void)state;
    watch w;
    begin(&w, "fork", "0");
    assert_int_equal(write(w.target.in, "x", 1), 1);
    assert_true(watched_listen(&w.target)); /* to the child */
    assert_true(watch_until(&w, child_is_sampled));
    assert_false(knows(&w.seen, w.target.pid, w.target.threads[0].tid));
    assert_int_equal(w.seen.late, 0);
    watch_end(&w);
}

static void an_exec_is_another_thread(void **state)
{
    (void)state;
    watch w;
    begin(&w, "exec", "0");
    watch_for(&w, 40);
    assert_int_equal(w.seen.found, 1);
    assert_int_equal(write(w.target.in, "x", 1), 1);
    assert_true(watched_listen(&w.target));
    assert_true(watch_until(&w, child_is_sampled));
    assert_true(w.seen.gone >= 1);
    assert_true(knows(&w.seen, w.target.pid, w.target.pid));
    assert_int_equal(w.seen.found - w.seen.gone, 2);
    must(&w, arm(&w, 0, w.target.threads[0].word, false, 2));
    expect_hits(&w, 0, w.target.threads[0].word, 2);
    watch_end(&w);
}

/* ---- without rights -------------------------------------------------------------------- */

/* Run `body` in a process of its own; its status. */
static int apart(int (*body)(void))
{
    int status;
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0)
        _exit(body());
    waitpid(pid, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}

static int open_files(void)
{
    int count = 0;
    DIR *folder = opendir("/proc/self/fd");
    while (folder && readdir(folder))
        count++;
    closedir(folder);
    return count;
}

static bool hits_arrived(const watch *w)
{
    return w->seen.hits >= 2 && w->seen.samples >= 10;
}

static int as_a_user(void)
{
    watch w;
    if (geteuid() == 0 && (setgroups(0, NULL) != 0 || setgid(1000) != 0 || setuid(1000) != 0))
        return 1;
    prctl(PR_SET_DUMPABLE, 1);
    int before = open_files();
    if (watch_start(&w, "spin", "2") < 0) {
        fprintf(stderr, "%s (%s)\n", w.error.message, w.error.hint);
        return 2;
    }
    if (arm(&w, 0, w.target.threads[0].word, false, 2) < 0 || !watch_until(&w, hits_arrived))
        return 3;
    watch_end(&w);
    return open_files() == before ? 0 : 4;
}

static bool was_sampled(const watch *w)
{
    return w->seen.samples >= 10;
}

static int crowd_as_a_user(void)
{
    watch w;
    if (geteuid() == 0 && (setgroups(0, NULL) != 0 || setgid(1000) != 0 || setuid(1000) != 0))
        return 1;
    prctl(PR_SET_DUMPABLE, 1);
    if (watch_start(&w, "rest", "256") < 0) {
        fprintf(stderr, "%s (%s)\n", w.error.message, w.error.hint);
        return 2;
    }
    watch_for(&w, 300);
    bool sampled = watch_until(&w, was_sampled);
    cck_sampler_numbers numbers = cck_sampler_numbers_of(w.sampler);
    if (numbers.threads_seen != 257 || numbers.threads_now + numbers.threads_unwatched != 257)
        return 3;
    if (numbers.threads_unwatched) /* a low limit of locked memory, or others use it */
        fprintf(stderr, "%d of 257 threads could be watched\n", (int)numbers.threads_now);
    bool fine = sampled && numbers.threads_now >= 64 && w.seen.late == 0;
    watch_end(&w);
    return fine ? 0 : 4;
}

static void need_low_paranoia(void)
{
    cck_root root;
    int64_t level = 9;
    need_watching();
    assert_int_equal(cck_root_open(&root, "/", NULL), 0);
    cck_root_read_number(&root, "proc/sys/kernel/perf_event_paranoid", &level);
    cck_root_close(&root);
    if (level > 2) {
        print_message("kernel.perf_event_paranoid is %d\n", (int)level);
        skip();
    }
}

static void a_plain_user_may_watch(void **state)
{
    (void)state;
    need_low_paranoia();
    assert_int_equal(apart(as_a_user), 0);
}

static void a_plain_user_may_watch_a_crowd(void **state)
{
    (void)state;
    need_low_paranoia();
    assert_int_equal(apart(crowd_as_a_user), 0);
}

static int foreign_process(void)
{
    watch w = {0};
    pid_t theirs = getppid();
    if (setgroups(0, NULL) != 0 || setgid(1000) != 0 || setuid(1000) != 0)
        return 1;
    if (watch_new(&w) < 0)
        return 2;
    int code = cck_sampler_follow(w.sampler, theirs, true, &w.error);
    return code == CCK_EACCESS && w.error.hint[0] ? 0 : 3;
}

static void a_foreign_process_is_refused(void **state)
{
    (void)state;
    need_low_paranoia();
    if (geteuid() != 0) {
        print_message("only root has a process that is foreign to others\n");
        skip();
    }
    assert_int_equal(apart(foreign_process), 0);
}

/* perf_event_open(2) fails with `os_error` from now on. */
static bool deny_perf(int os_error)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_perf_event_open, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned)os_error),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof code / sizeof *code, code};
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

static int in_a_container(void)
{
    watch w = {0};
    if (!deny_perf(EPERM))
        return 77;
    int code = watch_new(&w);
    fprintf(stderr, "%s (%s)\n", w.error.message, w.error.hint);
    return code == CCK_EACCESS && strstr(w.error.message, "seccomp") && w.error.hint[0] ? 0 : 1;
}

/* As Debian's kernels answer at their level 3, told from a recorded /proc. */
static int at_level_three(void)
{
    watch w = {0};
    char folder[] = "/tmp/cck-watch-XXXXXX", path[128];
    cck_sampler_sink sink = {seen_sample, seen_hit, seen_thread, &w.seen};
    if (!mkdtemp(folder) || !deny_perf(EACCES))
        return 77;
    static const char *const parts[] = {"proc", "proc/sys", "proc/sys/kernel"};
    for (size_t i = 0; i < 3; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, parts[i]);
        mkdir(path, 0700);
    }
    snprintf(path, sizeof path, "%s/proc/sys/kernel/perf_event_paranoid", folder);
    FILE *file = fopen(path, "w");
    if (!file || fputs("3\n", file) < 0 || fclose(file) != 0)
        return 2;
    if (cck_root_open(&w.root, folder, NULL) < 0)
        return 3;
    int code = cck_sampler_new(&w.sampler, &w.root, 0.02, &sink, &w.error);
    unlink(path);
    for (size_t i = 3; i-- > 0;) {
        snprintf(path, sizeof path, "%s/%s", folder, parts[i]);
        rmdir(path);
    }
    rmdir(folder);
    fprintf(stderr, "%s (%s)\n", w.error.message, w.error.hint);
    return code == CCK_EACCESS && strstr(w.error.message, "is 3") &&
                   strstr(w.error.hint, "perf_event_paranoid=2")
               ? 0
               : 1;
}

static void a_refusal_says_what_to_do(void **state)
{
    (void)state;
    int container = apart(in_a_container), level = apart(at_level_three);
    if (container == 77) {
        print_message("no seccomp here\n");
        skip();
    }
    assert_int_equal(container, 0);
    assert_int_equal(level, 0);
}

/* ---- costs ------------------------------------------------------------------------------ */

static void costs_are_measured(void **state)
{
    (void)state;
    watch w = {0};
    need_watching();
    int before = open_files();
    must(&w, watch_new(&w));
    const cck_sampler_costs *costs = cck_sampler_costs_of(w.sampler);
    print_message("sample %.1f us, hit %.1f us, arm %.1f us of the target's time; arm %.1f us of "
                  "ours; REFRESH %s; %u debug registers\n",
                  costs->sample_ns / 1e3, costs->hit_ns / 1e3, costs->arm_ns / 1e3,
                  costs->arm_own_ns / 1e3, costs->rearms ? "arms again" : "does not arm again",
                  costs->slots);
    assert_true(costs->sample_ns > 0 && costs->sample_ns < 1e7);
    assert_true(costs->hit_ns > 0 && costs->hit_ns < 1e7);
    assert_true(costs->arm_ns > 0 && costs->arm_own_ns > 0);
    assert_in_range(costs->slots, 1, CCK_WATCH_SLOTS);
    watch_end(&w);
    assert_int_equal(open_files(), before);
}

static int find_out(void **state)
{
    static watch w;
    (void)state;
    int code = watch_new(&w);
    if (code == CCK_EACCESS || code == CCK_EUNSUPPORTED || code == CCK_EBUSY)
        why_not = w.error.message;
    if (code == 0)
        watch_end(&w);
    return code == 0 || why_not ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(news_come_by_time_up_to_a_horizon),
        cmocka_unit_test(costs_are_measured),
        cmocka_unit_test(samples_show_where_threads_are),
        cmocka_unit_test(what_a_full_ring_loses_is_counted),
        cmocka_unit_test(a_longer_period_brings_fewer_samples),
        cmocka_unit_test(a_watchpoint_fires_as_often_as_asked),
        cmocka_unit_test(what_nobody_writes_is_silent),
        cmocka_unit_test(what_cannot_be_watched_is_told),
        cmocka_unit_test(taken_registers_are_busy),
        cmocka_unit_test(a_debugger_gets_them_all),
        cmocka_unit_test(nothing_stays_armed_when_the_watcher_is_killed),
        cmocka_unit_test(threads_come_and_go),
        cmocka_unit_test(a_process_may_vanish),
        cmocka_unit_test(children_are_followed),
        cmocka_unit_test(an_exec_is_another_thread),
        cmocka_unit_test(a_plain_user_may_watch),
        cmocka_unit_test(a_plain_user_may_watch_a_crowd),
        cmocka_unit_test(a_foreign_process_is_refused),
        cmocka_unit_test(a_refusal_says_what_to_do),
    };
    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, find_out, NULL);
}
