/* SPDX-License-Identifier: MIT */
#ifndef CCK_REPORT_DIFF_WRITERS_H
#define CCK_REPORT_DIFF_WRITERS_H

#include "core/report/document.h"

/* The subject is a cck_diff. */
cck_document_writer cck_diff_write_text, cck_diff_write_json, cck_diff_write_csv,
    cck_diff_write_markdown;

#endif
