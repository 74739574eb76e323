/* SPDX-License-Identifier: MIT */
#include "core/session/target.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/environment.h"
#include "core/base/fail.h"

struct cck_target {
    pid_t pid;
    bool launched;
    bool has_terminal; /* we handed the terminal over, and must take it back */
    int pidfd;
    int go_fd;     /* write end: one byte lets the child exec; -1 once used */
    int failed_fd; /* read end: the errno of a failed exec, or end of file */
    cck_target_end end;
};

/* ---- the child, between fork and exec: async-signal-safe calls only ---- */

typedef struct child_plan {
    const char *file; /* execve(), not execvp(): that one feeds what is no program to /bin/sh */
    const char *const *argv;
    const char *directory;
    char **environment;
    int go_fd, failed_fd;
    sigset_t mask;
} child_plan;

static _Noreturn void give_up(const child_plan *plan, int os_error)
{
    if (write(plan->failed_fd, &os_error, sizeof os_error) < 0)
        _exit(126);
    _exit(os_error == ENOENT ? 127 : 126);
}

static _Noreturn void run_child(const child_plan *plan)
{
    char go;
    setpgid(0, 0);
    if (plan->directory && chdir(plan->directory) != 0)
        give_up(plan, errno);
    ssize_t got;
    do
        got = read(plan->go_fd, &go, 1);
    while (got < 0 && errno == EINTR);
    if (got != 1)
        _exit(125); /* cachecheck is gone: nothing must run on unseen */
    sigprocmask(SIG_SETMASK, &plan->mask, NULL);
    execve(plan->file, (char *const *)plan->argv, plan->environment);
    give_up(plan, errno);
}

/* ---- launching ---- */

static int open_pidfd(pid_t pid)
{
    return (int)syscall(SYS_pidfd_open, pid, 0);
}

static void close_pair(int pair[2])
{
    close(pair[0]);
    close(pair[1]);
}

static int fork_child(cck_target *target, child_plan *plan, cck_error *err)
{
    int go[2], failed[2];
    if (pipe2(go, O_CLOEXEC) != 0)
        return cck_fail_os(err, cck_code_of_errno(errno), errno, "cannot make a pipe");
    if (pipe2(failed, O_CLOEXEC) != 0) {
        close_pair(go);
        return cck_fail_os(err, cck_code_of_errno(errno), errno, "cannot make a pipe");
    }
    plan->go_fd = go[0];
    plan->failed_fd = failed[1];
    /* No handler of ours may run in the child before its exec. */
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &plan->mask);
    pid_t pid = fork();
    if (pid == 0) {
        close(go[1]); /* else the child would keep its own pipe open and never see our end */
        run_child(plan);
    }
    int os_error = errno;
    pthread_sigmask(SIG_SETMASK, &plan->mask, NULL);
    close(go[0]);
    close(failed[1]);
    if (pid < 0) {
        close(go[1]);
        close(failed[0]);
        return cck_fail_os(err, cck_code_of_errno(os_error), os_error, "cannot fork");
    }
    setpgid(pid, pid); /* both sides do it, so that it holds whoever comes first */
    *target = (cck_target){.pid = pid,
                           .launched = true,
                           .pidfd = open_pidfd(pid),
                           .go_fd = go[1],
                           .failed_fd = failed[0]};
    return 0;
}

int cck_target_launch(cck_target **out_target, const char *const *argv, const char *directory,
                      const char *const *const *environments, cck_error *err)
{
    char file[PATH_MAX];
    cck_target *target = calloc(1, sizeof *target);
    child_plan plan = {.file = file, .argv = argv, .directory = directory};
    plan.environment = target ? cck_environment_new(environ, environments) : NULL;
    if (!plan.environment) {
        free(target);
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    }
    int code = cck_target_resolve(argv[0], directory, cck_environment_get(plan.environment, "PATH"),
                                  file, sizeof file, err);
    if (code == 0)
        code = fork_child(target, &plan, err);
    cck_environment_free(plan.environment);
    if (code < 0) {
        free(target);
        return code;
    }
    *out_target = target;
    return 0;
}

int cck_target_attach(cck_target **out_target, pid_t pid, cck_error *err)
{
    if (pid <= 0 || (kill(pid, 0) != 0 && errno == ESRCH)) {
        cck_fail(err, CCK_EGONE, "there is no process %d", (int)pid);
        cck_hint(err, "find it with: pgrep -a NAME");
        return CCK_EGONE;
    }
    cck_target *target = calloc(1, sizeof *target);
    if (!target)
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    *target = (cck_target){.pid = pid, .pidfd = open_pidfd(pid), .go_fd = -1, .failed_fd = -1};
    *out_target = target;
    return 0;
}

int cck_target_go(cck_target *target, cck_error *err)
{
    int os_error = 0;
    char go = 1;
    ssize_t got = write(target->go_fd, &go, 1);
    bool told = got == 1;
    close(target->go_fd);
    target->go_fd = -1;
    if (told) {
        do
            got = read(target->failed_fd, &os_error, sizeof os_error);
        while (got < 0 && errno == EINTR);
    }
    close(target->failed_fd);
    target->failed_fd = -1;
    if (got <= 0 && told)
        return 0; /* closed by the exec; or not to be known, and its status will tell */
    if (got != (ssize_t)sizeof os_error)
        return cck_fail(err, CCK_EGONE, "the command ended before it was started");
    int code = os_error == ENOENT ? CCK_ENOTFOUND : CCK_EEXEC;
    cck_fail_os(err, code, os_error, "cannot execute the command");
    if (os_error == ENOENT)
        cck_hint(err, "the file exists, so its interpreter or loader may be missing: "
                      "see its #! line, or run: file PROGRAM");
    else if (os_error == ENOEXEC)
        cck_hint(err, "it is neither a program for this machine nor a script with a #! line");
    return code;
}

pid_t cck_target_pid(const cck_target *target)
{
    return target->pid;
}

int cck_target_fd(const cck_target *target)
{
    return target->pidfd;
}

void cck_target_signal(const cck_target *target, int signal)
{
    if (target->launched && !target->end.exited)
        kill(-target->pid, signal);
}

/* ---- the terminal ---- */

/* tcsetpgrp() from the background raises SIGTTOU unless it is blocked. */
static bool set_foreground(pid_t group)
{
    sigset_t ttou, old;
    sigemptyset(&ttou);
    sigaddset(&ttou, SIGTTOU);
    pthread_sigmask(SIG_BLOCK, &ttou, &old);
    bool done = tcsetpgrp(STDIN_FILENO, group) == 0;
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    return done;
}

void cck_target_give_terminal(cck_target *target)
{
    if (target->launched && isatty(STDOUT_FILENO) && tcgetpgrp(STDIN_FILENO) == getpgrp())
        target->has_terminal = set_foreground(target->pid);
}

bool cck_target_has_terminal(const cck_target *target)
{
    return target->has_terminal;
}

/* A program that reads the terminal gets it: then Ctrl-C is its own to handle.
 * One that does not leaves it to us, and Ctrl-C comes here first. */
void cck_target_stopped(cck_target *target, bool foreground, int signal)
{
    bool wants_terminal = signal == SIGTTIN || signal == SIGTTOU;
    if (wants_terminal && foreground && tcgetpgrp(STDIN_FILENO) == getpgrp()) {
        target->has_terminal = set_foreground(target->pid);
        if (target->has_terminal)
            kill(-target->pid, SIGCONT);
    } else if (target->has_terminal && signal == SIGTSTP) {
        /* Ctrl-Z reached the target only: stop with it, as one job. */
        set_foreground(getpgrp());
        raise(SIGSTOP);
        set_foreground(target->pid);
        kill(-target->pid, SIGCONT);
    }
}

/* ---- its end ---- */

static void note_end(cck_target *target, int status, const struct rusage *usage)
{
    target->end = (cck_target_end){
        .exited = true,
        .exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1,
        .signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0,
        .user_s = (double)usage->ru_utime.tv_sec + (double)usage->ru_utime.tv_usec * 1e-6,
        .system_s = (double)usage->ru_stime.tv_sec + (double)usage->ru_stime.tv_usec * 1e-6,
        .usage = *usage,
    };
}

static bool attached_ended(const cck_target *target)
{
    if (target->pidfd < 0)
        return kill(target->pid, 0) != 0 && errno == ESRCH;
    struct pollfd poll_fd = {.fd = target->pidfd, .events = POLLIN};
    return poll(&poll_fd, 1, 0) == 1;
}

/* Look before taking: a probe may trace the target from another thread of ours, then
 * wait4() would take its stops away, even without WUNTRACED (kernel/exit.c,
 * wait_consider_task()), and the target would never go on. 0: nothing is there. */
static int look(pid_t pid)
{
    siginfo_t info = {0};
    while (waitid(P_PID, (id_t)pid, &info, WEXITED | WSTOPPED | WNOHANG | WNOWAIT) != 0)
        if (errno != EINTR)
            return 0;
    return info.si_pid == pid && info.si_code != CLD_TRAPPED ? info.si_code : 0;
}

bool cck_target_ended(cck_target *target, bool foreground, cck_target_end *end)
{
    int status;
    struct rusage usage;
    if (!target->launched) {
        if (!attached_ended(target))
            return false;
        *end = (cck_target_end){.exited = true, .exit_code = -1, .user_s = -1, .system_s = -1};
        return true;
    }
    while (!target->end.exited && look(target->pid)) {
        pid_t pid = wait4(target->pid, &status, WNOHANG | WUNTRACED, &usage);
        if (pid < 0 && errno == EINTR)
            continue;
        if (pid <= 0)
            break;
        if (WIFSTOPPED(status))
            cck_target_stopped(target, foreground, WSTOPSIG(status));
        else
            note_end(target, status, &usage);
    }
    if (target->end.exited)
        *end = target->end;
    return target->end.exited;
}

/* Until it is killed for good: only then waitpid() takes its end and nothing else. */
static void reap(const cck_target *target)
{
    struct pollfd gone = {.fd = target->pidfd, .events = POLLIN};
    for (;;) {
        int code = look(target->pid);
        if (code == CLD_EXITED || code == CLD_KILLED || code == CLD_DUMPED)
            break;
        if (code == 0 && kill(target->pid, 0) != 0)
            return;         /* somebody else reaped it */
        poll(&gone, 1, 10); /* without a pidfd it just waits */
    }
    while (waitpid(target->pid, NULL, 0) < 0 && errno == EINTR)
        ;
}

void cck_target_free(cck_target *target)
{
    if (!target)
        return;
    if (target->launched && !target->end.exited) {
        kill(-target->pid, SIGKILL);
        kill(target->pid, SIGKILL); /* before its setpgid() there is no group yet */
        reap(target);
    }
    if (target->has_terminal)
        set_foreground(getpgrp());
    if (target->pidfd >= 0)
        close(target->pidfd);
    if (target->go_fd >= 0)
        close(target->go_fd);
    if (target->failed_fd >= 0)
        close(target->failed_fd);
    free(target);
}
