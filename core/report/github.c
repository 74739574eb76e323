/* SPDX-License-Identifier: MIT */
/* Workflow commands: GitHub shows them beside the lines that a pull request changes. */
#include <string.h>

#include "core/report/finding_place.h"
#include "core/report/finding_writers.h"

/* actions/toolkit, packages/core/src/command.ts: escapeData and escapeProperty. */
static void put_escaped(FILE *out, const char *text, bool property)
{
    for (; *text; text++) {
        if (strchr("%\r\n", *text) || (property && strchr(":,", *text)))
            fprintf(out, "%%%02X", (unsigned char)*text);
        else
            putc(*text, out);
    }
}

static void put_part(FILE *out, const char *before, const char *text)
{
    if (!*text)
        return;
    put_escaped(out, before, false);
    put_escaped(out, text, false);
}

static void write_finding(FILE *out, const cck_result *result, const cck_finding *finding)
{
    uint32_t line;
    const char *file = cck_finding_file(result, finding, &line);
    fputs(finding->severity >= CCK_SEVERITY_HIGH     ? "::error "
          : finding->severity == CCK_SEVERITY_MEDIUM ? "::warning "
                                                     : "::notice ",
          out);
    if (*file) {
        fputs("file=", out);
        put_escaped(out, cck_path_from_here(file), true);
        fprintf(out, ",line=%u,", line);
    }
    fputs("title=", out);
    put_escaped(out, finding->rule, true);
    fputs("::", out);
    put_escaped(out, finding->title, false);
    put_part(out, "\nfix: ", finding->suggestion.text);
    put_part(out, "\ncheck: ", finding->verify);
    putc('\n', out);
}

void cck_github_write(const void *subject, FILE *out, const cck_report_options *options)
{
    const cck_result *result = subject;
    (void)options;
    for (size_t i = 0; i < result->finding_count; i++)
        write_finding(out, result, &result->findings[i]);
    /* A line that is no command is plain log. */
    fprintf(out, "%s\n", *result->total.verdict.text ? result->total.verdict.text : "no findings");
}
