/* SPDX-License-Identifier: MIT */
#include "probes/counters/counters.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/base/fail.h"
#include "probes/counters/attach.h"
#include "probes/counters/columns.h"
#include "probes/counters/event_catalog.h"
#include "probes/counters/found.h"
#include "probes/counters/launch.h"
#include "probes/counters/privileged.h"
#include "probes/counters/reads.h"
#include "probes/counters/trace.h"

cck_counters_backend cck_counters_backend_now = {&cck_perf_kernel, &cck_calibration_live,
                                                 cck_reads_work, cck_trace_works};

/* How the threads of a launched command get their own counts; best first. */
typedef enum by_thread {
    BY_READS, /* the kernel tells them at each thread's end: reads.h */
    BY_TRACE, /* each has descriptors before it runs: trace.h */
    BY_FOUND, /* each has descriptors once it is found: found.h */
    BY_AUTO
} by_thread;

typedef struct state {
    const cck_probe_request *request;
    cck_probe_facts *facts;
    size_t notes;
    cck_columns columns;
    cck_cpus cpus;
    cck_ledger ledger;
    cck_launch *launch;
    cck_attach *attach;
    by_thread by;
    bool taken; /* the command's exec takes its counters away: privileged.h */
    cck_found *found;
    cck_trace *trace;
    cck_stream_writer *tap;
    uint64_t opened_ns;
} state;

static uint64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void note(state *s, const char *text)
{
    size_t most = sizeof s->facts->notes / sizeof *s->facts->notes - 1;
    if (text && s->notes < most)
        s->facts->notes[s->notes++] = text;
}

/* ---- which events --------------------------------------------------------- */

static int parse_events(cck_event_list *list, const cck_probe_request *request,
                        const char *default_set, cck_error *err)
{
    const cck_stat_options *options = request->options;
    cck_event_scope scope = {
        .root = request->root, .arena = request->arena, .all_user = options->all_user};
    int code = 0;
    *list = (cck_event_list){0};
    if (options->set || !options->events)
        code = cck_event_set(list, options->set ? options->set : default_set, &scope, err);
    for (size_t i = 0; code == 0 && options->events && options->events[i]; i++)
        code = cck_event_parse(list, options->events[i], &scope, err);
    return code;
}

static size_t count_hardware(const cck_event_list *list)
{
    size_t count = 0;
    for (size_t i = 0; i < list->count; i++)
        count += list->events[i].hardware;
    return count;
}

/* ---- check ---------------------------------------------------------------- */

static int check_pmu(const cck_probe_request *request, cck_error *err)
{
    cck_event_list list;
    cck_pmu_tier tier;
    int code = cck_calibrate(cck_counters_backend_now.calibration, request->root, 0, &tier, err);
    if (code == 0)
        code = parse_events(&list, request, "default", err);
    if (code == 0 && count_hardware(&list) == 0)
        return cck_fail(err, CCK_EUNSUPPORTED, "none of the events needs a PMU");
    return code;
}

static int check_software(const cck_probe_request *request, cck_error *err)
{
    cck_event_list list;
    int code = parse_events(&list, request, "software", err);
    if (code < 0)
        return code;
    if (list.count && count_hardware(&list) == list.count) {
        cck_fail(err, CCK_EUNSUPPORTED, "`%s` needs a PMU", list.events[0].info.name);
        cck_hint(err, "see what this machine has: cachecheck machine --check");
        return CCK_EUNSUPPORTED;
    }
    cck_columns columns;
    cck_columns_scope scope = {.calls = cck_counters_backend_now.calls,
                               .root = request->root,
                               .arena = request->arena,
                               .no_pmu = "needs a PMU",
                               .attached = request->target->argv == NULL,
                               .by_cpu = request->options->by_cpu};
    return cck_columns_make(&columns, &list, &scope, err);
}

/* ---- create --------------------------------------------------------------- */

/* Why no hardware event may be believed, NULL if they may. */
static const char *distrust(const cck_probe_request *request, const cck_event_list *list)
{
    cck_error reason = {0};
    cck_pmu_tier tier;
    if (!count_hardware(list))
        return NULL;
    const cck_calibration *calibration = cck_counters_backend_now.calibration;
    if (cck_calibrate(calibration, request->root, 0, &tier, &reason) == 0)
        return NULL;
    const char *text = cck_arena_strdup(request->arena, reason.message);
    return text ? text : "no PMU that can be believed";
}

static int create_state(state *s, const char *default_set, cck_error *err)
{
    const cck_probe_request *request = s->request;
    cck_event_list list;
    int code = parse_events(&list, request, default_set, err);
    if (code < 0)
        return code;
    cck_columns_scope scope = {.calls = cck_counters_backend_now.calls,
                               .root = request->root,
                               .arena = request->arena,
                               .no_pmu = distrust(request, &list),
                               .attached = request->target->argv == NULL,
                               .by_cpu = request->options->by_cpu};
    code = cck_columns_make(&s->columns, &list, &scope, err);
    if (code == 0)
        code = cck_cpus_read(&s->cpus, request->root, request->arena, err);
    if (code < 0)
        return code;
    const char *taken = request->target->argv ? cck_privileged_reason(request->target) : NULL;
    s->taken = taken != NULL;
    if (taken)
        cck_columns_blank(&s->columns, taken);
    *s->facts = (cck_probe_facts){.events = s->columns.infos,
                                  .event_count = s->columns.count,
                                  .why = "",
                                  .slowdown = "none",
                                  .model = ""};
    if (taken)
        note(s, "Nothing could be counted: run cachecheck as a user who may read the program and "
                "whom it does not change");
    else if (s->columns.user_only)
        note(s, cck_arena_printf(request->arena,
                                 "The kernel's own work is left out: kernel.perf_event_paranoid "
                                 "is %d (sudo sysctl kernel.perf_event_paranoid=1 counts it)",
                                 cck_perf_paranoid(request->root)));
    return 0;
}

static void destroy(void *opaque)
{
    state *s = opaque;
    if (!s)
        return;
    cck_launch_free(s->launch);
    cck_attach_free(s->attach);
    cck_found_free(s->found);
    cck_trace_free(s->trace);
    cck_stream_abandon(s->tap);
    cck_ledger_clear(&s->ledger);
    free(s);
}

static int create(void **out_state, const cck_probe_request *request, cck_probe_facts *facts,
                  const char *default_set, cck_error *err)
{
    state *s = calloc(1, sizeof *s);
    if (!s)
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    s->request = request;
    s->facts = facts;
    int code = create_state(s, default_set, err);
    if (code < 0) {
        destroy(s);
        return code;
    }
    *out_state = s;
    return 0;
}

static int create_pmu(void **out_state, const cck_probe_request *request, cck_probe_facts *facts,
                      cck_error *err)
{
    return create(out_state, request, facts, "default", err);
}

static int create_software(void **out_state, const cck_probe_request *request,
                           cck_probe_facts *facts, cck_error *err)
{
    return create(out_state, request, facts, "software", err);
}

/* ---- open ----------------------------------------------------------------- */

/* CACHECHECK_RECORD=FILE keeps the records, to be run again by the replay probe. */
static int open_tap(state *s, pid_t pid, cck_error *err)
{
    const char *path = secure_getenv("CACHECHECK_RECORD");
    if (!path || !*path)
        return 0;
    size_t slots = s->columns.slot_count;
    cck_record_layout *layouts = cck_arena_array(s->request->arena, slots + 1, sizeof *layouts);
    const char **names = cck_arena_array(s->request->arena, s->columns.count, sizeof *names);
    if (!layouts || !names)
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    for (size_t i = 0; i < slots; i++)
        layouts[i] = cck_launch_layout((int)i);
    for (size_t i = 0; i < s->columns.count; i++)
        names[i] = s->columns.infos[i].name;
    cck_stream_head head = {.cpus = s->cpus.numbers,
                            .cpu_count = s->cpus.count,
                            .pid = pid,
                            .tid = pid,
                            .name = "",
                            .closed_world = s->ledger.closed_world,
                            .flat = s->ledger.flat,
                            .switches = s->ledger.stays != NULL,
                            .clock = s->ledger.clock,
                            .clock_exact = s->ledger.clock_exact,
                            .tasks = cck_launch_layout(-1),
                            .slots = layouts,
                            .slot_count = slots,
                            .columns = s->columns.columns,
                            .column_names = names,
                            .column_count = s->columns.count};
    int code = cck_stream_create(&s->tap, path, &head, err);
    if (code == 0)
        cck_launch_tap(s->launch, s->tap);
    return code;
}

/* CACHECHECK_THREADS=read|trace|found, for tests and bug reports. */
static by_thread asked_for(void)
{
    static const char *const words[] = {"read", "trace", "found"};
    const char *asked = getenv("CACHECHECK_THREADS");
    size_t i = 0;
    while (i < BY_AUTO && !(asked && strcmp(asked, words[i]) == 0))
        i++;
    return (by_thread)i;
}

/* Tracing takes privileges that an exec would give, and keeps no records. */
static by_thread choose(const state *s)
{
    const cck_counters_backend *backend = &cck_counters_backend_now;
    const char *record = secure_getenv("CACHECHECK_RECORD");
    bool traceable = !s->taken && !(record && *record);
    by_thread by = asked_for();
    if (by == BY_AUTO && backend->reads_work(backend->calls))
        by = BY_READS;
    if (by == BY_AUTO || by == BY_TRACE)
        by = traceable && backend->trace_works() ? BY_TRACE : BY_FOUND;
    return by;
}

/* An event for each CPU tells exactly where its thread ran, at a price for each clone
 * that grows with the CPUs: paid on small machines, and where counts by CPU are asked for.
 * CACHECHECK_BY_CPU=0|1, for tests and bug reports. */
static bool counts_by_cpu(const state *s)
{
    enum { FEW_CPUS = 4 };
    const char *asked = getenv("CACHECHECK_BY_CPU");
    if (s->request->options->by_cpu)
        return true;
    return asked && *asked ? *asked == '1' : s->cpus.count <= FEW_CPUS;
}

static const uint32_t nowhere = 0; /* a thread's own descriptors are for all CPUs */

/* Before the fork, so that the target inherits the events: see launch.h. */
static int before_fork(void *opaque, cck_command *command, cck_error *err)
{
    state *s = opaque;
    (void)command;
    s->by = choose(s); /* before any event is open that a task of ours would inherit */
    if (s->by == BY_TRACE)
        return cck_ledger_init(&s->ledger, s->columns.slot_count, &nowhere, 1)
                   ? 0
                   : cck_fail(err, CCK_ENOMEM, "out of memory");
    cck_launch_plan plan = {.calls = cck_counters_backend_now.calls,
                            .root = s->request->root,
                            .arena = s->request->arena,
                            .cpus = &s->cpus,
                            .attrs = s->columns.attrs,
                            .not_counted = s->columns.slot_reasons,
                            .slot_count = s->columns.slot_count,
                            .switches = s->columns.switches,
                            .by_cpu = counts_by_cpu(s)};
    if (!cck_ledger_init(&s->ledger, s->columns.slot_count, s->cpus.numbers, s->cpus.count) ||
        (!plan.by_cpu && !cck_ledger_flatten(&s->ledger, plan.switches)))
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    s->ledger.clock = s->columns.clock;
    s->ledger.clock_exact = s->columns.clock_exact;
    int code = cck_launch_open(&s->launch, &plan, &s->ledger, err);
    cck_columns_update(&s->columns);
    return code;
}

static cck_attach_plan attach_plan(state *s)
{
    return (cck_attach_plan){.calls = cck_counters_backend_now.calls,
                             .root = s->request->root,
                             .columns = &s->columns,
                             .arena = s->request->arena};
}

/* Where not even that is allowed, all threads are one row: no reason not to run. */
static int open_found(state *s, pid_t pid, cck_error *err)
{
    if (s->by == BY_READS)
        return 0;
    cck_attach_plan plan = attach_plan(s);
    cck_error reason = {0};
    int code = cck_found_open(&s->found, &s->columns, &plan, pid, &reason);
    if (code == CCK_ENOMEM || code == CCK_EGONE)
        return cck_error_move(err, &reason);
    if (code < 0)
        note(s, cck_arena_printf(s->request->arena,
                                 "This kernel does not tell what threads counted at their end, and "
                                 "they cannot be counted one by one: %s",
                                 reason.message));
    else
        note(s, cck_arena_printf(s->request->arena,
                                 "This kernel does not tell what threads counted at their end "
                                 "(PERF_RECORD_READ; a newer stable kernel does), and they cannot "
                                 "be traced: they are counted from when they are found, every %d "
                                 "ms, the rest is a row of its own, totals are whole",
                                 CCK_ATTACH_RESCAN_MS));
    return 0;
}

static int open_launch(state *s, pid_t pid, cck_error *err)
{
    int code = cck_launch_begin(s->launch, pid, err);
    if (code == 0)
        code = open_found(s, pid, err);
    return code == 0 ? open_tap(s, pid, err) : code;
}

static int open_attach(state *s, pid_t pid, cck_error *err)
{
    if (!cck_ledger_init(&s->ledger, s->columns.slot_count, &nowhere, 1))
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    cck_attach_plan plan = attach_plan(s);
    int code = cck_attach_open(&s->attach, &plan, &s->ledger, pid, err);
    if (code < 0)
        return code;
    cck_columns_update(&s->columns);
    note(s, cck_arena_printf(s->request->arena,
                             "Attached: new threads are looked for every %d ms, shorter ones may "
                             "be missed; where threads ran is sampled",
                             CCK_ATTACH_RESCAN_MS));
    return 0;
}

/* What let our trial child be seized will let the command be; if not, it runs all
 * the same, and its threads are looked for. */
static int open_trace(state *s, pid_t pid, cck_error *err)
{
    cck_attach_plan plan = attach_plan(s);
    cck_error reason = {0};
    int code = cck_trace_open(&s->trace, &plan, &s->ledger, pid, &reason);
    if (code == 0) {
        cck_columns_update(&s->columns);
        note(s, "This kernel does not tell what threads counted at their end: each is counted by "
                "itself, with ptrace, from its first instruction on; debuggers do not work inside");
        return 0;
    }
    if (code != CCK_EUNSUPPORTED)
        return cck_error_move(err, &reason);
    note(s, cck_arena_printf(s->request->arena, "Threads could not be traced: %s", reason.message));
    cck_ledger_clear(&s->ledger);
    return open_attach(s, pid, err);
}

static int open_target(void *opaque, pid_t pid, cck_error *err)
{
    state *s = opaque;
    s->opened_ns = now_ns();
    if (s->by == BY_TRACE && s->request->target->argv)
        return open_trace(s, pid, err);
    return s->request->target->argv ? open_launch(s, pid, err) : open_attach(s, pid, err);
}

/* ---- while it runs -------------------------------------------------------- */

static int poll_fds(void *opaque, struct pollfd *fds, int size)
{
    state *s = opaque;
    int count = s->launch ? cck_launch_poll_fds(s->launch, fds, size) : 0;
    int timer = s->attach ? cck_attach_timer(s->attach) : s->found ? cck_found_timer(s->found) : -1;
    if (s->trace)
        timer = cck_trace_fd(s->trace);
    if (timer >= 0 && count < size)
        fds[count++] = (struct pollfd){.fd = timer, .events = POLLIN};
    return count;
}

static int drain(void *opaque, cck_error *err)
{
    state *s = opaque;
    if (s->attach)
        return cck_attach_scan(s->attach, err);
    if (s->trace)
        return cck_trace_look(s->trace, err);
    cck_launch_drain(s->launch);
    if (s->found)
        return cck_found_scan(s->found, err);
    return s->ledger.out_of_memory ? cck_fail(err, CCK_ENOMEM, "out of memory") : 0;
}

static int stopped(void *opaque)
{
    state *s = opaque;
    return s->trace ? cck_trace_stopped(s->trace) : 0;
}

static int read_totals(state *s, cck_error *err)
{
    if (s->trace)
        return cck_trace_totals(s->trace, err);
    if (s->attach)
        return cck_attach_totals(s->attach, err);
    int code = cck_launch_totals(s->launch, err);
    if (code == 0)
        cck_launch_drain(s->launch); /* switches are in the rings */
    return code;
}

static int totals(void *opaque, cck_tally_count *out_totals, cck_error *err)
{
    state *s = opaque;
    int code = read_totals(s, err);
    if (code < 0)
        return code;
    if (s->trace)
        cck_trace_columns(s->trace, out_totals);
    uint64_t elapsed = now_ns() - s->opened_ns;
    for (size_t i = 0; i < s->columns.count; i++) {
        if (!s->trace)
            out_totals[i] = cck_ledger_total(&s->ledger, &s->columns.columns[i]);
        /* Intervals look at differences: what counts all the time must show time. */
        if (out_totals[i].enabled && out_totals[i].enabled == out_totals[i].running)
            out_totals[i].enabled = out_totals[i].running = elapsed;
    }
    return 0;
}

/* ---- close ---------------------------------------------------------------- */

static void tell_losses(state *s)
{
    if (s->ledger.lost)
        note(s, cck_arena_printf(s->request->arena,
                                 "The kernel dropped %llu records: totals are whole, but counts "
                                 "of some threads are in the rest row, and switches are too few",
                                 (unsigned long long)s->ledger.lost));
    uint64_t damaged = s->ledger.damaged + s->ledger.malformed;
    if (damaged)
        note(s, cck_arena_printf(s->request->arena, "%" PRIu64 " records were damaged", damaged));
    if (s->trace && cck_trace_uncounted(s->trace))
        note(s, cck_arena_printf(s->request->arena,
                                 "%u threads could not be counted and are not in the totals: too "
                                 "few file descriptors (ulimit -Hn 1048576), or no event left",
                                 cck_trace_uncounted(s->trace)));
}

static int stop(state *s, cck_error *err)
{
    if (s->trace)
        return cck_trace_stop(s->trace, err);
    if (s->attach)
        return cck_attach_stop(s->attach, err);
    int code = s->found ? cck_found_stop(s->found, err) : 0;
    return code == 0 ? cck_launch_stop(s->launch, err) : code;
}

/* Samples, not counts: only of threads that were on more than one CPU. */
static void tell_samples(state *s)
{
    if (!s->launch || !s->ledger.flat || s->ledger.stays)
        return;
    for (size_t i = 0; i < s->ledger.thread_count; i++) {
        if (s->ledger.threads[i]->cpu_count < 2)
            continue;
        note(s, "Where threads ran is sampled if they moved; --per core or --per node counts it");
        return;
    }
}

static int close_target(void *opaque, cck_tally *tally, cck_error *err)
{
    state *s = opaque;
    int code = stop(s, err);
    if (code == 0 && s->tap) {
        code = cck_stream_finish(s->tap, &s->ledger, err);
        s->tap = NULL;
    }
    if (code < 0)
        return code;
    code = s->found ? cck_found_settle(s->found, &s->ledger, tally)
                    : cck_ledger_settle(&s->ledger, s->columns.columns, s->columns.count, tally);
    if (code < 0)
        return cck_fail(err, code, "cannot settle the counts");
    tell_losses(s);
    tell_samples(s);
    return 0;
}

static int list(const cck_root *root, const char *filter, cck_list_sink *sink, void *context,
                cck_error *err)
{
    return cck_event_catalog(root, cck_counters_backend_now.calls, filter, sink, context, err);
}

const cck_probe cck_probe_pmu = {
    .name = "pmu",
    .backend = CCK_BACKEND_PMU,
    .evidence = CCK_MEASURED,
    .priority = 100,
    .check = check_pmu,
    .create = create_pmu,
    .command = before_fork,
    .open = open_target,
    .poll_fds = poll_fds,
    .drain = drain,
    .stopped = stopped,
    .totals = totals,
    .close = close_target,
    .destroy = destroy,
    .list = list, /* the software events too: one listing, in the order of use */
    .doctor = cck_counters_doctor_pmu,
};

const cck_probe cck_probe_software = {
    .name = "software",
    .backend = CCK_BACKEND_SOFTWARE,
    .evidence = CCK_MEASURED,
    .priority = 10,
    .check = check_software,
    .create = create_software,
    .command = before_fork,
    .open = open_target,
    .poll_fds = poll_fds,
    .drain = drain,
    .stopped = stopped,
    .totals = totals,
    .close = close_target,
    .destroy = destroy,
    .doctor = cck_counters_doctor_software,
};
