/* SPDX-License-Identifier: MIT */
#ifndef CCK_CORE_TARGET_H
#define CCK_CORE_TARGET_H

#include <stdbool.h>
#include <sys/resource.h>
#include <sys/types.h>

#include <cachecheck/error.h>
#include <cachecheck/target.h>

/**
 * A target: the command that runs under us, in a process group of its own, or a
 * running process that we only look at. A launched target is never left as a
 * zombie, nor blocked: when we die before its exec, it ends by itself.
 */
typedef struct cck_target cck_target;

/** How a launched target ended. */
typedef struct cck_target_end {
    bool exited;      /* false: it still runs, or nobody can know (attached) */
    int exit_code;    /* -1 when killed */
    int signal;       /* 0 when it exited by itself */
    double user_s, system_s;
    struct rusage usage; /* of the tree, when `exit_code` or `signal` is known */
} cck_target_end;

/**
 * Can `argv[0]` be executed, seen from `directory` and with `path` ($PATH; may
 * be NULL)? Writes the file that would run to `out_file` (size bytes).
 * Errors: CCK_ENOTFOUND (the shell's 127), CCK_EEXEC (126).
 */
int cck_target_resolve(const char *program, const char *directory, const char *path,
                       char *out_file, size_t size, cck_error *err);

/**
 * Fork, up to the point before the exec: the child waits until cck_target_go().
 * `environment` as in cck_target_options, applied in order.
 */
int cck_target_launch(cck_target **out_target, const char *const *argv, const char *directory,
                      const char *const *const *environments, cck_error *err);

/** Look at a running process. CCK_EGONE, CCK_EACCESS. */
int cck_target_attach(cck_target **out_target, pid_t pid, cck_error *err);

/** Let the child exec, and wait until it did. CCK_EEXEC, CCK_ENOTFOUND. */
int cck_target_go(cck_target *target, cck_error *err);

pid_t cck_target_pid(const cck_target *target);

/** Readable when the target has ended; -1 when the kernel has no pidfd. */
int cck_target_fd(const cck_target *target);

/**
 * See whether it ended (true, then `end` is filled in), without blocking. A
 * target stopped for wanting the terminal gets it if `foreground`.
 */
bool cck_target_ended(cck_target *target, bool foreground, cck_target_end *end);

/** A probe that traces the target says that `signal` stopped it: as if it had been seen here. */
void cck_target_stopped(cck_target *target, bool foreground, int signal);

/**
 * Hand the terminal over before the target asks for it, if it is ours to give and
 * standard output is the terminal too (a pager behind a pipe reads it as well).
 */
void cck_target_give_terminal(cck_target *target);

/** Did it get the terminal, and with it Ctrl-C? */
bool cck_target_has_terminal(const cck_target *target);

/** Signal the launched target's process group; async-signal-safe. No-op when attached. */
void cck_target_signal(const cck_target *target, int signal);

/** Kill it if it still runs and was launched, reap it, give the terminal back, free. */
void cck_target_free(cck_target *target);

#endif
