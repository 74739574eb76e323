/* SPDX-License-Identifier: MIT */
/*
 * usage: fail_call CALL[,CALL...] N[+] ERRNO LOG COMMAND...
 * Executes COMMAND; the Nth of these system calls that its process makes, in whatever library,
 * fails with ERRNO (a number) and is not made ("N+": all from the Nth on). N 0: none; they are
 * counted. Its children are left alone. At the end of all, a line "CALL COUNT" of each goes into LOG.
 * 77: no such filter can be set here (gVisor, Linux before 5.5).
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define CALL(name) {#name, SYS_##name}
static const struct {
    const char *name;
    unsigned number;
} calls[] = {
    CALL(openat),        CALL(read),           CALL(pread64),         CALL(write),
    CALL(mmap),          CALL(mremap),         CALL(newfstatat),      CALL(getdents64),
    CALL(perf_event_open), CALL(ioctl),        CALL(ptrace),          CALL(clone),
    CALL(clone3),        CALL(pipe2),          CALL(eventfd2),        CALL(timerfd_create),
    CALL(timerfd_settime), CALL(pidfd_open),   CALL(process_vm_readv), CALL(waitid),
    CALL(wait4),         CALL(kill),           CALL(ftruncate),       CALL(memfd_create),
    CALL(fsync),         CALL(fchmod),         CALL(unlinkat),        CALL(mkdirat),
    CALL(readlinkat),    CALL(statfs),         CALL(fstatfs),         CALL(flock),
    CALL(inotify_init1), CALL(inotify_add_watch), CALL(move_pages),   CALL(get_mempolicy),
    CALL(sched_setaffinity), CALL(sched_getaffinity), CALL(setpgid),  CALL(fcntl),
    CALL(faccessat),     CALL(rt_sigaction),   CALL(madvise),         CALL(lseek),
    CALL(prlimit64),     CALL(uname),          CALL(statx),           CALL(fallocate),
    CALL(clock_nanosleep),
#ifdef SYS_open /* x86 has the old ones besides */
    CALL(poll),          CALL(rename),         CALL(unlink),          CALL(mkdir),
    CALL(rmdir),         CALL(readlink),       CALL(access),          CALL(fork),
    CALL(vfork),
#endif
};
enum { CALLS = sizeof calls / sizeof *calls };

static unsigned long counts[CALLS]; /* as they are in `calls` */

static unsigned short make_filter(struct sock_filter *code, char *list)
{
    unsigned short n = 0;
    code[n++] =
        (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
    for (char *name = strtok(list, ","); name; name = strtok(NULL, ",")) {
        size_t i = 0;
        while (i < CALLS && strcmp(calls[i].name, name) != 0)
            i++;
        if (i == CALLS) {
            fprintf(stderr, "fail_call: '%s'?\n", name);
            exit(2);
        }
        code[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, calls[i].number, 0, 1);
        code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF);
    }
    code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    return n;
}

/* ---- who decides: a process of its own, in nobody's way ---- */

static bool is_of(pid_t tid, pid_t process)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/task/%d", (int)process, (int)tid);
    return tid == process || access(path, F_OK) == 0;
}

static void count(int number)
{
    for (size_t i = 0; i < CALLS; i++)
        counts[i] += calls[i].number == (unsigned)number;
}

static void decide(int listener, pid_t process, unsigned long wanted, bool onwards, int error)
{
    struct seccomp_notif call;
    unsigned long made = 0;
    for (;;) {
        struct pollfd ready = {.fd = listener, .events = POLLIN};
        if (poll(&ready, 1, -1) < 0 && errno != EINTR)
            return;
        if (!(ready.revents & POLLIN)) {
            if (ready.revents & (POLLHUP | POLLERR | POLLNVAL))
                return; /* nobody is left */
            continue;
        }
        memset(&call, 0, sizeof call);
        if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &call) != 0)
            continue;
        struct seccomp_notif_resp answer = {.id = call.id,
                                            .flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE};
        if (is_of((pid_t)call.pid, process)) {
            count(call.data.nr);
            made++;
            if (wanted && (onwards ? made >= wanted : made == wanted)) {
                answer.flags = 0;
                answer.error = -error;
            }
        }
        ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &answer);
    }
}

static int take_listener(int from)
{
    char byte, room[CMSG_SPACE(sizeof(int))];
    struct iovec part = {&byte, 1};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = room, .msg_controllen = sizeof room};
    struct cmsghdr *head;
    int listener = -1;
    if (recvmsg(from, &message, 0) == 1 && (head = CMSG_FIRSTHDR(&message)))
        memcpy(&listener, CMSG_DATA(head), sizeof listener);
    return listener;
}

static bool give_listener(int to, int listener)
{
    char byte = 0, room[CMSG_SPACE(sizeof(int))] = {0};
    struct iovec part = {&byte, 1};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = room, .msg_controllen = sizeof room};
    struct cmsghdr *head = CMSG_FIRSTHDR(&message);
    *head = (struct cmsghdr){
        .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(sizeof(int))};
    memcpy(CMSG_DATA(head), &listener, sizeof listener);
    return sendmsg(to, &message, 0) == 1;
}

static _Noreturn void supervise(int from, pid_t process, char **argv)
{
    char *sign;
    unsigned long wanted = strtoul(argv[2], &sign, 10);
    int listener = take_listener(from);
    setsid();
    close(from);
    for (int fd = 0; fd < 3; fd++) /* whoever reads its streams to the end waits for us else */
        close(fd);
    if (listener >= 0)
        decide(listener, process, wanted, *sign == '+', atoi(argv[3]));
    FILE *out = fopen(argv[4], "we");
    for (size_t i = 0; out && i < CALLS; i++)
        fprintf(out, "%s %lu\n", calls[i].name, counts[i]);
    if (out)
        fclose(out);
    _exit(0);
}

int main(int argc, char **argv)
{
    struct sock_filter code[2 * CALLS + 2];
    int pair[2];
    if (argc < 6) {
        fprintf(stderr, "usage: fail_call CALL[,CALL...] N[+] ERRNO LOG COMMAND...\n");
        return 2;
    }
    struct sock_fprog filter = {make_filter(code, argv[1]), code};
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
        return 2;
    pid_t process = getpid();
    pid_t between = fork();
    if (between == 0) { /* twice, so that it is no child of the command's */
        if (fork() != 0)
            _exit(0);
        close(pair[1]);
        supervise(pair[0], process, argv);
    }
    waitpid(between, NULL, 0);
    close(pair[0]);
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    int listener = (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
                                SECCOMP_FILTER_FLAG_NEW_LISTENER, &filter);
    if (listener < 0 || !give_listener(pair[1], listener)) {
        perror("fail_call: seccomp");
        return 77;
    }
    fcntl(listener, F_SETFD, FD_CLOEXEC);
    close(listener);
    close(pair[1]);
    execvp(argv[5], argv + 5);
    _exit(errno == ENOENT ? 127 : 126);
}
