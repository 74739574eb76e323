/* SPDX-License-Identifier: MIT */
/* The probe from check to destroy, on real programs, without a session around it. */
#include <dirent.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "probes/simulate/simulate.h"

static char folder[64]; /* for temporary files of a test, and TMPDIR */

/* Everything a run needs, and what it leaves. */
typedef struct session {
    cck_arena arena;
    cck_stat_options options;
    cck_target_options target;
    cck_probe_request request;
    cck_probe_facts facts;
    cck_tally tally;
    cck_error err;
    int status; /* of wait() */
} session;

static void start(session *s, const char *const *argv)
{
    *s = (session){.options = {.size = sizeof s->options, .cache = "L2=64K,8,64 LL=1M,16,64"},
                   .target = {.size = sizeof s->target, .argv = argv}};
    s->request =
        (cck_probe_request){.options = &s->options, .target = &s->target, .arena = &s->arena};
}

static void end(session *s)
{
    cck_tally_clear(&s->tally);
    cck_arena_clear(&s->arena);
}

static int check(session *s)
{
    return cck_probe_simulate.check(&s->request, &s->err);
}

/* The probe works here, or the test is skipped. */
static void need_simulator(void)
{
    static const char *const argv[] = {"true", NULL};
    session s;
    start(&s, argv);
    int status = check(&s);
    if (status == CCK_EUNSUPPORTED) {
        print_message("skipped: %s\n", s.err.message);
        skip();
    }
    assert_int_equal(status, 0);
}

static pid_t launch(const cck_command *command)
{
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid)
        return pid;
    for (const char *const *entry = command->environment; entry && *entry; entry++)
        putenv((char *)*entry);
    freopen("/dev/null", "w", stdout);
    execvp(command->argv[0], (char *const *)command->argv);
    _exit(127);
}

static void run(session *s)
{
    const cck_probe *probe = &cck_probe_simulate;
    cck_command command = {s->target.argv, s->target.environment};
    void *state = NULL;
    assert_int_equal(probe->check(&s->request, &s->err), 0);
    if (probe->create(&state, &s->request, &s->facts, &s->err) < 0 ||
        probe->command(state, &command, &s->err) < 0)
        fail_msg("%s", s->err.message);
    pid_t pid = launch(&command);
    assert_int_equal(probe->open(state, pid, &s->err), 0);
    assert_int_equal(probe->drain(state, &s->err), 0);
    assert_int_equal(waitpid(pid, &s->status, 0), pid);
    assert_true(cck_tally_init(&s->tally, s->facts.event_count));
    if (probe->close(state, &s->tally, &s->err) < 0)
        fail_msg("%s", s->err.message);
    probe->destroy(state);
}

static size_t event(const session *s, const char *name)
{
    for (size_t i = 0; i < s->facts.event_count; i++)
        if (!strcmp(s->facts.events[i].name, name))
            return i;
    fail_msg("no event %s", name);
    return 0;
}

static uint64_t total(const session *s, const char *name)
{
    return s->tally.totals[event(s, name)].raw;
}

static bool noted(const session *s, const char *words)
{
    for (const char *const *note = s->facts.notes; *note; note++)
        if (strstr(*note, words))
            return true;
    return false;
}

static int entries_in(const char *path)
{
    int count = 0;
    DIR *directory = opendir(path);
    assert_non_null(directory);
    for (struct dirent *entry; (entry = readdir(directory));)
        count += entry->d_name[0] != '.';
    closedir(directory);
    return count;
}

static void threads_are_counted_and_named(void **state)
{
    (void)state;
    need_simulator();
    static const char *const argv[] = {CCK_FIXTURES "/fixture_simulate_threads", "3", "100", NULL};
    session s;
    start(&s, argv);
    s.options.cache = "L2=64K,8,64 LL=1M,16,64 cores=2";
    run(&s);
    assert_true(WIFEXITED(s.status) && WEXITSTATUS(s.status) == 0);
    assert_int_equal(s.facts.event_count, 11);
    assert_string_equal(s.facts.model,
                        "I1=32768,8,64 D1=32768,8,64 L2=65536,8,64 LL=1048576,16,64 cores=2");
    assert_int_equal(s.tally.thread_count, 4);
    assert_string_equal(s.tally.threads[0]->name, "fixture_simulat");
    assert_string_equal(s.tally.threads[3]->name, "worker-3");
    assert_int_equal(s.tally.threads[3]->cpus[0].cpu, 1);
    assert_true(s.tally.threads[3]->counts[event(&s, "atomics")].raw >= 900);
    assert_true(total(&s, "L1d-load-misses") >= total(&s, "L2-load-misses"));
    assert_true(total(&s, "L2-load-misses") >= total(&s, "LLC-load-misses"));
    assert_true(total(&s, "LLC-load-misses") > 0);
    for (size_t i = 0; i < s.facts.event_count; i++) {
        uint64_t sum = 0;
        for (size_t t = 0; t < s.tally.thread_count; t++)
            sum += s.tally.threads[t]->counts[i].raw;
        assert_int_equal(sum, s.tally.totals[i].raw);
        assert_null(s.tally.not_counted[i]);
        assert_int_equal(strncmp(s.facts.events[i].counted, "simulated: ", 11), 0);
    }
    assert_true(noted(&s, "coherence misses"));
    assert_false(noted(&s, "partial"));
    assert_int_equal(entries_in(folder), 0);
    end(&s);
}

static void two_levels_have_no_l2(void **state)
{
    (void)state;
    need_simulator();
    static const char *const argv[] = {"true", NULL};
    session s;
    start(&s, argv);
    s.options.cache = "LL=1M,16,64";
    run(&s);
    size_t l2 = event(&s, "L2-load-misses");
    assert_string_equal(s.tally.not_counted[l2], "two-level geometry");
    assert_int_equal(s.tally.totals[l2].running, 0);
    assert_true(total(&s, "instructions") > 10000);
    end(&s);
}

static void chosen_events_are_counted_alone(void **state)
{
    (void)state;
    need_simulator();
    static const char *const argv[] = {"true", NULL};
    static const char *const events[] = {"atomics,loads", "atomics", NULL};
    session s;
    start(&s, argv);
    s.options.events = events;
    run(&s);
    assert_int_equal(s.facts.event_count, 2);
    assert_string_equal(s.facts.events[0].name, "atomics");
    assert_true(total(&s, "loads") > total(&s, "atomics"));
    end(&s);
}

static void a_target_killed_by_a_signal_is_counted(void **state)
{
    (void)state;
    need_simulator();
    static const char *const argv[] = {CCK_FIXTURES "/fixture_simulate_end", "term", NULL};
    session s;
    start(&s, argv);
    run(&s);
    assert_true(WIFSIGNALED(s.status) && WTERMSIG(s.status) == SIGTERM);
    assert_true(total(&s, "loads") > 819200);
    assert_false(noted(&s, "partial"));
    end(&s);
}

static void a_script_and_its_children_are_simulated(void **state)
{
    (void)state;
    need_simulator();
    char path[128];
    snprintf(path, sizeof path, "%s/script", folder);
    FILE *script = fopen(path, "w");
    assert_non_null(script);
    fputs("#! /bin/sh\ncat /dev/null\nexec true\n", script);
    fclose(script);
    assert_int_equal(chmod(path, 0755), 0);
    const char *argv[] = {path, NULL};
    session s;
    start(&s, argv);
    run(&s);
    assert_int_equal(s.tally.processes, 2);
    assert_int_equal(s.tally.thread_count, 2);
    assert_string_equal(s.tally.threads[0]->name, "true");
    assert_string_equal(s.tally.threads[1]->name, "cat");
    end(&s);
    unlink(path);
}

static void wrong_requests_are_refused(void **state)
{
    (void)state;
    need_simulator();
    static const char *const argv[] = {"true", NULL};
    session s;
    start(&s, NULL);
    s.target.pid = 1;
    assert_int_equal(check(&s), CCK_EUNSUPPORTED);
    assert_non_null(strstr(s.err.hint, "--backend software"));
    start(&s, argv);
    s.options.events = (const char *const[]){"LLC-load-mises", NULL};
    assert_int_equal(check(&s), CCK_ENOTFOUND);
    assert_non_null(strstr(s.err.hint, "'LLC-load-misses'"));
    s.options.events = (const char *const[]){"cycles", NULL};
    assert_int_equal(check(&s), CCK_ENOTFOUND);
    s.options.events = (const char *const[]){",,", NULL};
    assert_true(check(&s) < 0);
    s.options.events = NULL;
    s.options.set = "tlb";
    assert_int_equal(check(&s), CCK_EUNSUPPORTED);
    s.options.set = "default";
    assert_int_equal(check(&s), 0);
    s.options.cache = "D1=1";
    void *probe = NULL;
    assert_int_equal(cck_probe_simulate.create(&probe, &s.request, &s.facts, &s.err), CCK_EINVALID);
    assert_null(probe);
    cck_probe_simulate.destroy(NULL);
    assert_int_equal(entries_in(folder), 0);
    end(&s);
}

/* Write a file of `length` bytes and mode, and check the command that it is. */
static int check_file(const char *bytes, size_t length, mode_t mode)
{
    char path[128];
    snprintf(path, sizeof path, "%s/program", folder);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, length, file), length);
    fclose(file);
    assert_int_equal(chmod(path, mode), 0);
    const char *argv[] = {path, NULL};
    session s;
    start(&s, argv);
    int status = check(&s);
    unlink(path);
    return status;
}

static void unfit_programs_are_refused(void **state)
{
    (void)state;
    need_simulator();
    char elf[64] = "\177ELF\2\1\1";
    elf[16] = 2;
    elf[18] = 62;
    assert_int_equal(check_file(elf, sizeof elf, 0755), 0);
    assert_int_equal(check_file(elf, sizeof elf, 04755), CCK_EUNSUPPORTED);
    assert_int_equal(check_file(elf, sizeof elf, 02755), CCK_EUNSUPPORTED);
    assert_int_equal(check_file(elf, sizeof elf, 0644), CCK_EEXEC);
    assert_int_equal(check_file(elf, 20, 0755), CCK_EEXEC);
    elf[4] = 1;
    assert_int_equal(check_file(elf, sizeof elf, 0755), CCK_EUNSUPPORTED);
    elf[4] = 2, elf[18] = 40;
    assert_int_equal(check_file(elf, sizeof elf, 0755), CCK_EUNSUPPORTED);
    assert_int_equal(check_file("", 0, 0755), CCK_EEXEC);
    assert_int_equal(check_file("#!", 2, 0755), CCK_EEXEC);
    assert_int_equal(check_file("#!/nowhere/sh\n", 14, 0755), CCK_ENOTFOUND);
    assert_int_equal(check_file("#! /bin/sh -e\n", 14, 0755), 0);
    assert_int_equal(check_file("hello\n", 6, 0755), CCK_EEXEC);
    char self[160];
    int length = snprintf(self, sizeof self, "#!%s/program\n", folder);
    assert_int_equal(check_file(self, (size_t)length, 0755), CCK_EEXEC);
    session s;
    start(&s, (const char *const[]){"/", NULL});
    assert_int_equal(check(&s), CCK_EEXEC);
    start(&s, (const char *const[]){"no-such-command-here", NULL});
    assert_int_equal(check(&s), CCK_ENOTFOUND);
    start(&s, (const char *const[]){"", NULL});
    assert_int_equal(check(&s), CCK_ENOTFOUND);
    start(&s, (const char *const[]){"true", NULL});
    s.target.environment = (const char *const[]){"PATH=/nowhere", NULL};
    assert_int_equal(check(&s), CCK_ENOTFOUND);
    start(&s, (const char *const[]){"bin/sh", NULL});
    s.target.directory = "/";
    assert_int_equal(check(&s), 0);
}

/* Doctor's lines by part; without valgrind they say how to get it. */
static void remember(void *context, const cck_check *check)
{
    char *text = context;
    size_t used = strlen(text);
    snprintf(text + used, 2000 - used, "%s/%s %d %s\n", check->backend, check->part, check->state,
             check->enable);
}

static void the_doctor_names_the_package(void **state)
{
    (void)state;
    need_simulator();
    char text[2000] = "";
    cck_probe_simulate.doctor(NULL, remember, text);
    assert_non_null(strstr(text, "simulate/ 0 \n"));
    assert_non_null(strstr(text, "simulate/valgrind 0 \n"));
    assert_non_null(strstr(text, "simulate/tool 0 \n"));
    char *path = strdup(getenv("PATH"));
    setenv("PATH", "/nowhere", 1);
    *text = 0;
    cck_probe_simulate.doctor(NULL, remember, text);
    assert_non_null(strstr(text, "simulate/valgrind 2 apt-get install valgrind\n"));
    assert_non_null(strstr(text, "simulate/ 2 apt-get install valgrind\n"));
    setenv("PATH", path, 1);
    free(path);
}

static int make_folder(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/cck-test-XXXXXX");
    return mkdtemp(folder) ? setenv("TMPDIR", folder, 1) : -1;
}

static int remove_folder(void **state)
{
    (void)state;
    return rmdir(folder); /* nothing was left behind in it */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(threads_are_counted_and_named),
        cmocka_unit_test(two_levels_have_no_l2),
        cmocka_unit_test(chosen_events_are_counted_alone),
        cmocka_unit_test(a_target_killed_by_a_signal_is_counted),
        cmocka_unit_test(a_script_and_its_children_are_simulated),
        cmocka_unit_test(wrong_requests_are_refused),
        cmocka_unit_test(unfit_programs_are_refused),
        cmocka_unit_test(the_doctor_names_the_package),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
