/* SPDX-License-Identifier: MIT */
#ifndef CCK_REPORT_SARIF_FIX_H
#define CCK_REPORT_SARIF_FIX_H

#include <cachecheck/finding.h>

#include "core/base/json_writer.h"

/** "artifactLocation" of a file: relative to the folder of the sources where it lies there. */
void cck_sarif_write_artifact(cck_json *json, const char *file);

/** "fixes" from the suggestion's unified diff; nothing if it has none. */
void cck_sarif_write_fixes(cck_json *json, const cck_suggestion *suggestion);

#endif
