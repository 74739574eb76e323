/* SPDX-License-Identifier: MIT */
/* Findings are the same if rule, type or variable, and fields are: lines of code move. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/diff/parts.h"

typedef struct keyed_finding {
    const cck_finding *finding;
    const char *key;
    size_t place; /* in the result: worst first */
} keyed_finding;

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Elements of an array are alike: slots[3].count is slots[].count. */
static void put_bare(FILE *out, const char *name)
{
    bool inside = false;
    for (; *name; name++) {
        inside = inside && *name != ']';
        if (!inside)
            putc(*name, out);
        inside = inside || *name == '[';
    }
}

static bool write_key(const cck_finding *finding, FILE *out)
{
    const char **names = malloc((finding->field_count + 1) * sizeof *names);
    if (!names)
        return false;
    for (size_t i = 0; i < finding->field_count; i++)
        names[i] = finding->fields[i].name;
    qsort(names, finding->field_count, sizeof *names, compare_names);
    fprintf(out, "%s\n%s\n", finding->rule, finding->object.type);
    if (!*finding->object.type || strcmp(finding->object.kind, "heap") != 0)
        fprintf(out, "%s", finding->object.name);
    for (size_t i = 0; i < finding->field_count; i++)
        if (!i || strcmp(names[i], names[i - 1]) != 0) {
            putc('\n', out);
            put_bare(out, names[i]);
        }
    free(names);
    return true;
}

static const char *key_of(cck_arena *arena, const cck_finding *finding)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    if (!out)
        return NULL;
    bool ok = write_key(finding, out);
    ok = fclose(out) == 0 && ok;
    const char *key = ok ? cck_arena_strdup(arena, text) : NULL;
    free(text);
    return key;
}

static int compare_keys(const void *a, const void *b)
{
    const keyed_finding *left = a, *right = b;
    int order = strcmp(left->key, right->key);
    return order ? order : (left->place > right->place) - (left->place < right->place);
}

static keyed_finding *sorted(cck_arena *arena, const cck_result *result)
{
    keyed_finding *keyed = cck_arena_array(arena, result->finding_count, sizeof *keyed);
    for (size_t i = 0; keyed && i < result->finding_count; i++) {
        const cck_finding *finding = &result->findings[i];
        keyed[i] = (keyed_finding){finding, key_of(arena, finding), i};
        if (!keyed[i].key)
            return NULL;
    }
    if (keyed && result->finding_count)
        qsort(keyed, result->finding_count, sizeof *keyed, compare_keys);
    return keyed;
}

static cck_finding_status status_of(const cck_finding *before, const cck_finding *after)
{
    if (!before || !after)
        return before ? CCK_FINDING_RESOLVED : CCK_FINDING_NEW;
    return after->severity > before->severity   ? CCK_FINDING_WORSE
           : after->severity < before->severity ? CCK_FINDING_MILDER
                                                : CCK_FINDING_UNCHANGED;
}

static int compare_changes(const void *a, const void *b)
{
    const cck_finding_change *left = a, *right = b;
    if (left->status != right->status)
        return (int)left->status - (int)right->status;
    const cck_finding *one = left->after ? left->after : left->before;
    const cck_finding *other = right->after ? right->after : right->before;
    if (one->severity != other->severity)
        return (int)other->severity - (int)one->severity;
    return (one > other) - (one < other); /* both of the same result: its order */
}

static bool looks_for_findings(const cck_result *result)
{
    return result->finding_count || strcmp(result->command, "sharing") == 0 ||
           strcmp(result->command, "layout") == 0;
}

bool cck_diff_match_findings(cck_diff *diff)
{
    const cck_result *a = diff->before, *b = diff->after;
    diff->findings_compared = looks_for_findings(a) && looks_for_findings(b);
    if (!diff->findings_compared)
        return true;
    keyed_finding *before = sorted(diff->arena, a), *after = sorted(diff->arena, b);
    size_t most = a->finding_count + b->finding_count, i = 0, j = 0, count = 0;
    cck_finding_change *changes = cck_arena_array(diff->arena, most, sizeof *changes);
    if (!before || !after || !changes)
        return false;
    while (i < a->finding_count || j < b->finding_count) {
        int order = i == a->finding_count   ? 1
                    : j == b->finding_count ? -1
                                            : strcmp(before[i].key, after[j].key);
        const cck_finding *old = order <= 0 ? before[i++].finding : NULL;
        const cck_finding *new = order >= 0 ? after[j++].finding : NULL;
        cck_finding_status status = status_of(old, new);
        changes[count++] = (cck_finding_change){status, old, new};
        diff->new_findings +=
            new && status <= CCK_FINDING_WORSE && new->severity > CCK_SEVERITY_INFO;
    }
    if (count)
        qsort(changes, count, sizeof *changes, compare_changes);
    diff->findings = changes;
    diff->finding_count = count;
    return true;
}
