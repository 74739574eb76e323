/* SPDX-License-Identifier: MIT */
#ifndef CCK_CORE_REPORT_MACHINE_TEXT_H
#define CCK_CORE_REPORT_MACHINE_TEXT_H

#include <cachecheck/report.h>

/** Three lines that say which machine it is. */
void cck_text_machine(FILE *out, const cck_machine_info *machine,
                      const cck_report_options *options);

/** machine_draw.c: the topology as boxes. */
void cck_text_drawing(FILE *out, const cck_part *parts, size_t count,
                      const cck_report_options *options);

/** What this process may use of it, where that is less than all. */
void cck_text_limits(FILE *out, const cck_machine *machine, const cck_report_options *options);

#endif
