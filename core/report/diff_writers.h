/* SPDX-License-Identifier: MIT */
#ifndef CCK_REPORT_DIFF_WRITERS_H
#define CCK_REPORT_DIFF_WRITERS_H

#include "core/base/json_writer.h"
#include "core/report/document.h"
#include "core/report/text.h"

/* The subject is a cck_diff. */
cck_document_writer cck_diff_write_text, cck_diff_write_json, cck_diff_write_csv,
    cck_diff_write_markdown;

/* A diff within another document: the object, the tables. */
void cck_diff_put_json(cck_json *json, const cck_diff *diff);
void cck_diff_put_text(const cck_text_report *text, const cck_diff *diff);
void cck_diff_put_markdown(FILE *out, const cck_diff *diff);

#endif
