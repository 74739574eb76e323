/* SPDX-License-Identifier: MIT */
#include "layouts/rules/elements.h"

#include <stdlib.h>
#include <string.h>

/*
 * Elements that are allocated elsewhere: `struct shard *shards`, std::vector<Shard>,
 * std::unique_ptr<Shard[]>, Vec<Shard>, Box<[Shard]>, []Shard. Debug information does not say of a
 * plain pointer whether there is one or many; names do.
 */
enum { DEEPEST = 8, BIG = 4 /* lines; of larger elements only the ends are shared */ };

static bool is_record(const cck_type *type)
{
    return type->kind == CCK_TYPE_STRUCT || type->kind == CCK_TYPE_UNION;
}

static bool starts_with(const char *name, const char *start)
{
    return strncmp(name, start, strlen(start)) == 0;
}

/* Containers of many, by how their names begin; those of Go are "[]T". */
static bool is_container(const char *name)
{
    static const char *const names[] = {"std::vector<",
                                        "std::deque<",
                                        "std::span<",
                                        "std::__1::vector<",
                                        "folly::fbvector<",
                                        "absl::FixedArray<",
                                        "&[",
                                        "&mut [",
                                        "alloc::boxed::Box<[",
                                        "[]",
                                        "alloc::vec::Vec<",
                                        "alloc::collections::vec_deque::VecDeque<"};
    switch (*name) { /* most records begin with "struct" */
    case 's':
        if (name[1] == 't' && name[2] == 'r')
            return false;
        break;
    case 'f':
    case 'a':
    case '&':
    case '[':
        break;
    default:
        return false;
    }
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (*name == *names[i] && starts_with(name, names[i]))
            return true;
    bool unique = starts_with(name, "std::unique_ptr<") || starts_with(name, "std::shared_ptr<");
    return unique && strstr(name, "[]");
}

/* The first pointer in a container to something that is not the library's. */
static const cck_type *target_in(const cck_words *words, const cck_type *type, unsigned depth)
{
    if (type->kind == CCK_TYPE_POINTER)
        return type->target && type->target->size &&
                       (!is_record(type->target) || !cck_type_is_library(words, type->target) ||
                        type->target->sync != CCK_SYNC_NONE ||
                        cck_type_is_locked_data(words, type->target))
                   ? type->target
                   : NULL;
    const cck_type *found = NULL;
    for (size_t i = 0; is_record(type) && depth < DEEPEST && !found && i < type->member_count; i++)
        found = target_in(words, type->members[i].type, depth + 1);
    return found;
}

/* "shards", "cells_"; "status" and "class" are no plurals. */
static bool is_plural(const char *path)
{
    const char *dot = strrchr(path, '.'), *name = dot ? dot + 1 : path;
    size_t length = strlen(name);
    while (length && name[length - 1] == '_')
        length--;
    return length > 3 && name[length - 1] == 's' && !strchr("sui", name[length - 2]);
}

/* A kernel allocates what is for each CPU apart (alloc_percpu), which its types do not tell. */
static bool is_per_cpu(const cck_rule_context *context, unsigned words)
{
    const char *kind = context->input ? context->input->kind : "";
    return (strcmp(kind, "BTF") == 0 || starts_with(kind, "kernel")) &&
           (words & (CCK_WORD_THREADS | CCK_WORD_OWNER));
}

static bool leaves_of(const cck_type *element, cck_rule_sink *sink, cck_elements *elements)
{
    cck_leaf *room = malloc(CCK_USE_LEAVES * sizeof *room), *leaves = NULL;
    size_t count = room ? cck_use_leaves(sink->source, element, room) : 0;
    if (room)
        leaves = cck_arena_array(sink->arena, count, sizeof *leaves);
    if (leaves && count)
        memcpy(leaves, room, count * sizeof *leaves);
    free(room);
    sink->failed |= !leaves;
    elements->leaves = leaves;
    elements->count = count;
    return leaves;
}

/* What the field leads to; NULL: it is no field of many. */
static const cck_type *element_of(const cck_rule_context *context, const cck_leaf *field)
{
    const cck_type *type = field->field.type, *element = NULL;
    if (type->kind == CCK_TYPE_POINTER)
        element = type->target && is_plural(field->field.path) ? type->target : NULL;
    else if (is_record(type) && is_container(type->name))
        element = type->target ? type->target : target_in(context->words, type, 0);
    if (!element || !element->size || element->is_const || element->size % context->line == 0 ||
        element->size >= (uint64_t)BIG * context->line || element->kind == CCK_TYPE_POINTER)
        return NULL;
    return element;
}

/* Whether records of that type may be many, by the names of field and type. */
static bool may_be_many(const cck_rule_context *context, const cck_leaf *field,
                        cck_elements *elements)
{
    const char *label = cck_type_label(elements->type);
    unsigned own = cck_words_of(context->words, label);
    bool plain = field->field.type->kind == CCK_TYPE_POINTER;
    elements->words |= own;
    /* "struct queue_stats *stats" is one. */
    if (plain && (is_plural(label) || !(own & (CCK_WORD_MANY | CCK_WORD_THREADS | CCK_WORD_OWNER))))
        return false;
    return !(own & CCK_WORD_PRIVATE) && !is_per_cpu(context, elements->words) &&
           (elements->words & (CCK_WORD_MANY | CCK_WORD_THREADS));
}

bool cck_elements_behind(const cck_rule_context *context, const cck_corpus_type *holder,
                         const cck_leaf *field, cck_rule_sink *sink, cck_elements *out_elements)
{
    const cck_type *element = element_of(context, field);
    if (!element)
        return false;
    *out_elements = (cck_elements){
        .type = element, .words = field->words, .named_many = is_plural(field->field.path)};
    if (!is_record(element) || (element->sync != CCK_SYNC_NONE && !element->sync_inside))
        return (element->sync == CCK_SYNC_ATOMIC || element->sync == CCK_SYNC_LOCK ||
                ((field->words & (CCK_WORD_PRIVATE | CCK_WORD_EACH)) &&
                 !is_per_cpu(context, field->words))) &&
               !cck_leaves_elsewhere(context->words, holder->type, field, field);
    return (!cck_type_is_library(context->words, element) ||
            cck_type_is_locked_data(context->words, element)) &&
           (holder->main_file || !cck_words_system(context->words, element->file)) &&
           may_be_many(context, field, out_elements) &&
           !cck_leaves_elsewhere(context->words, holder->type, field, field) &&
           leaves_of(element, sink, out_elements);
}

/* What threads write in an element: the leaves to name. */
static void hot_leaves(const cck_elements *elements, cck_leaf_set *set)
{
    for (size_t i = 0; i < elements->count; i++)
        if (elements->leaves[i].sync != CCK_SYNC_NONE ||
            (elements->leaves[i].use & (CCK_USE_WRITTEN | CCK_USE_OWNED)))
            cck_leaf_set_add(set, &elements->leaves[i]);
}

void cck_elements_report(const cck_corpus_type *holder, const cck_leaf *field,
                         const cck_elements *elements, cck_rule_report *report, cck_rule_sink *sink)
{
    cck_leaf_set set = {0};
    cck_corpus_type entry = *holder;
    report->advice = CCK_ADVICE_ELEMENT;
    report->element = elements->type;
    report->stride = elements->type->size;
    hot_leaves(elements, &set);
    if (set.count && !cck_type_is_library(sink->context->words, elements->type)) {
        entry.type = elements->type;
    } else {
        set.count = 0;
        cck_leaf_set_add(&set, field);
        report->move = field;
    }
    report->leaves = set.items;
    report->count = set.count;
    cck_report_type(sink, &entry, report);
}
