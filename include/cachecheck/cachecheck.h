/* SPDX-License-Identifier: MIT */
#ifndef CACHECHECK_CACHECHECK_H
#define CACHECHECK_CACHECHECK_H

/**
 * @file
 * libcachecheck: cache and false-sharing analysis for Linux. Everything at once.
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
