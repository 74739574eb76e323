/* SPDX-License-Identifier: MIT */
#include "layouts/rules/rules.h"

/*
 * An alignment that does not separate what it was written for: on a pointer instead of what
 * it points to, or on a field that shares its line with the hot one behind it.
 */

static const cck_member *aligned_pointer(const cck_words *words, const cck_type *type,
                                         uint32_t line)
{
    for (size_t i = 0; i < type->member_count; i++) {
        const cck_member *member = &type->members[i];
        if (member->align >= line && member->type->kind == CCK_TYPE_POINTER &&
            member->type->target && cck_type_is_sync(words, member->type->target))
            return member;
    }
    return NULL;
}

static const cck_leaf *leaf_of(const cck_leaf *leaves, size_t count, const cck_member *member)
{
    for (size_t i = 0; i < count; i++)
        if (leaves[i].field.member == member)
            return &leaves[i];
    return NULL;
}

/* A hot field that was aligned, and the plain counter that follows it on its line. */
static bool shared_line(const cck_rule_context *context, const cck_leaf *leaves, size_t count,
                        const cck_leaf **out_aligned, const cck_leaf **out_other)
{
    for (size_t i = 0; i + 1 < count; i++) {
        const cck_member *member = leaves[i].field.member;
        if (!member || member->align < context->line || !(leaves[i].use & CCK_USE_ATOMIC))
            continue;
        for (size_t j = i + 1; j < count; j++) {
            if (!cck_leaves_share(&leaves[i], &leaves[j], context->line))
                break;
            if ((leaves[j].use & CCK_USE_WRITTEN) && !(leaves[j].use & CCK_USE_ATOMIC) &&
                !cck_leaves_overlap(&leaves[i], &leaves[j])) {
                *out_aligned = &leaves[i];
                *out_other = &leaves[j];
                return true;
            }
        }
    }
    return false;
}

static void look(const cck_rule_context *context, const cck_corpus_type *entry,
                 const cck_leaf *leaves, size_t count, cck_rule_sink *sink)
{
    const cck_type *type = entry->type;
    const cck_member *pointer = aligned_pointer(context->words, type, context->line);
    const cck_leaf *pair[2] = {pointer ? leaf_of(leaves, count, pointer) : NULL, NULL};
    cck_rule_report report = {
        .rule = &cck_rule_misplaced_alignas,
        .severity = CCK_SEVERITY_MEDIUM,
        .leaves = pair,
        .count = 1,
        .advice = CCK_ADVICE_NONE,
    };
    if (pair[0]) {
        report.title = cck_report_text(
            sink, "`%s` of %s aligns a pointer, not the %s that it points to", pair[0]->field.path,
            cck_type_label(type), cck_type_label(pointer->type->target));
        report.assumes = "assumes that the alignment was meant to separate what is pointed to";
        cck_report_type(sink, entry, &report);
        return;
    }
    if (!shared_line(context, leaves, count, &pair[0], &pair[1]) ||
        cck_report_known(sink, pair[0], pair[1], CCK_SEVERITY_LOW))
        return;
    report.count = 2;
    report.severity = CCK_SEVERITY_LOW;
    report.advice = CCK_ADVICE_FIELD;
    report.title = cck_report_text(sink, "`%s` of %s is aligned, but `%s` follows it on its line",
                                   pair[0]->field.path, cck_type_label(type), pair[1]->field.path);
    report.assumes = cck_report_text(sink,
                                     "assumes that `%s` was to be alone, and that another "
                                     "thread writes `%s`",
                                     pair[0]->field.path, pair[1]->field.path);
    cck_report_type(sink, entry, &report);
}

const cck_rule cck_rule_misplaced_alignas = {
    .id = "CC111",
    .name = "misplaced-alignas",
    .summary = "an alignment that does not separate what it was written for",
    .severity = CCK_SEVERITY_MEDIUM,
    .type = look,
};
