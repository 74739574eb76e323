/* SPDX-License-Identifier: MIT */
#include "core/machine/measurement.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/number.h"
#include "core/machine/samples.h"

const cck_measurement_info *cck_measurement_get_info(const cck_measurement *measurement)
{
    return &measurement->info;
}

const cck_grid *cck_measurement_grid(const cck_measurement *measurement, const char *name)
{
    for (size_t i = 0; i < measurement->info.grid_count; i++)
        if (strcmp(measurement->info.grids[i].name, name) == 0)
            return &measurement->info.grids[i];
    return NULL;
}

void cck_measurement_free(cck_measurement *measurement)
{
    if (!measurement)
        return;
    cck_arena_clear(&measurement->arena);
    free(measurement);
}

bool cck_measurement_transfer(const cck_measurement *measurement, double *out_ns)
{
    const cck_grid *grid = cck_measurement_grid(measurement, "transfer");
    size_t count = grid ? grid->row_count * grid->column_count : 0, known = 0;
    double *medians = calloc(count + 1, sizeof *medians);
    for (size_t i = 0; medians && i < count; i++)
        if (grid->cells[i].samples && !cck_figure_noisy(&grid->cells[i]))
            medians[known++] = grid->cells[i].median;
    if (known)
        *out_ns = cck_median(medians, known);
    free(medians);
    return known > 0;
}

/* A number has no more decimals than its spread leaves meaning to. */
static int decimals_of(const cck_figure *figure)
{
    return figure->median >= 100 ? 0 : figure->median >= 10 ? 1 : figure->median >= 1 ? 2 : 3;
}

void cck_figure_print(char *buffer, size_t size, const cck_figure *figure, bool utf8)
{
    char median[CCK_NUMBER_SIZE], half[CCK_NUMBER_SIZE];
    if (!figure->samples) {
        snprintf(buffer, size, "-");
        return;
    }
    cck_number_fixed(median, figure->median, decimals_of(figure));
    cck_number_fixed(half, cck_figure_spread(figure) * figure->median, decimals_of(figure));
    snprintf(buffer, size, "%s%s%s", median, utf8 ? "\xc2\xb1" : "+-", half);
}

const char *cck_grid_label(const cck_grid *grid, size_t row, char buffer[CCK_NUMBER_SIZE])
{
    char *end;
    unsigned long long bytes = strtoull(grid->rows[row], &end, 10);
    if (strcmp(grid->row_is, "bytes") != 0 || *end)
        return grid->rows[row];
    cck_number_bytes(buffer, (double)bytes);
    return buffer;
}
