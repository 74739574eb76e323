/* SPDX-License-Identifier: MIT */
#ifndef CCK_REPORT_FINDING_TEXT_H
#define CCK_REPORT_FINDING_TEXT_H

#include "core/report/text.h"

/** The report of a command that makes findings: provenance, findings, notes, what next. */
void cck_findings_write_text(const cck_text_report *report);

/** One finding, as a good compiler would tell it. */
void cck_finding_write_text(const cck_text_report *report, const cck_finding *finding);

#endif
