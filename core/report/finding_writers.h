/* SPDX-License-Identifier: MIT */
#ifndef CCK_REPORT_FINDING_WRITERS_H
#define CCK_REPORT_FINDING_WRITERS_H

#include "core/report/document.h"

/** Findings of any command (a cck_result) for other programs to show. */
cck_document_writer cck_sarif_write;    /* SARIF 2.1.0, for code scanning */
cck_document_writer cck_github_write;   /* workflow commands: annotations of a pull request */
cck_document_writer cck_markdown_write; /* for a comment on a pull request */
cck_document_writer cck_findings_write_csv;

#endif
