/* SPDX-License-Identifier: MIT */
#ifndef CCK_CORE_RESULT_JSON_H
#define CCK_CORE_RESULT_JSON_H

#include "core/base/json_fields.h"
#include "core/base/json_reader.h"
#include "core/base/json_split.h"
#include "core/base/json_writer.h"
#include "core/result/result.h"

/* The parts of a result's JSON, each both ways. What rows hold depends on the events and on the
 * definitions of the metrics, which must be read before. */

/* Who counted what: "source", "target", "events", "metric_definitions". */
void cck_result_write_source(cck_json *json, const cck_source *source);
void cck_result_write_target(cck_json *json, const cck_target_info *target);
void cck_result_write_events(cck_json *json, const cck_result *result);
void cck_result_write_definitions(cck_json *json, const cck_row *total);
void cck_result_read_source(cck_json_reader *reader, const cck_json_node *root, cck_source *source);
void cck_result_read_target(cck_json_reader *reader, const cck_json_node *root, cck_target_info *target);
void cck_result_read_events(cck_json_reader *reader, const cck_json_node *root, cck_result *result);
void cck_result_read_definitions(cck_json_reader *reader, const cck_json_node *root, cck_row *total);

/* The total's members, which stand at the top. */
void cck_result_write_verdict(cck_json *json, const cck_verdict *verdict);
void cck_result_write_counts(cck_json *json, const char *key, const cck_result *result,
                             const cck_row *row);
void cck_result_write_metrics(cck_json *json, const cck_row *row);
void cck_result_write_residency(cck_json *json, const cck_row *row);
void cck_result_read_total(cck_json_reader *reader, const cck_json_node *root, cck_result *result);

/* "cpus" and "threads". */
void cck_result_write_rows(cck_json *json, const char *key, const cck_result *result,
                           const cck_row *rows, size_t count);
const cck_row *cck_result_read_rows(cck_json_reader *reader, const cck_json_node *root, const char *key,
                                    cck_json_list *list, const cck_result *result,
                                    size_t *out_count);

/* Members of a cck_residency; its share is to be looked at. */
extern const cck_json_field cck_residency_fields[];

/* "repeats"; nothing of a result of one run. */
void cck_result_write_repeats(cck_json *json, const cck_result *result);
void cck_result_read_repeats(cck_json_reader *reader, const cck_json_node *root, cck_result *result);

#endif
