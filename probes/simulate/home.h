/* SPDX-License-Identifier: MIT */
#ifndef CCK_SIMULATE_HOME_H
#define CCK_SIMULATE_HOME_H

#include <limits.h>

#include <cachecheck/error.h>

#include "core/session/probe.h"

/** Where the simulation engine lives on this machine. */
typedef struct cck_home {
    char libexec[PATH_MAX];  /* for VALGRIND_LIB: our tool and Valgrind's companions */
    char valgrind[PATH_MAX]; /* the launcher */
    char version[32];        /* of the installed Valgrind, such as "3.19.0" */
} cck_home;

/**
 * Find our tool where helpers are (core/base/libexec.h), and `valgrind` in PATH, as far as that is
 * to be trusted, and see whether they fit each other. CCK_EUNSUPPORTED with a hint.
 */
int cck_home_find(cck_home *home, cck_error *err);

/** The doctor's lines on the simulation. */
void cck_home_doctor(const cck_root *root, cck_doctor_sink *sink, void *context);

#endif
