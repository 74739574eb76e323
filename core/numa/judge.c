/* SPDX-License-Identifier: MIT */
#include "core/numa/judge.h"

#include <stdlib.h>
#include <string.h>

#include "core/numa/estimate.h"
#include "core/numa/number_set.h"

/* One process while it is judged. */
typedef struct process_view {
    cck_numa_raw *raw;
    cck_numa_process *process;
    double *apart;      /* by node: how much of the threads' time was elsewhere */
    double *own;        /* the same of one thread, for its stack */
    uint32_t *threads;  /* by node: threads that ran mostly there */
    int32_t *first;     /* by node: the one of them that ran most */
    bool ran;           /* anything is known of where its threads ran */
    cck_numa_mean mean;
    cck_numa_doubt doubt;
} process_view;

/* ---- nodes ---- */

static void judge_nodes(cck_numa_raw *raw)
{
    for (size_t i = 0; i < raw->node_count; i++) {
        cck_numa_node *node = &raw->nodes[i];
        node->runs_here = node->takes_memory = !raw->thread_count;
        const char *cpus = NULL, *mems = NULL;
        for (size_t j = 0; j < raw->thread_count; j++) {
            const cck_numa_thread *thread = &raw->threads[j];
            if (cpus != thread->cpus && !node->runs_here)
                node->runs_here = !*thread->cpus || cck_number_set_meets(thread->cpus, node->cpus);
            if (mems != thread->mems && !node->takes_memory)
                node->takes_memory = !*thread->mems || cck_number_set_has(thread->mems, node->index);
            cpus = thread->cpus;
            mems = thread->mems;
        }
        node->runs_here = node->runs_here && !node->cpuless;
    }
}

/* ---- threads of a process ---- */

static size_t main_node(const cck_numa_thread *thread, size_t node_count)
{
    size_t best = 0;
    for (size_t i = 1; i < node_count; i++)
        if (thread->ran[i] > thread->ran[best])
            best = i;
    return best;
}

/* Time, where any was seen; else those count that run now; else all alike. */
static double weight_of(const cck_numa_thread *thread, int way)
{
    if (!thread->ran)
        return 0;
    return way == 0 ? (double)thread->ran_ns : way == 1 ? thread->state == 'R' : 1;
}

static void note_thread(process_view *view, const cck_numa_thread *thread)
{
    size_t node = main_node(thread, view->raw->node_count);
    if (!view->threads[node]++)
        view->first[node] = thread->tid;
}

static void judge_threads(process_view *view)
{
    const cck_numa_raw *raw = view->raw;
    double all = 0;
    for (int way = 0; way < 3 && all <= 0; way++)
        for (size_t i = 0; i < raw->thread_count; i++) {
            const cck_numa_thread *thread = &raw->threads[i];
            double weight = thread->pid == view->process->pid ? weight_of(thread, way) : 0;
            all += weight;
            for (size_t j = 0; weight > 0 && j < raw->node_count; j++)
                view->apart[j] += weight * (1 - thread->ran[j]);
        }
    for (size_t i = 0; i < raw->thread_count; i++)
        if (raw->threads[i].pid == view->process->pid && raw->threads[i].ran)
            note_thread(view, &raw->threads[i]);
    for (size_t j = 0; j < raw->node_count && all > 0; j++)
        view->apart[j] /= all;
    view->ran = all > 0;
}

/* ---- its mappings ---- */

/* A stack is used by its thread; of all else any thread may be the user. */
static const double *apart_from(process_view *view, const cck_numa_mapping *mapping)
{
    for (size_t i = 0; mapping->stack_of && i < view->raw->thread_count; i++) {
        const cck_numa_thread *thread = &view->raw->threads[i];
        if (thread->tid != mapping->stack_of || !thread->ran)
            continue;
        for (size_t j = 0; j < view->raw->node_count; j++)
            view->own[j] = 1 - thread->ran[j];
        return view->own;
    }
    return view->apart;
}

static void judge_mapping(process_view *view, cck_numa_mapping *mapping)
{
    size_t count = view->raw->node_count, best = 0;
    const double *apart = apart_from(view, mapping);
    cck_numa_mean mean = {0};
    cck_numa_doubt doubt = {0};
    mapping->nearest = -1;
    mapping->near_threads = 0;
    mapping->near_tid = 0;
    mapping->remote = cck_numa_share_unknown();
    if (mapping->method == CCK_NUMA_UNKNOWN || !mapping->resident)
        return;
    for (size_t i = 1; i < count; i++)
        if (mapping->bytes[i] > mapping->bytes[best])
            best = i;
    mapping->nearest = (int32_t)view->raw->nodes[best].index;
    mapping->near_threads = view->threads[best];
    mapping->near_tid = view->first[best];
    if (!view->ran)
        return;
    cck_numa_mean_add(&mean, mapping, apart, count);
    cck_numa_doubt_add(&doubt, mapping, apart, count, mean.sum / mean.weight);
    mapping->remote = cck_numa_mean_finish(&mean, &doubt);
    cck_numa_mean_add(&view->mean, mapping, apart, count);
}

static bool add_rows(process_view *view, cck_arena *arena)
{
    const cck_numa_raw *raw = view->raw;
    uint64_t *rows[CCK_NUMA_ROWS];
    for (int i = 0; i < CCK_NUMA_ROWS; i++) {
        rows[i] = cck_arena_array(arena, raw->node_count, sizeof(uint64_t));
        view->process->rows[i] = rows[i];
        if (!rows[i])
            return false;
    }
    for (size_t i = 0; i < raw->mapping_count; i++) {
        const cck_numa_mapping *mapping = &raw->mappings[i];
        for (size_t j = 0; mapping->pid == view->process->pid && j < raw->node_count; j++) {
            uint64_t bytes = mapping->method == CCK_NUMA_UNKNOWN ? 0 : mapping->bytes[j];
            rows[mapping->category][j] += bytes;
            rows[CCK_NUMA_ROW_TOTAL][j] += bytes;
        }
    }
    return true;
}

/* From where a thread ran to where its process's memory is, if it used all of it alike. */
static void judge_thread(const process_view *view, cck_numa_thread *thread)
{
    const uint64_t *total = view->process->rows[CCK_NUMA_ROW_TOTAL];
    cck_numa_mean mean = {0};
    thread->remote = cck_numa_share_unknown();
    if (!thread->ran || !total)
        return;
    for (size_t j = 0; j < view->raw->node_count; j++) {
        mean.weight += (double)total[j];
        mean.sum += (double)total[j] * (1 - thread->ran[j]);
    }
    const cck_numa_doubt doubt = {.spread = view->doubt.spread};
    thread->remote = cck_numa_mean_finish(&mean, &doubt);
}

static bool allocate(process_view *view, cck_arena *arena)
{
    size_t count = view->raw->node_count;
    view->apart = cck_arena_array(arena, count, sizeof *view->apart);
    view->own = cck_arena_array(arena, count, sizeof *view->own);
    view->threads = cck_arena_array(arena, count, sizeof *view->threads);
    view->first = cck_arena_array(arena, count, sizeof *view->first);
    return view->apart && view->own && view->threads && view->first;
}

static bool judge_process(process_view *view, cck_arena *arena)
{
    cck_numa_raw *raw = view->raw;
    cck_numa_process *process = view->process;
    process->remote = cck_numa_share_unknown();
    memset(process->rows, 0, sizeof process->rows);
    if (!allocate(view, arena))
        return false;
    judge_threads(view);
    for (size_t i = 0; i < raw->mapping_count; i++)
        if (raw->mappings[i].pid == process->pid)
            judge_mapping(view, &raw->mappings[i]);
    if (process->method == CCK_NUMA_UNKNOWN)
        return true;
    double mean = view->mean.weight > 0 ? view->mean.sum / view->mean.weight : 0;
    for (size_t i = 0; i < raw->mapping_count; i++)
        if (raw->mappings[i].pid == process->pid && raw->mappings[i].resident)
            cck_numa_doubt_add(&view->doubt, &raw->mappings[i],
                               apart_from(view, &raw->mappings[i]), raw->node_count, mean);
    process->remote = cck_numa_mean_finish(&view->mean, &view->doubt);
    if (!add_rows(view, arena))
        return false;
    for (size_t i = 0; i < raw->thread_count; i++)
        if (raw->threads[i].pid == process->pid)
            judge_thread(view, &raw->threads[i]);
    return true;
}

/* ---- all processes ---- */

static int by_size(const void *a, const void *b)
{
    const cck_numa_mapping *x = a, *y = b;
    if (x->resident != y->resident)
        return x->resident < y->resident ? 1 : -1;
    uint64_t left = x->end - x->start, right = y->end - y->start;
    if (left != right)
        return left < right ? 1 : -1;
    return x->start < y->start ? -1 : x->start > y->start;
}

static bool sum_rows(const cck_numa_raw *raw, cck_arena *arena, cck_numa_placement *out)
{
    for (int i = 0; i < CCK_NUMA_ROWS; i++) {
        uint64_t *row = cck_arena_array(arena, raw->node_count, sizeof *row);
        bool known = false;
        if (!row)
            return false;
        for (size_t p = 0; p < raw->process_count; p++) {
            const uint64_t *own = raw->processes[p].rows[i];
            known |= own != NULL;
            for (size_t j = 0; own && j < raw->node_count; j++)
                row[j] += own[j];
        }
        out->rows[i] = known ? row : NULL;
    }
    return true;
}

/* With one node nothing can be remote: that is no estimate. */
static void settle_one_node(cck_numa_raw *raw)
{
    const cck_numa_share none = {0, 0, 0};
    for (size_t i = 0; i < raw->process_count; i++)
        raw->processes[i].remote = none;
    for (size_t i = 0; i < raw->thread_count; i++)
        raw->threads[i].remote = none;
    for (size_t i = 0; i < raw->mapping_count; i++)
        if (raw->mappings[i].remote.value >= 0)
            raw->mappings[i].remote = none;
}

static void keep_lists(cck_numa_raw *raw, cck_numa_placement *out)
{
    size_t most = raw->mappings_most;
    qsort(raw->mappings, raw->mapping_count, sizeof *raw->mappings, by_size);
    out->nodes = raw->nodes;
    out->node_count = raw->node_count;
    out->processes = raw->processes;
    out->process_count = raw->process_count;
    out->threads = raw->threads;
    out->thread_count = raw->thread_count;
    out->mappings = raw->mappings;
    out->mapping_count = most && raw->mapping_count > most ? most : raw->mapping_count;
    out->mappings_left_out = raw->mapping_count - out->mapping_count;
}

int cck_numa_judge(cck_numa_raw *raw, cck_arena *arena, cck_numa_placement *out)
{
    cck_numa_mean mean = {0};
    cck_numa_doubt doubt = {0};
    *out = (cck_numa_placement){.remote = cck_numa_share_unknown(), .method = CCK_NUMA_EXACT};
    judge_nodes(raw);
    for (size_t i = 0; i < raw->process_count; i++) {
        process_view view = {.raw = raw, .process = &raw->processes[i]};
        if (!judge_process(&view, arena))
            return CCK_ENOMEM;
        mean.weight += view.mean.weight;
        mean.sum += view.mean.sum;
        doubt.variance += view.doubt.variance;
        doubt.spread += view.doubt.spread;
        out->drawn += raw->processes[i].drawn;
        out->found += raw->processes[i].found;
        if (raw->processes[i].method < out->method)
            out->method = raw->processes[i].method;
    }
    if (!raw->process_count)
        out->method = CCK_NUMA_UNKNOWN;
    out->remote = raw->node_count > 1 ? cck_numa_mean_finish(&mean, &doubt)
                                      : (cck_numa_share){0, 0, 0};
    if (raw->node_count == 1)
        settle_one_node(raw);
    if (!sum_rows(raw, arena, out))
        return CCK_ENOMEM;
    keep_lists(raw, out);
    return 0;
}
