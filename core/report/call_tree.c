/* SPDX-License-Identifier: MIT */
#include "core/report/call_tree.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/intern.h"

enum { THREAD = UINT32_MAX, DEEPER = UINT32_MAX - 1 }; /* instead of a function */

typedef struct merged_key {
    uint32_t parent, function, thread;
} merged_key;

typedef struct merged {
    const cck_profile *profile;
    cck_arena arena;
    cck_intern set;
    uint32_t *of_node; /* merged number */
    uint32_t *depth;
    uint64_t *self, *total;
    uint32_t *rank; /* of functions, by name */
} merged;

static uint32_t put(merged *merge, uint32_t parent, uint32_t function, uint32_t thread)
{
    merged_key key = {parent, function, thread};
    uint32_t number = cck_intern_put(&merge->set, &key);
    if (number != UINT32_MAX)
        merge->depth[number] = parent == CCK_PROFILE_NONE ? 0 : merge->depth[parent] + 1;
    return number;
}

static uint32_t merge_node(merged *merge, const cck_profile_node *node)
{
    uint32_t parent = node->parent;
    if (parent != CCK_PROFILE_NONE)
        parent = merge->of_node[parent];
    else if (node->thread != CCK_PROFILE_NONE)
        parent = put(merge, CCK_PROFILE_NONE, THREAD, node->thread);
    if (parent == CCK_PROFILE_NONE)
        return put(merge, parent, node->function, node->thread);
    const merged_key *above = cck_intern_get(&merge->set, parent);
    if (above->function == DEEPER)
        return parent;
    uint32_t function = merge->depth[parent] + 2 < CCK_CALL_TREE_DEPTH ? node->function : DEEPER;
    return put(merge, parent, function, node->thread);
}

/* ---- the order of siblings ---- */

typedef struct ranked {
    const cck_profile_function *function;
    uint32_t index;
} ranked;

static int compare_functions(const void *left, const void *right)
{
    const ranked *a = left, *b = right;
    int order = strcmp(a->function->name, b->function->name);
    order = order ? order : strcmp(a->function->module, b->function->module);
    order = order ? order : strcmp(a->function->file, b->function->file);
    return order ? order : (a->index > b->index) - (a->index < b->index);
}

static bool rank_functions(merged *merge)
{
    size_t count = merge->profile->function_count;
    ranked *list = cck_arena_array(&merge->arena, count, sizeof *list);
    merge->rank = cck_arena_array(&merge->arena, count, sizeof *merge->rank);
    if (!list || !merge->rank)
        return false;
    for (uint32_t i = 0; i < count; i++)
        list[i] = (ranked){&merge->profile->functions[i], i};
    qsort(list, count, sizeof *list, compare_functions);
    for (uint32_t i = 0; i < count; i++)
        merge->rank[list[i].index] = i;
    return true;
}

/* A merged node as it is sorted: by parent, then by name. */
typedef struct sibling {
    uint32_t parent, rank, thread, number;
} sibling;

static int compare_siblings(const void *left, const void *right)
{
    const sibling *a = left, *b = right;
    const uint32_t as[] = {a->parent, a->rank, a->thread, a->number};
    const uint32_t bs[] = {b->parent, b->rank, b->thread, b->number};
    for (size_t i = 0; i < sizeof as / sizeof *as; i++)
        if (as[i] != bs[i])
            return as[i] < bs[i] ? -1 : 1;
    return 0;
}

static const char *name_of(cck_call_tree *tree, const cck_profile *profile, const merged_key *key)
{
    if (key->function == DEEPER)
        return "(deeper calls)";
    if (key->function != THREAD)
        return profile->functions[key->function].name;
    if (key->thread >= profile->thread_count)
        return "(thread)";
    const cck_profile_thread *thread = &profile->threads[key->thread];
    return cck_arena_printf(&tree->arena, "%s (%d)", thread->name, thread->tid);
}

/* Children pushed in reverse come off the stack by name. */
static bool walk(cck_call_tree *tree, merged *merge)
{
    size_t count = merge->set.count, used = 0;
    sibling *list = cck_arena_array(&merge->arena, count, sizeof *list);
    uint32_t *first = cck_arena_array(&merge->arena, count + 1, sizeof *first);
    uint32_t *stack = cck_arena_array(&merge->arena, count, sizeof *stack);
    uint32_t *place = cck_arena_array(&merge->arena, count, sizeof *place);
    tree->frames = cck_arena_array(&tree->arena, count, sizeof *tree->frames);
    if (!list || !first || !stack || !place || !tree->frames)
        return false;
    for (uint32_t i = 0; i < count; i++) {
        const merged_key *key = cck_intern_get(&merge->set, i);
        uint32_t rank = key->function < DEEPER ? merge->rank[key->function] : key->function;
        list[i] = (sibling){key->parent, rank, key->thread, i};
    }
    qsort(list, count, sizeof *list, compare_siblings); /* outermost last: parent NONE */
    size_t roots = count;
    while (roots && list[roots - 1].parent == CCK_PROFILE_NONE)
        roots--;
    for (size_t i = roots; i-- > 0;)
        first[list[i].parent] = (uint32_t)i + 1;
    for (size_t i = count; i-- > roots;)
        stack[used++] = list[i].number;
    while (used) {
        uint32_t at = stack[--used];
        const merged_key *key = cck_intern_get(&merge->set, at);
        if (!merge->total[at])
            continue;
        place[at] = (uint32_t)tree->count;
        cck_call_frame *frame = &tree->frames[tree->count++];
        *frame = (cck_call_frame){
            .name = name_of(tree, merge->profile, key),
            .parent = key->parent == CCK_PROFILE_NONE ? CCK_PROFILE_NONE : place[key->parent],
            .function = key->function < DEEPER ? key->function : CCK_PROFILE_NONE,
            .thread = key->thread,
            .depth = merge->depth[at],
            .self = merge->self[at],
            .total = merge->total[at],
        };
        if (!frame->name)
            return false;
        tree->depth = frame->depth + 1 > tree->depth ? frame->depth + 1 : tree->depth;
        tree->total += frame->depth ? 0 : frame->total;
        if (!first[at])
            continue;
        size_t begin = first[at] - 1, end = begin;
        while (end < roots && list[end].parent == at)
            end++;
        while (end-- > begin)
            stack[used++] = list[end].number;
    }
    return true;
}

static bool make(cck_call_tree *tree, merged *merge, size_t class_index)
{
    const cck_profile *profile = merge->profile;
    size_t most = profile->node_count + profile->thread_count + 1;
    merge->of_node = cck_arena_array(&merge->arena, most, sizeof *merge->of_node);
    merge->depth = cck_arena_array(&merge->arena, most, sizeof *merge->depth);
    merge->self = cck_arena_array(&merge->arena, most, sizeof *merge->self);
    merge->total = cck_arena_array(&merge->arena, most, sizeof *merge->total);
    if (!merge->of_node || !merge->depth || !merge->self || !merge->total || !rank_functions(merge))
        return false;
    for (size_t i = 0; i < profile->node_count; i++) {
        merge->of_node[i] = merge_node(merge, &profile->nodes[i]);
        if (merge->of_node[i] == UINT32_MAX)
            return false;
    }
    for (size_t i = 0; i < profile->sample_count; i++)
        merge->self[merge->of_node[profile->samples[i].node]] +=
            profile->samples[i].costs[class_index];
    for (size_t i = merge->set.count; i-- > 0;) {
        const merged_key *key = cck_intern_get(&merge->set, (uint32_t)i);
        merge->total[i] += merge->self[i];
        if (key->parent != CCK_PROFILE_NONE)
            merge->total[key->parent] += merge->total[i];
    }
    return walk(tree, merge);
}

bool cck_call_tree_make(cck_call_tree *tree, const cck_profile *profile, size_t class_index)
{
    *tree = (cck_call_tree){0};
    merged merge = {.profile = profile, .set = {.record_size = sizeof(merged_key)}};
    bool made = make(tree, &merge, class_index);
    cck_intern_clear(&merge.set);
    cck_arena_clear(&merge.arena);
    return made;
}

void cck_call_tree_clear(cck_call_tree *tree)
{
    cck_arena_clear(&tree->arena);
    *tree = (cck_call_tree){0};
}
