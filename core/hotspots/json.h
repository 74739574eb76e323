/* SPDX-License-Identifier: MIT */
#ifndef CCK_CORE_HOTSPOTS_JSON_H
#define CCK_CORE_HOTSPOTS_JSON_H

#include <cachecheck/hotspots.h>

#include "core/base/json_reader.h"
#include "core/base/json_writer.h"

/** The member "hotspots" of a result. */
void cck_hotspots_write_json(cck_json *json, const cck_profile *profile);

/** What that wrote, from anybody's bytes; NULL and a failure remembered by the reader. */
cck_profile *cck_hotspots_read_json(cck_json_reader *reader, const cck_json_node *parent);

#endif
