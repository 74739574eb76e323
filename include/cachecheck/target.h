/* SPDX-License-Identifier: MIT */
#ifndef CACHECHECK_TARGET_H
#define CACHECHECK_TARGET_H

/**
 * @file
 * Targets and backends: what is looked at, and by whom. Shared by all commands that run
 * a program or attach to one.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cachecheck/error.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What to run, or what to attach to. */
typedef struct cck_target_options {
    size_t size;             /**< sizeof(cck_target_options) */
    const char *const *argv; /**< command and arguments, ended by NULL; NULL to attach */
    int32_t pid;             /**< process to attach to, when `argv` is NULL */
    const char *directory;   /**< working directory of the command, or NULL */
    const char *const *environment; /**< "NAME=VALUE" to set, "NAME" to unset; NULL-ended, or NULL */
    bool foreground; /**< hand the controlling terminal to the command when it reads from it */
} cck_target_options;

/**
 * This process' rank under MPI or Slurm, as its launcher tells in the environment, or -1.
 * `*out_ranks` (may be NULL) is of how many; 0 unknown.
 */
CCK_API int32_t cck_rank(uint32_t *out_ranks);

/** Which backend counts. */
typedef enum cck_backend {
    CCK_BACKEND_AUTO, /**< the best that really works here */
    CCK_BACKEND_PMU,
    CCK_BACKEND_SOFTWARE,
    CCK_BACKEND_SIMULATE,
    CCK_BACKEND_WATCH, /**< sharing only: samples and watchpoints, on the program as it runs */
    CCK_BACKEND_PRECISE /**< sharing only: a PMU that samples addresses (PEBS, IBS, SPE) */
} cck_backend;

#ifdef __cplusplus
}
#endif
#endif
