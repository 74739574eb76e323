/* SPDX-License-Identifier: MIT */
/*
 * hwloc trusts its input: XML whose sets contradict each other makes 2.9 read through
 * null pointers or fail an assertion. A library must not fall with the file it was
 * given, so a topology that is not the system's own is first built in a child process,
 * and only once it survived there, here. It costs about a fork.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/base/fail.h"
#include "core/machine/machine.h"

/* Seconds of CPU after which a topology is taken for damaged. The largest recorded
 * machines load in less than one. */
enum { TRIAL_SECONDS = 10 };

/* And bytes of memory, besides what the program has already. 16,384 CPUs take 87 MiB of it; of a
 * damaged one hwloc may take for an index what nobody wrote, and make sets of half a gigabyte. */
#define TRIAL_MEMORY ((rlim_t)1 << 30)

/* A child that takes no CPU for so long waits for a lock that another thread of this program held
 * when it was forked, and shall have for ever: of an allocator that knows nothing of fork, such as
 * AddressSanitizer's. Another child may be luckier. One that has merely not had its turn is as well
 * served by the next. */
enum { TRIAL_STILL_MS = 1000, TRIALS = 60 };

typedef enum fate { ANSWERED, DIED, STOOD_STILL } fate;

typedef struct verdict {
    int rc;
    bool complained; /* hwloc wrote to standard error */
    cck_error error;
} verdict;

static void limit_memory(void)
{
    unsigned long pages = 0;
    FILE *file = fopen("/proc/self/statm", "re");
    bool known = file && fscanf(file, "%lu", &pages) == 1;
    if (file)
        fclose(file);
    struct rlimit limit;
    if (!known || getrlimit(RLIMIT_AS, &limit) != 0)
        return;
    rlim_t most = (rlim_t)pages * (rlim_t)sysconf(_SC_PAGESIZE) + TRIAL_MEMORY;
    if (limit.rlim_cur == RLIM_INFINITY || limit.rlim_cur > most) {
        limit.rlim_cur = most;
        setrlimit(RLIMIT_AS, &limit);
    }
}

/* A crash here is an answer, so nobody shall see it: no core file, no handler of the
 * program that we are part of, no message. Returns where standard error goes. */
static int crash_quietly(void)
{
    static const int signals[] = {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL, SIGXCPU};
    const struct rlimit none = {0, 0}, seconds = {TRIAL_SECONDS, TRIAL_SECONDS};
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
        signal(signals[i], SIG_DFL);
    setrlimit(RLIMIT_CORE, &none);
    setrlimit(RLIMIT_CPU, &seconds);
    limit_memory();
    int messages = memfd_create("cachecheck-trial", MFD_CLOEXEC);
    if (messages >= 0)
        dup2(messages, STDERR_FILENO);
    return messages;
}

static void run_trial(int (*build)(const cck_machine_source *source, cck_error *err),
                      const cck_machine_source *source, int fd)
{
    verdict answer;
    memset(&answer, 0, sizeof answer);
    int messages = crash_quietly();
    answer.rc = build(source, &answer.error);
    answer.complained = messages >= 0 && lseek(messages, 0, SEEK_END) > 0;
    _exit(write(fd, &answer, sizeof answer) == (ssize_t)sizeof answer ? 0 : 1);
}

/* hwloc loads some contradictory files after a box of stars on standard error, which is
 * not ours to write to. Whoever asked it to talk gets what it says. */
static int judge(const cck_machine_source *source, const verdict *answer, cck_error *err)
{
    if (answer->rc < 0) {
        cck_error_move(err, &answer->error);
        return answer->rc;
    }
    if (!answer->complained || getenv("HWLOC_XML_VERBOSE") || getenv("HWLOC_SYNTHETIC_VERBOSE"))
        return 0;
    cck_machine_damaged(source, "is damaged: hwloc finds that it contradicts itself", err);
    cck_hint(err,
             "see why with HWLOC_XML_VERBOSE=1, or load it all the same with HWLOC_HIDE_ERRORS=2");
    return CCK_EFORMAT;
}

/* CPU time of a process so far; one that ended has what it had. */
static uint64_t cpu_ns_of(pid_t pid)
{
    clockid_t clock;
    struct timespec used = {0};
    if (clock_getcpuclockid(pid, &clock) == 0)
        clock_gettime(clock, &used);
    return (uint64_t)used.tv_sec * 1000000000u + (uint64_t)used.tv_nsec;
}

/* Wait until there is something to read, or the end. */
static bool works_on(int fd, pid_t pid)
{
    struct pollfd answer = {.fd = fd, .events = POLLIN};
    uint64_t used, before;
    int ready;
    do {
        before = cpu_ns_of(pid);
        ready = poll(&answer, 1, TRIAL_STILL_MS);
        used = cpu_ns_of(pid);
    } while ((ready < 0 && errno == EINTR) || (ready == 0 && used != before));
    return ready != 0;
}

/* One write below PIPE_BUF arrives whole or not at all (pipe(7)). */
static fate receive(int fd, pid_t pid, verdict *out)
{
    ssize_t got;
    if (!works_on(fd, pid)) {
        kill(pid, SIGKILL);
        return STOOD_STILL;
    }
    do
        got = read(fd, out, sizeof *out);
    while (got < 0 && errno == EINTR);
    return got == (ssize_t)sizeof *out ? ANSWERED : DIED;
}

static int try_once(int (*build)(const cck_machine_source *source, cck_error *err),
                    const cck_machine_source *source, fate *out_fate, verdict *out_answer,
                    cck_error *err)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0)
        return cck_fail_os(err, cck_code_of_errno(errno), errno, "cannot make a pipe");
    pid_t pid = fork();
    if (pid < 0) {
        int why = errno;
        close(ends[0]);
        close(ends[1]);
        return cck_fail_os(err, CCK_ELIMIT, why, "cannot fork");
    }
    if (pid == 0)
        run_trial(build, source, ends[1]);
    close(ends[1]);
    *out_fate = receive(ends[0], pid, out_answer);
    close(ends[0]);
    /* The pipe tells; where SIGCHLD is ignored there is nothing to wait for. */
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
        ;
    return 0;
}

int cck_machine_try(int (*build)(const cck_machine_source *source, cck_error *err),
                    const cck_machine_source *source, cck_error *err)
{
    fate end = STOOD_STILL;
    verdict answer;
    for (int i = 0; i < TRIALS && end == STOOD_STILL; i++) {
        int code = try_once(build, source, &end, &answer, err);
        if (code < 0)
            return code;
    }
    if (end == STOOD_STILL) {
        cck_fail(err, CCK_ELIMIT, "a machine cannot be tried out: the process that tries stands still");
        cck_hint(err, "open machines before other threads start");
        return CCK_ELIMIT;
    }
    if (end == DIED)
        return cck_machine_damaged(source, "is damaged: hwloc breaks down over it", err);
    return judge(source, &answer, err);
}
