/* SPDX-License-Identifier: MIT */
/* A measurement read back. The file is somebody's bytes: sizes are bounded, members checked. */
#include <stdlib.h>

#include "core/base/fail.h"
#include "core/base/json_fields.h"
#include "core/machine/measurement.h"

enum { LABELS_MOST = 4096, GRIDS_MOST = 64, CELLS_MOST = 1 << 20 };

static const uint64_t bytes_most = INT64_MAX;

static void read_figure(cck_json_reader *reader, const cck_json_node *object, cck_figure *out)
{
    if (!cck_node_is(object, CCK_NODE_OBJECT)) {
        cck_json_wrong(reader, "an object expected");
        return;
    }
    out->dropped = (uint32_t)cck_json_get_uint(reader, object, "dropped", UINT32_MAX);
    if (cck_node_member(object, "unknown")) {
        out->unknown = cck_json_get_string(reader, object, "unknown");
        return;
    }
    out->samples = (uint32_t)cck_json_get_uint(reader, object, "samples", UINT32_MAX);
    out->median = cck_json_get_number(reader, object, "median", 0);
    out->low = cck_json_get_number(reader, object, "low", out->median);
    out->high = cck_json_get_number(reader, object, "high", out->median);
    out->drift = cck_json_get_number(reader, object, "drift", -1);
    if (out->median < 0 || out->low < 0 || out->high < out->low)
        cck_json_wrong(reader, "quartiles that are not in order");
    if (!out->samples)
        out->unknown = "not measured";
}

static size_t size_of(cck_json_reader *reader, const cck_json_node *parent, const char *key,
                      size_t most)
{
    size_t count = cck_node_size(cck_node_member(parent, key));
    if (count <= most)
        return count;
    cck_json_wrong_member(reader, key, "too long a list");
    return 0;
}

/* Strings of an array; NULL entries never. */
static const char *const *read_strings(cck_json_reader *reader, const cck_json_node *parent,
                                       const char *key, size_t *out_count)
{
    size_of(reader, parent, key, LABELS_MOST);
    return cck_json_get_strings(reader, parent, key, out_count);
}

static void read_cell(cck_json_reader *reader, const cck_json_node *from, void *figure,
                      void *context)
{
    (void)context;
    read_figure(reader, from, figure);
}

static void read_cells(cck_json_reader *reader, const cck_json_node *object, cck_grid *grid)
{
    size_t count = size_of(reader, object, "cells", CELLS_MOST);
    if (reader->code || count != grid->row_count * grid->column_count) {
        cck_json_wrong(reader, "not as many cells as rows and columns make");
        grid->row_count = grid->column_count = 0;
        return;
    }
    grid->cells = cck_json_get_list(reader, object, "cells", read_cell, NULL, sizeof *grid->cells,
                                    &count);
}

static void read_grid(cck_json_reader *reader, const cck_json_node *object, void *record,
                      void *context)
{
    cck_grid *grid = record;
    (void)context;
    grid->name = cck_json_get_string(reader, object, "name");
    grid->title = cck_json_get_string(reader, object, "title");
    grid->unit = cck_json_get_string(reader, object, "unit");
    grid->row_is = cck_json_get_string(reader, object, "row_is");
    grid->column_is = cck_json_get_string(reader, object, "column_is");
    grid->method = cck_json_get_string(reader, object, "method");
    grid->matrix = cck_json_get_bool(reader, object, "matrix", false);
    grid->more_is_better = cck_json_get_bool(reader, object, "more_is_better", false);
    grid->rows = read_strings(reader, object, "rows", &grid->row_count);
    grid->columns = read_strings(reader, object, "columns", &grid->column_count);
    read_cells(reader, object, grid);
}

static void read_cache(cck_json_reader *reader, const cck_json_node *object, void *record,
                       void *context)
{
    cck_measured_cache *cache = record;
    (void)context;
    cache->level = (unsigned)cck_json_get_uint(reader, object, "level", 64);
    cache->at_least = cck_json_get_uint(reader, object, "at_least", bytes_most);
    cache->below = cck_json_get_uint(reader, object, "below", bytes_most);
    cache->modelled = cck_json_get_uint(reader, object, "modelled", bytes_most);
    read_figure(reader, cck_node_member(object, "latency"), &cache->latency);
}

static void read_noise(cck_json_reader *reader, const cck_json_node *parent, cck_noise *noise)
{
    const cck_json_node *object = cck_json_get_object(reader, parent, "noise");
    noise->noisy = cck_json_get_bool(reader, object, "noisy", true);
    noise->others = cck_json_get_number(reader, object, "others", -1);
    noise->steal = cck_json_get_number(reader, object, "steal", -1);
    noise->dropped = cck_json_get_number(reader, object, "dropped", -1);
    noise->drift = cck_json_get_number(reader, object, "drift", -1);
    noise->spread = cck_json_get_number(reader, object, "spread", -1);
}

static void read_lists(cck_json_reader *reader, const cck_json_node *object,
                       cck_measurement_info *info)
{
    size_of(reader, object, "caches", GRIDS_MOST);
    size_of(reader, object, "grids", GRIDS_MOST);
    if (reader->code)
        return;
    info->caches = cck_json_get_list(reader, object, "caches", read_cache, NULL,
                                     sizeof *info->caches, &info->cache_count);
    info->grids = cck_json_get_list(reader, object, "grids", read_grid, NULL, sizeof *info->grids,
                                    &info->grid_count);
}

void cck_measurement_read(cck_json_reader *reader, const cck_json_node *root,
                          cck_measurement_info *info)
{
    *info = (cck_measurement_info){0};
    const cck_json_node *object = cck_json_get_object(reader, root, "measurement");
    info->quick = cck_json_get_bool(reader, object, "quick", false);
    info->when = (int64_t)cck_json_get_uint(reader, object, "when", INT64_MAX);
    info->seconds = cck_json_get_number(reader, object, "seconds", 0);
    info->identity = cck_json_get_string(reader, object, "identity");
    info->pages = cck_json_get_string(reader, object, "pages");
    read_noise(reader, object, &info->noise);
    info->remarks = read_strings(reader, object, "remarks", &info->remark_count);
    info->conclusions = read_strings(reader, object, "conclusions", &info->conclusion_count);
    read_lists(reader, object, info);
}

int cck_measurement_parse(cck_measurement **out_measurement, const char *text, size_t length,
                          cck_error *err)
{
    static const char *const none[] = {NULL};
    cck_json_split document;
    int code = cck_json_split_open(&document, text, length, none, err);
    if (code)
        return code;
    cck_measurement *measurement = calloc(1, sizeof *measurement);
    if (!measurement) {
        cck_json_split_close(&document);
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    }
    cck_json_reader reader = {.arena = &measurement->arena};
    cck_measurement_read(&reader, cck_json_root(&document.root), &measurement->info);
    cck_json_split_close(&document);
    if (reader.code) {
        cck_measurement_free(measurement);
        return cck_error_move(err, &reader.error);
    }
    *out_measurement = measurement;
    return 0;
}
