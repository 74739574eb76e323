/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/base/fail.h"
#include "layouts/compile.h"

/* More output than this is no error message. */
enum { FLOOD = 64 << 20 };

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* In a process group of its own, so that what it starts ends with it. */
static int start(const char *const *words, const char *directory, int output, pid_t *out_pid)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none, all;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, output, STDERR_FILENO);
    if (directory)
        posix_spawn_file_actions_addchdir_np(&actions, directory);
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK |
                                              POSIX_SPAWN_SETSIGDEF);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    int failed = posix_spawnp(out_pid, words[0], &actions, &attributes,
                              (char *const *)(uintptr_t)words, environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return failed;
}

/* Keeps the first of it. False: the time is up, or it is too much. */
static bool drain(int fd, cck_ran *ran, int64_t deadline)
{
    char bytes[4096];
    size_t total = 0;
    while (total < FLOOD) {
        int64_t left = deadline - now_ms();
        struct pollfd ready = {.fd = fd, .events = POLLIN};
        int count = left > 0 ? poll(&ready, 1, (int)left) : 0;
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            return false;
        ssize_t got = read(fd, bytes, sizeof bytes);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return true;
        size_t room = sizeof ran->text - 1 - ran->length;
        size_t kept = (size_t)got < room ? (size_t)got : room;
        memcpy(ran->text + ran->length, bytes, kept);
        ran->length += kept;
        total += (size_t)got;
    }
    return false;
}

/* Without waking up in between; kernels before 5.3 cannot. */
static void sleep_until_end(pid_t pid, int64_t deadline)
{
    int fd = (int)syscall(SYS_pidfd_open, pid, 0);
    if (fd < 0)
        return;
    int64_t left = deadline - now_ms();
    poll(&(struct pollfd){.fd = fd, .events = POLLIN}, 1, left > 0 ? (int)left : 0);
    close(fd);
}

/* It may have closed its output and run on; mostly it ends at once. */
static void await(pid_t pid, cck_ran *ran, int64_t deadline)
{
    enum { SHORT_NS = 20000, LONG_NS = 2000000 };
    long pause = SHORT_NS;
    if (!ran->late)
        sleep_until_end(pid, deadline);
    while (!ran->late && waitpid(pid, &ran->status, WNOHANG) == 0) {
        if (now_ms() >= deadline)
            ran->late = true;
        else
            nanosleep(&(struct timespec){.tv_nsec = pause}, NULL);
        pause = pause < LONG_NS ? pause * 2 : LONG_NS;
    }
    if (!ran->late)
        return;
    kill(-pid, SIGKILL);
    while (waitpid(pid, &ran->status, 0) < 0 && errno == EINTR)
        ;
}

int cck_run_words(cck_ran *out_ran, const char *const *words, const char *directory,
                  unsigned seconds, cck_error *err)
{
    int ends[2];
    pid_t pid;
    if (pipe2(ends, O_CLOEXEC) < 0)
        return cck_fail_os(err, CCK_ELIMIT, errno, "cannot make a pipe");
    int failed = start(words, directory, ends[1], &pid);
    close(ends[1]);
    if (failed) {
        close(ends[0]);
        return cck_fail_os(err, CCK_EEXEC, failed, "cannot run %s", words[0]);
    }
    int64_t deadline = now_ms() + (int64_t)seconds * 1000;
    out_ran->status = 0;
    out_ran->length = 0;
    out_ran->late = !drain(ends[0], out_ran, deadline);
    close(ends[0]);
    await(pid, out_ran, deadline);
    out_ran->text[out_ran->length] = '\0';
    return 0;
}
