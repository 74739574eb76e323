/* SPDX-License-Identifier: MIT */
#ifndef CCK_REPORT_HTML_PAGE_H
#define CCK_REPORT_HTML_PAGE_H

#include <stdio.h>

/**
 * A page of its own: one file that asks the network for nothing (its content policy
 * forbids it), light or dark as the reader's system is, readable without scripts.
 * Whoever writes one fills in sections, tables and figures:
 *
 *     cck_html_begin(out, &page);
 *     cck_html_section(out, "threads", "Threads");
 *     ... "<table class=\"sortable\">", cells by cck_html_cell() ...
 *     cck_html_section_end(out);
 *     cck_html_end(out, &page);
 *
 * Every text from outside goes through cck_html_text() or what calls it. Names of
 * classes that the style sheet knows:
 *   t0 ... t7         colour of the k-th thread (modulo 8): fill of SVG, ground of HTML
 *   critical ... info a word in the colour of its severity, with class "badge"
 *   better, worse     of a change
 *   h0 ... h9         a cell of a heat map, the darker the more
 *   num               a cell with a number: to the right; none: of what is not known
 *   dim, note         less loud; a remark
 *   bar               <span class="bar"><i class="t0" style="width:40%"></i></span>
 * What the script does where it may run:
 *   table.sortable           headings become buttons that sort
 *   .chunk                   around many boxes: is put off until it is scrolled to, and hidden
 *                            when none of them is left by the filter
 *   input data-filter="SEL"  shows only the elements of that selector that hold the words;
 *                            <output data-count="SEL"> tells how many (made by
 *                            cck_html_filter())
 */
typedef struct cck_html_page {
    const char *title;    /* of the window, and the heading */
    const char *subtitle; /* a line under it, or NULL */
    const char *style;    /* rules of the page's own, or NULL; trusted */
    const char *script;   /* statements of the page's own, or NULL; trusted */
} cck_html_page;

void cck_html_begin(FILE *out, const cck_html_page *page);
void cck_html_end(FILE *out, const cck_html_page *page);

/** Text of anybody's, escaped: between tags and in quoted attributes. */
void cck_html_text(FILE *out, const char *text);

/** The same, with what stands between backquotes as code: `struct stats`. */
void cck_html_prose(FILE *out, const char *text);

/** An element with text in it; `class` may be NULL: <p class="note">...</p> */
void cck_html_element(FILE *out, const char *tag, const char *class, const char *text);

/** Lines of code, kept as they are: <pre class="wide"><code>. */
void cck_html_code(FILE *out, const char *code);

/** A part of the page under a heading; `id` is where links lead. */
void cck_html_section(FILE *out, const char *id, const char *heading);
void cck_html_section_end(FILE *out);

/** What scrolls sideways where it is too wide, for the keyboard too; `label` says what it is. */
void cck_html_wide(FILE *out, const char *label);
void cck_html_wide_end(FILE *out);

/** A picture, and the words that say what it shows: never one without the other. */
void cck_html_figure(FILE *out, const char *label);
void cck_html_figure_end(FILE *out, const char *words);

/** A row of headings, of columns with numbers where a title begins with '#'; a cell of text; a cell of a number, already written for people. */
void cck_html_headings(FILE *out, const char *const *titles, size_t count);
void cck_html_cell(FILE *out, const char *text);
void cck_html_number(FILE *out, const char *number);

/** A box to filter by words what `selector` chooses; hidden where no script runs. */
void cck_html_filter(FILE *out, const char *selector, const char *label);

/** What every page has (html_parts.c). */
extern const char cck_html_style[];
extern const char cck_html_script[];

#endif
