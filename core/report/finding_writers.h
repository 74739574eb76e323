/* SPDX-License-Identifier: MIT */
#ifndef CCK_REPORT_FINDING_WRITERS_H
#define CCK_REPORT_FINDING_WRITERS_H

#include "core/report/document.h"

/** Findings of any command (a cck_result) for other programs to show. */
cck_document_writer cck_sarif_write;    /* SARIF 2.1.0, for code scanning */
cck_document_writer cck_github_write;   /* workflow commands: annotations of a pull request */
cck_document_writer cck_markdown_write; /* for a comment on a pull request */
cck_document_writer cck_findings_write_csv;

/** What a rule is about, for those who see it for the first time. */
typedef struct cck_rule_help {
    const char *rule;
    const char *summary; /* a sentence */
    const char *help;    /* why, and what to do */
} cck_rule_help;

/** The help for a rule; for one that is not known its name stands for all. */
cck_rule_help cck_rule_help_of(const char *rule);

#endif
