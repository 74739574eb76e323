/* SPDX-License-Identifier: MIT */
/* What is new against an earlier result: findings are known again by their id, which is made
 * of rule, type and fields, never of lines or addresses. */
#include <stdlib.h>
#include <string.h>

#include "core/base/fail.h"
#include "core/result/result.h"
#include "layouts/audit.h"

const cck_finding *cck_audit_find(const cck_result *result, const char *id)
{
    for (size_t i = 0; i < result->finding_count; i++)
        if (strcmp(result->findings[i].id, id) == 0)
            return &result->findings[i];
    return NULL;
}

static int compare(const void *a, const void *b)
{
    const cck_finding *const *left = a, *const *right = b;
    return strcmp((*left)->id, (*right)->id);
}

/* By id, for many findings; NULL: memory is out. */
static const cck_finding **sorted(const cck_result *result)
{
    const cck_finding **index = calloc(result->finding_count + 1, sizeof *index);
    for (size_t i = 0; index && i < result->finding_count; i++)
        index[i] = &result->findings[i];
    if (index && result->finding_count > 1)
        qsort(index, result->finding_count, sizeof *index, compare);
    return index;
}

static bool known(const cck_finding **index, size_t count, const cck_finding *finding,
                  bool *out_worse)
{
    const cck_finding **found = bsearch(&finding, index, count, sizeof *index, compare);
    *out_worse = found && (*found)->severity < finding->severity;
    return found != NULL;
}

int cck_audit_subtract(cck_result *result, const cck_result *before, const char *since,
                       cck_error *err)
{
    cck_finding *findings = (cck_finding *)(uintptr_t)result->findings;
    const cck_finding **index = sorted(before);
    if (!index)
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    size_t kept = 0, unchanged = 0, worsened = 0, still = 0;
    for (size_t i = 0; i < result->finding_count; i++) {
        bool worse;
        bool old = known(index, before->finding_count, &findings[i], &worse);
        still += old;
        worsened += old && worse;
        if (old && !worse)
            unchanged++;
        else
            findings[kept++] = findings[i];
    }
    free(index);
    size_t resolved = before->finding_count > still ? before->finding_count - still : 0;
    result->finding_count = kept;
    char worse_text[48] = "";
    if (worsened)
        snprintf(worse_text, sizeof worse_text, " %zu worse /", worsened);
    const char *note =
        cck_arena_printf(result->arena, "%zu new /%s %zu resolved / %zu unchanged since %s",
                         kept - worsened, worse_text, resolved, unchanged, since);
    if (!note || !cck_result_note(result, note))
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    return cck_audit_sum_up(result, err);
}
