/* SPDX-License-Identifier: MIT */
#ifndef CCK_CORE_MACHINE_CAPTURE_H
#define CCK_CORE_MACHINE_CAPTURE_H

#include <cachecheck/capture.h>

#include "core/machine/machine.h"

/** The names of what is not a file of the machine's, in the archive. */
#define CCK_CAPTURE_XML         "machine.xml"
#define CCK_CAPTURE_README      "README.txt"
#define CCK_CAPTURE_CHECKS      "checks.json"
#define CCK_CAPTURE_FACTS       "cachecheck" /* a folder */
#define CCK_CAPTURE_MEASUREMENT "measurement.json"

/** Keep of hwloc's XML only the <info> elements that are known to be harmless; in place. Returns
 *  the length that is left. */
size_t cck_capture_clean_xml(char *xml, size_t length);

/** Unpack a capture into a new folder below $TMPDIR, which is the caller's: cck_folder_remove(). */
int cck_capture_unpack(const char *path, char *out_folder, size_t size, cck_error *err);

#endif
