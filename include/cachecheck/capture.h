/* SPDX-License-Identifier: MIT */
#ifndef CACHECHECK_CAPTURE_H
#define CACHECHECK_CAPTURE_H

/**
 * @file
 * Captures: a machine in one file, for bug reports, that is a test machine elsewhere.
 */

#include <stdbool.h>
#include <stddef.h>

#include <cachecheck/error.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct cck_capture_options {
    size_t size;    /**< sizeof(cck_capture_options) */
    bool host_name; /**< say the machine's name in it */
} cck_capture_options;

/**
 * Write the live machine to `path`, a tar archive (ustar), whole or not at all: the topology as
 * hwloc's XML, the files of /proc and /sys that this library reads, what the doctor finds, what was
 * measured and kept, and README.txt, which lists it all. No names of processes, users or
 * cgroups, no serial numbers, no addresses; the host's name only if asked for. `options` may be
 * NULL. CCK_EIO, CCK_EACCESS, CCK_ENOMEM. Open it again by cck_machine_options.root.
 */
CCK_API int cck_machine_capture(const char *path, const cck_capture_options *options,
                                cck_error *err);

#ifdef __cplusplus
}
#endif
#endif
