/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "layouts/rules/rules.h"

/*
 * Plain fields that two sides write, such as the head and tail of a ring or the numbers of
 * the last message sent and received: no atomic tells, so somebody has to say it, a
 * profile has to show it, or the names have to.
 */

/* Who waits for a condition sleeps: its line is not fought over. */
static bool is_lock(const cck_pair_search *search, const cck_leaf *leaf)
{
    return (leaf->use & CCK_USE_LOCK) && !(leaf->words & CCK_WORD_CONDITION) &&
           !(cck_words_of(search->context->words, cck_type_label(leaf->field.type)) &
             CCK_WORD_CONDITION);
}

/* Ends of a list that two sides move at once; elsewhere lists are guarded by a lock. */
static bool is_end(const cck_pair_search *search, const cck_leaf *leaf)
{
    return search->lockless && leaf->field.type->kind == CCK_TYPE_POINTER;
}

static bool wants(const cck_pair_search *search, const cck_leaf *leaf)
{
    const cck_type *type = leaf->field.type;
    if (!*leaf->writer && !(leaf->words & CCK_WORD_SIDE)) /* of no pair */
        return false;
    if (type->is_const || leaf->sync == CCK_SYNC_OWNED)
        return false;
    if (leaf->use & CCK_USE_OWNED)
        return true;
    bool shared = leaf->sync == CCK_SYNC_ATOMIC ||
                  (leaf->sync == CCK_SYNC_VOLATILE && type->kind != CCK_TYPE_ARRAY);
    if (is_lock(search, leaf) || is_end(search, leaf))
        return leaf->words & CCK_WORD_SIDE;
    return (shared || cck_type_is_integer(type)) &&
           !(leaf->words & (CCK_WORD_BOUND | CCK_WORD_FLAG)) && !(leaf->use & CCK_USE_READ_MOSTLY);
}

static cck_severity judge(const cck_pair_search *search, const cck_leaf *a, const cck_leaf *b)
{
    uint32_t line = search->context->line;
    bool share = cck_leaves_share(a, b, line);
    bool near = cck_leaves_near(search->type, a, b, line);
    if (!share && !near)
        return CCK_SEVERITY_INFO;
    /* Where two groups of written fields meet, as their names have it. */
    if (*a->group && *b->group && *a->writer && *b->writer)
        return share ? CCK_SEVERITY_MEDIUM : CCK_SEVERITY_INFO;
    if (*a->writer || *b->writer)
        return *a->writer && *b->writer ? (share ? CCK_SEVERITY_HIGH : CCK_SEVERITY_MEDIUM)
                                        : CCK_SEVERITY_INFO;
    cck_pair_strength pair = cck_leaves_pair(search->context->words, a, b);
    bool shared = a->sync != CCK_SYNC_NONE && b->sync != CCK_SYNC_NONE;
    if (pair == CCK_PAIR_NONE || (a->field.size != b->field.size && !shared))
        return CCK_SEVERITY_INFO;
    bool locks = is_lock(search, a) && is_lock(search, b);
    bool sure = pair == CCK_PAIR_STRONG || search->ring || a->sync != CCK_SYNC_NONE;
    if (locks)
        return share ? CCK_SEVERITY_MEDIUM : CCK_SEVERITY_INFO;
    /* Padding that keeps them 64 bytes apart, in an object that may begin anywhere. */
    bool meant = share || (pair == CCK_PAIR_STRONG && search->padded);
    return sure && meant && !search->locked && !search->copied ? CCK_SEVERITY_MEDIUM
                                                               : CCK_SEVERITY_LOW;
}

/* Whether it looks as if the type passed things between threads, and whether a lock may
 * guard all that: two sides with a lock each do not guard each other. */
static void look_at_shape(cck_pair_search *search, const cck_leaf *leaves, size_t count)
{
    enum { CARE = 40 }; /* bytes of padding; less of it may be reserved for later versions */
    unsigned words = cck_words_of(search->context->words, cck_type_label(search->type));
    search->copied = cck_type_is_copied(search->type);
    search->lockless = words & CCK_WORD_LOCKLESS;
    search->ring = words & (CCK_WORD_RING | CCK_WORD_LOCKLESS);
    for (size_t i = 0; i < count; i++) {
        search->locked |= (leaves[i].use & CCK_USE_LOCK) && !search->lockless &&
                          !(leaves[i].words & CCK_WORD_SIDE);
        search->padded |= (leaves[i].use & CCK_USE_PADDING) && leaves[i].field.size >= CARE;
    }
    search->ring |= search->padded;
}

static void look(const cck_rule_context *context, const cck_corpus_type *entry,
                 const cck_leaf *leaves, size_t count, cck_rule_sink *sink)
{
    cck_pair_search search = {
        .context = context, .type = entry->type, .sink = sink, .wants = wants, .judge = judge};
    cck_pairs found;
    look_at_shape(&search, leaves, count);
    if (!cck_pairs_find(&search, leaves, count, &found))
        return;
    const char *names = cck_report_names(sink, found.set.items, found.set.count);
    cck_rule_report report = {
        .rule = &cck_rule_two_writer_fields,
        .severity = found.severity,
        .leaves = found.set.items,
        .count = found.set.count,
        .title = cck_report_text(sink,
                                 "%s of %s share a cache line, and two threads seem to write one "
                                 "each: risk of false sharing",
                                 names, cck_type_label(entry->type)),
        .assumes = cck_report_text(sink, "assumes that different threads write %s", names),
        .note = search.locked && !is_lock(&search, found.first)
                    ? "the object has a lock: if both are only written with it held, "
                      "there is nothing to mend"
                    : NULL,
        .advice = CCK_ADVICE_FIELD,
        .move = found.second,
    };
    cck_report_type(sink, entry, &report);
}

const cck_rule cck_rule_two_writer_fields = {
    .id = "CC102",
    .name = "two-writer-fields",
    .summary = "plain fields that two threads write, one each, on one cache line",
    .severity = CCK_SEVERITY_HIGH,
    .needs = CCK_NEEDS_SIDES,
    .type = look,
};
