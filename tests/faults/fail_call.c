/* SPDX-License-Identifier: MIT */
/*
 * usage: fail_call CALL[,CALL...] N[+] ERRNO LOG COMMAND...
 * Executes COMMAND; the Nth of these system calls that its process makes, in whatever library,
 * fails with ERRNO (a number) and is not made ("N+": all from the Nth on). N 0: none; they are
 * counted. Its children are left alone. At the end of all, a line "CALL COUNT" of each goes into LOG.
 * FAIL_STACKS=FILE in the environment: there goes a line "CALL STACK" of each call as it was made,
 * STACK a number that calls from the same place share, with the same file (digits aside).
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
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
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
static FILE *stacks;                /* where they go; NULL: nowhere */

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

/* ---- from where ---- */

enum { RANGES = 256, WORDS = 2048, DEEP = 10 };
static struct {
    uint64_t from, to;
} texts[RANGES];
static size_t ranges;

static void find_code(pid_t process)
{
    char path[64], line[512], mode[8];
    snprintf(path, sizeof path, "/proc/%d/maps", (int)process);
    FILE *in = fopen(path, "re");
    for (ranges = 0; in && ranges < RANGES && fgets(line, sizeof line, in);) {
        unsigned long from, to;
        if (sscanf(line, "%lx-%lx %7s", &from, &to, mode) == 3 && mode[2] == 'x') {
            texts[ranges].from = from;
            texts[ranges++].to = to;
        }
    }
    if (in)
        fclose(in);
}

static bool is_code(uint64_t word)
{
    for (size_t i = 0; i < ranges; i++)
        if (word >= texts[i].from && word < texts[i].to)
            return true;
    return false;
}

/* FNV-1a */
static uint64_t mix(uint64_t hash, uint64_t word)
{
    return (hash ^ word) * UINT64_C(0x100000001b3);
}

/* Words on the stack that point into code: return addresses mostly. What stale ones make different
 * is tried once more than it need be. */
static uint64_t hash_stack(pid_t tid)
{
    char path[64], text[256];
    static uint64_t words[WORDS];
    unsigned long long sp = 0, pc = 0;
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    snprintf(path, sizeof path, "/proc/%d/syscall", (int)tid);
    FILE *in = fopen(path, "re");
    if (in && fgets(text, sizeof text, in))
        sscanf(text, "%*s %*s %*s %*s %*s %*s %*s %llx %llx", &sp, &pc);
    if (in)
        fclose(in);
    hash = mix(hash, pc);
    for (size_t size = sizeof words; sp && size >= 512; size /= 2) { /* less where the stack begins */
        struct iovec to = {words, size}, from = {(void *)(uintptr_t)sp, size};
        ssize_t got = process_vm_readv(tid, &to, 1, &from, 1, 0);
        for (size_t i = 0, found = 0; got > 0 && i < (size_t)got / 8 && found < DEEP; i++)
            if (is_code(words[i]) && ++found)
                hash = mix(hash, words[i]);
        if (got > 0)
            break;
    }
    return hash;
}

static uint64_t hash_text(uint64_t hash, const char *text, ssize_t length)
{
    for (ssize_t i = 0; i < length && text[i]; i++)
        if (text[i] < '0' || text[i] > '9')
            hash = mix(hash, (unsigned char)text[i]);
    return hash;
}

/* The file that a call names, by its path or as one that is open. */
static uint64_t hash_file(uint64_t hash, pid_t tid, const struct seccomp_data *data)
{
    char text[256], path[64];
    struct iovec to = {text, sizeof text}, from = {NULL, sizeof text};
    switch (data->nr) {
    case SYS_openat:
    case SYS_newfstatat:
    case SYS_readlinkat:
        from.iov_base = (void *)(uintptr_t)data->args[1];
        for (; from.iov_len; from.iov_len = to.iov_len /= 2) /* less at the end of a mapping */
            if (process_vm_readv(tid, &to, 1, &from, 1, 0) > 0)
                return hash_text(hash, text, (ssize_t)to.iov_len);
        return hash;
    case SYS_read:
    case SYS_getdents64:
        snprintf(path, sizeof path, "/proc/%d/fd/%d", (int)tid, (int)data->args[0]);
        return hash_text(hash, text, readlink(path, text, sizeof text));
    default:
        return hash;
    }
}

static void note_stack(pid_t tid, pid_t process, const struct seccomp_data *data)
{
    static bool changed = true;
    if (changed)
        find_code(process);
    changed = data->nr == SYS_mmap;
    for (size_t i = 0; i < CALLS; i++)
        if (calls[i].number == (unsigned)data->nr)
            fprintf(stacks, "%s %llx\n", calls[i].name,
                    (unsigned long long)hash_file(hash_stack(tid), tid, data));
}

/* ---- all calls ---- */

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
            if (stacks)
                note_stack((pid_t)call.pid, process, &call.data);
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
    if (getenv("FAIL_STACKS"))
        stacks = fopen(getenv("FAIL_STACKS"), "we");
    setsid();
    close(from);
    for (int fd = 0; fd < 3; fd++) /* whoever reads its streams to the end waits for us else */
        close(fd);
    if (listener >= 0)
        decide(listener, process, wanted, *sign == '+', atoi(argv[3]));
    if (stacks)
        fclose(stacks);
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
    unsetenv("FAIL_STACKS");
    execvp(argv[5], argv + 5);
    _exit(errno == ENOENT ? 127 : 126);
}
