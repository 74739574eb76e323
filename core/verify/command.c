/* SPDX-License-Identifier: MIT */
#include "core/verify/command.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/fail.h"

/* What `git rev-parse --local-env-vars` lists. */
static const char *const of_git[] = {"GIT_DIR",
                                     "GIT_WORK_TREE",
                                     "GIT_INDEX_FILE",
                                     "GIT_PREFIX",
                                     "GIT_COMMON_DIR",
                                     "GIT_OBJECT_DIRECTORY",
                                     "GIT_ALTERNATE_OBJECT_DIRECTORIES",
                                     "GIT_CONFIG",
                                     "GIT_CONFIG_PARAMETERS",
                                     "GIT_CONFIG_COUNT",
                                     "GIT_GRAFT_FILE",
                                     "GIT_IMPLICIT_WORK_TREE",
                                     "GIT_INTERNAL_SUPER_PREFIX",
                                     "GIT_NO_REPLACE_OBJECTS",
                                     "GIT_REPLACE_REF_BASE",
                                     "GIT_SHALLOW_FILE",
                                     "GIT_CEILING_DIRECTORIES"};

static bool is_of_git(const char *entry)
{
    for (size_t i = 0; i < sizeof of_git / sizeof *of_git; i++) {
        size_t length = strlen(of_git[i]);
        if (strncmp(entry, of_git[i], length) == 0 && entry[length] == '=')
            return true;
    }
    return false;
}

/* malloc'ed, as is `*out_ceiling`; the other strings are the environment's. */
static char **environment_without(const char *ceiling, char **out_ceiling)
{
    size_t count = 0, kept = 0;
    while (environ[count])
        count++;
    char **copy = calloc(count + 2, sizeof *copy);
    *out_ceiling = NULL;
    for (size_t i = 0; copy && i < count; i++)
        if (!is_of_git(environ[i]))
            copy[kept++] = environ[i];
    if (copy && ceiling && asprintf(out_ceiling, "GIT_CEILING_DIRECTORIES=%s", ceiling) >= 0)
        copy[kept] = *out_ceiling;
    return copy;
}

static int spawn(const cck_command_plan *plan, char **environment, pid_t *out_pid)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none, all;
    const int flags = O_WRONLY | O_CREAT | O_TRUNC;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, plan->out, flags, 0600);
    if (strcmp(plan->out, plan->err) == 0)
        posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
    else
        posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, plan->err, flags, 0600);
    posix_spawn_file_actions_addchdir_np(&actions, plan->directory);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK |
                                              POSIX_SPAWN_SETSIGDEF);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    int failed = posix_spawnp(out_pid, plan->words[0], &actions, &attributes,
                              (char *const *)(uintptr_t)plan->words, environment);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return failed;
}

static int start(const cck_command_plan *plan, pid_t *out_pid, cck_error *err)
{
    char *ceiling;
    char **environment = environment_without(plan->ceiling, &ceiling);
    int failed = environment ? spawn(plan, environment, out_pid) : ENOMEM;
    free(environment);
    free(ceiling);
    return failed ? cck_fail_os(err, CCK_EEXEC, failed, "cannot run %s in %s", plan->words[0],
                                plan->directory)
                  : 0;
}

int cck_running_check(const cck_running *running, cck_error *err)
{
    return atomic_load(&running->asked) ? cck_fail(err, CCK_EGONE, "interrupted") : 0;
}

int cck_command_run(const cck_command_plan *plan, int *out_status, cck_error *err)
{
    pid_t pid;
    cck_running *running = plan->running;
    int code = cck_running_check(running, err);
    if (code == 0)
        code = start(plan, &pid, err);
    if (code < 0)
        return code;
    atomic_store(&running->group, pid);
    if (atomic_load(&running->asked)) /* in between: nobody has told it yet */
        kill(-pid, atomic_load(&running->signal));
    while (waitpid(pid, out_status, 0) < 0 && errno == EINTR)
        ;
    atomic_store(&running->group, 0);
    /* What it left in the background must not write into a folder that is removed. */
    if (atomic_load(&running->asked))
        kill(-pid, SIGKILL);
    return cck_running_check(running, err);
}

void cck_running_interrupt(cck_running *running, int signal)
{
    int before = atomic_fetch_add(&running->asked, 1);
    pid_t group = atomic_load(&running->group);
    atomic_store(&running->signal, signal);
    if (group > 0)
        kill(-group, before ? SIGKILL : signal);
}

void cck_running_forward(cck_running *running, int signal)
{
    pid_t group = atomic_load(&running->group);
    if (group > 0)
        kill(-group, signal);
}
