/* SPDX-License-Identifier: MIT */
#include "layouts/annotation.h"
#include "layouts/rules/elements.h"

/*
 * An array with an element for each thread or CPU, whose elements are no multiple of a line:
 * neighbours in the array share one. No atomic is needed, so names have to tell that the
 * index is a thread.
 */

enum { BIG = 4 /* lines; of larger elements only the ends are shared */ };

static const cck_type *element_of(const cck_type *type)
{
    for (unsigned depth = 0; type->kind == CCK_TYPE_ARRAY && type->target && depth < 8; depth++)
        type = type->target;
    return type;
}

/* Some field of a record counts, by its name or the record's: "debug_stats". What has eight bytes
 * is no flag: "tasks_done". */
static bool has_counter(const cck_words *words, const cck_type *record)
{
    unsigned own = cck_words_of(words, cck_type_label(record));
    for (size_t i = 0; i < record->member_count; i++) {
        const cck_type *type = record->members[i].type;
        unsigned all = own | cck_words_of(words, record->members[i].name);
        if (cck_type_is_integer(type) &&
            ((all & CCK_WORD_WRITTEN) || ((all & CCK_WORD_FLAG) && type->size >= 8)))
            return true;
    }
    return false;
}

/* How sure it is that elements are written by the threads they belong to. */
static cck_severity judge_element(const cck_words *words, const cck_type *element,
                                  unsigned array_words)
{
    bool record = (element->kind == CCK_TYPE_STRUCT || element->kind == CCK_TYPE_UNION) &&
                  element->sync != CCK_SYNC_ATOMIC;
    bool threads = array_words & CCK_WORD_THREADS;
    bool written = array_words & CCK_WORD_WRITTEN;
    bool shared = cck_type_synchronises(element);
    if (record) {
        unsigned own = cck_words_of(words, cck_type_label(element));
        threads |= (own & CCK_WORD_OWNER) && !(own & CCK_WORD_CROWD);
        if (element->sync == CCK_SYNC_LOCK)
            return CCK_SEVERITY_INFO; /* the matter of arrays of locks */
        if (!threads || cck_type_is_library(words, element))
            return shared && threads ? CCK_SEVERITY_LOW : CCK_SEVERITY_INFO;
        return shared || has_counter(words, element) ? CCK_SEVERITY_MEDIUM : CCK_SEVERITY_LOW;
    }
    if (element->sync == CCK_SYNC_ATOMIC) {
        if (threads)
            return CCK_SEVERITY_HIGH;
        return written ? CCK_SEVERITY_MEDIUM : CCK_SEVERITY_LOW;
    }
    bool number = element->kind == CCK_TYPE_BASE, each = array_words & CCK_WORD_EACH;
    bool used = written || each || element->sync == CCK_SYNC_VOLATILE;
    return threads && used && (number || shared) ? CCK_SEVERITY_MEDIUM : CCK_SEVERITY_INFO;
}

/* "hits[MAX_THREADS]": what the array's own name does not tell, its bound may. */
static unsigned words_of_bound(const cck_rule_context *context, const char *name, const char *file,
                               uint32_t line)
{
    char bound[64];
    return context->annotations &&
                   cck_annotation_bound(context->annotations, file, line, name, bound)
               ? cck_words_of(context->words, bound) & CCK_WORD_THREADS
               : 0;
}

static unsigned words_of(const cck_rule_context *context, const cck_leaf *leaf)
{
    const cck_member *member = leaf->field.member;
    if (!member || (leaf->words & CCK_WORD_THREADS))
        return leaf->words;
    return leaf->words | words_of_bound(context, member->name, member->file, member->line);
}

static cck_severity judge(const cck_rule_context *context, const cck_leaf *leaf, unsigned words)
{
    const cck_type *array = leaf->field.type, *element = element_of(array);
    uint32_t line = context->line;
    uint64_t count = element->size ? leaf->field.size / element->size : 0;
    if (array->kind != CCK_TYPE_ARRAY || !element->size || element->is_const ||
        element->sync == CCK_SYNC_OWNED || count < 2 || element->size % line == 0 ||
        (leaf->words & (CCK_WORD_BOUND | CCK_WORD_PADDING)))
        return CCK_SEVERITY_INFO;
    /* Text, lists of ids and pointers are set once. */
    bool read = (leaf->words & CCK_WORD_READ) || leaf->use & CCK_USE_READ_MOSTLY;
    bool pointer = element->kind == CCK_TYPE_POINTER && element->sync != CCK_SYNC_ATOMIC;
    if (pointer || (read && leaf->basis != CCK_BASIS_PROFILE))
        return CCK_SEVERITY_INFO;
    cck_severity severity = judge_element(context->words, element, words);
    /* A group of fields says that they are written, not that by a thread each. */
    if (leaf->basis <= CCK_BASIS_ANNOTATION && leaf->use & CCK_USE_WRITTEN && !*leaf->group)
        severity = CCK_SEVERITY_MEDIUM;
    if (severity > CCK_SEVERITY_LOW && element->size >= (uint64_t)BIG * line)
        severity = CCK_SEVERITY_LOW;
    return severity;
}

static cck_rule_report report_of(const cck_rule_context *context, cck_rule_sink *sink,
                                 const cck_leaf *leaf, cck_severity severity)
{
    const cck_type *element = element_of(leaf->field.type);
    uint64_t size = element->size, line = context->line;
    const char *how = 2 * size <= line ? cck_report_text(sink, "%llu of them share a cache line",
                                                         (unsigned long long)(line / size))
                                       : "neighbours share a cache line";
    return (cck_rule_report){
        .rule = &cck_rule_per_thread_array_element,
        .severity = severity,
        .title = cck_report_text(sink, "elements of `%s` (%llu bytes each) look as if %s: %s",
                                 leaf->field.path, (unsigned long long)size,
                                 leaf->words & CCK_WORD_THREADS || element->sync != CCK_SYNC_ATOMIC
                                     ? "each belonged to one thread"
                                     : "several threads counted in them",
                                 how),
        .assumes = cck_report_text(sink,
                                   "assumes that different threads write different elements "
                                   "of `%s`",
                                   leaf->field.path),
        .advice = CCK_ADVICE_ELEMENT,
        .move = leaf,
        .element = element,
        .element_count = leaf->field.size / size,
        .stride = size,
    };
}

/* A record that itself belongs to one thread keeps its arrays to itself. */
static bool is_private(const cck_words *words, const cck_type *type)
{
    unsigned own = cck_words_of(words, cck_type_label(type));
    return (own & CCK_WORD_OWNER) && !(own & CCK_WORD_CROWD);
}

/* ---- elsewhere: behind pointers, in vectors ---- */

/* Nothing in it but what threads synchronise through: it is there to be shared. */
static bool all_shared(const cck_elements *elements)
{
    bool any = false;
    for (size_t i = 0; i < elements->count; i++) {
        const cck_leaf *leaf = &elements->leaves[i];
        if (leaf->use & (CCK_USE_LOCK | CCK_USE_OWNED) ||
            (leaf->sync == CCK_SYNC_NONE && !(leaf->use & CCK_USE_PADDING)))
            return false;
        any |= leaf->sync == CCK_SYNC_ATOMIC || leaf->sync == CCK_SYNC_VOLATILE;
    }
    return any;
}

static cck_severity judge_behind(const cck_rule_context *context, const cck_type *holder,
                                 const cck_elements *elements)
{
    unsigned words = elements->words;
    const cck_type *element = elements->type;
    bool threads = words & CCK_WORD_THREADS, many = words & CCK_WORD_MANY;
    if (elements->leaves) {
        threads |= (words & CCK_WORD_OWNER) && !(words & CCK_WORD_CROWD);
        if (all_shared(elements) && (many || threads))
            return words & CCK_WORD_TABLE ? CCK_SEVERITY_LOW : CCK_SEVERITY_MEDIUM;
        return threads && elements->named_many && has_counter(context->words, element)
                   ? CCK_SEVERITY_MEDIUM
                   : CCK_SEVERITY_INFO;
    }
    if (element->sync == CCK_SYNC_ATOMIC)
        return many || threads ? CCK_SEVERITY_MEDIUM : CCK_SEVERITY_INFO;
    /* "thread_counts" may be numbers of threads; "hits_per_thread" are not. */
    bool own = (words & CCK_WORD_PRIVATE) && (words & CCK_WORD_WRITTEN);
    own |= (words & CCK_WORD_EACH) && !(words & (CCK_WORD_READ | CCK_WORD_BOUND));
    if (!own || !cck_type_is_integer(element))
        return CCK_SEVERITY_INFO;
    return cck_type_is_copied(holder) ? CCK_SEVERITY_LOW : CCK_SEVERITY_MEDIUM;
}

static void look_behind(const cck_rule_context *context, const cck_corpus_type *entry,
                        const cck_leaf *leaf, cck_rule_sink *sink)
{
    cck_elements elements;
    if (!cck_elements_behind(context, entry, leaf, sink, &elements))
        return;
    unsigned long long size = elements.type->size, line = context->line;
    cck_severity severity = judge_behind(context, entry->type, &elements);
    if (severity == CCK_SEVERITY_INFO)
        return;
    cck_rule_report report = {
        .rule = &cck_rule_per_thread_array_element,
        .severity = severity,
        .title = cck_report_text(sink,
                                 "elements of `%s` of %s are %s of %llu bytes: %s share a cache "
                                 "line",
                                 leaf->field.path, cck_type_label(entry->type),
                                 cck_type_label(elements.type), size,
                                 2 * size <= line ? "several" : "neighbours"),
        .assumes = cck_report_text(sink,
                                   "assumes that `%s` leads to an array, and that different "
                                   "threads write different elements",
                                   leaf->field.path),
    };
    cck_elements_report(entry, leaf, &elements, &report, sink);
}

static void look(const cck_rule_context *context, const cck_corpus_type *entry,
                 const cck_leaf *leaves, size_t count, cck_rule_sink *sink)
{
    const cck_leaf *array = NULL;
    for (size_t i = 0; i < count; i++)
        look_behind(context, entry, &leaves[i], sink);
    cck_severity worst = CCK_SEVERITY_INFO;
    for (size_t i = 0; i < count; i++) {
        if (leaves[i].field.type->kind != CCK_TYPE_ARRAY ||
            cck_leaves_elsewhere(context->words, entry->type, &leaves[i], &leaves[i]))
            continue;
        cck_severity severity = judge(context, &leaves[i], words_of(context, &leaves[i]));
        if (severity > worst) {
            worst = severity;
            array = &leaves[i];
        }
    }
    if (!array || (worst < CCK_SEVERITY_HIGH && is_private(context->words, entry->type)))
        return;
    cck_leaf_set set = {0};
    cck_leaf_set_add(&set, array);
    /* What else is on its first and last lines. */
    for (size_t i = 0; i < count; i++)
        if (!(leaves[i].use & CCK_USE_PADDING) && !cck_leaves_overlap(array, &leaves[i]) &&
            cck_leaves_share(array, &leaves[i], context->line))
            cck_leaf_set_add(&set, &leaves[i]);
    cck_rule_report report = report_of(context, sink, array, worst);
    report.leaves = set.items;
    report.count = set.count;
    if (set.count > 1)
        report.note = cck_report_text(sink, "on a line with them, too: %s",
                                      cck_report_names(sink, set.items + 1, set.count - 1));
    cck_report_type(sink, entry, &report);
}

static void look_at_globals(const cck_rule_context *context, const cck_corpus_global *globals,
                            const cck_leaf *uses, size_t count, cck_rule_sink *sink)
{
    for (size_t i = 0; i < count; i++) {
        const cck_leaf *leaf = &uses[i];
        const cck_corpus_global *global = &globals[i];
        if (!global->type || global->type->kind != CCK_TYPE_ARRAY || global->read_only)
            continue;
        unsigned words =
            leaf->words | words_of_bound(context, global->name, global->file, global->line);
        cck_severity severity = judge(context, leaf, words);
        if (severity == CCK_SEVERITY_INFO)
            continue;
        cck_rule_report report = report_of(context, sink, leaf, severity);
        report.leaves = &leaf;
        report.count = 1;
        cck_report_globals(sink, &global, &report);
    }
}

const cck_rule cck_rule_per_thread_array_element = {
    .id = "CC107",
    .name = "per-thread-array-element",
    .summary = "an array with an element for each thread, several of them on a cache line",
    .severity = CCK_SEVERITY_HIGH,
    .needs = CCK_NEEDS_MANY,
    .type = look,
    .globals = look_at_globals,
};
