/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "layouts/rules/rules.h"

/*
 * What everybody reads on the line of what somebody writes: each write costs every reader a
 * miss (Linux, Documentation/kernel-hacking/false-sharing.rst, calls this the commonest
 * kind). In an object of one line nothing can be done, so nothing is said.
 */

enum { OPERATIONS = 3 /* pointers to functions: an object that is called through */ };

/* A lock beside what it guards is right: only one that counts, or that is said to be hot. */
static bool is_hot(const cck_pair_search *search, const cck_leaf *leaf)
{
    if (!cck_leaf_is_hot(leaf))
        return false;
    return !(leaf->use & CCK_USE_LOCK) || leaf->basis <= CCK_BASIS_ANNOTATION ||
           ((leaf->words & CCK_WORD_WRITTEN) &&
            !(leaf->words & (CCK_WORD_LOCK | CCK_WORD_CONDITION)) &&
            !(cck_words_of(search->context->words, cck_type_label(leaf->field.type)) &
              CCK_WORD_GUARD));
}

/* Calls through the object need them each time. */
static bool is_operation(const cck_leaf *leaf)
{
    const cck_type *type = leaf->field.type;
    return type->kind == CCK_TYPE_POINTER && (leaf->use & CCK_USE_READ_MOSTLY) &&
           !(leaf->field.member && leaf->field.member->artificial) && type->target &&
           (type->target->kind == CCK_TYPE_FUNCTION ||
            strstr(cck_type_label(type->target), "_ops"));
}

/* A name that people read, in place, is nothing that threads look at all the time. */
static bool is_text(const cck_leaf *leaf)
{
    const cck_type *type = leaf->field.type;
    return type->kind == CCK_TYPE_ARRAY && type->target && type->target->kind == CCK_TYPE_BASE &&
           type->target->size == 1;
}

static bool wants(const cck_pair_search *search, const cck_leaf *leaf)
{
    return (leaf->use & CCK_USE_READ_MOSTLY) || is_hot(search, leaf);
}

static cck_severity judge(const cck_pair_search *search, const cck_leaf *a, const cck_leaf *b)
{
    const cck_leaf *read = a->use & CCK_USE_READ_MOSTLY ? a : b;
    const cck_leaf *hot = read == a ? b : a;
    uint32_t line = search->context->line;
    if (!(read->use & CCK_USE_READ_MOSTLY) || !is_hot(search, hot) || !cck_leaves_share(a, b, line))
        return CCK_SEVERITY_INFO;
    unsigned told = (hot->basis <= CCK_BASIS_ANNOTATION) + (read->basis <= CCK_BASIS_ANNOTATION);
    if (told)
        return told == 2 ? CCK_SEVERITY_HIGH : CCK_SEVERITY_MEDIUM;
    if (search->type->size <= line)
        return CCK_SEVERITY_INFO;
    /* Who gave it a line by hand chose what follows it there. */
    if (hot->field.member && hot->field.member->align >= line)
        return CCK_SEVERITY_LOW;
    /* References are taken and dropped along with use; an object worth splitting is larger. */
    bool called = search->operations >= OPERATIONS;
    uint64_t room = hot->words & CCK_WORD_REFERENCE && !called ? 2 * (uint64_t)line : line;
    return (hot->words & CCK_WORD_WRITTEN) && hot->sync != CCK_SYNC_VOLATILE && !is_text(read) &&
                   search->type->size > room
               ? CCK_SEVERITY_MEDIUM
               : CCK_SEVERITY_LOW;
}

static void look(const cck_rule_context *context, const cck_corpus_type *entry,
                 const cck_leaf *leaves, size_t count, cck_rule_sink *sink)
{
    cck_pair_search search = {
        .context = context, .type = entry->type, .sink = sink, .wants = wants, .judge = judge};
    cck_pairs found;
    for (size_t i = 0; i < count; i++)
        search.operations += is_operation(&leaves[i]);
    if (!cck_pairs_find(&search, leaves, count, &found))
        return;
    const cck_leaf *hot = found.first->use & CCK_USE_READ_MOSTLY ? found.second : found.first;
    cck_leaf_set reads = {0};
    for (size_t i = 0; i < found.set.count; i++)
        if (found.set.items[i]->use & CCK_USE_READ_MOSTLY)
            cck_leaf_set_add(&reads, found.set.items[i]);
    const char *names = cck_report_names(sink, reads.items, reads.count);
    cck_rule_report report = {
        .rule = &cck_rule_read_mostly_beside_hot,
        .severity = found.severity,
        .leaves = found.set.items,
        .count = found.set.count,
        .title = cck_report_text(sink,
                                 "`%s` of %s, which threads write, shares a cache line with %s: "
                                 "risk of misses for those who only read",
                                 hot->field.path, cck_type_label(entry->type), names),
        .assumes =
            cck_report_text(sink, "assumes that `%s` is written often while other threads read %s",
                            hot->field.path, names),
        .advice = CCK_ADVICE_FIELD,
        .split = true,
        .move = hot,
    };
    cck_report_type(sink, entry, &report);
}

const cck_rule cck_rule_read_mostly_beside_hot = {
    .id = "CC103",
    .name = "read-mostly-beside-hot",
    .summary = "fields that all threads read on the cache line of one that is often written",
    .severity = CCK_SEVERITY_HIGH,
    .needs = CCK_NEEDS_READ_MOSTLY | CCK_NEEDS_WRITTEN,
    .type = look,
};
