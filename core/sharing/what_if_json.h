/* SPDX-License-Identifier: MIT */
#ifndef CCK_CORE_WHAT_IF_JSON_H
#define CCK_CORE_WHAT_IF_JSON_H

#include <cachecheck/result.h>

#include "core/base/json_reader.h"
#include "core/base/json_writer.h"

/** Predictions in a result's JSON, without loss both ways; nothing where none was asked for. */
void cck_what_if_write(cck_json *json, const cck_result *result);
void cck_what_if_read_json(cck_json_reader *reader, const cck_json_node *root, cck_result *result);

#endif
