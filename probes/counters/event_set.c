/* SPDX-License-Identifier: MIT */
/* Events out of the tables: whole sets, and single ones by their name. */
#include "probes/counters/event_set.h"

#include <string.h>

#include "core/base/fail.h"
#include "probes/counters/event_finder.h"
#include "probes/counters/event_names.h"

const cck_event_set_about cck_event_sets[] = {
    {"default", "Cycles, instructions and the misses that matter: fits the counters at once"},
    {"llc", "The last-level cache: references, misses, what came from beyond it"},
    {"l1", "The first-level caches"},
    {"l2", "The second-level cache"},
    {"tlb", "Address translation: page walks of loads, stores and fetches"},
    {"branch", "Branches and their prediction"},
    {"stalls", "Cycles that waited, and for which level"},
    {"sharing", "Lines that came from other cores' caches: hints of true or false sharing"},
    {"numa", "Memory of the own node against that of others"},
    {"software", "Time, faults, switches and migrations: works everywhere, no PMU needed"},
};
const size_t cck_event_sets_count = sizeof cck_event_sets / sizeof *cck_event_sets;

/* A row of a table, on its way to become an event. */
typedef struct set_entry {
    const cck_event_table *table;
    const cck_pmu *pmu; /* of a mixed machine's part, or NULL */
    const char *role, *name, *meaning;
    const char *encoding, *event; /* event: the vendor's own name, "-" if none */
    cck_event_modifiers modifiers;
    const char *asked; /* NULL: the role's name */
} set_entry;

static int entry_raw(cck_finder *finder, const set_entry *entry, const cck_event_query *query,
                     uint64_t config, cck_error *err)
{
    cck_arena *arena = finder->scope->arena;
    cck_event_span pfm = cck_event_table_pfm(entry->table);
    cck_event_draft draft = {
        .role = entry->role, .hardware = true, .attr = {.type = PERF_TYPE_RAW, .config = config}};
    if (pfm.length)
        draft.counted =
            cck_arena_printf(arena, "%.*s::%s", (int)pfm.length, pfm.text, entry->event);
    else
        draft.counted = cck_arena_printf(arena, "%s (%s)", entry->event, entry->encoding);
    if (!draft.counted)
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    if (!entry->pmu)
        return cck_finder_add_on_cores(finder, query, &draft, err);
    draft.pmu = entry->pmu->name;
    draft.attr.type = entry->pmu->type;
    return cck_finder_add(finder, query, &draft, err);
}

static int entry_add(cck_finder *finder, const set_entry *entry, cck_error *err)
{
    cck_event_query query = {.asked = entry->asked ? entry->asked : entry->name,
                             .name = entry->encoding,
                             .modifiers = entry->modifiers};
    size_t first = finder->count;
    uint64_t config;
    int found;
    if (entry->pmu)
        query.asked =
            cck_arena_printf(finder->scope->arena, "%s/%s/", entry->pmu->name, query.asked);
    if (!query.asked)
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    if (cck_event_number(entry->encoding, 16, &config) && entry->encoding[1] == 'x')
        found = entry_raw(finder, entry, &query, config, err);
    else if (entry->pmu)
        found = cck_finder_generic_on(finder, &query, entry->pmu, entry->encoding, err);
    else
        found = cck_finder_generic(finder, &query, err);
    if (found == 0)
        return cck_fail(err, CCK_EINTERNAL, "table %s: bad encoding `%s' of %s",
                        entry->table->uarch, entry->encoding, entry->role);

    for (size_t i = first; found > 0 && i < finder->count; i++) {
        cck_event *event = &finder->events[i];
        event->info.role = entry->role;
        event->info.meaning = entry->meaning;
        event->optional = event->hardware;
    }
    return found;
}

/* Fill `entry` in from the table's row of a role; 0 if the table has none. */
static int entry_read(set_entry *entry, cck_arena *arena, cck_event_span role, cck_error *err)
{
    cck_event_row row;
    const cck_event_role *known = cck_event_role_find(role.text, role.length);
    if (!cck_event_table_row(entry->table, role.text, role.length, &row))
        return 0;
    if (!known)
        return cck_fail(err, CCK_EINTERNAL, "table %s: unknown role %.*s", entry->table->uarch,
                        (int)role.length, role.text);
    entry->role = known->role;
    entry->name = known->name;
    entry->meaning = row.meaning.length
                         ? cck_arena_strndup(arena, row.meaning.text, row.meaning.length)
                         : known->meaning;
    entry->encoding = cck_arena_strndup(arena, row.encoding.text, row.encoding.length);
    entry->event = cck_arena_strndup(arena, row.name.text, row.name.length);
    if (!entry->meaning || !entry->encoding || !entry->event)
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    return 1;
}

static int role_add(cck_finder *finder, const cck_event_table *table, const cck_pmu *pmu,
                    cck_event_span role, const cck_event_query *query, cck_error *err)
{
    set_entry entry = {.table = table, .pmu = pmu};
    int status = entry_read(&entry, finder->scope->arena, role, err);
    if (status <= 0)
        return status;
    if (query) {
        entry.asked = query->asked;
        entry.modifiers = query->modifiers;
    }
    return entry_add(finder, &entry, err);
}

/* One role on every part of the machine: one event a kind of core, or just one. */
static int role_everywhere(cck_finder *finder, const cck_event_table *table, cck_event_span role,
                           const cck_event_query *query, cck_error *err)
{
    cck_event_span name;
    const cck_event_table *part;
    cck_event_row row;
    int added = 0;

    bool mixed = cck_event_table_part(table, 0, &name, &part);
    /* What the mixed table knows itself, software events, is one for all cores. */
    if (!mixed || cck_event_table_row(table, role.text, role.length, &row))
        return role_add(finder, table, NULL, role, query, err);
    const cck_pmu_list *pmus;
    int status = cck_finder_pmus(finder, &pmus, err);
    for (size_t n = 0; status >= 0 && cck_event_table_part(table, n, &name, &part); n++) {
        char *wanted = cck_arena_strndup(finder->scope->arena, name.text, name.length);
        const cck_pmu *pmu = wanted ? cck_pmu_find(pmus, wanted) : NULL;
        if (!pmu)
            continue;
        status = role_add(finder, part, pmu, role, query, err);
        added += status > 0;
    }
    return status < 0 ? status : added;
}

int cck_finder_set_event(cck_finder *finder, const cck_event_query *query, cck_error *err)
{
    const cck_event_table *table = cck_event_scope_table(finder->scope);
    for (size_t i = 0; table && i < cck_event_roles_count; i++) {
        const cck_event_role *role = &cck_event_roles[i];
        if (!cck_event_name_equal(query->name, role->name))
            continue;
        size_t first = finder->count;
        int found = role_everywhere(finder, table, (cck_event_span){role->role, strlen(role->role)},
                                    query, err);
        /* Named by the user, it is not to vanish silently. */
        for (size_t e = first; e < finder->count; e++)
            finder->events[e].optional = false;
        return found;
    }
    return 0;
}

static int unknown_uarch(const char *uarch, cck_error *err)
{
    cck_nearest_search search = {.word = uarch};
    for (size_t i = 0; i < cck_event_tables_count; i++)
        cck_nearest_offer(&search, cck_event_tables[i].uarch);
    cck_fail(err, CCK_ENOTFOUND, "no event table for micro-architecture `%.60s'", uarch);
    if (search.found[0])
        cck_hint(err, "did you mean `%s'?", search.found);
    return CCK_ENOTFOUND;
}

static int unknown_set(const char *set, cck_error *err)
{
    cck_nearest_search search = {.word = set};
    for (size_t i = 0; i < cck_event_sets_count; i++)
        cck_nearest_offer(&search, cck_event_sets[i].name);
    cck_fail(err, CCK_ENOTFOUND, "no event set is called `%.80s'", set);
    if (search.found[0])
        cck_hint(err, "did you mean `%s'?", search.found);
    else
        cck_hint(err, "the sets are default, llc, l1, l2, tlb, branch, stalls, sharing, numa and "
                      "software");
    return CCK_ENOTFOUND;
}

int cck_event_set(cck_event_list *list, const char *set, const cck_event_scope *scope,
                  cck_error *err)
{
    const cck_event_table *table = cck_event_scope_table(scope);
    cck_event_span roles, role;
    if (!table)
        return unknown_uarch(scope->uarch ? scope->uarch : "", err);
    if (!cck_event_table_set(table, set, &roles))
        return unknown_set(set, err);

    cck_finder finder = {.scope = scope, .before = list};
    for (role = cck_event_span_word(&roles); role.length; role = cck_event_span_word(&roles)) {
        int status = role_everywhere(&finder, table, role, NULL, err);
        if (status < 0)
            return status;
    }
    if (!finder.count) {
        cck_fail(err, CCK_EUNSUPPORTED, "set `%s' has no event for %s", set, table->uarch);
        cck_hint(err, "`cachecheck stat --list' shows what there is");
        return CCK_EUNSUPPORTED;
    }
    return cck_finder_finish(&finder, list, err);
}
