/* SPDX-License-Identifier: MIT */
#include "core/session/session.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "core/base/fail.h"
#include "core/numa/glance.h"

enum {
    TICK_MS = 100,       /* how often a probe may look around without being woken */
    GRACE_S = 5,         /* from SIGTERM to SIGKILL when --duration is over, or in a simulation */
    MOST_POLL_FDS = 4096 /* one ring a CPU, and ours */
};

/* One run, between its start and its end. */
typedef struct session_run {
    cck_session *session;
    void *state; /* of the probe */
    cck_target *target;
    cck_session_end *end;
    double started;
    double next_interval;      /* 0: no intervals */
    double last_interval;      /* when the last one ended, or the run started */
    double deadline, kill_at;  /* 0: none */
    bool runs;                 /* a launched target that was let go */
    bool finished;             /* the probe has what it wants */
    bool interrupted;          /* seen here: the target has been sent the signal */
    double next_progress;      /* 0: nobody wants to know */
    cck_progress progress;     /* as last told */
    cck_tally_count *previous; /* totals at the last interval */
    cck_tally_count *now;
    cck_value *values;
    struct pollfd *fds;
} session_run;

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* ---- intervals ---- */

/* Not a total is scaled but a difference: each interval has its own running share. */
static cck_value difference(const cck_tally_count *now, const cck_tally_count *before)
{
    uint64_t raw = now->raw - before->raw;
    uint64_t enabled = now->enabled - before->enabled, running = now->running - before->running;
    if (!now->running)
        return (cck_value){.not_counted = "not counted so far"};
    if (!enabled) /* the target slept: nothing happened, and that is known */
        return (cck_value){.value = raw, .raw = raw, .running = 1};
    if (!running)
        return (cck_value){.not_counted = "not on a counter in this interval"};
    double share = enabled > running ? (double)running / (double)enabled : 1;
    return (cck_value){
        .value = share < 1 ? (uint64_t)((double)raw / share) : raw, .raw = raw, .running = share};
}

static int report_interval(session_run *run, double now, cck_error *err)
{
    const cck_session *session = run->session;
    size_t count = run->end->facts.event_count;
    int code = session->probe->totals(run->state, run->now, err);
    if (code < 0)
        return code;
    for (size_t i = 0; i < count; i++) {
        run->values[i] = difference(&run->now[i], &run->previous[i]);
        run->previous[i] = run->now[i];
    }
    cck_interval interval = {.time_s = now - run->started,
                             .events = run->end->facts.events,
                             .totals = run->values,
                             .event_count = count,
                             .length_s = now - run->last_interval};
    run->last_interval = now;
    session->options->on_interval(session->options->context, &interval);
    return 0;
}

static int prepare_intervals(session_run *run, cck_error *err)
{
    const cck_session *session = run->session;
    if (!session->options->interval_ms || !session->options->on_interval || !session->probe->totals)
        return 0;
    size_t count = run->end->facts.event_count;
    run->previous = calloc(count, sizeof *run->previous);
    run->now = calloc(count, sizeof *run->now);
    run->values = calloc(count, sizeof *run->values);
    if (count && (!run->previous || !run->now || !run->values))
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    run->last_interval = run->started;
    run->next_interval = run->started + session->options->interval_ms * 1e-3;
    return 0;
}

/* ---- the loop ---- */

static int timeout_ms(const session_run *run, double now)
{
    double wait = TICK_MS * 1e-3;
    const double marks[] = {run->next_interval, run->deadline, run->kill_at, run->next_progress};
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
        if (marks[i] > 0 && marks[i] - now < wait)
            wait = marks[i] - now;
    return wait <= 0 ? 0 : (int)(wait * 1e3) + 1;
}

/* Block until a ring fills, the target ends, somebody interrupts or a mark is reached. */
static void wait_for_news(session_run *run, double now)
{
    const cck_session *session = run->session;
    int count = 0;
    run->fds[count++] = (struct pollfd){.fd = cck_target_fd(run->target), .events = POLLIN};
    run->fds[count++] = (struct pollfd){.fd = session->wake_fd, .events = POLLIN};
    if (session->probe->poll_fds)
        count += session->probe->poll_fds(run->state, run->fds + count, MOST_POLL_FDS - count);
    int timeout = timeout_ms(run, now);
    if (run->fds[0].fd < 0 && timeout > 10)
        timeout = 10; /* no pidfd: the end must be looked for */
    poll(run->fds, (nfds_t)count, timeout);
    uint64_t wakes;
    if (run->fds[1].revents && read(session->wake_fd, &wakes, sizeof wakes) < 0 && errno != EAGAIN)
        run->fds[1].revents = 0;
}

/* Whoever looks on sees what the end would show. What fails now is said then. */
static void report_look(session_run *run, const cck_progress *progress)
{
    const cck_session *session = run->session;
    cck_tally tally;
    cck_observed observed = {0};
    if (!session->on_look || !session->probe->look ||
        !cck_tally_init(&tally, run->end->facts.event_count))
        return;
    if (session->probe->look(run->state, &tally, &observed, NULL) == 0) {
        cck_session_end so_far = *run->end;
        so_far.elapsed_s = progress->time_s;
        session->on_look(session->look_context, &tally, &observed, &so_far, progress);
        cck_observed_clear(&observed);
    }
    cck_tally_clear(&tally);
}

/* Once a second, to people who wait. The rate is that of the time since the last call. */
static void report_progress(session_run *run, double now)
{
    const double assumed_native_rate = 1e9;
    const cck_session *session = run->session;
    cck_progress progress = {.time_s = now - run->started};
    if (run->next_progress <= 0 || now < run->next_progress)
        return;
    run->next_progress = now + 1;
    if (!session->probe->progress(run->state, &progress))
        return;
    double length = progress.time_s - run->progress.time_s;
    if (length > 0)
        progress.rate = (double)(progress.instructions - run->progress.instructions) / length;
    if (progress.rate > 0)
        progress.slowdown = assumed_native_rate / progress.rate;
    run->progress = progress;
    if (session->simulate->on_progress)
        session->simulate->on_progress(session->simulate->context, &progress);
    report_look(run, &progress);
}

static void ask_to_end(session_run *run, double now)
{
    cck_target_signal(run->target, SIGTERM);
    cck_target_signal(run->target, SIGCONT);
    run->kill_at = now + GRACE_S;
}

/* The probe has seen all that it wants: what the target does from here on is not looked at. */
static void end_if_finished(session_run *run, double now)
{
    const cck_session *session = run->session;
    if (run->finished || !session->probe->finished || !session->probe->finished(run->state))
        return;
    run->finished = true;
    run->deadline = 0;
    if (session->target->argv)
        ask_to_end(run, now);
}

/* What is simulated may hang together with the simulator, which then takes no signal: what is
 * known is told all the same. Other targets have all the time that they want, until the second. */
static void limit_interrupted(session_run *run, double now)
{
    const cck_session *session = run->session;
    if (run->interrupted || !session->probe->command || !atomic_load(session->interrupts))
        return;
    run->interrupted = true;
    run->kill_at = now + GRACE_S;
}

/* --duration is over: an attached target is left alone, ours is asked to end. */
static bool time_is_up(session_run *run, double now)
{
    if (run->kill_at > 0 && now >= run->kill_at) {
        cck_target_signal(run->target, SIGKILL);
        run->kill_at = 0;
    }
    if (run->deadline <= 0 || now < run->deadline)
        return false;
    run->end->interrupted = true;
    run->deadline = 0;
    ask_to_end(run, now);
    return run->session->target->argv == NULL;
}

static int watch(session_run *run, cck_error *err)
{
    cck_session *session = run->session;
    bool attached = session->target->argv == NULL;
    for (;;) {
        double now = seconds();
        if (cck_target_ended(run->target, session->target->foreground, &run->end->target))
            break;
        end_if_finished(run, now);
        limit_interrupted(run, now);
        if (time_is_up(run, now) ||
            (attached && (run->finished || atomic_load(session->interrupts))))
            break;
        if (run->next_interval > 0 && now >= run->next_interval) {
            int code = report_interval(run, now, err);
            if (code < 0)
                return code;
            run->next_interval += session->options->interval_ms * 1e-3;
        }
        report_progress(run, now);
        if (session->glance)
            cck_glance_look(session->glance, session->root, run->end->pid, now - run->started);
        wait_for_news(run, now);
        int signal = session->probe->stopped ? session->probe->stopped(run->state) : 0;
        if (signal)
            cck_target_stopped(run->target, session->target->foreground, signal);
        int code = session->probe->drain(run->state, err);
        if (code < 0)
            return code;
    }
    run->end->elapsed_s = seconds() - run->started;
    if (session->probe->ended && !attached && run->end->target.exited)
        session->probe->ended(run->state, &run->end->target.usage);
    int signal = run->end->target.signal;
    if ((signal == SIGINT || signal == SIGQUIT) && cck_target_has_terminal(run->target))
        atomic_fetch_add(session->interrupts, 1); /* the key went to the target, not to us */
    run->end->interrupted |= atomic_load(session->interrupts) > 0;
    atomic_store(session->group, 0);
    return run->next_interval > 0 ? report_interval(run, seconds(), err) : 0;
}

/* ---- start and end ---- */

static int launch(session_run *run, cck_error *err)
{
    cck_session *session = run->session;
    const cck_target_options *wanted = session->target;
    if (!wanted->argv)
        return cck_target_attach(&run->target, wanted->pid, err);
    cck_command command = {.argv = wanted->argv};
    if (session->probe->command) {
        int code = session->probe->command(run->state, &command, err);
        if (code < 0)
            return code;
    }
    const char *const *own = wanted->environment ? wanted->environment
                                                 : (const char *const[]){NULL};
    if (session->probe->environment) {
        int code = session->probe->environment(run->state, own, &command.environment, err);
        if (code < 0)
            return code;
    }
    const char *const *const environments[] = {own, command.environment, NULL};
    int code = cck_target_launch(&run->target, command.argv, wanted->directory, environments, err);
    if (code == 0)
        atomic_store(session->group, cck_target_pid(run->target));
    return code;
}

static void announce(session_run *run)
{
    const cck_session *session = run->session;
    const cck_probe_facts *facts = &run->end->facts;
    if (!session->options->on_start)
        return;
    cck_source source = {
        .backend = session->probe->name,
        .evidence = session->probe->evidence,
        .why = *session->why ? session->why : facts->why,
        .slowdown = facts->slowdown,
        .model = facts->model,
    };
    session->options->on_start(session->options->context, &source, cck_target_pid(run->target));
}

static int start(session_run *run, cck_error *err)
{
    cck_session *session = run->session;
    int code = launch(run, err);
    if (code < 0)
        return code;
    run->end->pid = cck_target_pid(run->target);
    code = session->probe->open(run->state, run->end->pid, err);
    if (code < 0)
        return code;
    announce(run);
    /* Valgrind catches SIGTTIN and SIGTTOU and tries the system call again, for ever: a
     * program that it runs never stops for wanting the terminal, so it has it at once. */
    if (session->probe->command && session->target->foreground)
        cck_target_give_terminal(run->target);
    run->started = seconds();
    if (session->target->argv)
        code = cck_target_go(run->target, err);
    if (code < 0)
        return code;
    run->runs = session->target->argv != NULL;
    if (session->probe->started)
        session->probe->started(run->state);
    if (session->options->duration_s > 0)
        run->deadline = run->started + session->options->duration_s;
    if (session->probe->progress && session->simulate &&
        (session->simulate->on_progress || session->on_look))
        run->next_progress = run->started + 1;
    return prepare_intervals(run, err);
}

/* Counting has failed, which is not the target's fault: it runs to its own end, and what it is
 * sent through us still reaches it. */
static void see_off(session_run *run)
{
    const cck_session *session = run->session;
    while (run->runs &&
           !cck_target_ended(run->target, session->target->foreground, &run->end->target)) {
        struct pollfd fds[] = {{.fd = cck_target_fd(run->target), .events = POLLIN}};
        time_is_up(run, seconds());
        int signal = session->probe->stopped ? session->probe->stopped(run->state) : 0;
        if (signal)
            cck_target_stopped(run->target, session->target->foreground, signal);
        if (poll(fds, 1, fds[0].fd < 0 ? 10 : TICK_MS) < 0 && errno != EINTR)
            nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
    }
}

static int run_probe(session_run *run, cck_tally *tally, cck_observed *observed, cck_error *err)
{
    const cck_probe *probe = run->session->probe;
    int code = start(run, err);
    if (code == 0)
        code = watch(run, err);
    if (code < 0) {
        see_off(run);
        return code;
    }
    if (!cck_tally_init(tally, run->end->facts.event_count))
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    code = probe->close(run->state, tally, err);
    if (code == 0 && observed)
        code = probe->observe(run->state, observed, err);
    if (code == 0 && run->session->placement)
        code = probe->place(run->state, run->session->placement_arena, run->session->placement, err);
    if (code < 0)
        cck_tally_clear(tally);
    return code;
}

int cck_session_run(cck_session *session, cck_tally *tally, cck_observed *observed,
                    cck_session_end *out_end, cck_error *err)
{
    *out_end = (cck_session_end){.memory_failures = cck_memory_failures()};
    session_run run = {.session = session, .end = out_end};
    run.fds = calloc(MOST_POLL_FDS, sizeof *run.fds);
    if (!run.fds)
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    cck_probe_request request = cck_session_request(session);
    int code = session->probe->create(&run.state, &request, &out_end->facts, err);
    session->state = run.state;
    if (code == 0)
        code = run_probe(&run, tally, observed, err);
    session->state = NULL;
    atomic_store(session->group, 0);
    cck_target_free(run.target);
    session->probe->destroy(run.state);
    free(run.previous);
    free(run.now);
    free(run.values);
    free(run.fds);
    return code;
}
