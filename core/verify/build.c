/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/base/fail.h"
#include "core/base/output.h"
#include "core/base/trust.h"
#include "core/verify/session.h"

enum { TAIL_LINES = 20, TAIL_BYTES = 8192 };

static double now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* The last lines of a file; malloc'ed. */
static char *tail_of(FILE *in)
{
    char *text = malloc(TAIL_BYTES + 1);
    size_t lines = 0;
    if (!text)
        return NULL;
    long from = fseek(in, 0, SEEK_END) == 0 ? ftell(in) : 0;
    fseek(in, from > TAIL_BYTES ? from - TAIL_BYTES : 0, SEEK_SET);
    size_t size = fread(text, 1, TAIL_BYTES, in), at = size;
    while (at > 0 && lines <= TAIL_LINES)
        lines += text[--at] == '\n' && at + 1 < size;
    at += lines > TAIL_LINES;
    memmove(text, text + at, size - at);
    text[size - at] = '\0';
    return text;
}

static void copy_all(const void *context, FILE *out)
{
    FILE *in = (FILE *)(uintptr_t)context;
    char bytes[8192];
    rewind(in);
    for (size_t got; (got = fread(bytes, 1, sizeof bytes, in)) > 0;)
        fwrite(bytes, 1, got, out);
}

/* Out of the folder that is removed. */
static void keep_log(cck_verify *verify, const char *path)
{
    FILE *in = fopen(path, "re");
    if (!in)
        return;
    free(verify->log_tail);
    verify->log_tail = tail_of(in);
    snprintf(verify->log_path, sizeof verify->log_path, "%s/cachecheck-build-XXXXXX",
             cck_trust_temporary());
    int fd = mkstemp(verify->log_path);
    if (fd < 0 || cck_output_save(verify->log_path, copy_all, in, NULL) < 0)
        *verify->log_path = '\0';
    if (fd >= 0)
        close(fd);
    fclose(in);
}

static int fail_build(cck_verify *verify, int side, int status, const char *log, cck_error *err)
{
    keep_log(verify, log);
    char how[64];
    snprintf(how, sizeof how,
             WIFSIGNALED(status) ? "was killed by signal %d" : "ended with status %d",
             WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
    cck_fail(err, CCK_EUNSUPPORTED, "the sources %s the patch do not build: `%.200s` %s",
             side == CCK_BEFORE ? "before" : "with", verify->options.build, how);
    if (side == CCK_BEFORE)
        cck_hint(err,
                 "the copy has what git lists, and no ignored files: configure in --build too, "
                 "or name what is missing with --copy");
    else
        cck_hint(err, "without the patch they do: see what the compiler says of it");
    return CCK_EUNSUPPORTED;
}

int cck_verify_build(cck_verify *verify, int side, cck_error *err)
{
    char log[PATH_MAX];
    int status;
    const char *const words[] = {"/bin/sh", "-c", verify->options.build, NULL};
    snprintf(log, sizeof log, "%s/build.log", verify->scratch.folder);
    const cck_command_plan plan = {words, verify->where[side], log, log, NULL, &verify->running};
    cck_verify_step(verify, "building %s the patch: %s", side == CCK_BEFORE ? "before" : "with",
                    verify->options.build);
    double start = now_s();
    int code = cck_command_run(&plan, &status, err);
    if (code < 0)
        return code;
    verify->made->build_s[side] = now_s() - start;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0
               ? 0
               : fail_build(verify, side, status, log, err);
}
