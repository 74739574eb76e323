/* SPDX-License-Identifier: MIT */
/* A measurement as JSON, losslessly. */
#include "core/machine/json.h"
#include "core/machine/measurement.h"
#include "core/machine/topology.h"

static void put_figure(cck_json *json, const cck_figure *figure)
{
    cck_json_inline(json);
    cck_json_object(json);
    if (figure->samples) {
        cck_json_put_number(json, "median", figure->median);
        cck_json_put_number(json, "low", figure->low);
        cck_json_put_number(json, "high", figure->high);
        if (figure->drift >= 0)
            cck_json_put_number(json, "drift", figure->drift);
        cck_json_put_uint(json, "samples", figure->samples);
    } else {
        cck_json_put_string(json, "unknown", figure->unknown ? figure->unknown : "not measured");
    }
    cck_json_put_uint(json, "dropped", figure->dropped);
    cck_json_object_end(json);
}

static void put_strings(cck_json *json, const char *key, const char *const *strings, size_t count)
{
    cck_json_key(json, key);
    cck_json_array(json);
    for (size_t i = 0; i < count; i++)
        cck_json_string(json, strings[i]);
    cck_json_array_end(json);
}

static void put_grid(cck_json *json, const cck_grid *grid)
{
    cck_json_object(json);
    cck_json_put_string(json, "name", grid->name);
    cck_json_put_string(json, "title", grid->title);
    cck_json_put_string(json, "unit", grid->unit);
    cck_json_put_string(json, "row_is", grid->row_is);
    cck_json_put_string(json, "column_is", grid->column_is);
    cck_json_put_string(json, "method", grid->method ? grid->method : "");
    cck_json_put_bool(json, "matrix", grid->matrix);
    cck_json_put_bool(json, "more_is_better", grid->more_is_better);
    cck_json_inline(json);
    put_strings(json, "rows", grid->rows, grid->row_count);
    cck_json_inline(json);
    put_strings(json, "columns", grid->columns, grid->column_count);
    cck_json_key(json, "cells");
    cck_json_array(json);
    for (size_t i = 0; i < grid->row_count * grid->column_count; i++)
        put_figure(json, &grid->cells[i]);
    cck_json_array_end(json);
    cck_json_object_end(json);
}

static void put_cache(cck_json *json, const cck_measured_cache *cache)
{
    cck_json_object(json);
    cck_json_put_uint(json, "level", cache->level);
    cck_json_put_uint(json, "at_least", cache->at_least);
    cck_json_put_uint(json, "below", cache->below);
    cck_json_put_uint(json, "modelled", cache->modelled);
    cck_json_key(json, "latency");
    put_figure(json, &cache->latency);
    cck_json_object_end(json);
}

static void put_noise(cck_json *json, const cck_noise *noise)
{
    const struct {
        const char *key;
        double value;
    } shares[] = {{"others", noise->others},
                  {"steal", noise->steal},
                  {"dropped", noise->dropped},
                  {"drift", noise->drift},
                  {"spread", noise->spread}};
    cck_json_key(json, "noise");
    cck_json_inline(json);
    cck_json_object(json);
    cck_json_put_bool(json, "noisy", noise->noisy);
    for (size_t i = 0; i < sizeof shares / sizeof *shares; i++)
        if (shares[i].value >= 0)
            cck_json_put_number(json, shares[i].key, shares[i].value);
    cck_json_object_end(json);
}

static void write_measurement(cck_json *json, const cck_measurement *measurement)
{
    const cck_measurement_info *info = &measurement->info;
    cck_json_key(json, "measurement");
    cck_json_object(json);
    cck_json_put_bool(json, "quick", info->quick);
    cck_json_put_uint(json, "when", (uint64_t)info->when);
    cck_json_put_number(json, "seconds", info->seconds);
    cck_json_put_string(json, "identity", info->identity);
    cck_json_put_string(json, "pages", info->pages);
    put_noise(json, &info->noise);
    put_strings(json, "remarks", info->remarks, info->remark_count);
    put_strings(json, "conclusions", info->conclusions, info->conclusion_count);
    cck_json_key(json, "caches");
    cck_json_array(json);
    for (size_t i = 0; i < info->cache_count; i++)
        put_cache(json, &info->caches[i]);
    cck_json_array_end(json);
    cck_json_key(json, "grids");
    cck_json_array(json);
    for (size_t i = 0; i < info->grid_count; i++)
        put_grid(json, &info->grids[i]);
    cck_json_array_end(json);
    cck_json_object_end(json);
}

void cck_measurement_document(cck_json *json, const cck_measurement *measurement,
                              const cck_machine_info *machine, const cck_part *parts, size_t count)
{
    cck_json_object(json);
    cck_json_document(json, "machine");
    cck_json_machine(json, machine);
    if (count)
        cck_topology_write(json, parts, count);
    write_measurement(json, measurement);
    cck_json_object_end(json);
    cck_json_end(json);
}
