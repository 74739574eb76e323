/* SPDX-License-Identifier: MIT */
#include "core/session/run.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "core/base/environment.h"
#include "core/base/fail.h"
#include "core/machine/topology.h"
#include "core/result/result.h"

void cck_options_copy(void *to, size_t to_size, const void *from, size_t from_size)
{
    memset(to, 0, to_size);
    if (from)
        memcpy(to, from, from_size < to_size ? from_size : to_size);
}

static int resolve(const cck_target_options *target, char *out_path, size_t size, cck_error *err)
{
    const char *const *const changes[] = {target->environment, NULL};
    char **environment = cck_environment_new(environ, changes);
    if (!environment)
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    int code = cck_target_resolve(target->argv[0], target->directory,
                                  cck_environment_get(environment, "PATH"), out_path, size, err);
    cck_environment_free(environment);
    return code;
}

int cck_run_program(const cck_run *run, char *out_path, size_t size, cck_error *err)
{
    char file[PATH_MAX];
    int code = resolve(&run->target, file, sizeof file, err);
    if (code < 0)
        return code;
    bool below = run->target.directory && *file != '/';
    snprintf(out_path, size, "%s%s%s", below ? run->target.directory : "", below ? "/" : "", file);
    return 0;
}

static int check_target(const cck_target_options *target, cck_error *err)
{
    char file[PATH_MAX];
    if (!target->argv || !target->argv[0]) {
        if (!target->argv && target->pid > 0)
            return 0;
        cck_fail(err, CCK_EINVALID, "no program to run and no process to attach to");
        cck_hint(err, "name a program behind --, or a process with -p PID");
        return CCK_EINVALID;
    }
    return resolve(target, file, sizeof file, err);
}

static int choose(cck_run *run, cck_want want, cck_error *err)
{
    run->session = (cck_session){
        .want = want,
        .target = &run->target,
        .options = &run->options,
        .simulate = &run->simulate,
        .root = &run->root,
        .arena = &run->arena,
        .wake_fd = run->wake_fd,
        .interrupts = &run->interrupts,
        .group = &run->group,
    };
    int code = cck_session_choose(&run->session, err);
    if (code == 0 && run->session.probe->needs_machine) {
        code = cck_machine_open(&run->machine, NULL, err);
        run->session.machine = run->machine;
    }
    return code;
}

int cck_run_prepare(cck_run *run, cck_want want, const cck_target_options *target,
                    const cck_stat_options *options, const cck_simulate_options *simulate,
                    cck_error *err)
{
    memset(run, 0, sizeof *run);
    run->root.fd = -1;
    run->wake_fd = -1;
    cck_options_copy(&run->target, sizeof run->target, target, target->size);
    cck_options_copy(&run->options, sizeof run->options, options, options ? options->size : 0);
    cck_options_copy(&run->simulate, sizeof run->simulate, simulate, simulate ? simulate->size : 0);
    int code = check_target(&run->target, err);
    if (code == 0)
        code = cck_root_open(&run->root, "/", err);
    if (code < 0)
        return code;
    run->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (run->wake_fd < 0)
        return cck_fail_os(err, cck_code_of_errno(errno), errno, "cannot make an eventfd");
    return choose(run, want, err);
}

/* ---- from a run to the result ---- */

static bool copy_argv(cck_result *result, const char *const *argv)
{
    size_t count = 0;
    while (argv && argv[count])
        count++;
    const char **copy = cck_arena_array(result->arena, count + 1, sizeof *copy);
    if (!copy)
        return false;
    for (size_t i = 0; i < count; i++)
        if (!(copy[i] = cck_arena_strdup(result->arena, argv[i])))
            return false;
    result->target.argv = copy;
    result->target.argc = count;
    return true;
}

/* A program that handles SIGILL, to find out what the processor has, has not died of it. */
static const char *why_not_run(cck_arena *arena, const cck_session_end *end)
{
    const char *why = end->target.signal == SIGILL ? end->facts.cannot_run : NULL;
    return why ? cck_arena_strdup(arena, why) : "";
}

static void describe_target(cck_result *result, const cck_run *run, const cck_session_end *end,
                            const cck_tally *tally)
{
    cck_target_info *info = &result->target;
    info->pid = end->pid;
    info->rank = cck_rank(&info->ranks);
    info->attached = run->target.argv == NULL;
    info->exited = end->target.exited;
    info->exit_code = end->target.exited ? end->target.exit_code : -1;
    info->signal = end->target.signal;
    info->cannot_run = why_not_run(result->arena, end);
    info->interrupted = end->interrupted;
    info->elapsed_s = end->elapsed_s;
    info->user_s = end->target.exited ? end->target.user_s : -1;
    info->system_s = end->target.exited ? end->target.system_s : -1;
    info->processes = tally->processes;
    for (size_t i = 0; i < tally->thread_count; i++)
        info->threads += tally->threads[i]->threads;
}

static bool describe_source(cck_result *result, const cck_run *run, const cck_session_end *end)
{
    const cck_session *session = &run->session;
    const cck_probe_facts *facts = &end->facts;
    size_t notes = 0;
    while (notes < sizeof facts->notes / sizeof *facts->notes && facts->notes[notes])
        notes++;
    const char **copy = cck_arena_array(result->arena, notes + 1, sizeof *copy);
    if (!copy)
        return false;
    for (size_t i = 0; i < notes; i++)
        if (!(copy[i] = cck_arena_strdup(result->arena, facts->notes[i])))
            return false;
    const char *why = *session->why ? session->why : facts->why;
    result->source = (cck_source){
        .backend = session->probe->name,
        .evidence = session->probe->evidence,
        .why = cck_arena_strdup(result->arena, why ? why : ""),
        .slowdown = cck_arena_strdup(result->arena, facts->slowdown ? facts->slowdown : ""),
        .model = cck_arena_strdup(result->arena, facts->model ? facts->model : ""),
        .notes = copy,
        .note_count = notes,
    };
    return result->source.why && result->source.slowdown && result->source.model;
}

static bool describe_topology(cck_result *result, const cck_machine *machine)
{
    const cck_part *parts = cck_machine_get_parts(machine, &result->topology_count);
    result->topology = cck_topology_copy(result->arena, parts, result->topology_count);
    return result->topology != NULL;
}

int cck_run_describe(cck_run *run, cck_result *result, const cck_session_end *end,
                     const cck_tally *tally, cck_error *err)
{
    if (!run->machine) {
        int code = cck_machine_open(&run->machine, NULL, err);
        if (code < 0)
            return code;
    }
    describe_target(result, run, end, tally);
    if (!copy_argv(result, run->target.argv) || !describe_source(result, run, end) ||
        !cck_machine_info_copy(result->arena, &result->machine,
                               cck_machine_get_info(run->machine)) ||
        !describe_topology(result, run->machine))
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    return 0;
}

int cck_run_conclude(cck_result *result, const cck_session_end *end, cck_error *err)
{
    if (cck_memory_failures() == end->memory_failures ||
        cck_result_note(result, "memory ran out meanwhile: something may be missing here"))
        return 0;
    return cck_fail(err, CCK_ENOMEM, "out of memory");
}

/* ---- interrupts: async-signal-safe ---- */

static void signal_group(cck_run *run, int signal)
{
    pid_t group = atomic_load(&run->group);
    if (group > 0)
        kill(-group, signal);
}

void cck_run_interrupt(cck_run *run, int signal)
{
    bool first = atomic_fetch_add(&run->interrupts, 1) == 0;
    signal_group(run, first ? signal : SIGKILL);
    signal_group(run, SIGCONT); /* a stopped target could not even die */
    uint64_t one = 1;
    if (write(run->wake_fd, &one, sizeof one) < 0)
        return; /* full: the loop is awake anyway */
}

void cck_run_forward(cck_run *run, int signal)
{
    /* Valgrind has no default action for SIGTSTP: what it runs would go on without us. */
    bool wrapped = run->session.probe && run->session.probe->command;
    signal_group(run, wrapped && signal == SIGTSTP ? SIGSTOP : signal);
}

void cck_run_clear(cck_run *run)
{
    if (run->wake_fd >= 0)
        close(run->wake_fd);
    cck_root_close(&run->root);
    cck_machine_free(run->machine);
    cck_arena_clear(&run->arena);
}
