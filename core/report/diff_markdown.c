/* SPDX-License-Identifier: MIT */
/* A diff as a comment on a pull request: the sentence first, what is within noise folded. */
#include <inttypes.h>
#include <stdlib.h>

#include "core/report/diff_words.h"
#include "core/report/diff_writers.h"
#include "core/report/markdown_text.h"
#include "core/result/words.h"

static void say(FILE *out, const cck_diff *diff, void (*write)(const cck_diff *diff, FILE *out))
{
    char *text = NULL;
    size_t size;
    FILE *memory = open_memstream(&text, &size);
    if (!memory)
        return;
    write(diff, memory);
    fclose(memory);
    cck_markdown_text(out, text ? text : "");
    free(text);
}

static void put_cell(FILE *out, const char *text)
{
    fputs(" | ", out);
    cck_markdown_text(out, text);
}

static void write_change(FILE *out, const cck_delta *change)
{
    static const char *const marks[] = {[CCK_CHANGE_IMPROVED] = ":white_check_mark: ",
                                        [CCK_CHANGE_REGRESSED] = ":x: ",
                                        [CCK_CHANGE_NOT_COMPARABLE] = NULL};
    char text[CCK_DIFF_TEXT];
    fputs("| ", out);
    cck_diff_label(change, text);
    cck_markdown_text(out, text);
    cck_diff_value(change, change->before, text);
    put_cell(out, text);
    cck_diff_value(change, change->after, text);
    put_cell(out, text);
    cck_diff_share(change->change, text);
    put_cell(out, text);
    cck_diff_interval(change, text);
    put_cell(out, text);
    cck_diff_p(change, text);
    put_cell(out, text);
    fprintf(out, " | %s%s |\n", marks[change->verdict] ? marks[change->verdict] : "",
            cck_word_of(cck_change_words, (int)change->verdict));
}

static void write_changes(FILE *out, const cck_delta **sorted, size_t count)
{
    if (!count)
        return;
    fputs("\n| | before | after | change | 95 % interval | p | verdict |\n"
          "|---|---:|---:|---:|---:|---:|---|\n",
          out);
    for (size_t i = 0; i < count; i++)
        write_change(out, sorted[i]);
}

/* Two tables: what changed, and, folded, what did not. */
static void write_tables(FILE *out, const cck_diff *diff)
{
    const cck_delta **sorted = cck_diff_sorted(diff);
    size_t loud = 0, all = 0;
    for (size_t i = 0; sorted && i < diff->change_count; i++) {
        cck_change_verdict verdict = sorted[i]->verdict;
        loud += verdict == CCK_CHANGE_REGRESSED || verdict == CCK_CHANGE_IMPROVED ||
                verdict == CCK_CHANGE_CHANGED;
        all += verdict != CCK_CHANGE_NOT_COMPARABLE;
    }
    if (sorted)
        write_changes(out, sorted, loud);
    if (sorted && all > loud) {
        fprintf(out, "\n<details><summary>%zu more: within noise or not judged</summary>\n",
                all - loud);
        write_changes(out, sorted + loud, all - loud);
        fputs("\n</details>\n", out);
    }
    free(sorted);
}

static void write_findings(FILE *out, const cck_diff *diff)
{
    if (!diff->finding_count)
        return;
    fputs("\n| finding | severity | rule | what |\n|---|---|---|---|\n", out);
    for (size_t i = 0; i < diff->finding_count; i++) {
        const cck_finding_change *change = &diff->findings[i];
        const cck_finding *finding = change->after ? change->after : change->before;
        fprintf(out, "| %s | %s | ", cck_word_of(cck_finding_status_words, (int)change->status),
                cck_word_of(cck_severity_words, (int)finding->severity));
        cck_markdown_text(out, finding->rule);
        put_cell(out, finding->title);
        fputs(" |\n", out);
    }
}

void cck_diff_put_markdown(FILE *out, const cck_diff *diff)
{
    write_tables(out, diff);
    write_findings(out, diff);
}

void cck_diff_write_markdown(const void *subject, FILE *out, const cck_report_options *options)
{
    const cck_diff *diff = subject;
    (void)options;
    fputs("### cachecheck diff\n\n", out);
    say(out, diff, cck_diff_conclusion);
    fputs("\n", out);
    for (size_t i = 0; i < diff->obstacle_count; i++) {
        fprintf(out, "\n> %s: ", diff->forced ? "compared all the same" : "not comparable");
        cck_markdown_text(out, diff->obstacles[i]);
        fputs("\n", out);
    }
    cck_diff_put_markdown(out, diff);
    fputs("\n<sub>", out);
    cck_markdown_text(out, diff->before_name);
    fputs(" against ", out);
    cck_markdown_text(out, diff->after_name);
    if (diff->change_count) {
        fputs("; ", out);
        say(out, diff, cck_diff_method);
    }
    for (size_t i = 0; i < diff->note_count; i++) {
        fputs("; ", out);
        cck_markdown_text(out, diff->notes[i]);
    }
    fputs("</sub>\n", out);
}
