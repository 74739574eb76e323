/* SPDX-License-Identifier: MIT */
#ifndef CCK_VERIFY_SESSION_H
#define CCK_VERIFY_SESSION_H

#include <cachecheck/sharing.h>
#include <cachecheck/verify.h>

#include "core/verify/scratch.h"

/** What the steps of a verification share; verify.c goes through them. */
struct cck_verify {
    cck_verify_options options;
    cck_running running;            /* git and builds */
    _Atomic(cck_pairing *) pairing; /* the runs in turns */
    _Atomic(cck_sharing *) sharing; /* the simulation */
    cck_arena arena;                /* of the tree and the patch */
    cck_tree tree;
    cck_tree_patch patch;
    cck_scratch scratch;
    char where[CCK_SIDES][PATH_MAX]; /* where build and program run */
    cck_verification *made;
    char *log_tail; /* of a build that failed; malloc */
    char log_path[PATH_MAX];
};

void cck_verify_step(const cck_verify *verify, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/** Build one side. CCK_EUNSUPPORTED: it failed, and the log is kept. */
int cck_verify_build(cck_verify *verify, int side, cck_error *err);

/** Run both in turns, into `made->runs`. */
int cck_verify_measure(cck_verify *verify, cck_error *err);

/** Simulate both, into `made->model`; or say in `made->no_model` why that cannot be. */
int cck_verify_simulate(cck_verify *verify, cck_error *err);

/** Verdict and sentence from what was measured and modelled. */
int cck_verify_judge(cck_verify *verify, cck_error *err);

#endif
