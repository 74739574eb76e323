/* SPDX-License-Identifier: MIT */
#include "layouts/annotation.h"
#include "layouts/rules/rules.h"

/*
 * C++17 has two constants: hardware_destructive_interference_size keeps things apart,
 * hardware_constructive_interference_size says what still lies together. Aligning by the second
 * to keep apart was a bug of libc++ and of seastar; where both are 64 nobody notices.
 * Debug information has numbers only, so the source is looked at.
 */
static const char constant[] = "hardware_constructive_interference_size";

static bool mentions(const cck_rule_context *context, const char *file, uint32_t line)
{
    return *file && line && cck_annotation_mentions(context->annotations, file, line, constant);
}

static void look(const cck_rule_context *context, const cck_corpus_type *entry,
                 const cck_leaf *leaves, size_t count, cck_rule_sink *sink)
{
    const cck_type *type = entry->type;
    const cck_leaf *leaf = NULL;
    if (!context->annotations || type->language != CCK_LANGUAGE_CPP)
        return;
    for (size_t i = 0; i < count && !leaf; i++) {
        const cck_member *member = leaves[i].field.member;
        if (member && member->align && mentions(context, member->file, member->line))
            leaf = &leaves[i];
    }
    bool whole = !leaf && type->align_asked && mentions(context, type->file, type->line);
    if (!leaf && !whole)
        return;
    cck_rule_report report = {
        .rule = &cck_rule_constructive_constant_misuse,
        .severity = CCK_SEVERITY_MEDIUM,
        .leaves = &leaf,
        .count = leaf ? 1 : 0,
        .title = cck_report_text(sink,
                                 "%s%s%s%s is aligned by "
                                 "std::hardware_constructive_interference_size, which is the "
                                 "constant for what is to lie together",
                                 leaf ? "`" : "", leaf ? leaf->field.path : "", leaf ? "` of " : "",
                                 cck_type_label(type)),
        .assumes = "assumes that the alignment is meant to keep things apart: "
                   "std::hardware_destructive_interference_size is for that",
        .advice = CCK_ADVICE_NONE,
    };
    cck_report_type(sink, entry, &report);
}

const cck_rule cck_rule_constructive_constant_misuse = {
    .id = "CC112",
    .name = "constructive-constant-misuse",
    .summary = "alignment by the constant that says what lies together",
    .severity = CCK_SEVERITY_MEDIUM,
    .type = look,
};
