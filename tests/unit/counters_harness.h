/* SPDX-License-Identifier: MIT */
#ifndef CCK_TESTS_COUNTERS_HARNESS_H
#define CCK_TESTS_COUNTERS_HARNESS_H

/* Runs a probe over a command without a session: fork, open, go, drain, close. */

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/fail.h"
#include "probes/counters/counters.h"

typedef struct harness {
    cck_stat_options options;
    cck_target_options target;
    cck_root root;
    cck_arena arena;
    cck_probe_facts facts;
    cck_tally tally;
    cck_error error;
    int status; /* of the command */
} harness;

static inline int harness_loop(const cck_probe *probe, void *state, harness *h, int pidfd)
{
    struct pollfd fds[512];
    for (;;) {
        fds[0] = (struct pollfd){.fd = pidfd, .events = POLLIN};
        int count = 1 + probe->poll_fds(state, fds + 1, 511);
        poll(fds, (nfds_t)count, 100);
        int code = probe->drain(state, &h->error);
        if (code < 0 || fds[0].revents)
            return code;
    }
}

static inline pid_t harness_fork(const char *const *argv, int *out_go)
{
    int go[2];
    if (pipe2(go, O_CLOEXEC) != 0)
        return -1;
    pid_t pid = fork();
    if (pid == 0) {
        char byte;
        close(go[1]);
        if (read(go[0], &byte, 1) != 1)
            _exit(126);
        execvp(argv[0], (char *const *)(uintptr_t)argv);
        _exit(127);
    }
    close(go[0]);
    *out_go = go[1];
    return pid;
}

static inline int harness_watch(const cck_probe *probe, void *state, harness *h, pid_t pid, int go)
{
    int code = probe->open(state, pid, &h->error);
    int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
    if (code == 0 && write(go, "x", 1) != 1)
        code = CCK_EIO;
    close(go);
    if (code == 0)
        code = harness_loop(probe, state, h, pidfd);
    waitpid(pid, &h->status, 0);
    close(pidfd);
    if (code == 0 && !cck_tally_init(&h->tally, h->facts.event_count))
        code = CCK_ENOMEM;
    return code == 0 ? probe->close(state, &h->tally, &h->error) : code;
}

/* Run `argv` under `probe`, counting `events` (NULL: its default set). */
static inline int harness_run(harness *h, const cck_probe *probe, const char *const *events,
                              const char *const *argv)
{
    *h = (harness){.options = {.size = sizeof h->options, .events = events},
                   .target = {.size = sizeof h->target, .argv = argv}};
    cck_root_open(&h->root, "/", NULL);
    cck_probe_request request = {
        .options = &h->options, .target = &h->target, .root = &h->root, .arena = &h->arena};
    void *state = NULL;
    int code = probe->create(&state, &request, &h->facts, &h->error);
    cck_command command = {.argv = argv};
    if (code == 0)
        code = probe->command(state, &command, &h->error);
    if (code == 0) {
        int go;
        pid_t pid = harness_fork(argv, &go);
        code = pid < 0 ? CCK_EIO : harness_watch(probe, state, h, pid, go);
    }
    probe->destroy(state);
    return code;
}

/* Attach `probe` to a process for `ms`. */
static inline int harness_attach(harness *h, const cck_probe *probe, const char *const *events,
                                 pid_t pid, int ms)
{
    *h = (harness){.options = {.size = sizeof h->options, .events = events},
                   .target = {.size = sizeof h->target, .pid = pid}};
    cck_root_open(&h->root, "/", NULL);
    cck_probe_request request = {
        .options = &h->options, .target = &h->target, .root = &h->root, .arena = &h->arena};
    void *state = NULL;
    int code = probe->create(&state, &request, &h->facts, &h->error);
    if (code == 0)
        code = probe->open(state, pid, &h->error);
    for (int waited = 0; code == 0 && waited < ms; waited += 10) {
        struct pollfd fds[8];
        int count = probe->poll_fds(state, fds, 8);
        poll(fds, (nfds_t)count, 10);
        code = probe->drain(state, &h->error);
    }
    if (code == 0 && !cck_tally_init(&h->tally, h->facts.event_count))
        code = CCK_ENOMEM;
    if (code == 0)
        code = probe->close(state, &h->tally, &h->error);
    probe->destroy(state);
    return code;
}

static inline void harness_clear(harness *h)
{
    cck_tally_clear(&h->tally);
    cck_arena_clear(&h->arena);
    cck_root_close(&h->root);
}

/* Sum over all rows of one event. */
static inline uint64_t harness_sum(const harness *h, size_t event)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < h->tally.thread_count; i++)
        sum += h->tally.threads[i]->counts[event].raw;
    return sum;
}

#endif
