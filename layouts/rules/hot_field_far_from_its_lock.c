/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "layouts/rules/rules.h"

/*
 * Who takes a lock has its line; a counter on that line that the lock guards comes for free,
 * one further away costs another miss with the lock held. Which lock guards what only
 * names tell, so this is never more than a remark.
 */

/* "stats_lock" and "stats_count" begin alike. */
static bool of_one_name(const char *lock, const char *field)
{
    size_t stem = strcspn(lock, "_");
    return lock[stem] == '_' && stem >= 3 && strncmp(lock, field, stem + 1) == 0;
}

static void look(const cck_rule_context *context, const cck_corpus_type *entry,
                 const cck_leaf *leaves, size_t count, cck_rule_sink *sink)
{
    const cck_leaf *pair[2] = {0};
    for (size_t i = 0; i < count; i++)
        if (leaves[i].use & CCK_USE_LOCK) {
            if (pair[0])
                return; /* which of them? */
            pair[0] = &leaves[i];
        }
    for (size_t i = 0; pair[0] && i < count && !pair[1]; i++)
        if ((leaves[i].use & CCK_USE_WRITTEN) && leaves[i].basis == CCK_BASIS_NAME &&
            of_one_name(pair[0]->field.path, leaves[i].field.path) &&
            !cck_leaves_may_share(pair[0], &leaves[i], context->line, entry->type->align) &&
            !cck_leaves_elsewhere(context->words, entry->type, pair[0], &leaves[i]))
            pair[1] = &leaves[i];
    if (!pair[1])
        return;
    cck_rule_report report = {
        .rule = &cck_rule_hot_field_far_from_its_lock,
        .severity = CCK_SEVERITY_LOW,
        .leaves = pair,
        .count = 2,
        .title =
            cck_report_text(sink, "`%s` of %s is never on the cache line of its lock `%s`",
                            pair[1]->field.path, cck_type_label(entry->type), pair[0]->field.path),
        .assumes = cck_report_text(sink, "assumes that `%s` guards `%s`, as their names suggest",
                                   pair[0]->field.path, pair[1]->field.path),
        .advice = CCK_ADVICE_NONE,
    };
    cck_report_type(sink, entry, &report);
}

const cck_rule cck_rule_hot_field_far_from_its_lock = {
    .id = "CC113",
    .name = "hot-field-far-from-its-lock",
    .summary = "a counter on another cache line than the lock that guards it",
    .severity = CCK_SEVERITY_LOW,
    .needs = CCK_NEEDS_LOCK | CCK_NEEDS_WRITTEN,
    .type = look,
};
