/* SPDX-License-Identifier: MIT */
#include "layouts/rules/rules.h"

/*
 * Threads that wait for a lock take its line to and fro; an atomic on it that is used
 * without the lock pays for that, and slows the lock down. Data that the lock guards is
 * another matter: it belongs there.
 */

/* A sequence counter is a lock to its readers, and is written like a counter. */
static bool is_bystander(const cck_leaf *leaf)
{
    if (leaf->use & CCK_USE_ATOMIC)
        return leaf->use & CCK_USE_WRITTEN;
    return (leaf->use & CCK_USE_LOCK) && (leaf->words & CCK_WORD_WRITTEN) &&
           !(leaf->words & (CCK_WORD_LOCK | CCK_WORD_CONDITION));
}

/* Who waits for a condition sleeps: its line is not fought over. */
static bool wants(const cck_pair_search *search, const cck_leaf *leaf)
{
    if (is_bystander(leaf))
        return true;
    return (leaf->use & CCK_USE_LOCK) &&
           !(cck_words_of(search->context->words, cck_type_label(leaf->field.type)) &
             CCK_WORD_CONDITION);
}

static cck_severity judge(const cck_pair_search *search, const cck_leaf *a, const cck_leaf *b)
{
    const cck_leaf *atomic = is_bystander(a) ? a : b;
    const cck_leaf *lock = atomic == a ? b : a;
    uint32_t line = search->context->line;
    if (!is_bystander(atomic) || !(lock->use & CCK_USE_LOCK) || !cck_leaves_share(a, b, line) ||
        search->type->size <= line)
        return CCK_SEVERITY_INFO;
    bool counts = (atomic->words & CCK_WORD_WRITTEN) && !(atomic->words & CCK_WORD_REFERENCE);
    return counts || atomic->basis <= CCK_BASIS_ANNOTATION ? CCK_SEVERITY_MEDIUM : CCK_SEVERITY_LOW;
}

static void look(const cck_rule_context *context, const cck_corpus_type *entry,
                 const cck_leaf *leaves, size_t count, cck_rule_sink *sink)
{
    cck_pair_search search = {
        .context = context, .type = entry->type, .sink = sink, .wants = wants, .judge = judge};
    cck_pairs found;
    if (!cck_pairs_find(&search, leaves, count, &found))
        return;
    const cck_leaf *atomic = is_bystander(found.first) ? found.first : found.second;
    const cck_leaf *lock = atomic == found.first ? found.second : found.first;
    cck_rule_report report = {
        .rule = &cck_rule_atomic_beside_lock,
        .severity = found.severity,
        .leaves = found.set.items,
        .count = found.set.count,
        .title =
            cck_report_text(sink,
                            "`%s` of %s shares a cache line with the lock `%s`: risk that each "
                            "slows the users of the other",
                            atomic->field.path, cck_type_label(entry->type), lock->field.path),
        .assumes = cck_report_text(sink, "assumes that `%s` is used without holding `%s`",
                                   atomic->field.path, lock->field.path),
        .advice = CCK_ADVICE_FIELD,
        .move = atomic,
    };
    cck_report_type(sink, entry, &report);
}

const cck_rule cck_rule_atomic_beside_lock = {
    .id = "CC104",
    .name = "atomic-beside-lock",
    .summary = "an atomic that is used without the lock whose cache line it is on",
    .severity = CCK_SEVERITY_MEDIUM,
    .needs = CCK_NEEDS_LOCK,
    .type = look,
};
