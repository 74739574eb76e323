/* SPDX-License-Identifier: MIT */
/* A result back from its JSON. The bytes may be anybody's: every type is checked, and
 * members that this version does not know are passed over (schema 1 only grows). */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/fail.h"
#include "core/finding/json.h"
#include "core/hotspots/json.h"
#include "core/machine/json.h"
#include "core/machine/measurement.h"
#include "core/machine/topology.h"
#include "core/numa/json.h"
#include "core/result/json.h"
#include "core/result/slices.h"
#include "core/sharing/what_if_json.h"

enum { MOST_BYTES_SHIFT = 31 }; /* 2 GiB of JSON: some millions of threads */

/* The long ones: what they hold depends on events and metrics, wherever these stand. */
enum { CPUS, THREADS, FINDINGS };
static const char *const long_arrays[] = {
    [CPUS] = "cpus", [THREADS] = "threads", [FINDINGS] = "findings", NULL};

/* Of what `cachecheck machine` writes: nothing ran, and perhaps nothing was measured. */
static void load_measurement(cck_json_reader *reader, const cck_json_node *root,
                             cck_result *result)
{
    if (!cck_node_member(root, "measurement"))
        return;
    cck_measurement_info *info = cck_json_make(reader, 1, sizeof *info);
    if (!info)
        return;
    cck_measurement_read(reader, root, info);
    result->measurement = info;
}

/* What the document says it is, if it is none of ours. */
static void check_schema(cck_json_reader *reader, const cck_json_node *root)
{
    static const char *const others[][2] = {
        {"cachecheck-diff/1", "what cachecheck diff wrote; its two results are what can be read"},
        {"cachecheck-merge/1", "what cachecheck merge wrote; its results are what can be read"},
    };
    const char *schema = cck_node_text(cck_node_member(root, "schema"));
    const char *wrong = "schema \"cachecheck/1\" expected: this is not a result of cachecheck, or "
                        "of a newer one";
    for (size_t i = 0; schema && i < sizeof others / sizeof *others; i++)
        if (strcmp(schema, others[i][0]) == 0)
            wrong = others[i][1];
    if (!schema || strcmp(schema, "cachecheck/1") != 0)
        cck_json_wrong(reader, wrong);
}

static void load_result(cck_json_reader *reader, cck_json_split *split, cck_result *result)
{
    const cck_json_node *root = cck_json_root(&split->root);
    check_schema(reader, root);
    if (reader->code)
        return;
    result->command = cck_json_get_string(reader, root, "command");
    result->version =
        cck_json_get_string(reader, cck_json_get_object(reader, root, "tool"), "version");
    cck_json_read_machine(reader, root, &result->machine);
    result->topology = cck_topology_read(reader, root, &result->topology_count);
    if (cck_result_is_machine(result)) {
        load_measurement(reader, root, result);
        return;
    }
    cck_result_read_source(reader, root, &result->source);
    cck_result_read_target(reader, root, &result->target);
    cck_result_read_events(reader, root, result);
    cck_result_read_definitions(reader, root, &result->total);
    if (reader->code)
        return;
    cck_result_read_total(reader, root, result);
    cck_result_read_repeats(reader, root, result);
    cck_slices_read(reader, root, result);
    result->lost_records = cck_json_get_uint(reader, root, "lost_records", INT64_MAX);
    if (cck_node_member(root, "hotspots"))
        result->profile = cck_hotspots_read_json(reader, root);
    if (cck_node_member(root, "placement"))
        result->placement = cck_placement_read_json(reader, root);
    result->cpus = cck_result_read_rows(reader, root, "cpus", &split->arrays[CPUS], result,
                                        &result->cpu_count);
    result->rows = cck_result_read_rows(reader, root, "threads", &split->arrays[THREADS], result,
                                        &result->row_count);
    cck_findings_read(reader, root, &split->arrays[FINDINGS], result);
    cck_what_if_read_json(reader, root, result);
    for (size_t i = 0; i < result->row_count; i++)
        result->total.threads += result->rows[i].threads;
}

int cck_result_parse(cck_result **out_result, const char *bytes, size_t size, cck_error *err)
{
    cck_json_split split;
    int code = cck_json_split_open(&split, bytes, size, long_arrays, err);
    if (code)
        return code;
    cck_result *result = cck_result_new();
    if (!result) {
        cck_json_split_close(&split);
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    }
    cck_json_reader reader = {.arena = result->arena};
    load_result(&reader, &split, result);
    cck_json_split_close(&split);
    if (reader.code) {
        cck_result_free(result);
        return cck_error_move(err, &reader.error);
    }
    *out_result = result;
    return 0;
}

static int read_whole(const char *path, char **out_bytes, size_t *out_size, cck_error *err)
{
    FILE *in = fopen(path, "re");
    if (!in)
        return cck_fail_os(err, cck_code_of_errno(errno), errno, "cannot read %s", path);
    size_t size = 0, capacity = 0;
    char *bytes = NULL;
    int code = 0;
    while (!code) {
        if (capacity - size < 65536) {
            capacity = capacity ? 2 * capacity : 131072;
            char *grown = capacity >> MOST_BYTES_SHIFT ? NULL : realloc(bytes, capacity);
            if (!grown) {
                code = capacity >> MOST_BYTES_SHIFT
                           ? cck_fail(err, CCK_ELIMIT, "%s is too large for a result", path)
                           : cck_fail(err, CCK_ENOMEM, "out of memory");
                break;
            }
            bytes = grown;
        }
        size_t got = fread(bytes + size, 1, capacity - size, in);
        size += got;
        if (!got)
            break;
    }
    if (!code && ferror(in))
        code = cck_fail_os(err, CCK_EIO, errno, "cannot read %s", path);
    fclose(in);
    if (code)
        free(bytes);
    else
        *out_bytes = bytes, *out_size = size;
    return code;
}

int cck_result_load(cck_result **out_result, const char *path, cck_error *err)
{
    char *bytes = NULL;
    size_t size = 0;
    int code = read_whole(path, &bytes, &size, err);
    if (code)
        return code;
    cck_error inner = {0};
    code = cck_result_parse(out_result, bytes, size, &inner);
    free(bytes);
    if (!code)
        return 0;
    if (inner.code != CCK_EFORMAT)
        return cck_error_move(err, &inner);
    cck_fail(err, CCK_EFORMAT, "%s is no result: %.400s", path, inner.message);
    cck_hint(err, "make one with: cachecheck stat --format json -o FILE -- COMMAND");
    return CCK_EFORMAT;
}
