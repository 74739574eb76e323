/* SPDX-License-Identifier: MIT */
#include <string.h>

#include <cachecheck/words.h>

#include "core/base/fail.h"
#include "core/finding/rule_help.h"
#include "core/result/result.h"
#include "core/result/words.h"

bool cck_result_looked_for_findings(const cck_result *result)
{
    static const char *const commands[] = {"sharing", "layout", "numa"};
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        if (strcmp(result->command, commands[i]) == 0)
            return true;
    return result->finding_count > 0;
}

/* Findings may be counted by rule, too. */
static bool is_rule(const char *what)
{
    for (const cck_rule_help *help = cck_rule_helps; help->rule; help++)
        if (strcmp(help->rule, what) == 0)
            return true;
    return false;
}

static int unknown_word(const char *what, cck_error *err)
{
    const char *words[64] = {0};
    size_t count = 0;
    for (const char *const *word = cck_severity_words; *word; word++)
        words[count++] = *word;
    for (const cck_rule_help *help = cck_rule_helps; help->rule && count < 63; help++)
        words[count++] = help->rule;
    const char *nearest = cck_nearest_word(what, words);
    cck_fail(err, CCK_EINVALID, "'%s' is no severity and no rule", what);
    if (nearest)
        cck_hint(err, "did you mean '%s'?", nearest);
    else
        cck_hint(err, "critical, high, medium, low or info, or the name of a rule such as "
                      "false-sharing");
    return CCK_EINVALID;
}

int cck_result_findings_at(const cck_result *result, const char *what, cck_error *err)
{
    int severity = cck_word_find(cck_severity_words, what), count = 0;
    if (severity < 0 && !is_rule(what))
        return unknown_word(what, err);
    for (size_t i = 0; result && i < result->finding_count; i++) {
        const cck_finding *finding = &result->findings[i];
        count += severity >= 0
                     ? (int)finding->severity >= severity
                     : strcmp(finding->rule, what) == 0 && finding->severity > CCK_SEVERITY_INFO;
    }
    return count;
}
