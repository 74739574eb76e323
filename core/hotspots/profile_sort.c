/* SPDX-License-Identifier: MIT */
/* The order of a profile: largest first; what ties comes by name, so that the order depends
 * on nothing but the costs. */
#include <stdlib.h>
#include <string.h>

#include "core/base/fail.h"
#include "core/base/nearest.h"
#include "core/finding/cost_class.h"
#include "core/hotspots/profile.h"

typedef struct sort_key {
    const char *text, *more;
    uint64_t weight, inclusive, number;
    uint32_t index;
} sort_key;

static int descending(uint64_t a, uint64_t b)
{
    return (a < b) - (a > b);
}

static int compare(const void *left, const void *right)
{
    const sort_key *a = left, *b = right;
    int order = descending(a->weight, b->weight);
    order = order ? order : descending(a->inclusive, b->inclusive);
    order = order ? order : strcmp(a->text, b->text);
    order = order ? order : strcmp(a->more, b->more);
    order = order ? order : descending(b->number, a->number);
    return order ? order : (a->index > b->index) - (a->index < b->index);
}

/* Sort the keys, and `things` (of `size` bytes each) along with them. */
static bool arrange(sort_key *keys, void *things, size_t count, size_t size)
{
    qsort(keys, count, sizeof *keys, compare);
    char *copy = malloc(count * size + 1);
    if (!copy)
        return false;
    for (size_t i = 0; i < count; i++)
        memcpy(copy + i * size, (char *)things + keys[i].index * size, size);
    if (count)
        memcpy(things, copy, count * size);
    free(copy);
    return true;
}

static bool order_functions(cck_profile *profile, size_t by, sort_key *keys)
{
    size_t count = profile->function_count;
    for (uint32_t i = 0; i < count; i++) {
        const cck_profile_function *function = &profile->functions[i];
        keys[i] = (sort_key){.weight = function->self[by],
                             .inclusive = function->inclusive[by],
                             .text = function->name,
                             .more = function->module,
                             .number = function->offset,
                             .index = i};
    }
    uint32_t *now = malloc((count + 1) * sizeof *now); /* by number before */
    bool done = now && arrange(keys, profile->functions, count, sizeof *profile->functions);
    for (uint32_t i = 0; done && i < count; i++)
        now[keys[i].index] = i;
    for (size_t i = 0; done && i < profile->node_count; i++)
        profile->nodes[i].function = now[profile->nodes[i].function];
    for (size_t i = 0; done && i < profile->line_count; i++)
        profile->lines[i].function = now[profile->lines[i].function];
    free(now);
    return done;
}

static bool order_lines(cck_profile *profile, size_t by, sort_key *keys)
{
    for (uint32_t i = 0; i < profile->line_count; i++) {
        const cck_profile_line *line = &profile->lines[i];
        keys[i] = (sort_key){.weight = line->costs[by],
                             .text = line->file,
                             .more = profile->functions[line->function].name,
                             .number = line->line,
                             .index = i};
    }
    return arrange(keys, profile->lines, profile->line_count, sizeof *profile->lines);
}

static bool order_objects(cck_profile *profile, size_t by, sort_key *keys)
{
    for (uint32_t i = 0; i < profile->object_count; i++) {
        const cck_profile_object *object = &profile->objects[i];
        keys[i] = (sort_key){.weight = object->costs[by],
                             .text = object->kind,
                             .more = object->name,
                             .number = object->size,
                             .index = i};
    }
    return arrange(keys, profile->objects, profile->object_count, sizeof *profile->objects);
}

int cck_profile_order(cck_profile *profile, size_t by, cck_error *err)
{
    size_t most = profile->function_count;
    most = profile->line_count > most ? profile->line_count : most;
    most = profile->object_count > most ? profile->object_count : most;
    sort_key *keys = calloc(most + 1, sizeof *keys);
    bool done = keys && order_functions(profile, by, keys) && order_lines(profile, by, keys) &&
                order_objects(profile, by, keys);
    free(keys);
    if (!done)
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    profile->by = by;
    return 0;
}

int cck_profile_class_check(const char *by, cck_error *err)
{
    cck_nearest_search search = {.word = by};
    if (cck_cost_class_find(by) >= 0)
        return 0;
    for (size_t i = 0; i < CCK_COSTS; i++)
        cck_nearest_offer(&search, cck_cost_classes[i].name);
    cck_fail(err, CCK_EINVALID, "no class of cost is called '%s'", by);
    if (search.found[0])
        cck_hint(err, "did you mean '%s'?", search.found);
    else
        cck_hint(err, "cycles, instructions, l1d, l2, llc, compulsory, capacity, conflict, "
                      "false-sharing, true-sharing, upgrades, remote or tlb");
    return CCK_EINVALID;
}

int cck_profile_sort(cck_result *result, const char *by, cck_error *err)
{
    cck_profile *profile = result->profile;
    if (!profile)
        return cck_fail(err, CCK_EUNSUPPORTED, "this result has no hot spots");
    for (size_t i = 0; i < profile->class_count; i++)
        if (strcmp(profile->classes[i].name, by) == 0)
            return cck_profile_order(profile, i, err);
    int code = cck_profile_class_check(by, err);
    if (code < 0)
        return code;
    cck_fail(err, CCK_EUNSUPPORTED, "%s were not counted by the %s backend",
             cck_cost_classes[cck_cost_class_find(by)].label, result->source.backend);
    cck_hint(err, "leave --by out, or choose another class");
    return CCK_EUNSUPPORTED;
}
