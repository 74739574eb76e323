/* SPDX-License-Identifier: MIT */
#include "probes/placement/placement.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "core/base/fail.h"
#include "core/base/proc.h"
#include "probes/placement/processes.h"
#include "probes/placement/switches.h"

enum {
    LOOK_MS = 20,           /* time between two looks at threads */
    ALL_THREADS = 5,        /* looks, where records tell in between who ran */
    MOST_LOOK_PERCENT = 2,  /* of a CPU for looking at threads, and as much for memory */
    FIRST_MEMORY_MS = 10,   /* of a launched program; then twice as long, and so on */
    LAST_MEMORY_MS = 1000,
    BUDGET_MS = 100,
    PAGES = 10000,
    MAPPINGS = 1000,
    POINTS_MOST = 100000,
    DETAILS_MS = 1000       /* of one look, for policies and migrations of threads */
};

typedef struct placement {
    const cck_probe_request *request;
    cck_probe_request asked; /* what `request` points to */
    cck_arena arena;         /* texts of threads, nodes */
    cck_place_nodes nodes;
    cck_place_wish wish;
    cck_place_processes processes;
    cck_place_threads threads;
    cck_place_switches *switches; /* NULL: not recorded */
    uint32_t drained;             /* looks at these records */
    cck_probe_facts *facts;
    int timer;
    bool launched, once, finished;
    uint64_t began, ended;           /* CLOCK_MONOTONIC, ns; `ended` 0: still runs */
    uint64_t next_memory, memory_gap; /* ns */
    cck_numa_point *points;
    size_t point_count, point_capacity;
    int64_t node_moves; /* at the last point */
} placement;

static int no_memory(cck_error *err)
{
    return cck_fail(err, CCK_ENOMEM, "out of memory");
}

static uint64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static int check(const cck_probe_request *request, cck_error *err)
{
    (void)request;
    (void)err;
    return 0; /* what cannot be read stays unknown, with the reason */
}

static int refuse_kernel(const cck_root *root, int32_t pid, cck_error *err)
{
    if (cck_proc_is_kernel(root, pid) != 1)
        return 0;
    cck_fail(err, CCK_EUNSUPPORTED,
             "process %d is a thread of the kernel's: it has no memory of its own", (int)pid);
    cck_hint(err, "name a program's process; find it with: pgrep -a NAME");
    return CCK_EUNSUPPORTED;
}

/* System calls take PIDs of our own namespace, and know this system only. Where /proc is
 * recorded, or of another namespace, the number would mean another process. */
static const char *why_no_calls(const cck_root *root)
{
    char text[32], own[32];
    ssize_t length = readlinkat(root->fd, "proc/self", text, sizeof text - 1);
    if (length < 0)
        return "this /proc is not of the running system, so that move_pages cannot be used";
    text[length] = '\0';
    snprintf(own, sizeof own, "%d", (int)getpid());
    return strcmp(text, own) == 0 ? NULL
                                  : "/proc is of another PID namespace, so that move_pages cannot "
                                    "be used";
}

static int create(void **out_state, const cck_probe_request *request, cck_probe_facts *facts,
                  cck_error *err)
{
    placement *s = calloc(1, sizeof *s);
    if (!s)
        return no_memory(err);
    const cck_numa_options *options = request->numa;
    *s = (placement){.asked = *request, .timer = -1, .launched = request->target->argv != NULL};
    *out_state = s;
    s->request = &s->asked;
    s->once = !s->launched && options->duration_s <= 0 && !options->interval_ms;
    int code = cck_place_nodes_read(&s->nodes, request->root, &s->arena, err);
    if (code < 0)
        return code;
    const char *no_calls = why_no_calls(request->root);
    double budget = options->budget_s > 0 ? options->budget_s * 1e9 : BUDGET_MS * 1e6;
    s->wish = (cck_place_wish){
        .root = request->root,
        .nodes = &s->nodes,
        .calls = no_calls ? NULL : &cck_place_kernel,
        .no_calls = no_calls,
        .exact = options->exact,
        .pages = options->pages ? options->pages : PAGES,
        .budget_ns = budget < 1e18 ? (uint64_t)budget : UINT64_MAX,
    };
    s->threads = (cck_place_threads){
        .root = request->root, .nodes = &s->nodes, .arena = &s->arena};
    facts->why = "";
    facts->slowdown = "none";
    s->facts = facts;
    return 0;
}

/* ---- looking ---- */

static bool add_child(void *context, int32_t child)
{
    return cck_place_processes_add(context, child);
}

/* Records tell who ran, new threads too: then asking /proc for each now and then is enough. */
static int look_at_threads(placement *s, bool all)
{
    size_t known = s->threads.count;
    if (s->switches && cck_place_switches_drain(s->switches, &s->threads) < 0)
        return CCK_ENOMEM;
    if (s->switches && s->drained++ % ALL_THREADS && s->threads.count == known && !all)
        return 0;
    s->threads.look++;
    s->threads.details_until = now_ns() + (uint64_t)DETAILS_MS * 1000000u;
    for (size_t i = 0; i < s->processes.count; i++) {
        cck_place_process *process = s->processes.list[i];
        if (process->gone)
            continue;
        int code = cck_place_threads_look(&s->threads, process->pid);
        if (code == CCK_ENOMEM)
            return code;
        process->gone = code == CCK_EGONE;
        if (!process->gone && s->launched &&
            !cck_place_children(s->wish.root, process->pid, add_child, &s->processes))
            return CCK_ENOMEM;
    }
    return 0;
}

static int64_t sum_node_moves(const placement *s)
{
    int64_t sum = 0;
    for (size_t i = 0; i < s->threads.count; i++)
        sum += s->threads.list[i]->node_moves;
    return sum;
}

static bool add_point(placement *s)
{
    cck_arena arena = {0};
    cck_numa_raw raw;
    cck_numa_placement now;
    if (s->point_count == POINTS_MOST)
        return true;
    if (s->point_count == s->point_capacity) {
        size_t more = s->point_capacity ? 2 * s->point_capacity : 64;
        cck_numa_point *grown = realloc(s->points, more * sizeof *grown);
        if (!grown)
            return false;
        s->points = grown;
        s->point_capacity = more;
    }
    bool good = cck_place_processes_give(&s->processes, &s->threads, 0, s->once, &arena, &raw) == 0 &&
                cck_numa_judge(&raw, &arena, &now) == 0;
    if (good) {
        cck_numa_point *point = &s->points[s->point_count++];
        int64_t moves = sum_node_moves(s);
        *point = (cck_numa_point){.time_s = (double)(now_ns() - s->began) * 1e-9,
                                  .remote = now.remote,
                                  .node_moves = s->point_count > 1 ? moves - s->node_moves : -1};
        s->node_moves = moves;
        for (size_t i = 0; now.rows[CCK_NUMA_ROW_TOTAL] && i < now.node_count; i++)
            point->resident += now.rows[CCK_NUMA_ROW_TOTAL][i];
    }
    cck_arena_clear(&arena);
    return good;
}

static int look_at_memory(placement *s)
{
    uint64_t cost, now;
    int code = cck_place_processes_look(&s->processes, &s->wish, &cost);
    if (code < 0)
        return code;
    uint64_t fair = cost * 100 / MOST_LOOK_PERCENT;
    now = now_ns();
    s->memory_gap = s->memory_gap < (uint64_t)LAST_MEMORY_MS * 500000 ? 2 * s->memory_gap
                                                                      : LAST_MEMORY_MS * 1000000ull;
    s->next_memory = now + (fair > s->memory_gap ? fair : s->memory_gap);
    return s->once || add_point(s) ? 0 : CCK_ENOMEM;
}

static void set_timer(placement *s, uint64_t cost)
{
    uint64_t least = (uint64_t)LOOK_MS * 1000000u, fair = cost * 100 / MOST_LOOK_PERCENT;
    uint64_t ns = fair > least ? fair : least;
    if (s->next_memory > now_ns() && s->next_memory - now_ns() < ns && s->memory_gap < ns)
        ns = s->next_memory - now_ns() + 1;
    if (s->timer < 0)
        return;
    struct itimerspec next = {
        .it_value = {.tv_sec = (time_t)(ns / 1000000000u), .tv_nsec = (long)(ns % 1000000000u)}};
    timerfd_settime(s->timer, 0, &next, NULL);
}

static int look(placement *s, bool memory, cck_error *err)
{
    uint64_t began = now_ns();
    int code = look_at_threads(s, memory);
    uint64_t cost = now_ns() - began;
    if (code == 0 && memory)
        code = look_at_memory(s);
    set_timer(s, cost);
    return code < 0 ? no_memory(err) : 0;
}

static int begin(placement *s, cck_error *err)
{
    s->began = now_ns();
    s->memory_gap = (uint64_t)FIRST_MEMORY_MS * 1000000u;
    s->next_memory = s->began + s->memory_gap;
    return look(s, !s->launched, err);
}

static bool is_zombie(const placement *s, int32_t pid)
{
    char path[32], text[2048];
    snprintf(path, sizeof path, "proc/%d/stat", (int)pid);
    if (cck_root_read_line(s->wish.root, path, text, sizeof text) <= 0)
        return false;
    const char *behind = strrchr(text, ')');
    return behind && (behind[2] == 'Z' || behind[2] == 'X');
}

static int open_target(void *state, pid_t pid, cck_error *err)
{
    placement *s = state;
    if (!s->once) /* one look needs none */
        s->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    if (!s->once && s->timer < 0)
        return cck_fail_os(err, cck_code_of_errno(errno), errno, "cannot make a timer");
    if (!cck_place_processes_add(&s->processes, pid))
        return no_memory(err);
    if (s->launched) {
        cck_place_switches_open(&s->switches, s->wish.root, pid, true, now_ns(), NULL);
        return 0;
    }
    if (is_zombie(s, pid)) {
        cck_fail(err, CCK_EGONE, "process %d has ended: it is a zombie and has no memory any more",
                 (int)pid);
        cck_hint(err, "its parent has not taken notice of its end yet");
        return CCK_EGONE;
    }
    int code = refuse_kernel(s->wish.root, pid, err);
    if (code == 0 && !s->once && s->wish.calls)
        cck_place_switches_open(&s->switches, s->wish.root, pid, false, now_ns(), NULL);
    if (code == 0)
        code = begin(s, err);
    if (code == 0 && s->processes.list[0]->gone)
        return cck_fail(err, CCK_EGONE, "process %d ended while it was looked at", (int)pid);
    s->finished = s->once;
    return code;
}

static void started(void *state)
{
    placement *s = state;
    if (s->launched) /* of a running process the first look was taken when it was opened */
        begin(s, NULL);
}

static int poll_fds(void *state, struct pollfd *fds, int size)
{
    if (size < 1 || ((placement *)state)->timer < 0)
        return 0;
    fds[0] = (struct pollfd){.fd = ((placement *)state)->timer, .events = POLLIN};
    return 1;
}

static int drain(void *state, cck_error *err)
{
    placement *s = state;
    uint64_t expirations;
    if (s->timer < 0 || read(s->timer, &expirations, sizeof expirations) <= 0)
        return 0;
    return look(s, !s->asked.numa->interval_ms && now_ns() >= s->next_memory, err);
}

/* With intervals memory is looked at when one ends. */
static int totals(void *state, cck_tally_count *out_totals, cck_error *err)
{
    (void)out_totals;
    return look(state, true, err);
}

static bool finished(void *state)
{
    return ((placement *)state)->finished;
}

/* ---- the end ---- */

static void ended(void *state, const struct rusage *usage)
{
    (void)usage;
    ((placement *)state)->ended = now_ns();
}

static int close_target(void *state, cck_tally *tally, cck_error *err)
{
    placement *s = state;
    (void)tally;
    if (s->switches && cck_place_switches_finish(s->switches, &s->threads,
                                                 s->ended ? s->ended : now_ns()) < 0)
        return no_memory(err);
    if (s->switches && cck_place_switches_lost(s->switches))
        s->facts->notes[0] = "the kernel dropped records of switches: times on CPUs are too short";
    if (s->once || s->ended)
        return 0;
    int code = look(s, true, err);
    cck_place_threads_finish(&s->threads);
    return code;
}

static int read_balancing(const placement *s, bool *out_on)
{
    int64_t number;
    if (cck_root_read_number(s->wish.root, "proc/sys/kernel/numa_balancing", &number) < 0)
        return 0;
    *out_on = number != 0;
    return 1;
}

static int place(void *state, cck_arena *arena, cck_numa_placement *out, cck_error *err)
{
    placement *s = state;
    cck_numa_raw raw;
    int code = cck_place_processes_give(&s->processes, &s->threads, s->ended, s->once, arena, &raw);
    raw.mappings_most = s->asked.numa->mappings ? s->asked.numa->mappings : MAPPINGS;
    if (code == 0)
        code = cck_numa_judge(&raw, arena, out);
    if (code < 0)
        return no_memory(err);
    cck_numa_point *points = cck_arena_array(arena, s->point_count + 1, sizeof *points);
    if (!points)
        return no_memory(err);
    if (s->point_count)
        memcpy(points, s->points, s->point_count * sizeof *points);
    out->points = points;
    out->point_count = s->point_count;
    out->watched_s = s->once ? 0 : (double)((s->ended ? s->ended : now_ns()) - s->began) * 1e-9;
    out->recorded = s->switches && !cck_place_switches_lost(s->switches);
    out->balancing_known = read_balancing(s, &out->balancing) == 1;
    return 0;
}

static void destroy(void *state)
{
    placement *s = state;
    if (!s)
        return;
    if (s->timer >= 0)
        close(s->timer);
    cck_place_switches_close(s->switches);
    cck_place_processes_clear(&s->processes);
    cck_place_threads_clear(&s->threads);
    cck_arena_clear(&s->arena);
    free(s->points);
    free(s);
}

const cck_probe cck_probe_placement = {
    .name = "placement",
    .backend = CCK_BACKEND_AUTO,
    .evidence = CCK_MEASURED,
    .priority = 0,
    .observes_only = true,
    .check = check,
    .create = create,
    .open = open_target,
    .started = started,
    .poll_fds = poll_fds,
    .drain = drain,
    .totals = totals,
    .finished = finished,
    .ended = ended,
    .close = close_target,
    .place = place,
    .destroy = destroy,
};
