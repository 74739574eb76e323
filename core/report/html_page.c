/* SPDX-License-Identifier: MIT */
#include "core/report/html_page.h"

#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"

/* Nothing may be loaded, sent or framed from elsewhere: whatever a name may hold. */
static const char policy[] =
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
    "style-src 'unsafe-inline'; script-src 'unsafe-inline'; base-uri 'none'; "
    "form-action 'none'\">\n";

void cck_html_text(FILE *out, const char *text)
{
    cck_text_write_markup(out, text, UINT_MAX);
}

static void put_piece(FILE *out, const char *text, size_t length)
{
    char *piece = strndup(text, length);
    cck_html_text(out, piece ? piece : "");
    free(piece);
}

void cck_html_prose(FILE *out, const char *text)
{
    for (const char *open; (open = strchr(text, '`'));) {
        const char *close = strchr(open + 1, '`');
        if (!close)
            break;
        put_piece(out, text, (size_t)(open - text));
        fputs("<code>", out);
        put_piece(out, open + 1, (size_t)(close - open - 1));
        fputs("</code>", out);
        text = close + 1;
    }
    cck_html_text(out, text);
}

void cck_html_begin(FILE *out, const cck_html_page *page)
{
    fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n", out);
    fputs(policy, out);
    fputs("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
          "<meta name=\"color-scheme\" content=\"light dark\">\n<title>",
          out);
    cck_html_text(out, page->title);
    fprintf(out, "</title>\n<style>%s%s</style>\n</head>\n<body>\n", cck_html_style,
            page->style ? page->style : "");
    fputs("<a class=\"skip\" href=\"#main\">Skip to the report</a>\n<header>", out);
    cck_html_element(out, "h1", NULL, page->title);
    if (page->subtitle)
        cck_html_element(out, "p", "dim", page->subtitle);
    fputs("</header>\n<main id=\"main\">\n", out);
}

void cck_html_end(FILE *out, const cck_html_page *page)
{
    fprintf(out, "</main>\n<script>%s</script>\n", cck_html_script);
    if (page->script)
        fprintf(out, "<script>%s</script>\n", page->script);
    fputs("</body>\n</html>\n", out);
}

void cck_html_element(FILE *out, const char *tag, const char *class, const char *text)
{
    fprintf(out, "<%s", tag);
    if (class)
        fprintf(out, " class=\"%s\"", class);
    putc('>', out);
    cck_html_text(out, text);
    fprintf(out, "</%s>\n", tag);
}

void cck_html_code(FILE *out, const char *code)
{
    fputs("<pre class=\"wide\" tabindex=\"0\"><code>", out);
    while (*code) {
        char piece[1024];
        size_t length = strcspn(code, "\n\t");
        size_t kept = length < sizeof piece - 1 ? length : sizeof piece - 1;
        /* A cut must not fall into a character: its bytes would be damaged ones. */
        while (kept < length && kept > sizeof piece / 2 &&
               ((unsigned char)code[kept] & 0xc0) == 0x80)
            kept--;
        memcpy(piece, code, kept);
        piece[kept] = '\0';
        cck_html_text(out, piece);
        code += kept;
        if (kept == length && *code)
            putc(*code++, out);
    }
    fputs("</code></pre>\n", out);
}

void cck_html_section(FILE *out, const char *id, const char *heading)
{
    fprintf(out, "<section id=\"%s\" aria-labelledby=\"%s-heading\">\n<h2 id=\"%s-heading\">", id,
            id, id);
    cck_html_text(out, heading);
    fputs("</h2>\n", out);
}

void cck_html_section_end(FILE *out)
{
    fputs("</section>\n", out);
}

void cck_html_wide(FILE *out, const char *label)
{
    fputs("<div class=\"wide\" role=\"group\" tabindex=\"0\" aria-label=\"", out);
    cck_html_text(out, label);
    fputs("\">", out);
}

void cck_html_wide_end(FILE *out)
{
    fputs("</div>\n", out);
}

void cck_html_figure(FILE *out, const char *label)
{
    fputs("<figure>\n", out);
    cck_html_wide(out, label);
}

void cck_html_figure_end(FILE *out, const char *words)
{
    cck_html_wide_end(out);
    cck_html_element(out, "figcaption", NULL, words);
    fputs("</figure>\n", out);
}

void cck_html_headings(FILE *out, const char *const *titles, size_t count)
{
    fputs("<thead><tr>", out);
    for (size_t i = 0; i < count; i++) {
        bool number = titles[i][0] == '#';
        fprintf(out, "<th scope=\"col\"%s>", number ? " class=\"num\"" : "");
        cck_html_text(out, titles[i] + number);
        fputs("</th>", out);
    }
    fputs("</tr></thead>\n", out);
}

void cck_html_cell(FILE *out, const char *text)
{
    fputs("<td>", out);
    cck_html_text(out, text);
    fputs("</td>", out);
}

void cck_html_number(FILE *out, const char *number)
{
    fputs("<td class=\"num\">", out);
    cck_html_text(out, number);
    fputs("</td>", out);
}

void cck_html_filter(FILE *out, const char *selector, const char *label)
{
    fputs("<p class=\"tool\"><label>", out);
    cck_html_text(out, label);
    fprintf(out,
            " <input type=\"search\" data-filter=\"%s\" autocomplete=\"off\"></label> "
            "<output data-count=\"%s\" aria-live=\"polite\"></output></p>\n",
            selector, selector);
}
