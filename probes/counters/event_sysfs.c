/* SPDX-License-Identifier: MIT */
/* Events the kernel describes: `pmu/terms/`, aliases, tracepoints. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/base/fail.h"
#include "probes/counters/event_finder.h"
#include "probes/counters/event_set.h"

static int add_encoded(cck_finder *finder, const cck_event_query *query, const cck_pmu *pmu,
                       const char *name, const char *terms, const cck_pmu_config *config,
                       cck_error *err)
{
    cck_arena *arena = finder->scope->arena;
    const uint64_t *words = config->words;
    char extra[96] = "";
    for (int i = 1; i < 4; i++)
        if (words[i])
            snprintf(extra + strlen(extra), sizeof extra - strlen(extra), ",config%d=0x%llx", i,
                     (unsigned long long)words[i]);
    cck_event_draft draft = {
        .name = config->name ? config->name : name,
        .counted = cck_arena_printf(arena, "%s/config=0x%llx%s/", pmu->name,
                                    (unsigned long long)words[0], extra),
        .meaning = cck_arena_printf(arena, "%s of PMU %s", terms, pmu->name),
        .unit = config->unit,
        .pmu = pmu->name,
        .hardware = strcmp(pmu->name, "software") != 0,
        .no_exclude = !pmu->core,
        .attr = {.type = pmu->type, .config = words[0], .config1 = words[1], .config2 = words[2]}};
    if (pmu->core)
        draft.role = cck_event_table_role(finder->scope, &draft.attr);
    if (!draft.counted || !draft.meaning)
        return cck_fail(err, CCK_ENOMEM, "out of memory");
#ifdef PERF_ATTR_SIZE_VER8
    draft.attr.config3 = words[3];
#else
    if (words[3])
        return cck_fail(err, CCK_EUNSUPPORTED,
                        "event `%.80s' needs config3, which this build does not know",
                        query->asked);
#endif
    return cck_finder_add(finder, query, &draft, err);
}

static int unknown_pmu(const cck_pmu_list *pmus, const char *name, cck_error *err)
{
    cck_nearest_search search = {.word = name};
    for (size_t i = 0; i < pmus->count; i++)
        cck_nearest_offer(&search, pmus->pmus[i].name);
    cck_fail(err, CCK_ENOTFOUND, "this machine has no PMU `%.60s'", name);
    if (search.found[0])
        cck_hint(err, "did you mean `%s'?", search.found);
    else if (pmus->core_count)
        cck_hint(err, "its core PMU is `%.60s'", cck_pmu_core(pmus, 0)->name);
    else
        cck_hint(err, "it shows no hardware PMU at all: a virtual machine without one? "
                      "`cachecheck machine --check' tells");
    return CCK_ENOTFOUND;
}

/* `software` has neither format nor aliases in sysfs: its names are perf's own. */
static const cck_pmu software = {.name = "software", .type = PERF_TYPE_SOFTWARE};

/* pmu/terms/ */
int cck_finder_slashed(cck_finder *finder, const cck_event_query *query, cck_error *err)
{
    const cck_event_scope *scope = finder->scope;
    const char *slash = strchr(query->name, '/');
    const cck_pmu_list *pmus;
    if (!slash)
        return 0;
    char *name = cck_arena_strndup(scope->arena, query->name, (size_t)(slash - query->name));
    char *terms = cck_arena_strndup(scope->arena, slash + 1, strcspn(slash + 1, "/"));
    int status = cck_finder_pmus(finder, &pmus, err);
    if (!name || !terms)
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    if (status < 0)
        return status;
    const cck_pmu *pmu = strcmp(name, "software") ? cck_pmu_find(pmus, name) : &software;
    if (!pmu)
        return unknown_pmu(pmus, name, err);

    cck_pmu_config config;
    if (pmu == &software || !cck_pmu_alias(pmu, terms, scope->root, scope->arena)) {
        status = cck_finder_generic_on(finder, query, pmu, terms, err);
        if (status != 0)
            return status;
    }
    status = cck_pmu_encode(pmu, terms, scope->root, scope->arena, &config, err);
    if (status < 0)
        return status;
    return add_encoded(finder, query, pmu, NULL, terms, &config, err);
}

/* A bare alias: of each core PMU that has it, else of the first other one. */
int cck_finder_alias(cck_finder *finder, const cck_event_query *query, cck_error *err)
{
    const cck_event_scope *scope = finder->scope;
    const cck_pmu_list *pmus;
    int found = 0, status = cck_finder_pmus(finder, &pmus, err);
    if (status < 0 || !cck_pmu_name_valid(query->name))
        return status;
    for (int core = 1; core >= 0 && !found; core--) {
        for (size_t i = 0; i < pmus->count && (core || !found); i++) {
            const cck_pmu *pmu = &pmus->pmus[i];
            cck_pmu_config config;
            if (pmu->core != (core == 1) ||
                !cck_pmu_alias(pmu, query->name, scope->root, scope->arena))
                continue;
            status = cck_pmu_encode(pmu, query->name, scope->root, scope->arena, &config, err);
            const char *name = NULL;
            if (status >= 0 && core && pmus->core_count > 1)
                name = cck_arena_printf(scope->arena, "%s/%s/%s", pmu->name, query->name,
                                        query->asked + strlen(query->name) +
                                            (query->asked[strlen(query->name)] == ':'));
            if (status >= 0)
                status = add_encoded(finder, query, pmu, name, query->name, &config, err);
            if (status < 0)
                return status;
            found++;
        }
    }
    return found;
}

static const char *const tracefs[] = {"sys/kernel/tracing", "sys/kernel/debug/tracing"};

static int tracefs_closed(const cck_event_query *query, const char *mount, cck_error *err)
{
    cck_fail(err, CCK_EACCESS, "tracepoint `%.100s' cannot be looked up: /%s is not readable",
             query->asked, mount);
    cck_hint(err, "as root: mount -o remount,mode=755 /sys/kernel/tracing   (or run cachecheck "
                  "as root)");
    return CCK_EACCESS;
}

/* Tracepoints are lower case by custom; libpfm4's EVENT:UMASK is not. */
static bool like_tracepoint(const char *name)
{
    for (; *name; name++)
        if (*name >= 'A' && *name <= 'Z')
            return false;
    return true;
}

static int tracefs_missing(const cck_event_query *query, cck_error *err)
{
    cck_fail(err, CCK_EACCESS, "tracepoint `%.100s' cannot be looked up: tracefs is not mounted",
             query->asked);
    cck_hint(err, "as root: mount -t tracefs nodev /sys/kernel/tracing");
    return CCK_EACCESS;
}

/* subsys:name */
int cck_finder_tracepoint(cck_finder *finder, const cck_event_query *query, cck_error *err)
{
    const cck_root *root = finder->scope->root;
    char system[128], path[512];
    const char *colon = strchr(query->name, ':'), *name = colon ? colon + 1 : "";
    const char *closed = NULL;
    bool mounted = false;
    if (!colon || (size_t)(colon - query->name) >= sizeof system)
        return 0;
    memcpy(system, query->name, (size_t)(colon - query->name));
    system[colon - query->name] = '\0';
    if (!cck_pmu_name_valid(system) || !cck_pmu_name_valid(name))
        return 0;

    for (size_t i = 0; i < sizeof tracefs / sizeof *tracefs; i++) {
        int64_t id;
        snprintf(path, sizeof path, "%s/events/%s/%s/id", tracefs[i], system, name);
        int status = cck_root_read_number(root, path, &id);
        if (status == CCK_EACCESS)
            closed = tracefs[i];
        snprintf(path, sizeof path, "%s/events", tracefs[i]);
        mounted |= faccessat(root->fd, path, F_OK, 0) == 0;
        if (status < 0 || id < 0)
            continue;
        cck_event_draft draft = {.counted = query->name,
                                 .meaning = "Times the kernel came by this tracepoint",
                                 .pmu = "tracepoint",
                                 .attr = {.type = PERF_TYPE_TRACEPOINT, .config = (uint64_t)id}};
        return cck_finder_add(finder, query, &draft, err);
    }
    if (!like_tracepoint(query->name))
        return 0;
    if (closed)
        return tracefs_closed(query, closed, err);
    return mounted ? 0 : tracefs_missing(query, err);
}
