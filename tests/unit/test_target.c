/* SPDX-License-Identifier: MIT */
/* Targets: found or refused, launched, ended, killed, never left behind. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/base/environment.h"
#include "core/session/target.h"

static void resolve_tells_missing_from_forbidden(void **state)
{
    (void)state;
    char file[256];
    cck_error err = {0};
    assert_int_equal(cck_target_resolve("sh", NULL, "/nowhere:/bin", file, sizeof file, &err), 0);
    assert_string_equal(file, "/bin/sh");
    assert_int_equal(cck_target_resolve("no-such", NULL, "/bin", file, sizeof file, &err),
                     CCK_ENOTFOUND);
    assert_non_null(strstr(err.hint, "./no-such"));
    assert_int_equal(cck_target_resolve("/no/such", NULL, NULL, file, sizeof file, &err),
                     CCK_ENOTFOUND);
    assert_int_equal(cck_target_resolve("", NULL, "/bin", file, sizeof file, &err), CCK_ENOTFOUND);
    assert_int_equal(cck_target_resolve("/tmp", NULL, NULL, file, sizeof file, &err), CCK_EEXEC);
    assert_int_equal(err.os_error, EISDIR);
    assert_int_equal(cck_target_resolve("./sh", "/bin", NULL, file, sizeof file, &err), 0);
    assert_int_equal(cck_target_resolve("sh", "/no/dir", "/bin", file, sizeof file, &err),
                     CCK_EINVALID);

    char path[] = "/tmp/cachecheck-test-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    assert_int_equal(chmod(path, 0644), 0);
    assert_int_equal(cck_target_resolve(path, NULL, NULL, file, sizeof file, &err), CCK_EEXEC);
    assert_non_null(strstr(err.hint, "chmod +x"));
    unlink(path);
}

static void environment_changes_apply_in_order(void **state)
{
    (void)state;
    char a[] = "A=1", b[] = "B=2", ab[] = "AB=3";
    char *base[] = {a, b, ab, NULL};
    const char *const first[] = {"A=9", "C=4", NULL}, *const second[] = {"B", "C=5", NULL};
    const char *const *const changes[] = {first, second, NULL};
    char **environment = cck_environment_new(base, changes);
    assert_string_equal(cck_environment_get(environment, "A"), "9");
    assert_string_equal(cck_environment_get(environment, "AB"), "3");
    assert_string_equal(cck_environment_get(environment, "C"), "5");
    assert_null(cck_environment_get(environment, "B"));
    cck_environment_free(environment);
}

static cck_target_end wait_for(cck_target *target)
{
    cck_target_end end = {0};
    for (int i = 0; i < 5000 && !cck_target_ended(target, false, &end); i++)
        usleep(1000);
    return end;
}

static void launched_target_waits_then_passes_its_status(void **state)
{
    (void)state;
    const char *const argv[] = {"sh", "-c", "exit $STATUS", NULL};
    const char *const set[] = {"STATUS=7", NULL}, *const *const environments[] = {set, NULL};
    cck_target *target;
    cck_target_end end = {0};
    assert_int_equal(cck_target_launch(&target, argv, "/", environments, NULL), 0);
    assert_int_equal(getpgid(cck_target_pid(target)), cck_target_pid(target));
    usleep(20000);
    assert_false(cck_target_ended(target, false, &end));
    assert_int_equal(cck_target_go(target, NULL), 0);
    end = wait_for(target);
    assert_true(end.exited);
    assert_int_equal(end.exit_code, 7);
    assert_int_equal(end.signal, 0);
    cck_target_free(target);
}

static void expect_failed_exec(const char *text, int code, int os_error)
{
    char path[] = "/tmp/cachecheck-test-XXXXXX";
    const char *const argv[] = {path, NULL};
    cck_target *target;
    cck_error err = {0};
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    assert_int_equal(fchmod(fd, 0755), 0);
    close(fd);
    assert_int_equal(cck_target_launch(&target, argv, NULL, NULL, NULL), 0);
    assert_int_equal(cck_target_go(target, &err), code);
    assert_int_equal(err.os_error, os_error);
    assert_string_not_equal(err.hint, "");
    cck_target_free(target);
    unlink(path);
}

static void failed_exec_is_told_with_its_reason(void **state)
{
    (void)state;
    expect_failed_exec("#!/no/such/interpreter\n", CCK_ENOTFOUND, ENOENT);
    expect_failed_exec("exit 0\n", CCK_EEXEC, ENOEXEC); /* never handed to a shell */
}

static void missing_program_is_not_launched(void **state)
{
    (void)state;
    const char *const argv[] = {"/no/such/program", NULL};
    cck_target *target = NULL;
    assert_int_equal(cck_target_launch(&target, argv, NULL, NULL, NULL), CCK_ENOTFOUND);
    assert_null(target);
}

static void killed_target_is_told_apart(void **state)
{
    (void)state;
    const char *const argv[] = {"sh", "-c", "kill -SEGV $$", NULL};
    cck_target *target;
    assert_int_equal(cck_target_launch(&target, argv, NULL, NULL, NULL), 0);
    assert_int_equal(cck_target_go(target, NULL), 0);
    cck_target_end end = wait_for(target);
    assert_int_equal(end.signal, SIGSEGV);
    assert_int_equal(end.exit_code, -1);
    cck_target_free(target);
}

static void freed_target_leaves_no_process(void **state)
{
    (void)state;
    const char *const argv[] = {"sleep", "1000", NULL};
    for (int started = 0; started < 2; started++) {
        cck_target *target;
        assert_int_equal(cck_target_launch(&target, argv, NULL, NULL, NULL), 0);
        pid_t pid = cck_target_pid(target);
        if (started)
            assert_int_equal(cck_target_go(target, NULL), 0);
        cck_target_free(target);
        assert_int_equal(kill(pid, 0), -1);
        assert_int_equal(errno, ESRCH);
    }
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
}

static void child_ends_when_nobody_lets_it_go(void **state)
{
    (void)state;
    int pid_pipe[2];
    assert_int_equal(pipe(pid_pipe), 0);
    pid_t middle = fork();
    if (middle == 0) {
        const char *const argv[] = {"sleep", "1000", NULL};
        cck_target *target;
        if (cck_target_launch(&target, argv, NULL, NULL, NULL) != 0)
            _exit(1);
        pid_t pid = cck_target_pid(target);
        if (write(pid_pipe[1], &pid, sizeof pid) != sizeof pid)
            _exit(1);
        raise(SIGKILL);
    }
    pid_t orphan = 0;
    assert_int_equal(read(pid_pipe[0], &orphan, sizeof orphan), sizeof orphan);
    assert_int_equal(waitpid(middle, NULL, 0), middle);
    close(pid_pipe[0]);
    close(pid_pipe[1]);
    /* Gone, or a zombie that its new parent has not reaped yet. */
    int alive = 1;
    for (int i = 0; i < 5000 && alive; i++) {
        char path[64], line[256] = "";
        snprintf(path, sizeof path, "/proc/%d/stat", (int)orphan);
        FILE *file = fopen(path, "r");
        alive = file && fgets(line, sizeof line, file) && !strstr(line, ") Z ");
        if (file)
            fclose(file);
        usleep(1000);
    }
    assert_false(alive);
}

static void attaching_to_nobody_is_an_error(void **state)
{
    (void)state;
    cck_target *target;
    cck_error err = {0};
    assert_int_equal(cck_target_attach(&target, 0, &err), CCK_EGONE);
    pid_t pid = fork();
    if (pid == 0)
        _exit(0);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    assert_int_equal(cck_target_attach(&target, pid, &err), CCK_EGONE);
    assert_non_null(strstr(err.message, "no process"));
}

static void attached_target_is_seen_to_end_and_never_signalled(void **state)
{
    (void)state;
    pid_t pid = fork();
    if (pid == 0) {
        for (;;)
            pause();
    }
    cck_target *target;
    cck_target_end end = {0};
    assert_int_equal(cck_target_attach(&target, pid, NULL), 0);
    cck_target_signal(target, SIGKILL);
    usleep(20000);
    assert_false(cck_target_ended(target, false, &end));
    assert_int_equal(kill(pid, SIGKILL), 0);
    end = wait_for(target);
    assert_true(end.exited);
    assert_int_equal(end.exit_code, -1);
    cck_target_free(target);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(resolve_tells_missing_from_forbidden),
        cmocka_unit_test(environment_changes_apply_in_order),
        cmocka_unit_test(launched_target_waits_then_passes_its_status),
        cmocka_unit_test(failed_exec_is_told_with_its_reason),
        cmocka_unit_test(missing_program_is_not_launched),
        cmocka_unit_test(killed_target_is_told_apart),
        cmocka_unit_test(freed_target_leaves_no_process),
        cmocka_unit_test(child_ends_when_nobody_lets_it_go),
        cmocka_unit_test(attaching_to_nobody_is_an_error),
        cmocka_unit_test(attached_target_is_seen_to_end_and_never_signalled),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
