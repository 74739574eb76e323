/* SPDX-License-Identifier: MIT */
#include "core/session/foreseen.h"

#include <string.h>

#include <cachecheck/stat.h>

#include "core/base/arena.h"
#include "core/base/expression.h"
#include "core/result/metric.h"

typedef struct look {
    cck_nearest_search *search;
    const char *name;
    bool found;
} look;

/* A role is called like its event, in lower case and with underscores. */
static char plain(char c)
{
    return c == '-' ? '_' : c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool same_but_for_style(const char *left, const char *right)
{
    while (*left && plain(*left) == plain(*right))
        left++, right++;
    return plain(*left) == plain(*right);
}

static bool offer_entry(void *context, const cck_event_entry *entry)
{
    look *at = context;
    cck_nearest_offer(at->search, entry->name);
    at->found = same_but_for_style(at->name, entry->name);
    return !at->found;
}

static bool in_formula(const char *formula, const char *name)
{
    cck_expression parsed;
    cck_arena arena = {0};
    bool found = false;
    if (cck_expression_parse(&parsed, formula, &arena, NULL, NULL, NULL) == 0)
        for (size_t i = 0; i < parsed.name_count && !found; i++)
            found = strcmp(parsed.names[i], name) == 0;
    cck_arena_clear(&arena);
    return found;
}

static bool in_metrics(const char *name, cck_nearest_search *search)
{
    for (size_t i = 0; i < cck_metric_definition_count; i++) {
        const cck_metric_definition *metric = &cck_metric_definitions[i];
        cck_nearest_offer(search, metric->name);
        if (strcmp(metric->name, name) == 0)
            return true;
        for (size_t j = 0; metric->formulas[j]; j++)
            if (in_formula(metric->formulas[j], name))
                return true;
    }
    return false;
}

static bool in_specifications(const char *name, const char *const *events)
{
    for (; events && *events; events++)
        if (strstr(*events, name))
            return true;
    return false;
}

bool cck_name_foreseen(const char *name, const char *const *events, cck_nearest_search *search)
{
    static const char *const fixed[] = {"cpu_time", "elapsed_s", "line_size"};
    look at = {.search = search, .name = name};
    *search = (cck_nearest_search){.word = name};
    if (strpbrk(name, ":/") || in_specifications(name, events))
        return true;
    for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++)
        if (strcmp(fixed[i], name) == 0)
            return true;
    if (in_metrics(name, search))
        return true;
    /* The narrow list is quick; the whole one is for names of another style, and for
     * what is nearest. A list that cannot be made proves nothing. */
    if (cck_stat_list_events(name, offer_entry, &at, NULL) < 0 || at.found)
        return true;
    return cck_stat_list_events(NULL, offer_entry, &at, NULL) < 0 || at.found;
}
