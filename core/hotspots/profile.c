/* SPDX-License-Identifier: MIT */
#include "core/hotspots/profile.h"

#include <string.h>

#include "core/base/fail.h"
#include "core/base/intern.h"

uint64_t *cck_profile_numbers(const cck_profile *profile, cck_arena *arena, size_t count)
{
    return cck_arena_array(arena, count, profile->class_count * sizeof(uint64_t));
}

static void add(uint64_t *to, const uint64_t *from, size_t count)
{
    for (size_t i = 0; i < count; i++)
        to[i] += from[i];
}

bool cck_profile_link(const cck_profile *profile, cck_arena *arena, cck_profile_links *out_links)
{
    size_t count = profile->node_count;
    cck_profile_links links = {
        .first_child = cck_arena_array(arena, count, sizeof(uint32_t)),
        .next = cck_arena_array(arena, count, sizeof(uint32_t)),
        .first_root = CCK_PROFILE_NONE,
    };
    if (!links.first_child || !links.next)
        return false;
    for (size_t i = 0; i < count; i++)
        links.first_child[i] = CCK_PROFILE_NONE;
    for (size_t i = count; i-- > 0;) {
        uint32_t parent = profile->nodes[i].parent;
        uint32_t *head = parent < i ? &links.first_child[parent] : &links.first_root;
        links.next[i] = *head;
        *head = (uint32_t)i;
    }
    *out_links = links;
    return true;
}

int cck_profile_sum_nodes(const cck_profile *profile, cck_arena *arena, uint64_t **out_subtree,
                          cck_error *err)
{
    size_t classes = profile->class_count;
    uint64_t *sums = cck_profile_numbers(profile, arena, profile->node_count);
    if (!sums)
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    for (size_t i = 0; i < profile->sample_count; i++)
        add(sums + profile->samples[i].node * classes, profile->samples[i].costs, classes);
    for (size_t i = profile->node_count; i-- > 0;) /* children come after parents */
        if (profile->nodes[i].parent < i)
            add(sums + profile->nodes[i].parent * classes, sums + i * classes, classes);
    *out_subtree = sums;
    return 0;
}

/* Walk the tree depth first; a node counts unless a function above it is the same. */
static bool sum_inclusive(const cck_profile *profile, uint32_t thread, cck_arena *arena,
                          const uint64_t *subtree, uint64_t *inclusive)
{
    cck_profile_links links;
    uint32_t *active = cck_arena_array(arena, profile->function_count, sizeof *active);
    if (!active || !cck_profile_link(profile, arena, &links))
        return false;
    size_t classes = profile->class_count;
    uint32_t at = links.first_root;
    while (at != CCK_PROFILE_NONE) {
        const cck_profile_node *node = &profile->nodes[at];
        bool wanted = thread == CCK_PROFILE_NONE || node->thread == thread;
        if (active[node->function]++ == 0 && wanted)
            add(inclusive + node->function * classes, subtree + at * classes, classes);
        if (links.first_child[at] != CCK_PROFILE_NONE) {
            at = links.first_child[at];
            continue;
        }
        for (;;) { /* up until there is a sibling */
            active[profile->nodes[at].function]--;
            if (links.next[at] != CCK_PROFILE_NONE) {
                at = links.next[at];
                break;
            }
            at = profile->nodes[at].parent;
            if (at == CCK_PROFILE_NONE)
                return true;
        }
    }
    return true;
}

int cck_profile_sum_functions(const cck_profile *profile, uint32_t thread, cck_arena *arena,
                              uint64_t **out_self, uint64_t **out_inclusive, cck_error *err)
{
    size_t classes = profile->class_count;
    uint64_t *self = cck_profile_numbers(profile, arena, profile->function_count);
    uint64_t *inclusive = cck_profile_numbers(profile, arena, profile->function_count);
    uint64_t *subtree;
    if (!self || !inclusive)
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    for (size_t i = 0; i < profile->sample_count; i++) {
        const cck_profile_node *node = &profile->nodes[profile->samples[i].node];
        if (thread == CCK_PROFILE_NONE || node->thread == thread)
            add(self + node->function * classes, profile->samples[i].costs, classes);
    }
    cck_arena scratch = {0};
    int code = cck_profile_sum_nodes(profile, &scratch, &subtree, err);
    if (code == 0 && !sum_inclusive(profile, thread, &scratch, subtree, inclusive))
        code = cck_fail(err, CCK_ENOMEM, "out of memory");
    cck_arena_clear(&scratch);
    if (code < 0)
        return code;
    *out_self = self;
    *out_inclusive = inclusive;
    return 0;
}

/* ---- lines ---- */

typedef struct line_key {
    const char *file; /* one pointer a text: cck_stacks_build() keeps it so */
    uint32_t line, function;
} line_key;

static uint32_t number_of_line(const cck_profile *profile, const cck_profile_sample *sample,
                               cck_intern *set)
{
    line_key key;
    memset(&key, 0, sizeof key);
    key.file = sample->file;
    key.line = sample->line;
    key.function = profile->nodes[sample->node].function;
    return cck_intern_put(set, &key);
}

static bool sum_lines(cck_profile *profile, cck_arena *arena, cck_intern *set)
{
    size_t classes = profile->class_count;
    for (size_t i = 0; i < profile->sample_count; i++) /* there are far fewer of them */
        if (number_of_line(profile, &profile->samples[i], set) == UINT32_MAX)
            return false;
    uint64_t *sums = cck_profile_numbers(profile, arena, set->count);
    cck_profile_line *lines = cck_arena_array(arena, set->count, sizeof *lines);
    if (!sums || !lines)
        return false;
    for (size_t i = 0; i < profile->sample_count; i++) {
        const cck_profile_sample *sample = &profile->samples[i];
        add(sums + number_of_line(profile, sample, set) * classes, sample->costs, classes);
    }
    for (uint32_t i = 0; i < set->count; i++) {
        const line_key *key = cck_intern_get(set, i);
        lines[i] = (cck_profile_line){key->file, key->line, key->function, sums + i * classes};
    }
    profile->lines = lines;
    profile->line_count = set->count;
    return true;
}

int cck_profile_complete(cck_profile *profile, cck_arena *arena, cck_error *err)
{
    uint64_t *self, *inclusive;
    int code = cck_profile_sum_functions(profile, CCK_PROFILE_NONE, arena, &self, &inclusive, err);
    if (code < 0)
        return code;
    for (size_t i = 0; i < profile->function_count; i++) {
        profile->functions[i].self = self + i * profile->class_count;
        profile->functions[i].inclusive = inclusive + i * profile->class_count;
    }
    cck_intern set = {.record_size = sizeof(line_key)};
    bool done = sum_lines(profile, arena, &set);
    cck_intern_clear(&set);
    return done ? 0 : cck_fail(err, CCK_ENOMEM, "out of memory");
}
