/* SPDX-License-Identifier: MIT */
#include "layouts/rules/rules.h"

#include <string.h>

const cck_rule *const cck_rules[] = {
    &cck_rule_adjacent_atomics,
    &cck_rule_two_writer_fields,
    &cck_rule_read_mostly_beside_hot,
    &cck_rule_atomic_beside_lock,
    &cck_rule_straddling_atomic,
    &cck_rule_straddling_lock,
    &cck_rule_per_thread_array_element,
    &cck_rule_array_of_locks,
    &cck_rule_neighbouring_globals,
    &cck_rule_over_aligned_on_heap,
    &cck_rule_misplaced_alignas,
    &cck_rule_constructive_constant_misuse,
    &cck_rule_hot_field_far_from_its_lock,
    &cck_rule_poor_packing,
    NULL,
};

const cck_rule *cck_rule_find(const char *word)
{
    for (size_t i = 0; cck_rules[i]; i++)
        if (strcmp(cck_rules[i]->name, word) == 0 || strcmp(cck_rules[i]->id, word) == 0)
            return cck_rules[i];
    return NULL;
}

void cck_leaf_set_add(cck_leaf_set *set, const cck_leaf *leaf)
{
    for (size_t i = 0; i < set->count; i++)
        /* Insides of a library's type all have the name of the member that has that type. */
        if (set->items[i] == leaf || strcmp(set->items[i]->field.path, leaf->field.path) == 0)
            return;
    if (set->count < CCK_REPORT_FIELDS)
        set->items[set->count++] = leaf;
}

cck_pair_strength cck_leaves_pair(const cck_words *words, const cck_leaf *a, const cck_leaf *b)
{
    return a->words & b->words & CCK_WORD_SIDE ? cck_words_pair(words, a->field.path, b->field.path)
                                               : CCK_PAIR_NONE;
}

bool cck_leaves_near(const cck_type *type, const cck_leaf *a, const cck_leaf *b, uint32_t line)
{
    bool direct = a->field.parent == type && b->field.parent == type;
    return type->align < line && cck_leaves_may_share(a, b, line, direct ? type->align : 1);
}

static bool apart(const cck_pair_search *search, const cck_leaf *a, const cck_leaf *b)
{
    return cck_leaves_overlap(a, b) || cck_leaves_grouped(a, b) ||
           strcmp(a->field.path, b->field.path) == 0 ||
           (*a->writer && strcmp(a->writer, b->writer) == 0) ||
           cck_leaves_elsewhere(search->context->words, search->type, a, b);
}

static void take_pair(const cck_pair_search *search, const cck_leaf *a, const cck_leaf *b,
                      cck_leaf_set *low, cck_pairs *found)
{
    cck_severity severity = search->judge(search, a, b);
    /* Whoever gave each thread lines of its own put together what that thread writes. */
    if (search->own_lines && severity == CCK_SEVERITY_MEDIUM &&
        cck_leaves_pair(search->context->words, a, b) == CCK_PAIR_NONE)
        severity = CCK_SEVERITY_LOW;
    bool told = a->basis <= CCK_BASIS_ANNOTATION || b->basis <= CCK_BASIS_ANNOTATION;
    if (search->private_type && !told && severity > CCK_SEVERITY_LOW)
        severity = CCK_SEVERITY_LOW;
    if (severity == CCK_SEVERITY_INFO || apart(search, a, b) ||
        cck_report_known(search->sink, a, b, severity))
        return;
    cck_leaf_set *set = severity == CCK_SEVERITY_LOW ? low : &found->set;
    cck_leaf_set_add(set, a);
    cck_leaf_set_add(set, b);
    if (severity > found->severity) {
        found->severity = severity;
        found->first = a;
        found->second = b;
    }
}

bool cck_pairs_find(cck_pair_search *search, const cck_leaf *leaves, size_t count,
                    cck_pairs *out_found)
{
    const cck_type *type = search->type;
    unsigned words = cck_words_of(search->context->words, cck_type_label(type));
    search->private_type =
        (words & CCK_WORD_PRIVATE) ||
        ((words & CCK_WORD_SIDE) && !search->ring && type->size <= search->context->line &&
         cck_words_one_side(search->context->words, cck_type_label(type)));
    search->own_lines = (words & CCK_WORD_OWNER) && !(words & CCK_WORD_CROWD) &&
                        type->size % search->context->line == 0 &&
                        type->align >= search->context->line;
    cck_leaf_set low = {0};
    cck_pairs found = {.severity = CCK_SEVERITY_INFO};
    uint16_t wanted[CCK_USE_LEAVES]; /* few, of which there are many pairs */
    size_t wanted_count = 0;
    for (size_t i = 0; i < count; i++)
        if (search->wants(search, &leaves[i]))
            wanted[wanted_count++] = (uint16_t)i;
    for (size_t i = 0; i + 1 < wanted_count; i++) {
        const cck_leaf *one = &leaves[wanted[i]];
        uint64_t reach = one->field.offset + one->field.size + search->context->line;
        for (size_t j = i + 1; j < wanted_count && leaves[wanted[j]].field.offset < reach; j++)
            take_pair(search, one, &leaves[wanted[j]], &low, &found);
    }
    if (!found.set.count)
        found.set = low;
    *out_found = found;
    return found.set.count >= 2;
}
