/* SPDX-License-Identifier: MIT */
#ifndef CCK_SIMULATE_PROGRAM_H
#define CCK_SIMULATE_PROGRAM_H

#include <cachecheck/stat.h>

/**
 * Whether the simulator can run a command: a 64-bit program for this processor
 * (or a script whose interpreter is one), readable, without set-user-ID. Looked up
 * as execvp() would, with the target's directory and PATH.
 * Errors: CCK_ENOTFOUND, CCK_EEXEC (no execution at all), CCK_EUNSUPPORTED
 * (Valgrind cannot run it) with a hint.
 */
int cck_program_check(const cck_target_options *target, cck_error *err);

#endif
