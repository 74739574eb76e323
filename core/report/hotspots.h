/* SPDX-License-Identifier: MIT */
#ifndef CCK_REPORT_HOTSPOTS_H
#define CCK_REPORT_HOTSPOTS_H

#include <stdio.h>

#include <cachecheck/hotspots.h>
#include <cachecheck/report.h>

#include "core/report/document.h"
#include "core/report/text.h"

/** Writers of a result that has a profile. */
cck_document_writer cck_hotspots_write_csv, cck_folded_write, cck_flamegraph_write,
    cck_callgrind_write, cck_speedscope_write, cck_firefox_write;

void cck_hotspots_write_text(const cck_text_report *report);

/** Annotated source behind the text report: of a file, a function, or of what is "hot". */
void cck_annotate_write(const cck_text_report *report, const char *what);

/** A name for formats of lines: control characters and those of `others` become '?'. */
void cck_plain_write(FILE *out, const char *text, const char *others);

#endif
