/* SPDX-License-Identifier: MIT */
/* The shell of pages: nothing from outside becomes markup, nothing asks the network. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/text.h"
#include "core/report/html_page.h"

static char *written(void (*write)(FILE *out, const char *text), const char *text)
{
    char *bytes = NULL;
    size_t size;
    FILE *out = open_memstream(&bytes, &size);
    assert_non_null(out);
    write(out, text);
    fclose(out);
    return bytes;
}

static void assert_written(void (*write)(FILE *out, const char *text), const char *text,
                           const char *expected)
{
    char *bytes = written(write, text);
    assert_string_equal(bytes, expected);
    free(bytes);
}

static void test_escaped(void **state)
{
    (void)state;
    assert_written(cck_html_text, "a<b>&\"c'", "a&lt;b&gt;&amp;&quot;c&#39;");
    assert_written(cck_html_text, "\033[31mred\n", "?[31mred?");
    assert_written(cck_html_text, "bad\xff utf8", "bad\xef\xbf\xbd utf8");
    assert_written(cck_html_text, "gr\xc3\xb6\xc3\x9f", "gr\xc3\xb6\xc3\x9f");
    assert_written(cck_html_text, "turn\xe2\x80\xaeround", "turn?round");
    assert_written(cck_html_text,
                   "non\xef\xbf\xbf"
                   "character",
                   "non?character");
}

static void test_cut(void **state)
{
    (void)state;
    char *bytes = NULL;
    size_t size;
    FILE *out = open_memstream(&bytes, &size);
    assert_non_null(out);
    assert_int_equal(cck_text_write_markup(out, "<<<<<<", 4), 4);
    fclose(out);
    assert_string_equal(bytes, "&lt;&lt;&lt;\xe2\x80\xa6");
    free(bytes);
}

/* Lines stay lines, however long; a piece never ends within a character. */
static void test_code(void **state)
{
    (void)state;
    assert_written(
        cck_html_code, "if (a < b)\n\tc();\n",
        "<pre class=\"wide\" tabindex=\"0\"><code>if (a &lt; b)\n\tc();\n</code></pre>\n");
    char text[4002];
    for (size_t i = 0; i < 4000; i += 2)
        memcpy(text + i, "\xc3\xb6", 2);
    text[4000] = '\0';
    char *bytes = written(cck_html_code, text);
    assert_non_null(strstr(bytes, text));
    free(bytes);
    memset(text, 0x80, 4000); /* nothing but damaged bytes must end too */
    bytes = written(cck_html_code, text);
    assert_null(strchr(bytes, 0x80));
    free(bytes);
}

static void write_page(FILE *out, const char *title)
{
    const cck_html_page page = {.title = title, .subtitle = title, .script = "var own=1;"};
    static const char *const titles[] = {"name", "#count"};
    cck_html_begin(out, &page);
    cck_html_section(out, "one", title);
    cck_html_filter(out, "#one tbody tr", title);
    fputs("<table>", out);
    cck_html_headings(out, titles, 2);
    fputs("<tbody><tr>", out);
    cck_html_cell(out, title);
    cck_html_number(out, "1");
    fputs("</tr></tbody></table>\n", out);
    cck_html_figure(out, title);
    cck_html_figure_end(out, title);
    cck_html_section_end(out);
    cck_html_end(out, &page);
}

static size_t count_of(const char *text, const char *what)
{
    size_t count = 0;
    for (const char *at = text; (at = strstr(at, what)); at += strlen(what))
        count++;
    return count;
}

static void test_page(void **state)
{
    (void)state;
    char *bytes = written(write_page, "</title><script>alert(1)</script>\"'");
    assert_int_equal(count_of(bytes, "<script>"), 2);
    assert_int_equal(count_of(bytes, "</title>"), 1);
    assert_int_equal(count_of(bytes, "&lt;script&gt;alert(1)"), 8);
    assert_non_null(strstr(bytes, "default-src 'none'"));
    assert_null(strstr(bytes, "http://"));
    assert_null(strstr(bytes, "https://"));
    assert_null(strstr(bytes, "src="));
    assert_non_null(strstr(bytes, "prefers-color-scheme:dark"));
    assert_non_null(strstr(bytes, "<html lang=\"en\">"));
    assert_int_equal(count_of(bytes, "<section"), count_of(bytes, "</section>"));
    assert_int_equal(count_of(bytes, "<figure"), count_of(bytes, "</figure>"));
    assert_int_equal(count_of(bytes, "<th scope=\"col\" class=\"num\">count</th>"), 1);
    free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_escaped),
        cmocka_unit_test(test_cut),
        cmocka_unit_test(test_code),
        cmocka_unit_test(test_page),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
