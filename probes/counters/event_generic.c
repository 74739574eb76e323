/* SPDX-License-Identifier: MIT */
/* Names that need no look at libpfm4: perf's generic ones, rNNNN, mem:ADDR. */
#include <linux/hw_breakpoint.h>
#include <stdio.h>
#include <string.h>

#include "core/base/fail.h"
#include "probes/counters/event_finder.h"
#include "probes/counters/event_names.h"
#include "probes/counters/event_set.h"

/*
 * One event a core PMU. On a machine with cores of one kind the bare type serves;
 * on a hybrid one the PMU's type goes into config[63:32], or a bare event would
 * bind to the first PMU and miss what runs on the others
 * (PERF_PMU_CAP_EXTENDED_HW_TYPE, include/uapi/linux/perf_event.h).
 */
int cck_finder_add_on_cores(cck_finder *finder, const cck_event_query *query,
                            cck_event_draft *draft, cck_error *err)
{
    const cck_pmu_list *pmus;
    int status = cck_finder_pmus(finder, &pmus, err);
    if (status < 0)
        return status;
    const cck_pmu *only = cck_pmu_core(pmus, 0);
    draft->pmu = only ? only->name : "cpu";
    if (pmus->core_count < 2)
        return cck_finder_add(finder, query, draft, err);

    const char *counted = draft->counted, *asked = query->asked, *suffix = "";
    size_t length = strlen(query->name);
    if (strncmp(asked, query->name, length) == 0) { /* cycles:u is cpu_core/cycles/u */
        suffix = asked + length + (asked[length] == ':');
        asked = query->name;
    }
    uint64_t config = draft->attr.config;
    uint32_t type = draft->attr.type;
    for (size_t i = 0; i < pmus->core_count; i++) {
        const cck_pmu *pmu = cck_pmu_core(pmus, i);
        cck_arena *arena = finder->scope->arena;
        draft->pmu = pmu->name;
        draft->name = cck_arena_printf(arena, "%s/%s/%s", pmu->name, asked, suffix);
        draft->counted = cck_arena_printf(arena, "%s/%s/", pmu->name, counted);
        if (!draft->name || !draft->counted)
            return cck_fail(err, CCK_ENOMEM, "out of memory");
        if (type == PERF_TYPE_RAW)
            draft->attr.type = pmu->type;
        else
            draft->attr.config = config | (uint64_t)pmu->type << 32;
        status = cck_finder_add(finder, query, draft, err);
        if (status < 0)
            return status;
    }
    return (int)pmus->core_count;
}

/* `cache-misses` is another event on each vendor: our tables tell which. */
static int add_hardware(cck_finder *finder, const cck_event_query *query,
                        const cck_event_generic *generic, cck_error *err)
{
    cck_event_draft draft = {.counted = generic->symbol,
                             .role = generic->role,
                             .unit = generic->unit,
                             .meaning = generic->meaning,
                             .hardware = true,
                             .attr = {.type = generic->type, .config = generic->config}};
    if (generic->config == PERF_COUNT_HW_CACHE_MISSES ||
        generic->config == PERF_COUNT_HW_CACHE_REFERENCES) {
        cck_event_set_note note;
        if (cck_event_set_explain(&note, generic->name, finder->scope)) {
            draft.role = note.role;
            draft.meaning = note.meaning;
            draft.counted =
                cck_arena_printf(finder->scope->arena, "%s (%s)", generic->symbol, note.counted);
            if (!draft.counted)
                return cck_fail(err, CCK_ENOMEM, "out of memory");
        }
    }
    return cck_finder_add_on_cores(finder, query, &draft, err);
}

/*
 * Switches and migrations happen inside the kernel: where its work may not be
 * counted (paranoid 2) the kernel's own events read 0 for ever. The records of
 * the very same moments are exact there too, so they are what is counted by
 * default; modifiers, or `software/context-switches/`, ask for the event itself.
 */
static int add_software(cck_finder *finder, const cck_event_query *query,
                        const cck_event_generic *generic, bool records, cck_error *err)
{
    records = records && !query->modifiers.given && generic->means != CCK_COUNT_PERF;
    const char *counted =
        generic->means == CCK_COUNT_SWITCHES ? "SWITCH records" : "CPU changes in SWITCH records";
    cck_event_draft draft = {.counted = records ? counted : generic->symbol,
                             .role = generic->role,
                             .unit = generic->unit,
                             .meaning = generic->meaning,
                             .pmu = "software",
                             .means = records ? generic->means : CCK_COUNT_PERF,
                             .ticks = generic->ticks,
                             .attr = {.type = generic->type, .config = generic->config}};
    return cck_finder_add(finder, query, &draft, err);
}

static const cck_event_generic *generic_find(const char *name)
{
    for (size_t i = 0; i < cck_event_generics_count; i++) {
        const cck_event_generic *generic = &cck_event_generics[i];
        if (cck_event_name_equal(name, generic->name) ||
            (generic->alias && cck_event_name_equal(name, generic->alias)))
            return generic;
    }
    return NULL;
}

static int add_cache(cck_finder *finder, const cck_event_query *query, const cck_event_cache *cache,
                     cck_error *err)
{
    cck_event_draft draft = {.counted = cache->symbol,
                             .role = cache->role,
                             .meaning = cache->meaning,
                             .hardware = true,
                             .attr = {.type = PERF_TYPE_HW_CACHE, .config = cache->config}};
    return cck_finder_add_on_cores(finder, query, &draft, err);
}

int cck_finder_generic(cck_finder *finder, const cck_event_query *query, cck_error *err)
{
    cck_event_cache cache;
    const cck_event_generic *generic = generic_find(query->name);
    if (generic && generic->type == PERF_TYPE_SOFTWARE)
        return add_software(finder, query, generic, true, err);
    if (generic)
        return add_hardware(finder, query, generic, err);
    if (!cck_event_cache_parse(&cache, query->name) ||
        !cck_event_name_equal(cache.name, query->name))
        return 0;
    return add_cache(finder, query, &cache, err);
}

/* Loose spellings such as `l1d-miss` or `LLC-misses` come behind the names of our
 * own tables: what a set calls L1d-misses is the same event when named alone. */
int cck_finder_cache(cck_finder *finder, const cck_event_query *query, cck_error *err)
{
    cck_event_cache cache;
    if (!cck_event_cache_parse(&cache, query->name))
        return 0;
    return add_cache(finder, query, &cache, err);
}

int cck_finder_generic_on(cck_finder *finder, const cck_event_query *query, const cck_pmu *pmu,
                          const char *name, cck_error *err)
{
    cck_event_cache cache;
    const cck_event_generic *generic = generic_find(name);
    bool software = strcmp(pmu->name, "software") == 0;
    if (generic && software && generic->type == PERF_TYPE_SOFTWARE)
        return add_software(finder, query, generic, false, err);
    if (!pmu->core || (generic && generic->type != PERF_TYPE_HARDWARE) ||
        (!generic && !cck_event_cache_parse(&cache, name)))
        return 0;

    const cck_pmu_list *pmus;
    int status = cck_finder_pmus(finder, &pmus, err);
    if (status < 0)
        return status;
    const char *symbol = generic ? generic->symbol : cache.symbol;
    cck_event_draft draft = {
        .counted = cck_arena_printf(finder->scope->arena, "%s/%s/", pmu->name, symbol),
        .role = generic ? generic->role : cache.role,
        .meaning = generic ? generic->meaning : cache.meaning,
        .pmu = pmu->name,
        .hardware = true,
        .attr = {.type = generic ? generic->type : PERF_TYPE_HW_CACHE,
                 .config = generic ? generic->config : cache.config}};
    if (!draft.counted)
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    if (pmus->core_count > 1)
        draft.attr.config |= (uint64_t)pmu->type << 32;
    return cck_finder_add(finder, query, &draft, err);
}

int cck_finder_raw(cck_finder *finder, const cck_event_query *query, cck_error *err)
{
    uint64_t config;
    const char *digits = query->name + 1;
    if (query->name[0] != 'r' || strlen(digits) > 18 || !cck_event_number(digits, 16, &config))
        return 0;
    char counted[40];
    snprintf(counted, sizeof counted, "config=0x%llx", (unsigned long long)config);
    cck_event_draft draft = {.counted = counted,
                             .meaning = "Raw event of the core's PMU",
                             .hardware = true,
                             .attr = {.type = PERF_TYPE_RAW, .config = config}};
    draft.role = cck_event_table_role(finder->scope, &draft.attr);
    return cck_finder_add_on_cores(finder, query, &draft, err);
}

static int bad_breakpoint(const cck_event_query *query, const char *why, const char *hint,
                          cck_error *err)
{
    cck_fail(err, CCK_EINVALID, "breakpoint `%.100s': %s", query->asked, why);
    cck_hint(err, "%s", hint);
    return CCK_EINVALID;
}

/* ":rwx" letters as HW_BREAKPOINT_*; 0 for anything else. */
static uint32_t access_letters(const char *letters)
{
    uint32_t access = 0;
    for (; *letters; letters++) {
        uint32_t bit = *letters == 'r'   ? HW_BREAKPOINT_R
                       : *letters == 'w' ? HW_BREAKPOINT_W
                       : *letters == 'x' ? HW_BREAKPOINT_X
                                         : 0;
        if (!bit || access & bit)
            return 0;
        access |= bit;
    }
    return access;
}

/* What debug registers can watch; the kernel would only say EINVAL. */
static int breakpoint_check(const cck_event_query *query, const struct perf_event_attr *attr,
                            cck_error *err)
{
    if (attr->bp_len < 1 || attr->bp_len > 8)
        return bad_breakpoint(query, "its length is not 1 to 8 bytes",
                              "write mem:ADDR/LEN, such as mem:0x404040/8:w", err);
    if (attr->bp_type & HW_BREAKPOINT_X && attr->bp_type != HW_BREAKPOINT_X)
        return bad_breakpoint(query, "x goes with neither r nor w",
                              "ask for two breakpoints, one :x and one :rw", err);
#if defined(__x86_64__) || defined(__i386__)
    /* arch/x86/kernel/hw_breakpoint.c, arch_build_bp_info() */
    if (attr->bp_type == HW_BREAKPOINT_R)
        return bad_breakpoint(query, "x86 cannot watch reads alone",
                              "use :rw (reads and writes) or :w", err);
    if (attr->bp_len & (attr->bp_len - 1))
        return bad_breakpoint(query, "x86 watches 1, 2, 4 or 8 bytes", "use one of these lengths",
                              err);
    if (attr->bp_type != HW_BREAKPOINT_X && attr->bp_addr & (attr->bp_len - 1))
        return bad_breakpoint(query, "its address is not a multiple of its length",
                              "x86 watches aligned bytes: use a shorter length", err);
#endif
    if (attr->bp_type == HW_BREAKPOINT_X && attr->bp_len != sizeof(long))
        return bad_breakpoint(query, "the length of an instruction breakpoint is fixed",
                              "leave /LEN out", err);
    return 0;
}

/* mem:ADDR[/LEN][:access] */
int cck_finder_breakpoint(cck_finder *finder, const cck_event_query *query, cck_error *err)
{
    if (strncmp(query->name, "mem:", 4) != 0)
        return 0;
    char *address = cck_arena_strdup(finder->scope->arena, query->name + 4);
    if (!address)
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    char *letters = strchr(address, ':'), *length;
    if (letters)
        *letters++ = '\0';
    length = strchr(address, '/');
    if (length)
        *length++ = '\0';

    uint64_t where, bytes;
    uint32_t access = letters ? access_letters(letters) : HW_BREAKPOINT_RW;
    if (!access)
        return bad_breakpoint(query, "access is not made of r, w and x",
                              "write mem:ADDR/LEN:w, :rw or :x", err);
    bytes = access == HW_BREAKPOINT_X ? sizeof(long) : HW_BREAKPOINT_LEN_4;
    if (!cck_event_number(address, 10, &where) || (length && !cck_event_number(length, 10, &bytes)))
        return bad_breakpoint(query, "address or length is not a number",
                              "write mem:ADDR/LEN:w with ADDR such as 0x404040", err);

    char counted[64];
    snprintf(counted, sizeof counted, "breakpoint 0x%llx/%llu:%s%s%s", (unsigned long long)where,
             (unsigned long long)bytes, access & HW_BREAKPOINT_R ? "r" : "",
             access & HW_BREAKPOINT_W ? "w" : "", access == HW_BREAKPOINT_X ? "x" : "");
    cck_event_draft draft = {
        .counted = counted,
        .meaning = "Accesses to an address, counted by a debug register",
        .pmu = "breakpoint",
        .attr = {
            .type = PERF_TYPE_BREAKPOINT, .bp_type = access, .bp_addr = where, .bp_len = bytes}};
    int status = breakpoint_check(query, &draft.attr, err);
    return status < 0 ? status : cck_finder_add(finder, query, &draft, err);
}
