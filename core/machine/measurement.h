/* SPDX-License-Identifier: MIT */
#ifndef CCK_CORE_MACHINE_MEASUREMENT_H
#define CCK_CORE_MACHINE_MEASUREMENT_H

#include <cachecheck/measure.h>

#include "core/base/arena.h"
#include "core/base/json_reader.h"
#include "core/base/json_writer.h"
#include "core/base/number.h"

/** The measurement's inside: everything lies in the arena. */
struct cck_measurement {
    cck_measurement_info info;
    cck_arena arena;
};

/** A document with machine, its parts (if any) and measurement. */
void cck_measurement_document(cck_json *json, const cck_measurement *measurement,
                              const cck_machine_info *machine, const cck_part *parts, size_t count);

/** The member "measurement" of `root`, into the reader's arena; what is wrong the reader knows. */
void cck_measurement_read(cck_json_reader *reader, const cck_json_node *root, cck_measurement_info *out_info);

/** Read such a document. CCK_EFORMAT with the place, CCK_ENOMEM. */
int cck_measurement_parse(cck_measurement **out_measurement, const char *text, size_t length,
                          cck_error *err);

/** CPU model, topology and kernel as 16 hexadecimal digits: equal for the same machine. */
void cck_machine_identity(const cck_machine *machine, char out[17]);

/** Sentences from the numbers, into info.conclusions. False: memory is out. */
bool cck_measurement_conclude(cck_measurement *measurement, const cck_machine_info *machine);

/** The typical time of a line from core to core, ns: the median of the matrix. False: unknown, or
 *  too noisy to be relied on. */
bool cck_measurement_transfer(const cck_measurement *measurement, double *out_ns);

/** "58.1±0.9", in as many decimals as make sense; "-" when unknown. */
void cck_figure_print(char *buffer, size_t size, const cck_figure *figure, bool utf8);

/** What a row is called: sizes are bytes in the data, and said as people do ("32 KiB"). */
const char *cck_grid_label(const cck_grid *grid, size_t row, char buffer[CCK_NUMBER_SIZE]);

/** Why numbers are missing from a grid, the first reason; NULL: none is, or only a CPU beside itself. */
const char *cck_grid_missing(const cck_grid *grid);

#endif
