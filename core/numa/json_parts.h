/* SPDX-License-Identifier: MIT */
#ifndef CCK_CORE_NUMA_JSON_PARTS_H
#define CCK_CORE_NUMA_JSON_PARTS_H

#include "core/numa/json.h"

/* Within core/numa: the rows of "placement" with most in them, and what they share with it. The
 * context of readers is the placement, whose nodes are there. */

void cck_placement_write_thread(cck_json *json, const cck_numa_placement *placement,
                                const void *record);
void cck_placement_read_thread(cck_json_reader *reader, const cck_json_node *from, void *record,
                               void *placement);
void cck_placement_write_mapping(cck_json *json, const cck_numa_placement *placement,
                                 const void *record);
void cck_placement_read_mapping(cck_json_reader *reader, const cck_json_node *from, void *record,
                                void *placement);

/* A share with its interval; left out when it is unknown. */
void cck_placement_write_share(cck_json *json, const char *key, const cck_numa_share *share);
void cck_placement_read_share(cck_json_reader *reader, const cck_json_node *parent, const char *key,
                              cck_numa_share *share);

/* Bytes by node: {"0": 4096, "1": 0}; NULL is left out. */
void cck_placement_write_bytes(cck_json *json, const char *key, const cck_numa_placement *placement,
                               const uint64_t *bytes);
const uint64_t *cck_placement_read_bytes(cck_json_reader *reader, const cck_json_node *parent,
                                         const char *key, const cck_numa_placement *placement);

/* The same of shares, 0 to 1. */
void cck_placement_write_shares(cck_json *json, const char *key,
                                const cck_numa_placement *placement, const double *shares);
const double *cck_placement_read_shares(cck_json_reader *reader, const cck_json_node *parent,
                                        const char *key, const cck_numa_placement *placement);

#endif
