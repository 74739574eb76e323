/* SPDX-License-Identifier: MIT */
/* What a patch changed: for people, for programs (docs/schema/cachecheck-verify-1.json), and for a
 * pull request. */
#include <cachecheck/verify.h>

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/json_writer.h"
#include "core/base/number.h"
#include "core/report/diff_writers.h"
#include "core/report/markdown_text.h"
#include "core/result/words.h"

static const char *const verdict_words[] = {
    [CCK_VERIFY_UNKNOWN] = "unknown",     [CCK_VERIFY_IMPROVED] = "improved",
    [CCK_VERIFY_MODELLED] = "modelled",   [CCK_VERIFY_UNCHANGED] = "unchanged",
    [CCK_VERIFY_REGRESSED] = "regressed",
};

/* ---- parts in words ---- */

typedef void words_of(const cck_verification *made, FILE *out);

static void write_patch_words(const cck_verification *made, FILE *out)
{
    enum { MOST = 4 };
    for (size_t i = 0; i < made->file_count && i < MOST; i++)
        fprintf(out, "%s%s", i ? ", " : "", made->files[i]);
    if (made->file_count > MOST)
        fprintf(out, " and %zu more files", made->file_count - MOST);
    fprintf(out, ": +%zu -%zu lines", made->added, made->removed);
}

static void write_build_words(const cck_verification *made, FILE *out)
{
    char before[CCK_NUMBER_SIZE], after[CCK_NUMBER_SIZE];
    cck_number_time(before, 1e9 * made->build_s[0]);
    cck_number_time(after, 1e9 * made->build_s[1]);
    fprintf(out, "`%s` in two copies of %" PRIu64 " files", made->build, made->files_copied);
    if (made->untracked_copied)
        fprintf(out, " (%" PRIu64 " of them not in git)", made->untracked_copied);
    fprintf(out, ": %s and %s", before, after);
}

static void write_runs_words(const cck_verification *made, FILE *out)
{
    const cck_result *result = made->runs->before;
    uint32_t runs = result->elapsed_spread.runs > 1 ? result->elapsed_spread.runs : 1;
    fprintf(out, "%s, %" PRIu32 " pair%s of runs in turns, ", made->command, runs,
            runs == 1 ? "" : "s");
    if (result->source.evidence == CCK_SIMULATED)
        fputs("MODELLED, not measured,", out);
    else
        fputs(cck_word_of(cck_evidence_words, (int)result->source.evidence), out);
    fprintf(out, " by the %s backend", result->source.backend);
}

static void write_model_words(const cck_verification *made, FILE *out)
{
    char before[CCK_NUMBER_SIZE], after[CCK_NUMBER_SIZE];
    const cck_diff *model = made->model;
    size_t resolved = 0, stay = 0, added = 0;
    cck_number_grouped(before, made->transfers[0]);
    cck_number_grouped(after, made->transfers[1]);
    for (size_t i = 0; i < model->finding_count; i++) {
        resolved += model->findings[i].status == CCK_FINDING_RESOLVED;
        added += model->findings[i].status == CCK_FINDING_NEW;
        stay += model->findings[i].before && model->findings[i].after;
    }
    fputs("MODELLED, not measured, by the simulate backend, a run each: ", out);
    if (made->judged_model)
        fprintf(out, "%s line transfers before, %s after; ", before, after);
    fprintf(out, "findings: %zu resolved, %zu stay, %zu new", resolved, stay, added);
}

static char *in_words(const cck_verification *made, words_of *words)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    if (!out)
        return NULL;
    words(made, out);
    fclose(out);
    return text;
}

/* ---- text ---- */

static void put_line(const cck_text_report *text, const char *label, const cck_verification *made,
                     words_of *words)
{
    char *line = in_words(made, words);
    cck_text_line(text, label, line ? line : "");
    free(line);
}

static void write_verdict(const cck_text_report *text, const cck_verification *made)
{
    bool bad = made->verdict == CCK_VERIFY_REGRESSED;
    if (bad)
        cck_ink_on(text, CCK_INK_RED);
    cck_text_line(text, "verdict", made->sentence);
    if (bad)
        cck_ink_off(text);
}

static void write_text(const void *subject, FILE *out, const cck_report_options *options)
{
    const cck_verification *made = subject;
    const cck_text_report text = {.out = out,
                                  .width = options->width,
                                  .rows = options->rows,
                                  .color = options->color,
                                  .utf8 = options->utf8};
    if (*made->finding)
        cck_text_line(&text, "finding", made->finding);
    put_line(&text, "patch", made, write_patch_words);
    put_line(&text, "built", made, write_build_words);
    if (made->runs) {
        put_line(&text, "ran", made, write_runs_words);
        cck_diff_put_text(&text, made->runs);
    }
    if (made->model)
        put_line(&text, "model", made, write_model_words);
    else if (*made->no_model) {
        char line[600];
        snprintf(line, sizeof line, "none: %s", made->no_model);
        cck_text_line(&text, "model", line);
    }
    for (size_t i = 0; i < made->note_count; i++)
        cck_text_line(&text, "note", made->notes[i]);
    write_verdict(&text, made);
}

/* ---- JSON ---- */

static void put_texts(cck_json *json, const char *key, const char *const *texts, size_t count)
{
    cck_json_key(json, key);
    cck_json_array(json);
    for (size_t i = 0; i < count; i++)
        cck_json_string(json, texts[i]);
    cck_json_array_end(json);
}

static void put_patch(cck_json *json, const cck_verification *made)
{
    cck_json_key(json, "patch");
    cck_json_object(json);
    put_texts(json, "files", made->files, made->file_count);
    cck_json_put_uint(json, "added", made->added);
    cck_json_put_uint(json, "removed", made->removed);
    cck_json_put_string(json, "text", made->patch);
    cck_json_object_end(json);
    cck_json_key(json, "build");
    cck_json_inline(json);
    cck_json_object(json);
    cck_json_put_string(json, "command", made->build);
    cck_json_put_number(json, "before_s", made->build_s[0]);
    cck_json_put_number(json, "after_s", made->build_s[1]);
    cck_json_put_uint(json, "files_copied", made->files_copied);
    cck_json_put_uint(json, "untracked_copied", made->untracked_copied);
    cck_json_object_end(json);
}

static void put_model(cck_json *json, const cck_verification *made)
{
    if (!made->model) {
        if (*made->no_model)
            cck_json_put_string(json, "no_model", made->no_model);
        return;
    }
    cck_json_key(json, "model");
    cck_diff_put_json(json, made->model);
    if (!made->judged_model)
        return;
    cck_json_key(json, "transfers");
    cck_json_inline(json);
    cck_json_object(json);
    cck_json_put_string(json, "evidence", "simulated");
    cck_json_put_uint(json, "before", made->transfers[0]);
    cck_json_put_uint(json, "after", made->transfers[1]);
    cck_json_object_end(json);
}

static void write_json(const void *subject, FILE *out, const cck_report_options *options)
{
    const cck_verification *made = subject;
    cck_json json;
    cck_json_begin(&json, out, !options->compact);
    cck_json_object(&json);
    cck_json_put_string(&json, "schema", "cachecheck-verify/1");
    cck_json_put_string(&json, "verdict", verdict_words[made->verdict]);
    cck_json_put_string(&json, "sentence", made->sentence);
    cck_json_put_string(&json, "finding", made->finding);
    cck_json_put_string(&json, "command", made->command);
    put_patch(&json, made);
    if (made->runs) {
        cck_json_key(&json, "runs");
        cck_diff_put_json(&json, made->runs);
    }
    put_model(&json, made);
    put_texts(&json, "notes", made->notes, made->note_count);
    cck_json_object_end(&json);
    cck_json_end(&json);
}

/* ---- Markdown ---- */

static void put_item(FILE *out, const char *label, const cck_verification *made, words_of *words)
{
    char *text = in_words(made, words);
    fprintf(out, "- %s: ", label);
    cck_markdown_text(out, text ? text : "");
    putc('\n', out);
    free(text);
}

static void write_markdown(const void *subject, FILE *out, const cck_report_options *options)
{
    const cck_verification *made = subject;
    (void)options;
    fputs("### cachecheck verify\n\n**", out);
    cck_markdown_text(out, made->sentence);
    fputs("**\n\n", out);
    if (*made->finding) {
        fputs("- finding: ", out);
        cck_markdown_text(out, made->finding);
        putc('\n', out);
    }
    put_item(out, "patch", made, write_patch_words);
    put_item(out, "built", made, write_build_words);
    if (made->runs)
        put_item(out, "ran", made, write_runs_words);
    if (made->model)
        put_item(out, "model", made, write_model_words);
    for (size_t i = 0; i < made->note_count; i++) {
        fputs("- note: ", out);
        cck_markdown_text(out, made->notes[i]);
        putc('\n', out);
    }
    if (made->runs)
        cck_diff_put_markdown(out, made->runs);
    fputs("\n<details><summary>the patch</summary>\n\n", out);
    cck_markdown_code(out, "diff", made->patch);
    fputs("\n</details>\n", out);
}

/* ---- all of them ---- */

static cck_document document_of(const cck_verification *verification)
{
    return (cck_document){
        .name = "a verification",
        .subject = verification,
        .text = write_text,
        .json = write_json,
        .markdown = write_markdown,
    };
}

int cck_verification_write(const cck_verification *verification, cck_format format, FILE *out,
                           const cck_report_options *options, cck_error *err)
{
    const cck_document document = document_of(verification);
    return cck_document_write(&document, format, out, options, err);
}

int cck_verification_save(const cck_verification *verification, cck_format format, const char *path,
                          const cck_report_options *options, cck_error *err)
{
    const cck_document document = document_of(verification);
    return cck_document_save(&document, format, path, options, err);
}
