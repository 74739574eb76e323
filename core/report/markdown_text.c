/* SPDX-License-Identifier: MIT */
#include "core/report/markdown_text.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Names come from outside: nothing in them may become markup, HTML or another table cell. */
void cck_markdown_text(FILE *out, const char *text)
{
    bool code = false;
    for (; *text; text++) {
        unsigned char byte = (unsigned char)*text;
        if (byte == '`' && (code || strchr(text + 1, '`')))
            code = !code;
        if (byte < ' ' || byte == 0x7f)
            putc(' ', out);
        else if (byte == '|')
            fputs("\\|", out);
        else if (!code && strchr("<>&", byte))
            fprintf(out, "&#%d;", byte);
        else if (!code && strchr("*_[]\\#@!", byte))
            fprintf(out, "\\%c", byte);
        else
            putc(byte, out);
    }
    if (code)
        putc('`', out);
}

/* A fence is longer than any run of backquotes within. */
void cck_markdown_code(FILE *out, const char *language, const char *code)
{
    size_t longest = 0, run = 0;
    for (const char *at = code; *at; at++) {
        run = *at == '`' ? run + 1 : 0;
        longest = run > longest ? run : longest;
    }
    int fence = longest < 3 ? 3 : (int)longest + 1;
    for (int i = 0; i < fence; i++)
        putc('`', out);
    fprintf(out, "%s\n%s%s", language, code, *code && code[strlen(code) - 1] == '\n' ? "" : "\n");
    for (int i = 0; i < fence; i++)
        putc('`', out);
    putc('\n', out);
}

void cck_markdown_page(FILE *out,
                       void (*fill)(FILE *out, const void *subject,
                                    const cck_report_options *options),
                       const void *subject, const cck_report_options *options)
{
    cck_report_options own = *options;
    char *text = NULL;
    size_t size;
    FILE *memory = open_memstream(&text, &size);
    if (!memory)
        return;
    own.color = false;
    own.utf8 = true;
    fill(memory, subject, &own);
    if (fclose(memory) == 0)
        cck_markdown_code(out, "", text);
    free(text);
}
