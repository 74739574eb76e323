/* SPDX-License-Identifier: MIT */
/* A measurement read back. The file is somebody's bytes: sizes are bounded, members checked. */
#include <stdlib.h>

#include "core/base/fail.h"
#include "core/base/json_reader.h"
#include "core/machine/measurement.h"

enum { LABELS_MOST = 4096, GRIDS_MOST = 64, CELLS_MOST = 1 << 20 };

static const uint64_t bytes_most = INT64_MAX;

static void read_figure(cck_json_reader *reader, const json_t *object, cck_figure *out)
{
    if (!json_is_object(object)) {
        cck_json_wrong(reader, "an object expected");
        return;
    }
    out->dropped = (uint32_t)cck_json_get_uint(reader, object, "dropped", UINT32_MAX);
    if (json_object_get(object, "unknown")) {
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

/* Strings of an array; NULL entries never. */
static const char *const *read_strings(cck_json_reader *reader, const json_t *parent,
                                       const char *key, size_t *out_count)
{
    json_t *array = cck_json_get_array(reader, parent, key);
    size_t count = array ? json_array_size(array) : 0;
    if (count > LABELS_MOST) {
        cck_json_wrong(reader, "too many strings");
        count = 0;
    }
    const char **strings = cck_arena_array(reader->arena, count + 1, sizeof *strings);
    for (size_t i = 0; strings && i < count; i++) {
        const json_t *item = json_array_get(array, i);
        if (!json_is_string(item))
            cck_json_wrong(reader, "a string expected");
        strings[i] = cck_json_keep(reader, json_is_string(item) ? json_string_value(item) : "");
    }
    *out_count = strings ? count : 0;
    return strings;
}

static void read_cells(cck_json_reader *reader, const json_t *object, cck_grid *grid)
{
    json_t *cells = cck_json_get_array(reader, object, "cells");
    size_t count = grid->row_count * grid->column_count;
    if (!cells || json_array_size(cells) != count || count > CELLS_MOST) {
        cck_json_wrong(reader, "not as many cells as rows and columns make");
        grid->row_count = grid->column_count = 0;
        return;
    }
    cck_figure *figures = cck_arena_array(reader->arena, count + 1, sizeof *figures);
    for (size_t i = 0; figures && i < count; i++) {
        size_t before = cck_json_enter_index(reader, i);
        read_figure(reader, json_array_get(cells, i), &figures[i]);
        cck_json_leave(reader, before);
    }
    if (!figures)
        grid->row_count = grid->column_count = 0;
    grid->cells = figures;
}

static void read_grid(cck_json_reader *reader, const json_t *object, cck_grid *grid)
{
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

static void read_cache(cck_json_reader *reader, const json_t *object, cck_measured_cache *cache)
{
    cache->level = (unsigned)cck_json_get_uint(reader, object, "level", 64);
    cache->at_least = cck_json_get_uint(reader, object, "at_least", bytes_most);
    cache->below = cck_json_get_uint(reader, object, "below", bytes_most);
    cache->modelled = cck_json_get_uint(reader, object, "modelled", bytes_most);
    read_figure(reader, json_object_get(object, "latency"), &cache->latency);
}

static void read_noise(cck_json_reader *reader, const json_t *parent, cck_noise *noise)
{
    json_t *object = cck_json_get_object(reader, parent, "noise");
    noise->noisy = cck_json_get_bool(reader, object, "noisy", true);
    noise->others = cck_json_get_number(reader, object, "others", -1);
    noise->steal = cck_json_get_number(reader, object, "steal", -1);
    noise->dropped = cck_json_get_number(reader, object, "dropped", -1);
    noise->drift = cck_json_get_number(reader, object, "drift", -1);
    noise->spread = cck_json_get_number(reader, object, "spread", -1);
}

static size_t size_of(cck_json_reader *reader, const json_t *array)
{
    size_t count = array ? json_array_size(array) : 0;
    if (count <= GRIDS_MOST)
        return count;
    cck_json_wrong(reader, "too long a list");
    return 0;
}

static void read_lists(cck_json_reader *reader, const json_t *object, cck_measurement_info *info)
{
    json_t *caches = cck_json_get_array(reader, object, "caches");
    json_t *grids = cck_json_get_array(reader, object, "grids");
    size_t cache_count = size_of(reader, caches), grid_count = size_of(reader, grids);
    cck_measured_cache *levels = cck_arena_array(reader->arena, cache_count + 1, sizeof *levels);
    cck_grid *tables = cck_arena_array(reader->arena, grid_count + 1, sizeof *tables);
    if (!levels || !tables) {
        reader->code = cck_fail(&reader->error, CCK_ENOMEM, "out of memory");
        return;
    }
    for (size_t i = 0; i < cache_count; i++)
        read_cache(reader, json_array_get(caches, i), &levels[i]);
    for (size_t i = 0; i < grid_count; i++) {
        size_t before = cck_json_enter_index(reader, i);
        read_grid(reader, json_array_get(grids, i), &tables[i]);
        cck_json_leave(reader, before);
    }
    info->caches = levels;
    info->cache_count = cache_count;
    info->grids = tables;
    info->grid_count = grid_count;
}

void cck_measurement_read(cck_json_reader *reader, const json_t *root, cck_measurement_info *info)
{
    *info = (cck_measurement_info){0};
    json_t *object = cck_json_get_object(reader, root, "measurement");
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
    json_error_t wrong;
    json_t *root = json_loadb(text, length, JSON_REJECT_DUPLICATES, &wrong);
    if (!root)
        return cck_fail(err, CCK_EFORMAT, "not JSON: line %d: %s", wrong.line, wrong.text);
    cck_measurement *measurement = calloc(1, sizeof *measurement);
    if (!measurement) {
        json_decref(root);
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    }
    cck_json_reader reader = {.arena = &measurement->arena};
    cck_measurement_read(&reader, root, &measurement->info);
    json_decref(root);
    if (reader.code) {
        cck_measurement_free(measurement);
        return cck_error_move(err, &reader.error);
    }
    *out_measurement = measurement;
    return 0;
}
