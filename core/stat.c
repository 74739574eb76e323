/* SPDX-License-Identifier: MIT */
#include <cachecheck/stat.h>

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "core/assemble.h"
#include "core/environment.h"
#include "core/fail.h"
#include "core/repeat.h"
#include "core/result.h"
#include "core/session.h"

struct cck_stat {
    cck_target_options target;
    cck_stat_options options;
    cck_arena arena;
    cck_root root;
    cck_machine *machine;
    cck_session session;
    int wake_fd;
    atomic_int interrupts;
    _Atomic pid_t group;
};

/* Option structs grow at their end: what an older caller does not know is zero. */
static void copy_options(void *to, size_t to_size, const void *from, size_t from_size)
{
    memset(to, 0, to_size);
    if (from)
        memcpy(to, from, from_size < to_size ? from_size : to_size);
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
    const char *const *const changes[] = {target->environment, NULL};
    char **environment = cck_environment_new(environ, changes);
    if (!environment)
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    int code = cck_target_resolve(target->argv[0], target->directory,
                                  cck_environment_get(environment, "PATH"), file, sizeof file,
                                  err);
    cck_environment_free(environment);
    return code;
}

static int prepare(cck_stat *stat, cck_error *err)
{
    int code = check_target(&stat->target, err);
    if (code == 0)
        code = cck_root_open(&stat->root, "/", err);
    if (code < 0)
        return code;
    stat->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (stat->wake_fd < 0)
        return cck_fail_os(err, cck_code_of_errno(errno), errno, "cannot make an eventfd");
    stat->session = (cck_session){
        .target = &stat->target,
        .options = &stat->options,
        .root = &stat->root,
        .arena = &stat->arena,
        .wake_fd = stat->wake_fd,
        .interrupts = &stat->interrupts,
        .group = &stat->group,
    };
    code = cck_session_choose(&stat->session, err);
    if (code == 0 && stat->session.probe->needs_machine) {
        code = cck_machine_open(&stat->machine, NULL, err);
        stat->session.machine = stat->machine;
    }
    return code;
}

int cck_stat_new(cck_stat **out_stat, const cck_target_options *target,
                 const cck_stat_options *options, cck_error *err)
{
    cck_stat *stat = calloc(1, sizeof *stat);
    if (!stat)
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    stat->root.fd = -1;
    stat->wake_fd = -1;
    copy_options(&stat->target, sizeof stat->target, target, target->size);
    copy_options(&stat->options, sizeof stat->options, options, options ? options->size : 0);
    int code = prepare(stat, err);
    if (code < 0) {
        cck_stat_free(stat);
        return code;
    }
    *out_stat = stat;
    return 0;
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

static void describe_target(cck_result *result, const cck_stat *stat, const cck_session_end *end,
                            const cck_tally *tally)
{
    cck_target_info *info = &result->target;
    info->pid = end->pid;
    info->attached = stat->target.argv == NULL;
    info->exited = end->target.exited;
    info->exit_code = end->target.exited ? end->target.exit_code : -1;
    info->signal = end->target.signal;
    info->interrupted = end->interrupted;
    info->elapsed_s = end->elapsed_s;
    info->user_s = end->target.exited ? end->target.user_s : -1;
    info->system_s = end->target.exited ? end->target.system_s : -1;
    info->processes = tally->processes;
    for (size_t i = 0; i < tally->thread_count; i++)
        info->threads += tally->threads[i]->threads;
}

static bool describe_source(cck_result *result, const cck_stat *stat, const cck_session_end *end)
{
    const cck_session *session = &stat->session;
    const cck_probe_facts *facts = &end->facts;
    size_t notes = 0;
    while (notes < sizeof facts->notes / sizeof *facts->notes && facts->notes[notes])
        notes++;
    const char **copy = cck_arena_array(result->arena, notes + 1, sizeof *copy);
    if (!copy)
        return false;
    for (size_t i = 0; i < notes; i++)
        copy[i] = cck_arena_strdup(result->arena, facts->notes[i]);
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
    return true;
}

/* A daemon outlives the command that starts it, and its work is not in the counts. */
static bool note_survivors(cck_result *result, const cck_tally *tally)
{
    uint32_t alive = 0;
    for (size_t i = 0; i < tally->thread_count; i++)
        alive += tally->threads[i]->kind == CCK_ROW_THREAD && !tally->threads[i]->ended;
    if (!alive || result->target.attached || !result->target.exited || result->target.signal ||
        tally->lost_records)
        return true;
    char text[160];
    snprintf(text, sizeof text,
             "%u thread%s still ran when the command ended, as a daemon does: what came later is "
             "not counted; attach with -p PID",
             alive, alive == 1 ? "" : "s");
    return cck_result_note(result, text);
}

static int make_result(cck_stat *stat, const cck_tally *tally, const cck_session_end *end,
                       cck_result **out_result, cck_error *err)
{
    if (!stat->machine) {
        int code = cck_machine_open(&stat->machine, NULL, err);
        if (code < 0)
            return code;
    }
    cck_result *result = cck_result_new();
    if (!result)
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    result->command = "stat";
    describe_target(result, stat, end, tally);
    int code = 0;
    if (!copy_argv(result, stat->target.argv) || !describe_source(result, stat, end) ||
        !cck_machine_info_copy(result->arena, &result->machine,
                               cck_machine_get_info(stat->machine)))
        code = cck_fail(err, CCK_ENOMEM, "out of memory");
    else
        code = cck_assemble(result, tally, end->facts.events, end->facts.event_count,
                            stat->machine, err);
    if (code == 0 && !note_survivors(result, tally))
        code = cck_fail(err, CCK_ENOMEM, "out of memory");
    if (code < 0) {
        cck_result_free(result);
        return code;
    }
    *out_result = result;
    return 0;
}

static int run_once(cck_stat *stat, cck_result **out_result, cck_error *err)
{
    cck_tally tally;
    cck_session_end end;
    int code = cck_session_run(&stat->session, &tally, &end, err);
    if (code < 0)
        return code;
    code = make_result(stat, &tally, &end, out_result, err);
    cck_tally_clear(&tally);
    return code;
}

/* The rows are the last run's; only totals are comparable from run to run. */
static int run_repeated(cck_stat *stat, uint32_t runs, cck_result **out_result, cck_error *err)
{
    cck_repeat repeat = {0};
    cck_result *last = NULL;
    int code = 0;
    for (uint32_t i = 0; i < runs && !atomic_load(&stat->interrupts); i++) {
        cck_result *result;
        code = run_once(stat, &result, err);
        if (code == 0)
            code = cck_repeat_add(&repeat, result, err);
        if (code < 0)
            break;
        cck_result_free(last);
        last = result;
    }
    if (code == 0 && last)
        code = cck_repeat_finish(&repeat, last, err);
    cck_repeat_clear(&repeat);
    if (code < 0 || !last) {
        cck_result_free(last);
        return code < 0 ? code : cck_fail(err, CCK_EGONE, "interrupted before the first run");
    }
    *out_result = last;
    return 0;
}

int cck_stat_run(cck_stat *stat, cck_result **out_result, cck_error *err)
{
    if (stat->options.repeat > 1 && stat->target.argv)
        return run_repeated(stat, stat->options.repeat, out_result, err);
    return run_once(stat, out_result, err);
}

/* ---- interrupts: async-signal-safe ---- */

static void signal_group(cck_stat *stat, int signal)
{
    pid_t group = atomic_load(&stat->group);
    if (group > 0)
        kill(-group, signal);
}

void cck_stat_interrupt(cck_stat *stat, int signal)
{
    bool first = atomic_fetch_add(&stat->interrupts, 1) == 0;
    signal_group(stat, first ? signal : SIGKILL);
    signal_group(stat, SIGCONT); /* a stopped target could not even die */
    uint64_t one = 1;
    if (write(stat->wake_fd, &one, sizeof one) < 0)
        return; /* full: the loop is awake anyway */
}

void cck_stat_forward(cck_stat *stat, int signal)
{
    /* Valgrind has no default action for SIGTSTP: what it runs would go on without us. */
    bool wrapped = stat->session.probe && stat->session.probe->command;
    signal_group(stat, wrapped && signal == SIGTSTP ? SIGSTOP : signal);
}

void cck_stat_free(cck_stat *stat)
{
    if (!stat)
        return;
    if (stat->wake_fd >= 0)
        close(stat->wake_fd);
    cck_root_close(&stat->root);
    cck_machine_free(stat->machine);
    cck_arena_clear(&stat->arena);
    free(stat);
}
