/* SPDX-License-Identifier: MIT */
#ifndef CACHECHECK_CACHECHECK_H
#define CACHECHECK_CACHECHECK_H

/**
 * @file
 * libcachecheck: cache and false-sharing analysis for Linux. Everything at once.
 *
 * Threads. Every function may be called from any thread, by several at a time, as long as they
 * work on different objects: sessions, audits, loads and reports run side by side. One object
 * belongs to one thread at a time, except that
 *  - functions that take it as `const` only read it, and several threads may do so at once: a
 *    machine, a loaded result, a diff; not while another one sorts or frees it;
 *  - those named *_interrupt() and *_forward() may be called from any thread and from signal
 *    handlers, on an object that is in use, as long as it is not freed.
 * Callbacks are called in the thread that runs the session (of a region: in one of the
 * library's own).
 *
 * What belongs to the whole process: the library reads environment variables, so that no thread
 * may change these meanwhile (setenv(3)); it waits for its own children by their number, so that a
 * program must not reap all it has (wait(2)) nor ignore SIGCHLD while a session runs; a recorded
 * tree of /sys without a topology (cck_machine_options.root) is loaded by programs of one
 * thread only: CCK_EUNSUPPORTED otherwise. It changes no signal handlers and no locale, and depends
 * on none.
 */

#include <cachecheck/capture.h>
#include <cachecheck/counts.h>
#include <cachecheck/diff.h>
#include <cachecheck/doctor.h>
#include <cachecheck/error.h>
#include <cachecheck/finding.h>
#include <cachecheck/hotspots.h>
#include <cachecheck/layout.h>
#include <cachecheck/machine.h>
#include <cachecheck/measure.h>
#include <cachecheck/merge.h>
#include <cachecheck/numa.h>
#include <cachecheck/region.h>
#include <cachecheck/report.h>
#include <cachecheck/result.h>
#include <cachecheck/sharing.h>
#include <cachecheck/simulate.h>
#include <cachecheck/stat.h>
#include <cachecheck/target.h>
#include <cachecheck/verify.h>
#include <cachecheck/version.h>
#include <cachecheck/words.h>

#endif
