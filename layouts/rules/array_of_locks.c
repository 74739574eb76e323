/* SPDX-License-Identifier: MIT */
#include "layouts/rules/elements.h"

/*
 * Locks made many so that threads do not meet at one of them, but several on a line: they
 * meet there. Seen as arrays of locks, and as locks that somebody padded, to less than a line.
 */

/* A lock and padding, nothing else: its element. NULL: something else. */
static const cck_leaf *padded_lock(const cck_leaf *leaves, size_t count)
{
    const cck_leaf *lock = NULL;
    bool padding = false;
    for (size_t i = 0; i < count; i++) {
        if (leaves[i].use & CCK_USE_PADDING)
            padding = true;
        else if ((leaves[i].use & CCK_USE_LOCK) && !lock)
            lock = &leaves[i];
        else
            return NULL;
    }
    return padding ? lock : NULL;
}

static void tell_of_padded(const cck_rule_context *context, const cck_corpus_type *entry,
                           const cck_leaf *lock, cck_rule_sink *sink)
{
    const cck_type *type = entry->type;
    cck_rule_report report = {
        .rule = &cck_rule_array_of_locks,
        .severity = CCK_SEVERITY_MEDIUM,
        .leaves = &lock,
        .count = 1,
        .title =
            cck_report_text(sink,
                            "%s pads the lock `%s` to %llu bytes, which is no multiple of a "
                            "cache line: in an array %s share one",
                            cck_type_label(type), lock->field.path, (unsigned long long)type->size,
                            type->size < context->line ? "several" : "neighbours"),
        .assumes = "assumes an array of these, with threads that take different locks of it",
        .advice = CCK_ADVICE_ELEMENT,
        .element = type,
        .stride = type->size,
    };
    cck_report_type(sink, entry, &report);
}

static bool is_condition(const cck_words *words, const cck_type *type)
{
    return cck_words_of(words, cck_type_label(type)) & CCK_WORD_CONDITION;
}

static bool is_lock(const cck_words *words, const cck_type *type)
{
    return (type->sync == CCK_SYNC_LOCK ||
            (type->sync != CCK_SYNC_ATOMIC && cck_type_is_sync(words, type)) ||
            cck_type_is_locked_data(words, type)) &&
           !is_condition(words, type);
}

/* One of many with a lock of its own, by the names: a shard, a bucket. */
static bool has_lock(const cck_rule_context *context, const cck_leaf *array,
                     const cck_type *element)
{
    enum { BIG = 4 /* lines; of larger elements only the ends are shared */ };
    unsigned words = array->words | cck_words_of(context->words, cck_type_label(element));
    if (element->kind != CCK_TYPE_STRUCT || element->size >= (uint64_t)BIG * context->line ||
        !(words & CCK_WORD_MANY) || (words & CCK_WORD_PRIVATE) ||
        cck_type_is_library(context->words, element))
        return false;
    for (size_t i = 0; i < element->member_count; i++)
        if (is_lock(context->words, element->members[i].type))
            return true;
    return false;
}

/* How bad an array is; INFO: no array of locks. */
static cck_severity judge(const cck_rule_context *context, const cck_leaf *leaf)
{
    enum { FEW = 4 };
    const cck_type *array = leaf->field.type;
    const cck_type *element = array->kind == CCK_TYPE_ARRAY ? array->target : NULL;
    if (!element || !element->size || element->size % context->line == 0)
        return CCK_SEVERITY_INFO;
    uint64_t count = leaf->field.size / element->size;
    if (count < 2 || (!is_lock(context->words, element) && !has_lock(context, leaf, element)))
        return CCK_SEVERITY_INFO;
    return count >= FEW ? CCK_SEVERITY_MEDIUM : CCK_SEVERITY_LOW;
}

static cck_rule_report report_of(const cck_rule_context *context, cck_rule_sink *sink,
                                 const cck_leaf *const *leaf, cck_severity severity)
{
    const cck_type *element = (*leaf)->field.type->target;
    bool lock = is_lock(context->words, element);
    return (cck_rule_report){
        .rule = &cck_rule_array_of_locks,
        .severity = severity,
        .leaves = leaf,
        .count = 1,
        .title = cck_report_text(sink,
                                 "%s of the array `%s` take %llu bytes each: neighbours share a "
                                 "cache line",
                                 lock ? "locks" : "elements with a lock each", (*leaf)->field.path,
                                 (unsigned long long)element->size),
        .assumes = cck_report_text(sink,
                                   "assumes that threads take different locks of `%s` at "
                                   "one time",
                                   (*leaf)->field.path),
        .advice = CCK_ADVICE_ELEMENT,
        .element = element,
        .element_count = (*leaf)->field.size / element->size,
        .stride = element->size,
    };
}

/* ---- records with a lock each: shards, buckets ---- */

static const cck_leaf *lock_of(const cck_words *words, const cck_elements *elements)
{
    for (size_t i = 0; i < elements->count; i++)
        if ((elements->leaves[i].use & CCK_USE_LOCK) &&
            !is_condition(words, elements->leaves[i].field.type))
            return &elements->leaves[i];
    return NULL;
}

static void look_behind(const cck_rule_context *context, const cck_corpus_type *entry,
                        const cck_leaf *leaf, cck_rule_sink *sink)
{
    cck_elements elements;
    if (!cck_elements_behind(context, entry, leaf, sink, &elements))
        return;
    const cck_leaf *lock = lock_of(context->words, &elements);
    bool locks = (elements.type->sync == CCK_SYNC_LOCK ||
                  cck_type_is_locked_data(context->words, elements.type)) &&
                 (elements.words & CCK_WORD_MANY);
    if (!lock && !locks)
        return;
    cck_rule_report report = {
        .rule = &cck_rule_array_of_locks,
        .severity = CCK_SEVERITY_MEDIUM,
        .title = cck_report_text(
            sink,
            "elements of `%s` of %s are %s of %llu bytes with a lock each: neighbours share "
            "a cache line",
            leaf->field.path, cck_type_label(entry->type), cck_type_label(elements.type),
            (unsigned long long)elements.type->size),
        .assumes = cck_report_text(sink,
                                   "assumes that `%s` leads to an array, and that threads take "
                                   "different locks of it at one time",
                                   leaf->field.path),
    };
    cck_elements_report(entry, leaf, &elements, &report, sink);
}

static void look(const cck_rule_context *context, const cck_corpus_type *entry,
                 const cck_leaf *leaves, size_t count, cck_rule_sink *sink)
{
    const cck_leaf *lock = padded_lock(leaves, count);
    if (lock && entry->type->size % context->line != 0) {
        tell_of_padded(context, entry, lock, sink);
        return;
    }
    const cck_leaf *array = NULL;
    cck_severity worst = CCK_SEVERITY_INFO;
    for (size_t i = 0; i < count; i++) {
        look_behind(context, entry, &leaves[i], sink);
        cck_severity severity = judge(context, &leaves[i]);
        if (severity > worst &&
            !cck_leaves_elsewhere(context->words, entry->type, &leaves[i], &leaves[i])) {
            worst = severity;
            array = &leaves[i];
        }
    }
    if (!array)
        return;
    cck_rule_report report = report_of(context, sink, &array, worst);
    cck_report_type(sink, entry, &report);
}

static void look_at_globals(const cck_rule_context *context, const cck_corpus_global *globals,
                            const cck_leaf *uses, size_t count, cck_rule_sink *sink)
{
    for (size_t i = 0; i < count; i++) {
        const cck_leaf *leaf = &uses[i];
        const cck_corpus_global *global = &globals[i];
        cck_severity severity = judge(context, leaf);
        if (severity == CCK_SEVERITY_INFO)
            continue;
        cck_rule_report report = report_of(context, sink, &leaf, severity);
        cck_report_globals(sink, &global, &report);
    }
}

const cck_rule cck_rule_array_of_locks = {
    .id = "CC108",
    .name = "array-of-locks",
    .summary = "several locks of an array on one cache line",
    .severity = CCK_SEVERITY_MEDIUM,
    .of_locks = true,
    .type = look,
    .globals = look_at_globals,
};
