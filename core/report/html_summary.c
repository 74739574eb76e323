/* SPDX-License-Identifier: MIT */
/* What a tired reader wants first: the verdict, how it is known, how sure that is, what next. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/number.h"
#include "core/base/text.h"
#include "core/report/html_report.h"
#include "core/report/next.h"
#include "core/result/words.h"

void cck_html_report_section(const cck_html_report *report, const char *id, const char *heading)
{
    char unique[64];
    snprintf(unique, sizeof unique, "%s-%u", id, report->number);
    cck_html_section(report->out, unique, heading);
}

void cck_html_text_of(FILE *out, cck_html_writer *write, const void *subject)
{
    char *text = NULL;
    size_t size;
    FILE *memory = open_memstream(&text, &size);
    if (!memory)
        return;
    write(memory, subject);
    fclose(memory);
    cck_html_prose(out, text ? text : "");
    free(text);
}

void cck_html_note(FILE *out, const char *text)
{
    fputs("<p class=\"note\">", out);
    cck_html_prose(out, text);
    fputs("</p>\n", out);
}

/* A row of a table of facts, unless `text` is empty. */
static void fact(FILE *out, const char *name, const char *text)
{
    if (!*text)
        return;
    fprintf(out, "<tr><th scope=\"row\">%s</th>", name);
    cck_html_cell(out, text);
    fputs("</tr>\n", out);
}

/* The same with text that `write` makes. */
static void fact_of(FILE *out, const char *name, cck_html_writer *write, const void *subject)
{
    fprintf(out, "<tr><th scope=\"row\">%s</th><td>", name);
    cck_html_text_of(out, write, subject);
    fputs("</td></tr>\n", out);
}

static void write_target(FILE *out, const void *subject)
{
    const cck_target_info *target = subject;
    if (target->argc)
        cck_text_command(out, target->argv, target->argc);
    else
        fprintf(out, "process %" PRId32, target->pid);
}

static void write_time(FILE *out, const void *subject)
{
    const cck_result *result = subject;
    const cck_spread *spread = &result->elapsed_spread;
    char number[CCK_NUMBER_SIZE];
    cck_number_time(number, 1e9 * (spread->runs > 1 ? spread->mean : result->target.elapsed_s));
    fputs(number, out);
    if (spread->runs > 1) {
        cck_number_time(number, 1e9 * spread->deviation);
        fprintf(out, " \xc2\xb1 %s, %" PRIu32 " runs", number, spread->runs);
    }
    if (result->source.evidence == CCK_SIMULATED)
        fputs(" (of the simulation)", out);
    uint32_t threads = result->target.threads;
    if (threads)
        fprintf(out, ", %" PRIu32 " thread%s", threads, threads == 1 ? "" : "s");
    if (result->target.processes > 1)
        fprintf(out, " in %" PRIu32 " processes", result->target.processes);
}

static void write_end(FILE *out, const void *subject)
{
    const cck_target_info *target = subject;
    if (!target->exited)
        fputs("still ran when the counting was stopped", out);
    else if (target->signal)
        fprintf(out, "killed by signal %d", target->signal);
    else
        fprintf(out, "status %d", target->exit_code);
}

static void write_rank(FILE *out, const void *subject)
{
    const cck_target_info *target = subject;
    fprintf(out, "%" PRId32, target->rank);
    if (target->ranks)
        fprintf(out, " of %" PRIu32, target->ranks);
}

static void write_source(FILE *out, const void *subject)
{
    const cck_source *source = subject;
    bool modelled = source->evidence == CCK_SIMULATED;
    fprintf(out, "%s by the %s backend%s%s",
            modelled ? "modelled, not measured,"
                     : cck_word_of(cck_evidence_words, (int)source->evidence),
            source->backend, *source->slowdown ? "; slowdown: " : "", source->slowdown);
}

static void write_machine(FILE *out, const void *subject)
{
    const cck_machine_info *machine = subject;
    fprintf(out, "%s%s%s", *machine->cpu_model ? machine->cpu_model : "unknown CPU",
            *machine->arch ? ", " : "", machine->arch);
    if (*machine->kernel)
        fprintf(out, ", Linux %s", machine->kernel);
    if (*machine->hypervisor)
        fprintf(out, ", in a virtual machine (%s)", machine->hypervisor);
    if (*machine->container)
        fprintf(out, ", in a container (%s)", machine->container);
}

static void write_counts_of_findings(FILE *out, const void *subject)
{
    const cck_result *result = subject;
    size_t counts[CCK_SEVERITY_CRITICAL + 1] = {0}, kinds = 0;
    for (size_t i = 0; i < result->finding_count; i++)
        counts[result->findings[i].severity]++;
    for (int severity = CCK_SEVERITY_CRITICAL; severity >= 0; severity--)
        if (counts[severity])
            fprintf(out, "%s%zu %s", kinds++ ? ", " : "", counts[severity],
                    cck_word_of(cck_severity_words, severity));
    if (!kinds)
        fputs("none", out);
}

void cck_html_summary(const cck_html_report *report)
{
    const cck_result *result = report->result;
    FILE *out = report->out;
    cck_html_report_section(report, "summary", "Summary");
    if (*result->total.verdict.text) {
        fputs("<p><strong>", out);
        cck_html_prose(out, result->total.verdict.text);
        fputs("</strong></p>\n", out);
    }
    fputs("<table class=\"facts\">\n<tbody>\n", out);
    if (result->target.argc || result->target.pid) {
        fact_of(out, "ran", write_target, &result->target);
        fact_of(out, "took", write_time, result);
        fact_of(out, "ended", write_end, &result->target);
        if (result->target.rank >= 0)
            fact_of(out, "rank", write_rank, &result->target);
    }
    if (cck_html_has_findings(result))
        fact_of(out, "findings", write_counts_of_findings, result);
    if (*result->source.backend)
        fact_of(out, "evidence", write_source, &result->source);
    fact(out, "why so", result->source.why);
    fact(out, "model", result->source.model);
    fact_of(out, "machine", write_machine, &result->machine);
    fact(out, "cachecheck", result->version);
    fputs("</tbody></table>\n", out);
    for (size_t i = 0; i < result->source.note_count; i++)
        cck_html_note(out, result->source.notes[i]);
    char *next = cck_report_next(result);
    if (next) {
        fputs("<p>Next:</p>\n", out);
        cck_html_code(out, next);
    }
    free(next);
    cck_html_section_end(out);
}
