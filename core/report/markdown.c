/* SPDX-License-Identifier: MIT */
/* Findings as a comment on a pull request: a table first, then each with its fix. */
#include <inttypes.h>
#include <string.h>

#include "core/report/finding_place.h"
#include "core/report/finding_writers.h"
#include "core/result/words.h"

/* Names come from outside: nothing in them may become markup, HTML or another table cell. */
static void put_text(FILE *out, const char *text)
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

static void put_place(FILE *out, const cck_result *result, const cck_finding *finding)
{
    uint32_t line;
    const char *file = cck_finding_file(result, finding, &line);
    put_text(out, *file ? cck_path_from_here(file) : "unknown");
    if (*file)
        fprintf(out, ":%" PRIu32, line);
}

/* A fence is longer than any run of backquotes within. */
static void put_code(FILE *out, const char *language, const char *code)
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

static void write_row(FILE *out, const cck_result *result, const cck_finding *finding)
{
    fprintf(out, "| %s | ", cck_word_of(cck_severity_words, (int)finding->severity));
    put_text(out, finding->rule);
    fputs(" | ", out);
    put_place(out, result, finding);
    fputs(" | ", out);
    put_text(out, finding->title);
    fputs(" |\n", out);
}

static void write_detail(FILE *out, const cck_result *result, const cck_finding *finding)
{
    const cck_suggestion *suggestion = &finding->suggestion;
    fputs("\n<details><summary>", out);
    put_text(out, finding->rule);
    fputs(", ", out);
    put_place(out, result, finding);
    fputs("</summary>\n\n", out);
    for (size_t i = 0; i < finding->field_count; i++) {
        const cck_field_use *field = &finding->fields[i];
        fprintf(out, "- byte %" PRId64 ": ", (int64_t)field->offset);
        put_text(out, *field->name ? field->name : "bytes");
        if (*field->type) {
            fputs(", ", out);
            put_text(out, field->type);
        }
        putc('\n', out);
    }
    if (*suggestion->text) {
        fputs("\nFix: ", out);
        put_text(out, suggestion->text);
        fputs("\n\n", out);
    }
    if (*suggestion->patch)
        put_code(out, "diff", suggestion->patch);
    else if (*suggestion->code)
        put_code(out, "", suggestion->code);
    for (size_t i = 0; i < finding->note_count; i++) {
        fputs("\nNote: ", out);
        put_text(out, finding->notes[i]);
        putc('\n', out);
    }
    if (*finding->verify) {
        fputs("\nCheck:\n\n", out);
        put_code(out, "", finding->verify);
    }
    fputs("\n</details>\n", out);
}

void cck_markdown_write(const void *subject, FILE *out, const cck_report_options *options)
{
    const cck_result *result = subject;
    (void)options;
    fprintf(out, "### cachecheck %s\n\n", result->command);
    put_text(out, *result->total.verdict.text ? result->total.verdict.text : "no findings");
    putc('\n', out);
    if (result->finding_count)
        fputs("\n| severity | rule | where | what |\n|---|---|---|---|\n", out);
    for (size_t i = 0; i < result->finding_count; i++)
        write_row(out, result, &result->findings[i]);
    for (size_t i = 0; i < result->finding_count; i++)
        write_detail(out, result, &result->findings[i]);
    if (result->findings_left_out)
        fprintf(out, "\nand %" PRIu64 " more\n", result->findings_left_out);
    for (size_t i = 0; i < result->source.note_count; i++) {
        fputs("\nNote: ", out);
        put_text(out, result->source.notes[i]);
        putc('\n', out);
    }
}
