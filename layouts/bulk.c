/* SPDX-License-Identifier: MIT */
#include "layouts/bulk.h"

#include <dwarf.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/fail.h"
#include "layouts/bulk_internal.h"

/*
 * Two passes, each shared out by units among threads that have a libdw handle of their own
 * (one is not for several threads). The first hashes every record; of those that are the same
 * only the one that comes first in the file is loaded in the second. So the outcome does not
 * depend on the number of threads, and what is told again in many units costs a hash each.
 */

static void debug_end(void *debug)
{
    cck_debug_free(debug);
}

/* Units of a dwz file are read if one of ours imports them: it may serve other programs. */
static size_t units_list(cck_debug_module *module)
{
    cck_unit **units;
    size_t own = cck_debug_units(module, &units);
    Dwarf *other = module->dwarf ? dwarf_getalt(module->dwarf) : NULL;
    Dwarf_CU *cu = NULL;
    Dwarf_Die die;
    while (other && dwarf_get_units(other, cu, &cu, NULL, NULL, &die, NULL) == 0)
        cck_debug_unit_of(module, &die);
    return own;
}

static void import_unit(void *context, Dwarf_Die *die)
{
    cck_bulk_worker *worker = context;
    const cck_unit *unit = cck_debug_unit_of(worker->module, die);
    if (unit && unit->number < worker->all->unit_count)
        atomic_store(&worker->all->wanted[unit->number], true);
}

/* Before threads read what the first has open. */
static void worker_begin(cck_bulk_worker *worker)
{
    if (!worker->debug && cck_debug_new(&worker->debug, NULL) == 0)
        cck_debug_open_again(worker->debug, worker->all->module, &worker->module, NULL);
}

/* A worker has the same units as the first, or it does nothing. */
static void worker_open(cck_bulk_worker *worker)
{
    cck_bulk *all = worker->all;
    if (!worker->debug)
        return;
    if (!worker->module && cck_debug_open(worker->debug, all->path, "", &worker->module, NULL) != 0)
        return;
    if (worker->module != all->module)
        units_list(worker->module);
    worker->ready = worker->module->unit_count == all->unit_count;
    worker->scan = (cck_scan){.module = worker->module, .import = import_unit, .context = worker};
}

static void *scan_units(void *context)
{
    cck_bulk_worker *worker = context;
    cck_bulk *all = worker->all;
    if (!worker->scan.module)
        worker_open(worker);
    for (size_t i; worker->ready && (i = atomic_fetch_add(&all->next, 1)) < all->unit_count;) {
        if (!atomic_load(&all->wanted[i]) || all->units[i].done)
            continue;
        all->units[i].scan = worker->number;
        cck_scan_unit_read(&worker->scan, worker->module->units[i], (uint32_t)i, &all->units[i]);
    }
    return NULL;
}

static void *load_units(void *context)
{
    cck_bulk_worker *worker = context;
    cck_bulk *all = worker->all;
    if (!worker->ready || !cck_bulk_share_begin(worker))
        return NULL;
    for (size_t i; (i = atomic_fetch_add(&all->next, 1)) < all->unit_count;)
        cck_bulk_load(worker, (uint32_t)i);
    return NULL;
}

static void *finish_types(void *context)
{
    cck_bulk_worker *worker = context;
    if (worker->ready)
        cck_types_finish(worker->module);
    return NULL;
}

/* Run one pass on all workers; the first is this thread. */
static void run(cck_bulk *all, void *(*pass)(void *worker))
{
    bool started[CCK_BULK_WORKERS] = {false};
    atomic_store(&all->next, 0);
    for (unsigned i = 1; i < all->worker_count; i++)
        started[i] = pthread_create(&all->workers[i].thread, NULL, pass, &all->workers[i]) == 0;
    pass(&all->workers[0]);
    for (unsigned i = 1; i < all->worker_count; i++)
        if (started[i])
            pthread_join(all->workers[i].thread, NULL);
        else
            all->workers[i].ready = false;
}

static bool more_wanted(const cck_bulk *all)
{
    for (size_t i = 0; i < all->unit_count; i++)
        if (atomic_load(&all->wanted[i]) && !all->units[i].done)
            return true;
    return false;
}

static unsigned workers_for(unsigned jobs, size_t units)
{
    enum { UNITS_EACH = 8 };
    cpu_set_t cpus;
    if (!jobs)
        jobs = sched_getaffinity(0, sizeof cpus, &cpus) == 0 ? (unsigned)CPU_COUNT(&cpus) : 1;
    if (jobs > CCK_BULK_WORKERS)
        jobs = CCK_BULK_WORKERS;
    return units / UNITS_EACH + 1 < jobs ? (unsigned)(units / UNITS_EACH + 1) : jobs;
}

static int bulk_begin(cck_bulk *all, cck_debug *debug, unsigned jobs, cck_error *err)
{
    size_t own = units_list(all->module);
    all->unit_count = all->module->unit_count;
    all->units = calloc(all->unit_count + 1, sizeof *all->units);
    all->wanted = calloc(all->unit_count + 1, sizeof *all->wanted);
    if (!all->units || !all->wanted)
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    for (size_t i = 0; i < own; i++)
        atomic_store(&all->wanted[i], true);
    all->worker_count = workers_for(jobs, all->unit_count);
    for (unsigned i = 0; i < all->worker_count; i++)
        all->workers[i] = (cck_bulk_worker){.all = all, .number = i};
    all->workers[0].debug = debug;
    all->workers[0].module = all->module;
    for (unsigned i = 1; i < all->worker_count; i++)
        worker_begin(&all->workers[i]);
    return 0;
}

/* What could not be walked to its end is told, not passed over. */
static int cut_tell(cck_bulk *all, cck_error *err)
{
    size_t cut = 0, done = 0;
    for (size_t i = 0; i < all->unit_count; i++) {
        done += all->units[i].done;
        cut += all->units[i].cut;
    }
    if (!cut)
        return 0;
    cck_corpus_input *input = &all->corpus->inputs[all->input];
    const char *note = cck_arena_printf(
        &all->corpus->arena,
        "%s%s%zu of %zu units of debug information were not read to their end: they are damaged, "
        "or written in forms that are not known here; types behind that are missing",
        input->note, *input->note ? "; " : "", cut, done);
    if (!note)
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    input->note = note;
    return 0;
}

/* What failed for lack of memory is not told as if it were all. */
static int bulk_run(cck_bulk *all, cck_error *err)
{
    do
        run(all, scan_units);
    while (more_wanted(all));
    for (unsigned i = 0; i < all->worker_count; i++)
        if (all->workers[i].scan.full)
            return cck_fail(err, CCK_ENOMEM, "out of memory");
    int failed = cut_tell(all, err);
    if (!failed)
        failed = cck_bulk_merge(all, err);
    if (failed)
        return failed;
    run(all, load_units);
    run(all, finish_types);
    failed = cck_bulk_take(all, err);
    return failed ? failed : cck_bulk_globals(all, err);
}

static int bulk_end(cck_bulk *all, int failed, cck_error *err)
{
    for (unsigned i = 0; i < all->worker_count; i++) {
        cck_bulk_worker *worker = &all->workers[i];
        if (worker->module)
            worker->module->parents_read = NULL;
        cck_scan_clear(&worker->scan);
        free(worker->globals);
        if (i > 0 && worker->debug) {
            int lost = cck_corpus_own(all->corpus, worker->debug, debug_end, err);
            failed = failed ? failed : lost;
        }
        free(all->renumbered[i]);
    }
    for (size_t i = 0; i < all->unit_count && all->units; i++) {
        free(all->units[i].records);
        free(all->units[i].variables);
    }
    free(all->units);
    free(all->wanted);
    free(all->entries);
    free(all->first_of);
    cck_map_clear(&all->by_name);
    return failed;
}

int cck_bulk_read(cck_corpus *corpus, cck_debug *debug, cck_debug_module *module, uint32_t input,
                  const char *main_file, unsigned jobs, cck_error *err)
{
    int failed = cck_corpus_own(corpus, debug, debug_end, err);
    if (failed)
        return failed;
    cck_bulk *all = calloc(1, sizeof *all);
    if (!all)
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    all->corpus = corpus;
    all->module = module;
    all->path = module->path;
    all->input = input;
    all->main_file = main_file;
    failed = bulk_begin(all, debug, jobs, err);
    if (!failed)
        failed = bulk_run(all, err);
    failed = bulk_end(all, failed, err);
    free(all);
    return failed;
}
