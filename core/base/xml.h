/* SPDX-License-Identifier: MIT */
#ifndef CCK_CORE_XML_H
#define CCK_CORE_XML_H

#include <stddef.h>
#include <stdio.h>

/**
 * Text of XML and HTML, of elements and of attributes in quotes: markup escaped, what a
 * terminal or XML 1.0 does not allow replaced by '?'. At most `most` columns.
 */
void cck_xml_text(FILE *out, const char *text, size_t most);

#endif
