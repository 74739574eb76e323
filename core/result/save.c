/* SPDX-License-Identifier: MIT */
/* The result as JSON, schema cachecheck/1: docs/schema/cachecheck-1.json. */
#include "core/base/output.h"
#include "core/finding/json.h"
#include "core/hotspots/json.h"
#include "core/machine/json.h"
#include "core/machine/topology.h"
#include "core/numa/json.h"
#include "core/result/json.h"
#include "core/result/slices.h"
#include "core/sharing/what_if_json.h"

void cck_result_write_json(const cck_result *result, FILE *out, bool pretty)
{
    cck_json json;
    cck_json_begin(&json, out, pretty);
    cck_json_object(&json);
    cck_json_put_string(&json, "schema", "cachecheck/1");
    cck_json_put_string(&json, "command", result->command);
    cck_json_key(&json, "tool");
    cck_json_inline(&json);
    cck_json_object(&json);
    cck_json_put_string(&json, "version", result->version);
    cck_json_object_end(&json);
    cck_json_machine(&json, &result->machine);
    if (result->topology_count)
        cck_topology_write(&json, result->topology, result->topology_count);
    cck_result_write_source(&json, &result->source);
    cck_result_write_target(&json, &result->target);
    cck_result_write_events(&json, result);
    cck_result_write_verdict(&json, &result->total.verdict);
    cck_result_write_counts(&json, "totals", result, &result->total);
    cck_result_write_metrics(&json, &result->total);
    cck_result_write_definitions(&json, &result->total);
    cck_result_write_repeats(&json, result);
    cck_slices_write(&json, result);
    cck_json_put_uint(&json, "lost_records", result->lost_records);
    cck_result_write_residency(&json, &result->total);
    cck_result_write_rows(&json, "cpus", result, result->cpus, result->cpu_count);
    cck_result_write_rows(&json, "threads", result, result->rows, result->row_count);
    cck_findings_write(&json, result);
    cck_what_if_write(&json, result);
    if (result->profile)
        cck_hotspots_write_json(&json, result->profile);
    if (result->placement)
        cck_placement_write_json(&json, result->placement);
    cck_json_object_end(&json);
    cck_json_end(&json);
}

static void write_to(const void *context, FILE *out)
{
    cck_result_write_json(context, out, true);
}

int cck_result_save(const cck_result *result, const char *path, cck_error *err)
{
    return cck_output_save(path, write_to, result, err);
}
