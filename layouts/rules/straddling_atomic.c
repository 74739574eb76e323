/* SPDX-License-Identifier: MIT */
#include "layouts/rules/rules.h"

/*
 * A locked instruction on bytes of two lines is a split lock: all other cores wait for some
 * thousand cycles (Intel SDM volume 3, 8.1.2), and Linux may slow the program down or end
 * it for that. On other processors it faults or is not atomic. Only packed types and casts
 * put an atomic there.
 */

static bool is_scalar_atomic(const cck_leaf *leaf)
{
    uint64_t size = leaf->field.size;
    return (leaf->use & CCK_USE_ATOMIC) && (size == 2 || size == 4 || size == 8 || size == 16);
}

/* Aligned in the object, but not where the next object of an array has it. */
static bool slips(const cck_type *type, const cck_field *field)
{
    return field->size <= 8 && type->align && type->align < field->size &&
           type->size % field->size != 0;
}

static void look(const cck_rule_context *context, const cck_corpus_type *entry,
                 const cck_leaf *leaves, size_t count, cck_rule_sink *sink)
{
    const cck_type *type = entry->type;
    uint32_t line = context->line;
    const cck_leaf *leaf = NULL;
    bool sure = false;
    for (size_t i = 0; i < count && !sure; i++) {
        const cck_field *field = &leaves[i].field;
        /* 16 bytes aligned to 8 are a struct that a library guards with a lock. */
        uint64_t natural = field->size == 16 ? 8 : field->size;
        if (!is_scalar_atomic(&leaves[i]) || (field->offset % natural == 0 && !slips(type, field)))
            continue;
        sure = field->offset / line != (field->offset + field->size - 1) / line;
        leaf = sure || !leaf ? &leaves[i] : leaf;
    }
    if (!leaf || cck_leaves_elsewhere(context->words, type, leaf, leaf))
        return;
    cck_rule_report report = {
        .rule = &cck_rule_straddling_atomic,
        .severity = sure ? CCK_SEVERITY_HIGH : CCK_SEVERITY_MEDIUM,
        .leaves = &leaf,
        .count = 1,
        .title =
            cck_report_text(sink, "atomic `%s` of %s %s two cache lines: a split lock",
                            leaf->field.path, cck_type_label(type), sure ? "spans" : "may span"),
        .assumes = sure ? "assumes that the object begins on a line"
                        : "assumes an array of these, or an object that begins anywhere: the "
                          "atomic is not aligned to its size",
        .advice = CCK_ADVICE_FIELD,
    };
    cck_report_type(sink, entry, &report);
}

const cck_rule cck_rule_straddling_atomic = {
    .id = "CC105",
    .name = "straddling-atomic",
    .summary = "an atomic with bytes on two cache lines: a split lock",
    .severity = CCK_SEVERITY_HIGH,
    .needs = CCK_NEEDS_ATOMIC,
    .of_packed = true,
    .type = look,
};
