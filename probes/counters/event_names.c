/* SPDX-License-Identifier: MIT */
/* perf's generic names (tools/perf/util/parse-events.c), with what they mean. */
#include "probes/counters/event_names.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#define HARDWARE(name, alias, id, role, meaning)                                                   \
    {                                                                                              \
        name, alias, PERF_TYPE_HARDWARE, id, #id, role, "count", meaning, CCK_COUNT_PERF, false    \
    }
#define SOFTWARE(name, alias, id, role, meaning)                                                   \
    {                                                                                              \
        name, alias, PERF_TYPE_SOFTWARE, id, #id, role, "count", meaning, CCK_COUNT_PERF, false    \
    }
#define CLOCK(name, id, role, meaning)                                                             \
    {                                                                                              \
        name, NULL, PERF_TYPE_SOFTWARE, id, #id, role, "ns", meaning, CCK_COUNT_PERF, true         \
    }
#define RECORDS(name, alias, id, role, meaning, means)                                             \
    {                                                                                              \
        name, alias, PERF_TYPE_SOFTWARE, id, #id, role, "count", meaning, means, false             \
    }

/* clang-format off */
const cck_event_generic cck_event_generics[] = {
    HARDWARE("cycles", "cpu-cycles", PERF_COUNT_HW_CPU_CYCLES, "cycles",
             "Core clock cycles while running; their length changes with the frequency"),
    HARDWARE("instructions", NULL, PERF_COUNT_HW_INSTRUCTIONS, "instructions",
             "Instructions retired"),
    HARDWARE("cache-references", NULL, PERF_COUNT_HW_CACHE_REFERENCES, "",
             "Cache accesses, of a level that each vendor chose for itself"),
    HARDWARE("cache-misses", NULL, PERF_COUNT_HW_CACHE_MISSES, "",
             "Cache misses, of a level that each vendor chose for itself"),
    HARDWARE("branches", "branch-instructions", PERF_COUNT_HW_BRANCH_INSTRUCTIONS, "branches",
             "Branch instructions retired"),
    HARDWARE("branch-misses", NULL, PERF_COUNT_HW_BRANCH_MISSES, "branch_misses",
             "Branches that were predicted wrongly"),
    HARDWARE("bus-cycles", NULL, PERF_COUNT_HW_BUS_CYCLES, "", "Cycles of the bus clock"),
    HARDWARE("stalled-cycles-frontend", "idle-cycles-frontend",
             PERF_COUNT_HW_STALLED_CYCLES_FRONTEND, "stalls_frontend",
             "Cycles in which no instruction could be fetched"),
    HARDWARE("stalled-cycles-backend", "idle-cycles-backend",
             PERF_COUNT_HW_STALLED_CYCLES_BACKEND, "stalls_backend",
             "Cycles in which no resource was free to execute"),
    HARDWARE("ref-cycles", NULL, PERF_COUNT_HW_REF_CPU_CYCLES, "ref_cycles",
             "Cycles at a fixed rate while running, whatever the frequency"),

    CLOCK("cpu-clock", PERF_COUNT_SW_CPU_CLOCK, "", "Time on a CPU, by the CPU's clock"),
    CLOCK("task-clock", PERF_COUNT_SW_TASK_CLOCK, "task_clock", "Time on a CPU"),
    SOFTWARE("page-faults", "faults", PERF_COUNT_SW_PAGE_FAULTS, "page_faults",
             "Pages that were not mapped at their first access"),
    RECORDS("context-switches", "cs", PERF_COUNT_SW_CONTEXT_SWITCHES, "context_switches",
            "Times the thread was taken off a CPU", CCK_COUNT_SWITCHES),
    RECORDS("cpu-migrations", "migrations", PERF_COUNT_SW_CPU_MIGRATIONS, "cpu_migrations",
            "Times the thread went on on another CPU", CCK_COUNT_MIGRATIONS),
    SOFTWARE("minor-faults", NULL, PERF_COUNT_SW_PAGE_FAULTS_MIN, "minor_faults",
             "Page faults that needed no disk"),
    SOFTWARE("major-faults", NULL, PERF_COUNT_SW_PAGE_FAULTS_MAJ, "major_faults",
             "Page faults that had to wait for a disk"),
    SOFTWARE("alignment-faults", NULL, PERF_COUNT_SW_ALIGNMENT_FAULTS, "",
             "Unaligned accesses that the kernel had to mend"),
    SOFTWARE("emulation-faults", NULL, PERF_COUNT_SW_EMULATION_FAULTS, "",
             "Instructions that the kernel had to emulate"),
    SOFTWARE("dummy", NULL, PERF_COUNT_SW_DUMMY, "", "Counts nothing"),
    SOFTWARE("bpf-output", NULL, PERF_COUNT_SW_BPF_OUTPUT, "", "Records that BPF programs put out"),
    SOFTWARE("cgroup-switches", NULL, PERF_COUNT_SW_CGROUP_SWITCHES, "",
             "Context switches to a task of another control group"),
};
const size_t cck_event_generics_count = sizeof cck_event_generics / sizeof *cck_event_generics;

typedef struct cache_word {
    const char *spellings[7]; /* the first is the canonical one */
    const char *symbol, *phrase;
} cache_word;

/* Rows in the order of enum perf_hw_cache_id, _op_id and _op_result_id. */
static const cache_word caches[] = {
    {{"L1-dcache", "l1-d", "l1d", "L1-data"}, "L1D", "first-level data cache"},
    {{"L1-icache", "l1-i", "l1i", "L1-instruction"}, "L1I", "first-level instruction cache"},
    /* perf takes "L2" for the last level, too: no machine of today is meant by that. */
    {{"LLC"}, "LL", "last-level cache"},
    {{"dTLB", "d-tlb", "Data-TLB"}, "DTLB", "data TLB"},
    {{"iTLB", "i-tlb", "Instruction-TLB"}, "ITLB", "instruction TLB"},
    {{"branch", "branches", "bpu", "btb", "bpc"}, "BPU", "branch predictor"},
    {{"node"}, "NODE", "memory of the node"},
};
static const cache_word operations[] = {
    {{"load", "loads", "read"}, "READ", "Loads"},
    {{"store", "stores", "write"}, "WRITE", "Stores"},
    {{"prefetch", "prefetches", "speculative-read", "speculative-load"}, "PREFETCH", "Prefetches"},
};
static const cache_word results[] = {
    {{"refs", "Reference", "ops", "access"}, "ACCESS", "that looked into"},
    {{"misses", "miss"}, "MISS", "that missed"},
};
enum { CACHES = 7, OPERATIONS = 3, RESULTS = 2 };

/* What exists at all: parse-events.c, hw_cache_stat. A bit an operation. */
static const unsigned char possible[CACHES] = {7, 5, 7, 7, 1, 1, 7};

static const char *const cache_roles[CACHES][OPERATIONS][RESULTS] = {
    {{"l1d_loads", "l1d_load_misses"}, {"l1d_stores", "l1d_store_misses"}, {"", ""}},
    {{"", "l1i_misses"}, {"", ""}, {"", ""}},
    {{"llc_loads", "llc_load_misses"}, {"llc_stores", "llc_store_misses"}, {"", ""}},
    {{"dtlb_loads", "dtlb_load_misses"}, {"dtlb_stores", "dtlb_store_misses"}, {"", ""}},
    {{"", "itlb_misses"}, {"", ""}, {"", ""}},
    {{"", ""}, {"", ""}, {"", ""}},
    {{"", ""}, {"", ""}, {"", ""}},
};
/* clang-format on */

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool cck_event_name_equal(const char *left, const char *right)
{
    while (*left && lower(*left) == lower(*right))
        left++, right++;
    return !*left && !*right;
}

/* Length of the longest spelling that `text` starts with, up to a '-' or its end. */
static size_t spelled(const char *text, const cache_word *word)
{
    size_t longest = 0;
    for (size_t i = 0; i < sizeof word->spellings / sizeof *word->spellings; i++) {
        const char *spelling = word->spellings[i];
        size_t length = 0;
        while (spelling && spelling[length] && lower(spelling[length]) == lower(text[length]))
            length++;
        if (spelling && !spelling[length] && (!text[length] || text[length] == '-') &&
            length > longest)
            longest = length;
    }
    return longest;
}

/* The row whose spelling is the longest at `*text`, which moves behind it; -1: none. */
static int word_take(const char **text, const cache_word *words, int count)
{
    int best = -1;
    size_t longest = 0;
    for (int i = 0; i < count; i++) {
        size_t length = spelled(*text, &words[i]);
        if (length > longest) {
            longest = length;
            best = i;
        }
    }
    *text += longest;
    return best;
}

static void cache_name(char *name, size_t size, int cache, int operation, int result)
{
    /* perf says "loads", but "load-misses". */
    const cache_word *word = &operations[operation];
    if (result)
        snprintf(name, size, "%s-%s-misses", caches[cache].spellings[0], word->spellings[0]);
    else
        snprintf(name, size, "%s-%s", caches[cache].spellings[0], word->spellings[1]);
}

static bool cache_fill(cck_event_cache *out_cache, int cache, int operation, int result)
{
    if (!(possible[cache] >> operation & 1))
        return false;
    out_cache->config = (uint64_t)cache | (uint64_t)operation << 8 | (uint64_t)result << 16;
    out_cache->role = cache_roles[cache][operation][result];
    cache_name(out_cache->name, sizeof out_cache->name, cache, operation, result);
    snprintf(out_cache->symbol, sizeof out_cache->symbol, "PERF_COUNT_HW_CACHE_%s:%s:%s",
             caches[cache].symbol, operations[operation].symbol, results[result].symbol);
    snprintf(out_cache->meaning, sizeof out_cache->meaning, "%s %s the %s",
             operations[operation].phrase, results[result].phrase, caches[cache].phrase);
    return true;
}

bool cck_event_cache_parse(cck_event_cache *out_cache, const char *name)
{
    int cache = word_take(&name, caches, CACHES), operation = -1, result = -1;
    if (cache < 0)
        return false;
    while (*name == '-') {
        name++;
        int *slot = operation < 0 ? &operation : NULL;
        int found = slot ? word_take(&name, operations, OPERATIONS) : -1;
        if (found < 0 && result < 0) {
            slot = &result;
            found = word_take(&name, results, RESULTS);
        }
        if (found < 0)
            return false;
        *slot = found;
    }
    if (*name || (operation < 0 && result < 0))
        return false;
    return cache_fill(out_cache, cache, operation < 0 ? 0 : operation, result < 0 ? 0 : result);
}

static cck_event_cache every[CACHES * OPERATIONS * RESULTS];
static size_t every_count;

static void name_every(void)
{
    for (int i = 0; i < CACHES * OPERATIONS * RESULTS; i++) {
        int cache = i / (OPERATIONS * RESULTS), rest = i % (OPERATIONS * RESULTS);
        if (cache_fill(&every[every_count], cache, rest / RESULTS, rest % RESULTS))
            every_count++;
    }
}

const cck_event_cache *cck_event_caches(size_t *out_count)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, name_every);
    *out_count = every_count;
    return every;
}
