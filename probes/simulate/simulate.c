/* SPDX-License-Identifier: MIT */
#include "probes/simulate/simulate.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "core/base/fail.h"
#include "core/base/folder.h"
#include "core/base/trust.h"
#include "probes/simulate/collect.h"
#include "probes/simulate/follow.h"
#include "probes/simulate/geometry.h"
#include "probes/simulate/home.h"
#include "probes/simulate/program.h"
#include "probes/simulate/trace.h"

/*
 * Valgrind reserves a slot of 7 KiB for each thread that may live at once, and ends
 * a program that needs more. Its own default of 500 ends programs that this tool is
 * made for; at some 7,000 the stacks exhaust its table of segments.
 */
#define MAX_THREADS "5000"
/* In depth memory counts: half of each slot stays with Valgrind (valgrind/spare.c). */
#define MAX_THREADS_TRACED "1500"

/*
 * Set-user-ID programs that scripts call. Valgrind refuses to execute such a
 * program while it follows children, so these run beside the simulation instead.
 */
#define SKIPPED                                                                                    \
    "*/sudo,*/su,*/mount,*/umount,*/fusermount,*/fusermount3,*/ping,*/passwd,*/newgrp,"            \
    "*/pkexec,*/doas,*/chsh,*/chfn,*/gpasswd,*/crontab"

/*
 * Two ways. For counts alone the tool simulates itself and writes records. For lines and
 * hot spots (`traced`) it writes what the program does into a ring, and it is simulated
 * here, beside it, with a model that knows more; see reader/.
 */
typedef struct simulation {
    cck_arena *arena; /* the session's, for strings of the result */
    cck_probe_facts *facts;
    bool traced, sharing; /* sharing: lines of threads are what is asked for */
    cck_plan plan;
    cck_reader *reader;
    cck_simulated simulated;
    cck_geometry_choice choice;
    cck_home home;
    char directory[PATH_MAX]; /* private, for records; "" before it is made */
    int lock;                 /* descriptor of it; -1 before */
    pid_t pid;
} simulation;

static int check(const cck_probe_request *request, cck_error *err)
{
    cck_simulated simulated;
    if (!request->target->argv) {
        cck_fail(err, CCK_EUNSUPPORTED, "a process that runs already cannot be simulated");
        cck_hint(err, "%s",
                 request->want == CCK_WANT_COUNTS
                     ? "start the program anew under cachecheck, or count with --backend software"
                 : request->want == CCK_WANT_SHARING
                     ? "run cachecheck as the user of that process, or as root, or start the "
                       "program anew under it"
                     : "start the program anew under cachecheck");
        return CCK_EUNSUPPORTED;
    }
    int status = cck_simulated_choose(&simulated, request->options, err);
    if (status < 0)
        return status;
    cck_home *home = calloc(1, sizeof *home);
    if (!home)
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    status = cck_home_find(home, err);
    free(home);
    return status < 0 ? status : cck_program_check(request->target, err);
}

static void add_note(cck_probe_facts *facts, const char *note)
{
    size_t at = 0;
    while (facts->notes[at])
        at++;
    if (note && at + 1 < sizeof facts->notes / sizeof *facts->notes)
        facts->notes[at] = note;
}

static void tell_facts(simulation *s, cck_probe_facts *facts)
{
    facts->events = s->simulated.events;
    facts->event_count = s->simulated.count;
    facts->why = "";
    facts->slowdown = "3-30 x, and threads run one at a time";
    facts->model = s->choice.text;
    add_note(facts, cck_arena_printf(s->arena,
                                     "modelled, not measured: each process on a machine of its "
                                     "own, threads dealt out to %" PRIu32 " private cores, one "
                                     "running at a time; user mode only",
                                     s->choice.geometry.cores));
    add_note(facts, "coherence misses, prefetching and address translation are not modelled");
    if (s->choice.note[0])
        add_note(facts, s->choice.note);
}

/* All threads beside one D1: from there nobody takes a line. */
static bool has_one_core(const cck_plan *plan)
{
    bool one = plan->placement == CCK_PLACE_LIST;
    for (size_t i = 1; one && i < plan->core_count; i++)
        one = plan->cores[i] == plan->cores[0];
    return one || plan->model.cores == 1;
}

static void tell_plan(simulation *s, cck_probe_facts *facts)
{
    facts->events = s->simulated.events;
    facts->event_count = s->simulated.count;
    facts->why = "";
    facts->slowdown = "5-60 x";
    facts->model = s->plan.text;
    add_note(facts,
             cck_arena_printf(s->arena,
                              "modelled, not measured: each process on a machine of its own, "
                              "threads on %" PRIu32 " private cores, side by side in modelled "
                              "time; user mode only, without what system calls read and write",
                              s->plan.model.cores));
    if (s->sharing && has_one_core(&s->plan))
        add_note(facts,
                 "all threads run on one modelled core, where none takes a line from another: "
                 "--cache cores=N models more");
    if (s->plan.note[0])
        add_note(facts, s->plan.note);
}

static int choose_machine(simulation *s, const cck_probe_request *request, cck_error *err)
{
    if (s->traced)
        return cck_plan_make(&s->plan, request, err);
    return cck_geometry_choose(&s->choice, request->options->cache, request->machine,
                               request->arena, err);
}

static int create(void **out_state, const cck_probe_request *request, cck_probe_facts *facts,
                  cck_error *err)
{
    /* The events' array is part of the result's strings: let it live as long. */
    simulation *s = cck_arena_alloc(request->arena, sizeof *s);
    if (!s)
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    s->arena = request->arena;
    s->lock = -1;
    s->facts = facts;
    s->traced = request->want != CCK_WANT_COUNTS;
    s->sharing = request->want == CCK_WANT_SHARING;
    int status = cck_simulated_choose(&s->simulated, request->options, err);
    if (!status)
        status = choose_machine(s, request, err);
    if (!status)
        status = cck_home_find(&s->home, err);
    if (!status)
        status = cck_trust_make_locked("run-", s->directory, sizeof s->directory, &s->lock, err);
    if (status < 0)
        return status;
    if (s->traced)
        tell_plan(s, facts);
    else
        tell_facts(s, facts);
    *out_state = s;
    return 0;
}

static const char *shape_option(simulation *s, const char *name, const cck_shape *shape)
{
    return cck_arena_printf(s->arena, "--%s=%" PRIu64 ",%" PRIu32 ",%" PRIu32, name, shape->size,
                            shape->ways, shape->line);
}

static size_t geometry_words(simulation *s, const char **out_words)
{
    const cck_geometry *geometry = &s->choice.geometry;
    size_t n = 0;
    out_words[n++] = shape_option(s, "I1", &geometry->i1);
    out_words[n++] = shape_option(s, "D1", &geometry->d1);
    if (geometry->l2.size)
        out_words[n++] = shape_option(s, "L2", &geometry->l2);
    out_words[n++] = shape_option(s, "LL", &geometry->ll);
    out_words[n++] = cck_arena_printf(s->arena, "--cores=%" PRIu32, geometry->cores);
    return n;
}

/* What need not be told: what changes nothing in the caches of the model, as far as the writer of
 * the trace can know which these are. */
static size_t held_words(simulation *s, const char **out_words)
{
    const cck_plan *plan = &s->plan;
    uint64_t sets = cck_model_lasting_sets(&plan->model);
    if (!sets || sets > 1 << 16 || plan->placement != CCK_PLACE_ROUND_ROBIN || plan->remap ||
        plan->start_at || plan->marked)
        return 0;
    out_words[0] = cck_arena_printf(s->arena, "--held=%" PRIu64 ",%d,%" PRIu32, sets,
                                    __builtin_ctz(plan->model.d1.line), plan->model.cores);
    return 1;
}

/* The words in front of the target's own. Returns how many; NULL ones: out of memory. */
static size_t launcher_words(simulation *s, const char **out_words)
{
    size_t n = 0;
    out_words[n++] = s->home.valgrind;
    out_words[n++] = s->traced ? "--tool=cachecheck-trace" : "--tool=cachecheck";
    out_words[n++] = "--command-line-only=yes"; /* the user's ~/.valgrindrc is for others */
    out_words[n++] = "--quiet";
    /* Not in our directory, which a daemon outlives: valgrind/log.c says why. */
    out_words[n++] = "--log-file=/dev/null";
    out_words[n++] = "--sigill-diagnostics=yes"; /* which --quiet turns off */
    out_words[n++] = "--trace-children=yes";
    out_words[n++] = "--trace-children-skip=" SKIPPED;
    out_words[n++] = "--vgdb=no";
    out_words[n++] = "--fair-sched=try"; /* a spinning thread does not starve the others */
    out_words[n++] = s->traced ? "--max-threads=" MAX_THREADS_TRACED : "--max-threads=" MAX_THREADS;
    if (s->traced) {
        out_words[n++] = "--trace=yes";
        n += held_words(s, out_words + n);
    } else {
        n += geometry_words(s, out_words + n);
    }
    out_words[n++] = cck_arena_printf(s->arena, "--directory=%s", s->directory);
    out_words[n++] = "--";
    return n;
}

enum { LAUNCHER_WORDS = 24 };

static size_t length_of(const char *const *list)
{
    size_t length = 0;
    while (list && list[length])
        length++;
    return length;
}

static int change_command(void *state, cck_command *command, cck_error *err)
{
    simulation *s = state;
    size_t words = length_of(command->argv), entries = length_of(command->environment);
    const char **argv = cck_arena_array(s->arena, LAUNCHER_WORDS + words + 1, sizeof *argv);
    const char **environment = cck_arena_array(s->arena, entries + 2, sizeof *environment);
    if (!argv || !environment)
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    size_t front = launcher_words(s, argv);
    for (size_t i = 0; i < front; i++)
        if (!argv[i])
            return cck_fail(err, CCK_ENOMEM, "out of memory");
    memcpy(argv + front, command->argv, words * sizeof *argv);
    if (entries)
        memcpy(environment, command->environment, entries * sizeof *environment);
    environment[entries] = cck_arena_printf(s->arena, "VALGRIND_LIB=%s", s->home.libexec);
    if (!environment[entries])
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    command->argv = argv;
    command->environment = environment;
    return 0;
}

static int open_target(void *state, pid_t pid, cck_error *err)
{
    simulation *s = state;
    s->pid = pid;
    return s->traced ? cck_reader_new(&s->reader, &s->plan, s->directory, err) : 0;
}

static int poll_fds(void *state, struct pollfd *fds, int size)
{
    simulation *s = state;
    int fd = s->reader ? cck_reader_fd(s->reader) : -1;
    if (fd < 0 || size < 1)
        return 0;
    fds[0] = (struct pollfd){.fd = fd, .events = POLLIN};
    return 1;
}

static int drain(void *state, cck_error *err)
{
    simulation *s = state;
    return s->reader ? cck_reader_look(s->reader, err) : 0; /* else all is in the records */
}

static bool is_finished(void *state)
{
    const simulation *s = state;
    return s->reader && cck_reader_is_done(s->reader);
}

static bool tell_progress(void *state, cck_progress *out_progress)
{
    const simulation *s = state;
    if (!s->reader)
        return false;
    cck_reader_progress(s->reader, out_progress);
    return true;
}

static void tell_collected(simulation *s, const cck_collected *collected)
{
    if (collected->partial)
        add_note(s->facts,
                 cck_arena_printf(s->arena,
                                  "partial: %" PRIu32 " process%s still ran or %s killed; "
                                  "the last second may be missing",
                                  collected->partial, collected->partial == 1 ? "" : "es",
                                  collected->partial == 1 ? "was" : "were"));
    if (collected->empty)
        add_note(s->facts,
                 cck_arena_printf(s->arena,
                                  "partial: %" PRIu32 " process image%s ended, or still ran, "
                                  "before the first record: nothing of that is counted",
                                  collected->empty, collected->empty == 1 ? "" : "s"));
    if (collected->unfinished)
        add_note(s->facts,
                 cck_arena_printf(s->arena,
                                  "%" PRIu32 " process%s executed a program that was "
                                  "not simulated (32-bit or set-user-ID)",
                                  collected->unfinished, collected->unfinished == 1 ? "" : "es"));
    if (collected->damaged)
        add_note(s->facts,
                 cck_arena_printf(s->arena, "%" PRIu32 " record%s left out: %s", collected->damaged,
                                  collected->damaged == 1 ? "" : "s", collected->damage.message));
}

/* The first that Valgrind itself, or the tool in it, had to say, such as on an instruction
 * that it does not know: the reason of a run without any record. */
static bool read_log(const simulation *s, char *out_line, size_t size)
{
    char path[PATH_MAX + 32];
    snprintf(path, sizeof path, "%s/log.%d", s->directory, (int)s->pid);
    FILE *log = fopen(path, "re");
    if (!log)
        return false;
    out_line[0] = 0;
    while (!out_line[0] && fgets(out_line, (int)size, log)) {
        out_line[strcspn(out_line, "\n")] = 0;
        const char *text = strstr(out_line, "== "); /* behind ==PID== */
        if (!strncmp(out_line, "==", 2))
            memmove(out_line, text ? text + 3 : "", text ? strlen(text + 3) + 1 : 1);
    }
    fclose(log);
    return out_line[0];
}

static const char *explain_log(const simulation *s, const char *line)
{
    if (strstr(line, "--max-threads"))
        return s->traced ? "Valgrind ended the target: more than " MAX_THREADS_TRACED
                           " threads lived at once"
                         : "Valgrind ended the target: more than " MAX_THREADS
                           " threads lived at once";
    return cck_arena_printf(s->arena, "Valgrind said: %s", line);
}

/* Ours in the trace, Valgrind's own with --sigill-diagnostics: both begin with the instruction.
 * 0x62 is the prefix of AVX-512, see Intel's manual, volume 2, 2.7. */
static const char *unknown_instruction(const simulation *s, const char *line)
{
    if (strstr(line, "AVX-512") || strstr(line, "unhandled instruction bytes: 0x62"))
        return "an instruction of AVX-512, which it does not know";
    if (strstr(line, "cannot run") || strstr(line, "unhandled instruction"))
        return cck_arena_printf(s->arena, "an instruction that it does not know (%s)", line);
    return NULL;
}

static void tell_log(simulation *s, const char *line, bool cut_off)
{
    const char *unknown = unknown_instruction(s, line);
    s->facts->cannot_run = unknown;
    if (unknown)
        add_note(s->facts, cck_arena_printf(s->arena, "Valgrind cannot run %s", unknown));
    else if (cut_off)
        add_note(s->facts, explain_log(s, line));
}

static void tell_followed(simulation *s, const cck_followed *followed)
{
    tell_collected(s, &followed->collected);
    if (followed->real_time_turns)
        add_note(s->facts, cck_arena_printf(s->arena,
                                            "the order of %" PRIu64 " turns depended on this "
                                            "machine's timing: results may differ between runs",
                                            followed->real_time_turns));
    if (followed->cut_off)
        add_note(s->facts,
                 cck_arena_printf(s->arena,
                                  "partial: %" PRIu32 " process%s not simulated to the "
                                  "end: too many ran at once",
                                  followed->cut_off, followed->cut_off == 1 ? " was" : "es were"));
    if (followed->forked)
        add_note(s->facts,
                 cck_arena_printf(s->arena, "%" PRIu32 " process%s began with cold caches",
                                  followed->forked, followed->forked == 1 ? "" : "es"));
    if (followed->heapless)
        add_note(s->facts,
                 cck_arena_printf(s->arena,
                                  "%" PRIu32 " process%s told of no heap blocks (a static program, "
                                  "one without any, or vgpreload_cachecheck-trace is missing): "
                                  "memory is told by its mapping there",
                                  followed->heapless, followed->heapless == 1 ? "" : "es"));
    if (followed->stopped)
        add_note(s->facts,
                 cck_arena_printf(s->arena, "ended after %" PRIu64 " instructions, as asked for",
                                  s->plan.max_instructions));
    if (s->plan.start_at && !followed->started)
        add_note(s->facts, cck_arena_printf(s->arena,
                                            "nothing was simulated: '%s' was never called; "
                                            "the compiler may have inlined it",
                                            s->plan.start_at));
    else if (s->plan.marked && !followed->instructions)
        add_note(s->facts, "nothing was simulated: no region was marked by cachecheck_begin()");
}

static bool tally_has_counts(const cck_tally *tally)
{
    for (size_t i = 0; i < tally->event_count; i++)
        if (tally->totals[i].raw)
            return true;
    return false;
}

static int collect(simulation *s, cck_tally *tally, cck_collected *out_collected, cck_error *err)
{
    if (!s->traced) {
        int status = cck_collect(out_collected, tally, &s->simulated, s->directory, s->pid, err);
        if (status == 0)
            tell_collected(s, out_collected);
        return status;
    }
    cck_followed followed;
    int status = cck_reader_finish(s->reader, s->pid, err);
    if (status == 0)
        status = cck_follow_collect(&followed, tally, &s->simulated, s->reader, &s->plan, err);
    /* Not a number is better than 0 of something that happened. */
    if (status == 0 && followed.collected.damaged && !tally_has_counts(tally))
        status = cck_error_move(err, &followed.collected.damage);
    if (status < 0)
        return status;
    tell_followed(s, &followed);
    *out_collected = followed.collected;
    return 0;
}

static int fail_without_record(const simulation *s, const char *line, cck_error *err)
{
    struct statvfs disk;
    if (s->traced && !statvfs(s->directory, &disk) &&
        disk.f_bavail < (CCK_TRACE_RING_BYTES + CCK_TRACE_HEADER_BYTES) / disk.f_bsize) {
        cck_fail(err, CCK_EIO, "nothing was traced: no space left in %s", s->directory);
        cck_hint(err, "set TMPDIR to where there are %d MiB free for each process",
                 (CCK_TRACE_RING_BYTES >> 20) + 1);
        return CCK_EIO;
    }
    cck_fail(err, CCK_EIO, "the simulator left no record%s%s", *line ? ": " : "", line);
    cck_hint(err, "the target may have lost access to %s (chroot, another user)", s->directory);
    return CCK_EIO;
}

static int close_target(void *state, cck_tally *tally, cck_error *err)
{
    simulation *s = state;
    cck_collected collected;
    char line[256];
    bool two_levels = !(s->traced ? s->plan.model.l2.size : s->choice.geometry.l2.size);
    for (size_t i = 0; i < s->simulated.count; i++)
        if (cck_simulated_needs_l2(s->simulated.which[i]) && two_levels)
            tally->not_counted[i] = "two-level geometry";
    int status = collect(s, tally, &collected, err);
    if (status < 0)
        return status;
    bool said = read_log(s, line, sizeof line);
    if (said)
        tell_log(s, line, collected.partial || collected.empty);
    if (!collected.images && (s->traced || !collected.empty))
        return fail_without_record(s, said ? line : "", err);
    return 0;
}

static int observe(void *state, cck_observed *out_observed, cck_error *err)
{
    simulation *s = state;
    if (!s->traced)
        return cck_fail(err, CCK_EINVALID, "only counts were asked for");
    return cck_reader_observe(s->reader, &s->plan, out_observed, err);
}

static void destroy(void *state)
{
    simulation *s = state;
    if (!s)
        return;
    cck_reader_free(s->reader);
    s->reader = NULL;
    if (!s->directory[0])
        return;
    cck_folder_remove(s->directory);
    s->directory[0] = 0;
    close(s->lock);
}

static int list(const cck_root *root, const char *filter, cck_list_sink *sink, void *context,
                cck_error *err)
{
    (void)root;
    cck_error reason = {0};
    cck_home *home = calloc(1, sizeof *home);
    if (!home)
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    int code = cck_home_find(home, &reason);
    free(home);
    cck_simulated_list(filter, code < 0 ? reason.message : NULL, sink, context);
    return 0;
}

const cck_probe cck_probe_simulate = {
    .name = "simulate",
    .backend = CCK_BACKEND_SIMULATE,
    .evidence = CCK_SIMULATED,
    .priority = 50, /* better than none of the counts, worse than a PMU */
    .needs_machine = true,
    .check = check,
    .create = create,
    .command = change_command,
    .open = open_target,
    .poll_fds = poll_fds,
    .drain = drain,
    .finished = is_finished,
    .progress = tell_progress,
    .totals = NULL, /* records are refreshed too rarely for intervals */
    .close = close_target,
    .observe = observe,
    .destroy = destroy,
    .list = list,
    .doctor = cck_home_doctor,
};
