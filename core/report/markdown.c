/* SPDX-License-Identifier: MIT */
/* Findings as a comment on a pull request: a table first, then each with its fix. */
#include <inttypes.h>

#include "core/report/finding_place.h"
#include "core/report/finding_writers.h"
#include "core/report/markdown_text.h"
#include "core/result/words.h"

static void put_place(FILE *out, const cck_result *result, const cck_finding *finding)
{
    uint32_t line;
    const char *file = cck_finding_file(result, finding, &line);
    cck_markdown_text(out, *file ? cck_path_from_here(file) : "unknown");
    if (*file)
        fprintf(out, ":%" PRIu32, line);
}

static void write_row(FILE *out, const cck_result *result, const cck_finding *finding)
{
    fprintf(out, "| %s | ", cck_word_of(cck_severity_words, (int)finding->severity));
    cck_markdown_text(out, finding->rule);
    fputs(" | ", out);
    put_place(out, result, finding);
    fputs(" | ", out);
    cck_markdown_text(out, finding->title);
    fputs(" |\n", out);
}

static void write_detail(FILE *out, const cck_result *result, const cck_finding *finding)
{
    const cck_suggestion *suggestion = &finding->suggestion;
    fputs("\n<details><summary>", out);
    cck_markdown_text(out, finding->rule);
    fputs(", ", out);
    put_place(out, result, finding);
    fputs("</summary>\n\n", out);
    for (size_t i = 0; i < finding->field_count; i++) {
        const cck_field_use *field = &finding->fields[i];
        fprintf(out, "- byte %" PRId64 ": ", (int64_t)field->offset);
        cck_markdown_text(out, *field->name ? field->name : "bytes");
        if (*field->type) {
            fputs(", ", out);
            cck_markdown_text(out, field->type);
        }
        putc('\n', out);
    }
    if (*suggestion->text) {
        fputs("\nFix: ", out);
        cck_markdown_text(out, suggestion->text);
        fputs("\n\n", out);
    }
    if (*suggestion->patch)
        cck_markdown_code(out, "diff", suggestion->patch);
    else if (*suggestion->code)
        cck_markdown_code(out, "", suggestion->code);
    for (size_t i = 0; i < finding->note_count; i++) {
        fputs("\nNote: ", out);
        cck_markdown_text(out, finding->notes[i]);
        putc('\n', out);
    }
    if (*finding->verify) {
        fputs("\nCheck:\n\n", out);
        cck_markdown_code(out, "", finding->verify);
    }
    fputs("\n</details>\n", out);
}

void cck_markdown_write(const void *subject, FILE *out, const cck_report_options *options)
{
    const cck_result *result = subject;
    (void)options;
    fprintf(out, "### cachecheck %s\n\n", result->command);
    cck_markdown_text(out,
                      *result->total.verdict.text ? result->total.verdict.text : "no findings");
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
        cck_markdown_text(out, result->source.notes[i]);
        putc('\n', out);
    }
}
