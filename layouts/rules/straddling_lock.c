/* SPDX-License-Identifier: MIT */
#include "layouts/rules/rules.h"

/*
 * A lock that lies on two lines costs two misses to take. Whether it does depends on where
 * the object begins, too: at any multiple of its alignment, or of what malloc gives.
 */

enum {
    HEAP_ALIGN = 16,  /* what malloc gives on 64-bit systems */
    FUTEX_MUTEX = 40, /* mutexes up to that size keep what locking touches ... */
    FUTEX_HOT = 24,   /* ... in their first bytes (glibc's struct __pthread_mutex_s) */
    SMALLEST = 8      /* what is no larger lies on one line where it is aligned */
};

/* The member that makes a record a lock: one that is known, else one that holds something. */
static const cck_member *lock_in(const cck_type *type)
{
    if (type->kind != CCK_TYPE_STRUCT)
        return NULL;
    for (size_t i = 0; i < type->member_count; i++)
        if (type->members[i].type->sync == CCK_SYNC_LOCK)
            return &type->members[i];
    for (size_t i = 0; i < type->member_count && type->sync == CCK_SYNC_NONE; i++)
        if (type->members[i].type->kind == CCK_TYPE_STRUCT &&
            cck_type_synchronises(type->members[i].type))
            return &type->members[i];
    return NULL;
}

/* The bytes that locking touches: of a wrapper those of the lock in it. */
static uint64_t hot_size(const cck_type *type)
{
    enum { DEEPEST = 8 };
    uint64_t start = 0;
    for (unsigned depth = 0; depth < DEEPEST; depth++) {
        const cck_member *inner = lock_in(type);
        if (!inner)
            break;
        start += inner->offset;
        type = inner->type;
    }
    return start + (type->size <= FUTEX_MUTEX && type->size > FUTEX_HOT ? FUTEX_HOT : type->size);
}

/* In how many of the places where the object may begin the lock is on more lines than it
 * needs; `*out_places` of how many. */
static uint32_t straddles(const cck_type *type, const cck_leaf *lock, uint32_t line,
                          uint32_t *out_places)
{
    uint32_t align = type->align > HEAP_ALIGN ? type->align : HEAP_ALIGN, bad = 0;
    uint64_t size = hot_size(lock->field.type), needs = (size + line - 1) / line;
    if (align > line)
        align = line;
    *out_places = line / align;
    for (uint32_t start = 0; start < line; start += align)
        bad += ((lock->field.offset + start) % line + size + line - 1) / line > needs;
    return bad;
}

static void look(const cck_rule_context *context, const cck_corpus_type *entry,
                 const cck_leaf *leaves, size_t count, cck_rule_sink *sink)
{
    const cck_leaf *worst_lock = NULL;
    cck_leaf_set set = {0};
    uint32_t worst = 0, places = 1;
    for (size_t i = 0; i < count; i++) {
        uint32_t of = 1, bad;
        if (!(leaves[i].use & CCK_USE_LOCK) || leaves[i].field.size <= SMALLEST ||
            cck_leaves_elsewhere(context->words, entry->type, &leaves[i], &leaves[i]))
            continue;
        bad = straddles(entry->type, &leaves[i], context->line, &of);
        /* Who waits for a condition sleeps: its line is not fought over. */
        bool condition =
            cck_words_of(context->words, cck_type_label(leaves[i].field.type)) & CCK_WORD_CONDITION;
        if (bad * 2 <= of || condition)
            continue;
        cck_leaf_set_add(&set, &leaves[i]);
        if (bad > worst) {
            worst_lock = &leaves[i];
            worst = bad;
            places = of;
        }
    }
    if (!worst_lock)
        return;
    const char *title =
        places == 1
            ? cck_report_text(sink, "lock `%s` of %s lies on two cache lines",
                              worst_lock->field.path, cck_type_label(entry->type))
            : cck_report_text(sink,
                              "lock `%s` of %s lies on more cache lines than it needs in "
                              "%u of the %u places that malloc may give the object",
                              worst_lock->field.path, cck_type_label(entry->type), worst, places);
    cck_rule_report report = {
        .rule = &cck_rule_straddling_lock,
        .severity = worst * 4 >= places * 3 ? CCK_SEVERITY_MEDIUM : CCK_SEVERITY_LOW,
        .leaves = set.items,
        .count = set.count,
        .title = title,
        .assumes = "assumes that threads contend for the lock; on two lines it is slower, but "
                   "no split lock",
        .advice = CCK_ADVICE_FIELD,
        .move = worst_lock,
    };
    cck_report_type(sink, entry, &report);
}

const cck_rule cck_rule_straddling_lock = {
    .id = "CC106",
    .name = "straddling-lock",
    .summary = "a lock on more cache lines than it needs",
    .severity = CCK_SEVERITY_MEDIUM,
    .needs = CCK_NEEDS_LOCK,
    .type = look,
};
