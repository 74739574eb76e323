/* SPDX-License-Identifier: MIT */
#include "layouts/rules/rules.h"

/*
 * Holes that another order of the members would close. No matter of threads, so low: it is
 * told only where objects get a line less, or lose an eighth of their size.
 */

static uint64_t up(uint64_t size, uint64_t align)
{
    return align ? (size + align - 1) / align * align : size;
}

/* Bytes that the members take with the most aligned first; 0: not to be reordered. */
static uint64_t packed_size(const cck_type *type)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < type->member_count; i++) {
        const cck_member *member = &type->members[i];
        uint32_t natural = member->type->align ? member->type->align : 1;
        /* Bases, bit-fields, overlays and asked-for alignments have their reasons. */
        if (member->base || member->bit_size || member->align || !member->type->size ||
            member->type->size % natural != 0)
            return 0;
        sum += member->type->size;
    }
    return up(sum, type->align);
}

static void look(const cck_rule_context *context, const cck_corpus_type *entry,
                 const cck_leaf *leaves, size_t count, cck_rule_sink *sink)
{
    enum { LEAST = 8, SHARE = 8 };
    const cck_type *type = entry->type;
    if (type->kind != CCK_TYPE_STRUCT || type->language == CCK_LANGUAGE_RUST || type->align_asked ||
        cck_type_is_packed(type))
        return;
    for (size_t i = 0; i < count; i++)
        if ((leaves[i].use & CCK_USE_PADDING) || *leaves[i].group)
            return;
    uint64_t best = packed_size(type), line = context->line;
    if (!best || best >= type->size || type->size - best < LEAST)
        return;
    uint64_t lines = up(type->size, line) / line, fewer = up(best, line) / line;
    if (fewer == lines && (type->size - best) * SHARE < type->size)
        return;
    cck_rule_report report = {
        .rule = &cck_rule_poor_packing,
        .severity = fewer < lines ? CCK_SEVERITY_LOW : CCK_SEVERITY_INFO,
        .title = cck_report_text(sink,
                                 "%s has holes: with its members reordered it takes %llu bytes "
                                 "instead of %llu",
                                 cck_type_label(type), (unsigned long long)best,
                                 (unsigned long long)type->size),
        .assumes = "assumes that the order of the members is free, and that there are many such "
                   "objects",
        .advice = CCK_ADVICE_NONE,
    };
    cck_report_type(sink, entry, &report);
}

const cck_rule cck_rule_poor_packing = {
    .id = "CC114",
    .name = "poor-packing",
    .summary = "holes that another order of the members closes",
    .severity = CCK_SEVERITY_LOW,
    .type = look,
};
