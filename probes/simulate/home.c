/* SPDX-License-Identifier: MIT */
#include "probes/simulate/home.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/fail.h"
#include "core/base/libexec.h"
#include "core/base/trust.h"

/* Without the tool kit at configure time there is no tool to look for. */
#ifndef CCK_VALGRIND_ARCH
#define CCK_VALGRIND_ARCH ""
#endif

static const char install_hint[] = "apt-get install valgrind";

static bool built_with_tool(void)
{
    return CCK_VALGRIND_VERSION[0];
}

/* A home is complete when the tool runs and Valgrind's companion is where it links to. */
static bool is_home(const char *directory)
{
    char path[PATH_MAX];
    int length =
        snprintf(path, sizeof path, "%s/cachecheck-%s-linux", directory, CCK_VALGRIND_ARCH);
    return length < (int)sizeof path && access(path, X_OK) == 0;
}

static bool has_companion(const char *directory)
{
    char path[PATH_MAX];
    int length =
        snprintf(path, sizeof path, "%s/vgpreload_core-%s-linux.so", directory, CCK_VALGRIND_ARCH);
    return length < (int)sizeof path && access(path, R_OK) == 0;
}

static int no_tool(cck_error *err)
{
    if (!built_with_tool()) {
        cck_fail(err, CCK_EUNSUPPORTED,
                 "this build has no simulator: it was configured without "
                 "Valgrind's tool kit");
        cck_hint(err, "%s, then configure and build cachecheck again", install_hint);
    } else {
        cck_fail(err, CCK_EUNSUPPORTED, "the simulator's tool cachecheck-%s-linux is not installed",
                 CCK_VALGRIND_ARCH);
        if (cck_libexec_distrusted())
            cck_hint(err, "CACHECHECK_LIBEXEC is left out: as root only a folder is taken that "
                          "nobody but root can write to");
        else
            cck_hint(err, "install cachecheck completely, or set CACHECHECK_LIBEXEC to the folder "
                          "of the tool");
    }
    return CCK_EUNSUPPORTED;
}

static int find_tool(cck_home *home, cck_error *err)
{
    char place[PATH_MAX], path[PATH_MAX];
    if (!built_with_tool())
        return no_tool(err);
    for (int cursor = 0; cck_libexec_next(&cursor, place, sizeof place);) {
        if (!is_home(place) || !realpath(place, path))
            continue;
        if (!has_companion(path)) {
            cck_fail(err, CCK_EUNSUPPORTED,
                     "Valgrind's vgpreload_core-%s-linux.so is missing in %s", CCK_VALGRIND_ARCH,
                     path);
            cck_hint(err, "%s", install_hint);
            return CCK_EUNSUPPORTED;
        }
        strcpy(home->libexec, path);
        return 0;
    }
    return no_tool(err);
}

/* What a command prints, up to `size`. False when it cannot be run or fails. */
static bool output_of(char *const argv[], char *out_text, size_t size)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0)
        return false;
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    pid_t pid;
    int failed = posix_spawn(&pid, argv[0], &actions, NULL, argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    size_t used = 0;
    for (ssize_t got = 1; !failed && got && used + 1 < size;) {
        got = read(ends[0], out_text + used, size - 1 - used);
        if (got < 0 && errno != EINTR)
            break;
        used += got > 0 ? (size_t)got : 0;
    }
    close(ends[0]);
    out_text[used] = 0;
    int status = -1;
    while (!failed && waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    return !failed && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static int find_valgrind(cck_home *home, cck_error *err)
{
    char output[128];
    if (!cck_trust_find_program("valgrind", home->valgrind, sizeof home->valgrind)) {
        cck_fail(err, CCK_EUNSUPPORTED, "valgrind is not installed, or not in PATH");
        cck_hint(err, "%s", install_hint);
        return CCK_EUNSUPPORTED;
    }
    char *argv[] = {home->valgrind, (char[]){"--command-line-only=yes"}, (char[]){"--version"},
                    NULL};
    if (!output_of(argv, output, sizeof output) ||
        sscanf(output, "valgrind-%31[0-9.]", home->version) != 1) {
        cck_fail(err, CCK_EUNSUPPORTED, "%s does not run here", home->valgrind);
        cck_hint(err, "see what '%s --version' says", home->valgrind);
        return CCK_EUNSUPPORTED;
    }
    return 0;
}

int cck_home_find(cck_home *home, cck_error *err)
{
    int status = find_valgrind(home, err);
    if (!status)
        status = find_tool(home, err);
    if (status < 0)
        return status;
    /* The tool holds the core of the Valgrind it was built with, and the installed
     * one preloads its part into the program: they talk to each other. */
    if (strcmp(home->version, CCK_VALGRIND_VERSION) != 0) {
        cck_fail(err, CCK_EUNSUPPORTED,
                 "the simulator was built with Valgrind %s, but %s is installed",
                 CCK_VALGRIND_VERSION, home->version);
        cck_hint(err, "configure and build cachecheck again");
        return CCK_EUNSUPPORTED;
    }
    return 0;
}

static void tell(cck_doctor_sink *sink, void *context, const char *part, int status,
                 const char *good, const cck_error *err)
{
    sink(context, &(cck_check){.backend = "simulate",
                               .part = part,
                               .state = status ? CCK_CHECK_NO : CCK_CHECK_YES,
                               .reason = status ? err->message : good,
                               .enable = status ? err->hint : ""});
}

void cck_home_doctor(const cck_root *root, cck_doctor_sink *sink, void *context)
{
    (void)root;
    cck_home *home = calloc(1, sizeof *home);
    if (!home)
        return;
    char good[PATH_MAX + 64];
    cck_error err = {0};
    int status = cck_home_find(home, &err);
    tell(sink, context, "", status, "exact cache model, 64-bit " CCK_VALGRIND_ARCH " programs",
         &err);
    err = (cck_error){0};
    status = find_valgrind(home, &err);
    snprintf(good, sizeof good, "%s, version %s", home->valgrind, home->version);
    tell(sink, context, "valgrind", status, good, &err);
    err = (cck_error){0};
    status = find_tool(home, &err);
    snprintf(good, sizeof good, "%s, for Valgrind %s", home->libexec, CCK_VALGRIND_VERSION);
    tell(sink, context, "tool", status, good, &err);
    free(home);
}
