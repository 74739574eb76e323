/* SPDX-License-Identifier: MIT */
#include "layouts/rules/rules.h"

/*
 * Two atomics on one line: every write to one takes the line away from the users of the
 * other. The surest sign that a layout alone can give, as atomics are there to be shared.
 */

static bool wants(const cck_pair_search *search, const cck_leaf *leaf)
{
    (void)search;
    return leaf->use & CCK_USE_ATOMIC;
}

/* No more than references are counted there: what else is atomic has no name of a counter. */
static bool only_references(const cck_leaf *a, const cck_leaf *b)
{
    bool one = a->words & CCK_WORD_REFERENCE, other = b->words & CCK_WORD_REFERENCE;
    return (one && other) || (one && !(b->words & CCK_WORD_WRITTEN)) ||
           (other && !(a->words & CCK_WORD_WRITTEN));
}

/* A flag that all look at all the time, beside what all count. */
static bool is_polled(const cck_leaf *flag, const cck_leaf *counter, const cck_type *type,
                      uint32_t line)
{
    return (flag->words & CCK_WORD_FLAG) && !(flag->use & CCK_USE_WRITTEN) &&
           (counter->use & CCK_USE_WRITTEN) && (counter->words & CCK_WORD_WRITTEN) &&
           !(counter->words & (CCK_WORD_REFERENCE | CCK_WORD_FLAG | CCK_WORD_BOUND)) &&
           type->size > line;
}

static cck_severity judge(const cck_pair_search *search, const cck_leaf *a, const cck_leaf *b)
{
    uint32_t line = search->context->line;
    cck_pair_strength pair = cck_leaves_pair(search->context->words, a, b);
    if (!cck_leaves_share(a, b, line))
        /* Where the object begins decides; told only of what two sides surely use. */
        return pair != CCK_PAIR_NONE && cck_leaves_near(search->type, a, b, line)
                   ? CCK_SEVERITY_MEDIUM
                   : CCK_SEVERITY_INFO;
    if (!(a->use & CCK_USE_WRITTEN) || !(b->use & CCK_USE_WRITTEN))
        return is_polled(a, b, search->type, line) || is_polled(b, a, search->type, line)
                   ? CCK_SEVERITY_MEDIUM
                   : CCK_SEVERITY_LOW;
    if (pair == CCK_PAIR_STRONG || (*a->writer && *b->writer))
        return CCK_SEVERITY_HIGH;
    if (pair == CCK_PAIR_RING)
        return CCK_SEVERITY_MEDIUM;
    /* A count of references changes along with what else the object's users do to it. */
    if (only_references(a, b) ||
        (((a->words | b->words) & CCK_WORD_REFERENCE) && search->type->size <= line))
        return CCK_SEVERITY_LOW;
    return CCK_SEVERITY_MEDIUM;
}

/* What else is drawn into it: locks and read-mostly fields on a line with these atomics. */
static void add_readers(uint32_t line, const cck_leaf *leaves, size_t count, cck_leaf_set *set)
{
    size_t atomics = set->count;
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < atomics && (leaves[i].use & (CCK_USE_READ_MOSTLY | CCK_USE_LOCK));
             j++)
            if (!cck_leaves_overlap(&leaves[i], set->items[j]) &&
                cck_leaves_share(&leaves[i], set->items[j], line))
                cck_leaf_set_add(set, &leaves[i]);
}

static void look(const cck_rule_context *context, const cck_corpus_type *entry,
                 const cck_leaf *leaves, size_t count, cck_rule_sink *sink)
{
    const cck_type *type = entry->type;
    cck_pair_search search = {
        .context = context, .type = type, .sink = sink, .wants = wants, .judge = judge};
    cck_pairs found;
    if (!cck_pairs_find(&search, leaves, count, &found))
        return;
    const char *names = cck_report_names(sink, found.set.items, found.set.count);
    if (found.severity > CCK_SEVERITY_LOW)
        add_readers(context->line, leaves, count, &found.set);
    cck_rule_report report = {
        .rule = &cck_rule_adjacent_atomics,
        .severity = found.severity,
        .leaves = found.set.items,
        .count = found.set.count,
        .title = cck_report_text(sink, "atomics %s of %s share a cache line: risk of false sharing",
                                 names, cck_type_label(type)),
        .assumes = cck_report_text(
            sink, "assumes that different threads use %s, and write at least one of them%s", names,
            type->align < context->line ? ", and that the object begins on a line" : ""),
        .advice = CCK_ADVICE_FIELD,
        .move = found.second,
    };
    cck_report_type(sink, entry, &report);
}

const cck_rule cck_rule_adjacent_atomics = {
    .id = "CC101",
    .name = "adjacent-atomics",
    .summary = "atomic variables of one object on one cache line",
    .severity = CCK_SEVERITY_HIGH,
    .needs = CCK_NEEDS_ATOMIC,
    .type = look,
};
