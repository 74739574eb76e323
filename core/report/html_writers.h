/* SPDX-License-Identifier: MIT */
#ifndef CCK_REPORT_HTML_WRITERS_H
#define CCK_REPORT_HTML_WRITERS_H

#include "core/report/document.h"

/** A cck_result as a page of its own. */
cck_document_writer cck_html_write;

#endif
