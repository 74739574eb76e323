/* SPDX-License-Identifier: MIT */
/*
 * Watching beside others and without rights: debug registers that are taken, debuggers, a
 * watcher that is killed, plain users, policies. Skipped as test_watch_sampler.c is.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <grp.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "probes/watch/sampler_event.h"
#include "watch_harness.h"

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
    uint64_t before = value_at(target.pid, target.threads[0].word), now = before;
    for (double end = watch_seconds() + PATIENCE_S; now == before && watch_seconds() < end;) {
        usleep(10000);
        now = value_at(target.pid, target.threads[0].word);
    }
    assert_true(now > before); /* unharmed, and at work */
    close(ready[0]);
    watched_stop(&target);
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

static void limit(int resource, rlim_t most)
{
    struct rlimit now;
    getrlimit(resource, &now);
    now.rlim_cur = most < now.rlim_max ? most : now.rlim_max;
    setrlimit(resource, &now);
}

static bool took_turns(const watch *w)
{
    return cck_sampler_numbers_of(w->sampler).threads_in_turns > 0;
}

static int crowd_as_a_user(void)
{
    watch w;
    limit(RLIMIT_NOFILE, 128); /* too few, until it is raised */
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
    if (numbers.threads_seen != 257 ||
        numbers.threads_now + numbers.threads_unwatched + numbers.threads_in_turns != 257)
        return 3;
    bool fine = sampled && w.seen.late == 0;
    if (numbers.threads_unwatched) { /* a low limit of locked memory, or others use it */
        fprintf(stderr, "%d of 257 threads at a time\n", (int)numbers.threads_now);
        fine &= watch_until(&w, took_turns); /* they mostly sleep */
    }
    watch_end(&w);
    return fine ? 0 : 4;
}

/* Some fit into what every user may lock, on two CPUs not all: the others are counted. */
static int crowd_in_little_memory(void)
{
    limit(RLIMIT_MEMLOCK, 0);
    return crowd_as_a_user();
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
    assert_int_equal(apart(crowd_in_little_memory), 0);
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
    cck_sampler_sink sink = {seen_sample, seen_hit, seen_thread, &w.seen, NULL};
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(taken_registers_are_busy),
        cmocka_unit_test(a_debugger_gets_them_all),
        cmocka_unit_test(nothing_stays_armed_when_the_watcher_is_killed),
        cmocka_unit_test(a_plain_user_may_watch),
        cmocka_unit_test(a_plain_user_may_watch_a_crowd),
        cmocka_unit_test(a_foreign_process_is_refused),
        cmocka_unit_test(a_refusal_says_what_to_do),
    };
    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, find_out, NULL);
}
