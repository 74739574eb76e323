/* SPDX-License-Identifier: MIT */
#include "core/base/xml.h"

#include <stdlib.h>

#include "core/base/text.h"

void cck_xml_text(FILE *out, const char *text, size_t most)
{
    char *clean = NULL;
    size_t size;
    FILE *memory = open_memstream(&clean, &size);
    if (!memory)
        return;
    unsigned width = most > 1u << 20 ? 1u << 20 : (unsigned)most;
    cck_text_write(memory, text, width, true);
    fclose(memory);
    for (const char *at = clean; clean && *at; at++)
        switch (*at) {
        case '<':
            fputs("&lt;", out);
            break;
        case '>':
            fputs("&gt;", out);
            break;
        case '&':
            fputs("&amp;", out);
            break;
        case '"':
            fputs("&quot;", out);
            break;
        default:
            fputc(*at, out);
        }
    free(clean);
}
