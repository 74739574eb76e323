/* SPDX-License-Identifier: MIT */
#include "layouts/annotation.h"
#include "layouts/rules/rules.h"

/*
 * Padding a type to a multiple of the line separates the elements of an array only if the
 * array begins on a line, which malloc and new do not promise: they align to 16, or to
 * what the type asks for (new from C++17 on). And malloc knows nothing of an alignment.
 */

/* The bytes in use: from the first to the last that are not padding. */
static bool extent(const cck_leaf *leaves, size_t count, uint64_t *out_first, uint64_t *out_last)
{
    bool any = false;
    for (size_t i = 0; i < count; i++) {
        const cck_field *field = &leaves[i].field;
        if ((leaves[i].use & CCK_USE_PADDING) || !field->size)
            continue;
        uint64_t last = field->offset + field->size - 1;
        *out_first = any && *out_first < field->offset ? *out_first : field->offset;
        *out_last = any && *out_last > last ? *out_last : last;
        any = true;
    }
    return any;
}

/* Whether somewhere in an array of these, one's last and the next one's first byte in use
 * can be on one line. */
static bool elements_meet(const cck_type *type, uint64_t first, uint64_t last, uint32_t line)
{
    uint32_t align = type->align ? type->align : 1;
    for (uint32_t start = 0; start < line; start += align)
        if ((start + last) / line == (start + type->size + first) / line)
            return true;
    return false;
}

static bool shared(const cck_leaf *leaf)
{
    return leaf->field.type->kind == CCK_TYPE_ARRAY ? cck_type_synchronises(leaf->field.type)
                                                    : cck_leaf_is_hot(leaf);
}

static void tell_of_padded(const cck_corpus_type *entry, const cck_leaf *leaf, cck_rule_sink *sink)
{
    const cck_type *type = entry->type;
    cck_rule_report report = {
        .rule = &cck_rule_over_aligned_on_heap,
        .severity = CCK_SEVERITY_MEDIUM,
        .leaves = &leaf,
        .count = 1,
        .title = cck_report_text(sink,
                                 "%s is padded to %llu bytes, a multiple of the cache line, but "
                                 "aligned to %u: in an array from malloc or new neighbours still "
                                 "share lines",
                                 cck_type_label(type), (unsigned long long)type->size, type->align),
        .assumes = "assumes an array of these that does not begin on a line, with elements of "
                   "different threads",
        .advice = CCK_ADVICE_ELEMENT,
        .element = type,
        .stride = type->size,
    };
    cck_report_type(sink, entry, &report);
}

/* The alignment is asked for, and an allocation was seen that does not give it. */
static bool tell_of_allocation(const cck_rule_context *context, const cck_corpus_type *entry,
                               cck_rule_sink *sink)
{
    const cck_type *type = entry->type;
    const cck_annotation_heap *heap =
        context->annotations ? cck_annotation_allocation(context->annotations, cck_type_label(type))
                             : NULL;
    if (!heap)
        return false;
    cck_rule_report report = {
        .rule = &cck_rule_over_aligned_on_heap,
        .severity = CCK_SEVERITY_MEDIUM,
        .title = cck_report_text(sink,
                                 "%s wants to be aligned to %u bytes, but is allocated by %s, "
                                 "which aligns to 16",
                                 cck_type_label(type), type->align, heap->function),
        .assumes = "assumes that the memory is used as the type of the sizeof says",
        .advice = CCK_ADVICE_HEAP,
        .element = type,
        .allocated_file = heap->file,
        .allocated_line = heap->line,
    };
    cck_report_type(sink, entry, &report);
    return true;
}

static void tell_of_aligned(const cck_corpus_type *entry, cck_rule_sink *sink)
{
    const cck_type *type = entry->type;
    cck_rule_report report = {
        .rule = &cck_rule_over_aligned_on_heap,
        .severity = CCK_SEVERITY_INFO,
        .title = cck_report_text(sink,
                                 "%s wants to be aligned to %u bytes, which malloc does not do: "
                                 "use aligned_alloc, or new from C++17 on",
                                 cck_type_label(type), type->align),
        .assumes = "assumes that objects are allocated; allocations were not looked at",
        .advice = CCK_ADVICE_NONE,
    };
    cck_report_type(sink, entry, &report);
}

static void look(const cck_rule_context *context, const cck_corpus_type *entry,
                 const cck_leaf *leaves, size_t count, cck_rule_sink *sink)
{
    const cck_type *type = entry->type;
    uint64_t first = 0, last = 0;
    bool padded = false;
    const cck_leaf *hot = NULL;
    for (size_t i = 0; i < count; i++) {
        /* Padding that fills the type up, not some reserved field within. */
        padded |= (leaves[i].use & CCK_USE_PADDING) &&
                  leaves[i].field.type->kind == CCK_TYPE_ARRAY &&
                  leaves[i].field.offset + leaves[i].field.size == type->size;
        if (!hot && shared(&leaves[i]))
            hot = &leaves[i];
    }
    bool c = type->language == CCK_LANGUAGE_C || type->language == CCK_LANGUAGE_CPP;
    /* BTF tells of no alignment. */
    bool told = !context->input || context->input->has_base_alignment;
    if (!c || !told || type->size % context->line != 0)
        return;
    if (type->align >= context->line) {
        if (!tell_of_allocation(context, entry, sink) && type->align_asked >= context->line && hot)
            tell_of_aligned(entry, sink);
        return;
    }
    if (padded && hot && type->align && extent(leaves, count, &first, &last) &&
        elements_meet(type, first, last, context->line))
        tell_of_padded(entry, hot, sink);
}

const cck_rule cck_rule_over_aligned_on_heap = {
    .id = "CC110",
    .name = "over-aligned-on-heap",
    .summary = "separation that an allocation does not honour",
    .severity = CCK_SEVERITY_MEDIUM,
    .type = look,
};
