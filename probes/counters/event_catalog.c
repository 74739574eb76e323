/* SPDX-License-Identifier: MIT */
/* What `cachecheck stat --list` shows: every name, and whether it works here. */
#include "probes/counters/event_catalog.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/fail.h"
#include "core/perf/pmu.h"
#include "probes/counters/event_names.h"
#include "probes/counters/event_pfm.h"
#include "probes/counters/event_set.h"

typedef struct catalog_walk {
    const cck_root *root;
    const cck_perf_calls *calls;
    const char *filter;
    bool (*each)(void *context, const cck_event_entry *entry);
    void *context;
    bool going;         /* `each` has not had enough yet */
    const char *group;  /* of the entries at hand */
    const cck_pmu *pmu; /* whose aliases are walked */
    cck_arena arena;    /* emptied with every entry */
} catalog_walk;

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* strcasestr() would ask the locale. */
static bool contains(const char *text, const char *word)
{
    for (;; text++) {
        size_t i = 0;
        while (word[i] && lower(text[i]) == lower(word[i]))
            i++;
        if (!word[i])
            return true;
        if (!*text)
            return false;
    }
}

static bool wanted(const catalog_walk *catalog, const char *name, const char *meaning)
{
    return !catalog->filter || contains(name, catalog->filter) ||
           contains(meaning, catalog->filter) || contains(catalog->group, catalog->filter);
}

/* Open the event on this very process, and close it again. */
static int try_open(const catalog_walk *catalog, const cck_event *event, cck_error *err)
{
    struct perf_event_attr attr = event->attr;
    if (event->means != CCK_COUNT_PERF) { /* the records come with any event */
        attr = (struct perf_event_attr){.type = PERF_TYPE_SOFTWARE,
                                        .config = PERF_COUNT_SW_DUMMY,
                                        .exclude_kernel = 1,
                                        .exclude_hv = 1,
                                        .context_switch = 1};
    }
    attr.size = sizeof attr;
    attr.disabled = 1;
    int fd = cck_perf_open(catalog->calls, catalog->root, &attr, 0, -1, err);
    if (fd >= 0)
        close(fd);
    return fd < 0 ? fd : 0;
}

/* One that opens is enough: of a set, the others' columns are left out; of a
 * mixed machine, the other kind of core may be off line. */
static bool any_opens(const catalog_walk *catalog, const cck_event_list *list, cck_error *err)
{
    bool hardware = false;
    for (size_t i = 0; i < list->count; i++)
        hardware |= list->events[i].hardware;
    for (size_t i = 0; i < list->count; i++) {
        cck_error failed = {0};
        if (list->events[i].hardware != hardware)
            continue;
        if (try_open(catalog, &list->events[i], &failed) == 0)
            return true;
        if (!err->code)
            *err = failed;
    }
    return false;
}

/* Hand one entry out; `status` and `list` are what its name was parsed to. */
static void show(catalog_walk *catalog, const char *name, const char *meaning,
                 const cck_event_list *list, int status, cck_error *err)
{
    bool usable = status >= 0 && any_opens(catalog, list, err);
    cck_event_entry entry = {.name = name,
                             .group = catalog->group,
                             .meaning = meaning,
                             .usable = usable,
                             .why_not = usable ? NULL : err->message};
    catalog->going = catalog->each(catalog->context, &entry);
    cck_arena_clear(&catalog->arena);
}

/* An event by the name a user would type; `shown` when that is not it. */
static void list_event(catalog_walk *catalog, const char *name, const char *shown,
                       const char *meaning)
{
    if (!catalog->going || !wanted(catalog, shown ? shown : name, meaning))
        return;
    cck_event_scope scope = {.root = catalog->root, .arena = &catalog->arena};
    cck_event_list list = {0};
    cck_error err = {0};
    int status = cck_event_parse(&list, name, &scope, &err);
    show(catalog, shown ? shown : name, meaning, &list, status, &err);
}

static void list_sets(catalog_walk *catalog)
{
    catalog->group = "set";
    for (size_t i = 0; catalog->going && i < cck_event_sets_count; i++) {
        cck_event_scope scope = {.root = catalog->root, .arena = &catalog->arena};
        cck_event_list list = {0};
        cck_error err = {0};
        char meaning[1024];
        int status = cck_event_set(&list, cck_event_sets[i].name, &scope, &err);
        int used = snprintf(meaning, sizeof meaning, "%s:", cck_event_sets[i].about);
        for (size_t e = 0; e < list.count && used < (int)sizeof meaning; e++)
            used += snprintf(meaning + used, sizeof meaning - (size_t)used, "%s %s", e ? "," : "",
                             list.events[e].info.name);
        if (wanted(catalog, cck_event_sets[i].name, meaning))
            show(catalog, cck_event_sets[i].name, meaning, &list, status, &err);
        cck_arena_clear(&catalog->arena);
    }
}

static void list_generics(catalog_walk *catalog, uint32_t type, const char *group)
{
    catalog->group = group;
    for (size_t i = 0; i < cck_event_generics_count; i++)
        if (cck_event_generics[i].type == type)
            list_event(catalog, cck_event_generics[i].name, NULL, cck_event_generics[i].meaning);
}

static void list_caches(catalog_walk *catalog)
{
    size_t count;
    const cck_event_cache *caches = cck_event_caches(&count);
    catalog->group = "cache";
    for (size_t i = 0; i < count; i++)
        list_event(catalog, caches[i].name, NULL, caches[i].meaning);
}

/* The events of this micro-architecture's table, each by its own name. */
static void list_table(catalog_walk *catalog)
{
    char group[80];
    cck_event_scope scope = {.root = catalog->root, .arena = &catalog->arena};
    const cck_event_table *table = cck_event_scope_table(&scope), *part = NULL;
    cck_event_span pmu;
    if (!table)
        return;
    snprintf(group, sizeof group, "table: %s", table->uarch);
    catalog->group = group;
    if (!cck_event_table_part(table, 0, &pmu, &part))
        part = table;
    for (size_t i = 0; i < cck_event_roles_count; i++) {
        const cck_event_role *role = &cck_event_roles[i];
        cck_event_row row;
        char meaning[512];
        /* Rows without a code of their own are listed as the generic names they are. */
        if (!cck_event_table_row(part, role->role, strlen(role->role), &row) ||
            strncmp(row.encoding.text, "0x", 2) != 0)
            continue;
        if (row.meaning.length)
            snprintf(meaning, sizeof meaning, "%.*s", (int)row.meaning.length, row.meaning.text);
        else
            snprintf(meaning, sizeof meaning, "%s", role->meaning);
        list_event(catalog, role->name, NULL, meaning);
    }
}

static void list_breakpoint(catalog_walk *catalog)
{
    static uint64_t target;
    char name[64];
    catalog->group = "breakpoint";
    snprintf(name, sizeof name, "mem:0x%llx/8:w", (unsigned long long)(uintptr_t)&target);
    list_event(catalog, name, "mem:ADDR/LEN:rwx",
               "Accesses to an address, counted by a debug register");
}

static bool list_alias(void *context, const char *alias)
{
    catalog_walk *catalog = context;
    char name[300];
    snprintf(name, sizeof name, "%s/%s/", catalog->pmu->name, alias);
    list_event(catalog, name, NULL, "");
    return catalog->going;
}

static void list_sysfs(catalog_walk *catalog)
{
    cck_arena arena = {0};
    cck_pmu_list pmus = {0};
    if (cck_pmu_list_read(&pmus, catalog->root, &arena) < 0)
        pmus.count = 0;
    for (size_t i = 0; catalog->going && i < pmus.count; i++) {
        char group[200];
        snprintf(group, sizeof group, "sysfs: %s", pmus.pmus[i].name);
        catalog->group = group;
        catalog->pmu = pmus.pmus + i;
        cck_pmu_aliases(catalog->pmu, catalog->root, list_alias, catalog);
    }
    cck_arena_clear(&arena);
}

static bool list_pfm_event(void *context, const pfm_pmu_info_t *pmu, const pfm_event_info_t *event)
{
    catalog_walk *catalog = context;
    char name[256], group[80];
    bool masks = false;
    snprintf(group, sizeof group, "libpfm4: %s", pmu->name);
    catalog->group = group;
    for (int i = 0; catalog->going && i < event->nattrs; i++) {
        pfm_event_attr_info_t attr = {.size = sizeof attr};
        if (cck_pfm()->get_event_attr_info(event->idx, i, PFM_OS_PERF_EVENT, &attr) !=
                PFM_SUCCESS ||
            attr.type != PFM_ATTR_UMASK)
            continue;
        masks = true;
        snprintf(name, sizeof name, "%s::%s:%s", pmu->name, event->name, attr.name);
        list_event(catalog, name, NULL, attr.desc ? attr.desc : "");
    }
    if (!masks) {
        snprintf(name, sizeof name, "%s::%s", pmu->name, event->name);
        list_event(catalog, name, NULL, event->desc ? event->desc : "");
    }
    catalog->group = NULL; /* it was ours, and ends with us */
    return catalog->going;
}

static int not_hidden(const struct dirent *entry)
{
    return cck_pmu_name_valid(entry->d_name);
}

static int by_name(const struct dirent **left, const struct dirent **right)
{
    return strcmp((*left)->d_name, (*right)->d_name);
}

static void list_subsystem(catalog_walk *catalog, const char *events, const char *system)
{
    char path[600];
    struct dirent **names;
    snprintf(path, sizeof path, "%s/%s", events, system);
    int count = scandirat(catalog->root->fd, path, &names, not_hidden, by_name);
    for (int i = 0; i < count; i++) {
        char name[600];
        snprintf(name, sizeof name, "%s:%s", system, names[i]->d_name);
        snprintf(path, sizeof path, "%s/%s/%s/id", events, system, names[i]->d_name);
        if (faccessat(catalog->root->fd, path, F_OK, 0) == 0)
            list_event(catalog, name, NULL, "");
        free(names[i]);
    }
    if (count >= 0)
        free(names);
}

/* Thousands: shown only to somebody who looks for something. */
static void list_tracepoints(catalog_walk *catalog)
{
    static const char *const mounts[] = {"sys/kernel/tracing/events",
                                         "sys/kernel/debug/tracing/events"};
    struct dirent **systems;
    int count = -1;
    const char *events = NULL;
    catalog->group = "tracepoint";
    for (size_t i = 0; catalog->filter && count < 0 && i < sizeof mounts / sizeof *mounts; i++) {
        events = mounts[i];
        count = scandirat(catalog->root->fd, events, &systems, not_hidden, by_name);
    }
    for (int i = 0; i < count; i++) {
        list_subsystem(catalog, events, systems[i]->d_name);
        free(systems[i]);
    }
    if (count >= 0)
        free(systems);
}

int cck_event_catalog(const cck_root *root, const cck_perf_calls *calls, const char *filter,
                      bool (*each)(void *context, const cck_event_entry *entry), void *context,
                      cck_error *err)
{
    catalog_walk catalog = {.root = root,
                            .calls = calls,
                            .filter = filter,
                            .each = each,
                            .context = context,
                            .going = true};
    if (!each)
        return cck_fail(err, CCK_EINVALID, "nobody to list the events to");
    list_sets(&catalog);
    list_generics(&catalog, PERF_TYPE_HARDWARE, "generic");
    list_caches(&catalog);
    list_generics(&catalog, PERF_TYPE_SOFTWARE, "software");
    list_breakpoint(&catalog);
    list_table(&catalog);
    list_sysfs(&catalog);
    list_tracepoints(&catalog);
    if (catalog.going)
        cck_pfm_each(list_pfm_event, &catalog);
    cck_arena_clear(&catalog.arena);
    return 0;
}
