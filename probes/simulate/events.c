/* SPDX-License-Identifier: MIT */
#include "probes/simulate/events.h"

#include <stdio.h>
#include <string.h>

#include "core/base/fail.h"
#include "core/base/nearest.h"

/* Where the counts are in a thread's record. */
enum { INSTRUCTIONS = -4, LOADS, STORES, ATOMICS };
enum { LEVEL1, LEVEL2, LEVEL_LAST };

static const struct {
    const char *name, *role, *counted, *meaning;
    int level; /* of the misses, or which of the plain counts */
    int kind;
} table[CCK_SIMULATED_EVENTS] = {
    {"instructions", "instructions", "simulated: instructions in user mode",
     "each execution of an instruction; each repetition of a REP one", INSTRUCTIONS, 0},
    {"loads", "loads", "simulated: data reads",
     "reads of memory by instructions, read-modify-writes included", LOADS, 0},
    {"stores", "stores", "simulated: data writes",
     "writes of memory by instructions that do not read the same place first", STORES, 0},
    {"atomics", "atomics", "simulated: locked instructions",
     "atomic read-modify-writes: locked instructions, compare-and-swap, exchange", ATOMICS, 0},
    {"L1i-misses", "l1i_misses", "simulated: fetches that miss I1",
     "instructions that were not in the core's instruction cache", LEVEL1, CCK_IMAGE_FETCH},
    {"L1d-load-misses", "l1d_load_misses", "simulated: loads that miss D1",
     "loads that were not in the core's data cache", LEVEL1, CCK_IMAGE_LOAD},
    {"L1d-store-misses", "l1d_store_misses", "simulated: stores that miss D1",
     "stores that were not in the core's data cache", LEVEL1, CCK_IMAGE_STORE},
    {"L2-load-misses", "l2_load_misses", "simulated: loads that miss D1 and L2",
     "loads that neither L1 nor L2 of the core had", LEVEL2, CCK_IMAGE_LOAD},
    {"L2-store-misses", "l2_store_misses", "simulated: stores that miss D1 and L2",
     "stores that neither L1 nor L2 of the core had", LEVEL2, CCK_IMAGE_STORE},
    {"LLC-load-misses", "llc_load_misses", "simulated: loads that miss every level",
     "loads that had to go to memory", LEVEL_LAST, CCK_IMAGE_LOAD},
    {"LLC-store-misses", "llc_store_misses", "simulated: stores that miss every level",
     "stores that had to go to memory", LEVEL_LAST, CCK_IMAGE_STORE},
};

static void add(cck_simulated *simulated, unsigned which)
{
    for (size_t i = 0; i < simulated->count; i++)
        if (simulated->which[i] == which)
            return;
    simulated->which[simulated->count] = which;
    simulated->events[simulated->count++] = (cck_event_info){
        .name = table[which].name,
        .counted = table[which].counted,
        .role = table[which].role,
        .unit = "count",
        .meaning = table[which].meaning,
        .user_only = true,
    };
}

/* perf's names for the same counts. What adds up several of ours, or looks at another
 * place of the hierarchy (cache-misses), is not here. */
static const struct {
    const char *theirs, *ours;
} aliases[] = {
    {"L1-dcache-loads", "loads"},
    {"L1-dcache-stores", "stores"},
    {"L1-dcache-load-misses", "L1d-load-misses"},
    {"L1-dcache-store-misses", "L1d-store-misses"},
    {"L1-icache-load-misses", "L1i-misses"},
};

static const char *our_name(const char *name)
{
    for (size_t i = 0; i < sizeof aliases / sizeof *aliases; i++)
        if (strcmp(name, aliases[i].theirs) == 0)
            return aliases[i].ours;
    return name;
}

static int unknown_event(const char *name, cck_error *err)
{
    const char *names[CCK_SIMULATED_EVENTS];
    for (unsigned i = 0; i < CCK_SIMULATED_EVENTS; i++)
        names[i] = table[i].name;
    const char *near = cck_nearest(name, names, CCK_SIMULATED_EVENTS);
    cck_fail(err, CCK_ENOTFOUND, "the simulation does not count '%s'", name);
    if (near)
        cck_hint(err, "did you mean '%s'?", near);
    else
        cck_hint(err, "it counts instructions, loads, stores, atomics, L1i-misses, "
                      "L1d-load-misses, L1d-store-misses, L2-load-misses, L2-store-misses, "
                      "LLC-load-misses, LLC-store-misses");
    return CCK_ENOTFOUND;
}

static int add_named(cck_simulated *simulated, const char *names, cck_error *err)
{
    while (*names) {
        char name[CCK_NEAREST_LENGTH + 1];
        size_t length = strcspn(names, ",");
        snprintf(name, sizeof name, "%.*s", (int)(length < sizeof name ? length : 40), names);
        unsigned which = 0;
        while (which < CCK_SIMULATED_EVENTS && strcmp(our_name(name), table[which].name) != 0)
            which++;
        if (which == CCK_SIMULATED_EVENTS)
            return unknown_event(name, err);
        add(simulated, which);
        names += length;
        names += *names == ',';
    }
    return 0;
}

int cck_simulated_choose(cck_simulated *out_simulated, const cck_stat_options *options,
                         cck_error *err)
{
    cck_simulated simulated = {.count = 0};
    if (options->set && strcmp(options->set, "default") != 0) {
        cck_fail(err, CCK_EUNSUPPORTED, "the simulation has no event set '%s'", options->set);
        cck_hint(err, "leave --set away: everything that is simulated is counted");
        return CCK_EUNSUPPORTED;
    }
    for (const char *const *name = options->events; name && *name; name++) {
        int status = add_named(&simulated, *name, err);
        if (status < 0)
            return status;
    }
    for (unsigned which = 0; !options->events && which < CCK_SIMULATED_EVENTS; which++)
        add(&simulated, which);
    if (!simulated.count)
        return cck_fail(err, CCK_EINVALID, "no event is named");
    *out_simulated = simulated;
    return 0;
}

bool cck_simulated_needs_l2(unsigned which)
{
    return table[which].level == LEVEL2;
}

bool cck_simulated_value(unsigned which, const cck_image_thread *thread, uint32_t levels,
                         uint64_t *out_value)
{
    const uint64_t plain[] = {thread->instructions, thread->loads, thread->stores, thread->atomics};
    int level = table[which].level;
    if (level == LEVEL2 && levels < 3)
        return false;
    *out_value = level < 0 ? plain[level - INSTRUCTIONS] : thread->misses[level][table[which].kind];
    return true;
}

void cck_simulated_list(const char *filter, const char *why_not,
                        bool (*each)(void *context, const cck_event_entry *entry), void *context)
{
    for (unsigned i = 0; i < CCK_SIMULATED_EVENTS; i++) {
        const cck_event_entry entry = {.name = table[i].name,
                                       .group = "simulated (--backend simulate)",
                                       .meaning = table[i].meaning,
                                       .usable = !why_not,
                                       .why_not = why_not ? why_not : ""};
        if (filter && !strcasestr(entry.name, filter) && !strcasestr(entry.meaning, filter) &&
            !strcasestr(entry.group, filter))
            continue;
        if (!each(context, &entry))
            return;
    }
}
