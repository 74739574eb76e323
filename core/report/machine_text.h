/* SPDX-License-Identifier: MIT */
#ifndef CCK_CORE_REPORT_MACHINE_TEXT_H
#define CCK_CORE_REPORT_MACHINE_TEXT_H

#include <cachecheck/report.h>

/** Three lines that say which machine it is. */
void cck_text_machine(FILE *out, const cck_machine_info *machine,
                      const cck_report_options *options);

#endif
