/* SPDX-License-Identifier: MIT */
#ifndef CCK_CORE_FINDING_JSON_H
#define CCK_CORE_FINDING_JSON_H

#include <cachecheck/result.h>

#include "core/base/json_reader.h"
#include "core/base/json_split.h"
#include "core/base/json_writer.h"

/** Findings in a result's JSON, without loss both ways; commands that look for none have no list.
 */
void cck_findings_write(cck_json *json, const cck_result *result);

/** Missing in results of older versions: then there are none. */
void cck_findings_read(cck_json_reader *reader, const cck_json_node *root, cck_json_list *array,
                       cck_result *result);

#endif
