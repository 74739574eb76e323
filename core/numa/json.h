/* SPDX-License-Identifier: MIT */
#ifndef CCK_CORE_NUMA_JSON_H
#define CCK_CORE_NUMA_JSON_H

#include <cachecheck/numa.h>

#include "core/base/json_reader.h"
#include "core/base/json_writer.h"

/** The member "placement" of a result's JSON: docs/numa.md. */
void cck_placement_write_json(cck_json *json, const cck_numa_placement *placement);

/** What that wrote, from anybody's bytes; NULL and a failure remembered by the reader. */
cck_numa_placement *cck_placement_read_json(cck_json_reader *reader, const cck_json_node *parent);

#endif
