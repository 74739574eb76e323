/* SPDX-License-Identifier: MIT */
#include "probes/simulate/geometry.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "core/base/fail.h"

/* Valgrind keeps programs below 2^37; room for engines that do not. */
enum { ADDRESS_BITS = 47 };

typedef enum cache_index { I1, D1, L2, LL, CACHES } cache_index;

static const cck_shape defaults[CACHES] = {
    [I1] = {32768, 8, 64},
    [D1] = {32768, 8, 64},
    [L2] = {524288, 8, 64},
    [LL] = {8388608, 16, 64},
};

static const struct {
    const char *name;
    cache_index cache;
} names[] = {
    {"I1", I1}, {"L1i", I1}, {"D1", D1},  {"L1d", D1},
    {"L2", L2}, {"LL", LL},  {"LLC", LL}, {"L3", LL},
};

static const char *const canonical[CACHES] = {"I1", "D1", "L2", "LL"};

/* What the text names. */
typedef struct entries {
    cck_shape shapes[CACHES];
    bool given[CACHES];
    uint32_t cores; /* 0: not named */
} entries;

/* A decimal number with an optional K, M or G; false on anything else or overflow. */
static bool parse_number(const char **text, uint64_t *out_number)
{
    const char *at = *text;
    uint64_t number = 0;
    if (*at < '0' || *at > '9')
        return false;
    for (; *at >= '0' && *at <= '9'; at++)
        if (__builtin_mul_overflow(number, 10, &number) ||
            __builtin_add_overflow(number, (uint64_t)(*at - '0'), &number))
            return false;
    static const char suffixes[] = "KMG";
    const char *suffix = *at ? strchr(suffixes, *at >= 'a' ? *at - 32 : *at) : NULL;
    if (suffix && *suffix) {
        uint64_t factor = UINT64_C(1) << 10 * (suffix - suffixes + 1);
        if (__builtin_mul_overflow(number, factor, &number))
            return false;
        at++;
    }
    *text = at;
    *out_number = number;
    return true;
}

static bool parse_shape(const char *text, cck_shape *out_shape)
{
    uint64_t numbers[3];
    for (int i = 0; i < 3; i++) {
        if (i && *text++ != ',')
            return false;
        if (!parse_number(&text, &numbers[i]))
            return false;
    }
    if (*text || numbers[1] > UINT32_MAX || numbers[2] > UINT32_MAX)
        return false;
    *out_shape = (cck_shape){numbers[0], (uint32_t)numbers[1], (uint32_t)numbers[2]};
    return true;
}

static int bad_entry(const char *entry, const char *why, cck_error *err)
{
    cck_fail(err, CCK_EINVALID, "cannot simulate the cache '%s': %s", entry, why);
    cck_hint(err, "an entry is NAME=SIZE,WAYS,LINE with NAME one of I1, D1, L2, LL, such as "
                  "'D1=32K,8,64', or cores=N");
    return CCK_EINVALID;
}

static int parse_cores(entries *all, const char *entry, const char *value, cck_error *err)
{
    uint64_t cores;
    if (!parse_number(&value, &cores) || *value || !cores || cores > CCK_CORES_MAX)
        return bad_entry(entry, "the number of cores is not within 1 to 1024", err);
    if (all->cores)
        return bad_entry(entry, "cores is given twice", err);
    all->cores = (uint32_t)cores;
    return 0;
}

static int parse_entry(entries *all, const char *entry, cck_error *err)
{
    const char *equals = strchr(entry, '=');
    size_t length = equals ? (size_t)(equals - entry) : 0;
    if (!equals)
        return bad_entry(entry, "there is no '='", err);
    if (length == 5 && !strncasecmp(entry, "cores", 5))
        return parse_cores(all, entry, equals + 1, err);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strlen(names[i].name) != length || strncasecmp(entry, names[i].name, length) != 0)
            continue;
        cache_index cache = names[i].cache;
        if (all->given[cache])
            return bad_entry(entry, "this cache is given twice", err);
        if (!parse_shape(equals + 1, &all->shapes[cache]))
            return bad_entry(entry, "expected SIZE,WAYS,LINE", err);
        const char *fault = cck_shape_fault(&all->shapes[cache]);
        if (fault)
            return bad_entry(entry, fault, err);
        all->given[cache] = true;
        return 0;
    }
    return bad_entry(entry, "there is no cache of that name", err);
}

static int parse_text(entries *all, const char *text, cck_error *err)
{
    static const char separators[] = " \t\n;";
    for (text += strspn(text, separators); *text; text += strspn(text, separators)) {
        char entry[128];
        size_t length = strcspn(text, separators);
        snprintf(entry, sizeof entry, "%.*s", length < sizeof entry ? (int)length : 64, text);
        int status = length < sizeof entry ? parse_entry(all, entry, err)
                                           : bad_entry(entry, "the entry is too long", err);
        if (status < 0)
            return status;
        text += length;
    }
    return 0;
}

/* Make a shape of what the machine knows. False if something had to be assumed. */
static bool shape_of(const cck_cache *cache, cache_index index, cck_shape *out_shape)
{
    const cck_shape *base = &defaults[index];
    cck_shape shape = {.size = cache->size, .ways = cache->ways, .line = cache->line};
    bool known = true;
    if (!shape.line)
        shape.line = base->line, known = false;
    if (shape.ways == UINT_MAX && shape.size / shape.line <= CCK_WAYS_MAX)
        shape.ways = (uint32_t)(shape.size / shape.line);
    if (!cck_shape_fault(&shape)) {
        *out_shape = shape;
        return known;
    }
    for (shape.ways = base->ways; shape.ways > 1; shape.ways--)
        if (shape.size % ((uint64_t)shape.ways * shape.line) == 0)
            break;
    *out_shape = cck_shape_fault(&shape) ? *base : shape;
    return false;
}

/* The caches of the machine by their part in the model; NULL: there is none. */
static void find_caches(const cck_machine *machine, const cck_cache *out_caches[CACHES])
{
    const cck_cache *last = cck_machine_data_cache(machine, 0);
    out_caches[I1] = cck_machine_instruction_cache(machine);
    out_caches[D1] = cck_machine_data_cache(machine, 1);
    out_caches[L2] = last && last->level > 2 ? cck_machine_data_cache(machine, 2) : NULL;
    out_caches[LL] = last && last->level > 1 ? last : NULL;
}

/* Fill in what the text left open; returns a bit for each cache that was assumed. */
static unsigned complete(entries *all, const cck_machine *machine)
{
    const cck_cache *caches[CACHES] = {NULL};
    unsigned assumed = 0;
    bool two_levels = all->given[LL] && !all->given[L2];
    if (machine)
        find_caches(machine, caches);
    for (cache_index i = 0; i < CACHES; i++) {
        if (all->given[i] || (i == L2 && (two_levels || !caches[L2])))
            continue;
        if (caches[i] && shape_of(caches[i], i, &all->shapes[i]))
            continue;
        if (!caches[i])
            all->shapes[i] = defaults[i];
        assumed |= 1u << i;
    }
    if (!all->cores && machine)
        all->cores = cck_machine_get_info(machine)->cores;
    if (!all->cores)
        all->cores = 1;
    if (all->cores > CCK_CORES_MAX)
        all->cores = CCK_CORES_MAX;
    return assumed;
}

static const char *describe(const entries *all, unsigned which, cck_arena *arena)
{
    char text[512];
    int used = 0;
    text[0] = 0;
    for (cache_index i = 0; i < CACHES; i++)
        if (which >> i & 1 && all->shapes[i].size)
            used += snprintf(text + used, sizeof text - (size_t)used,
                             "%s%s=%" PRIu64 ",%" PRIu32 ",%" PRIu32, used ? " " : "", canonical[i],
                             all->shapes[i].size, all->shapes[i].ways, all->shapes[i].line);
    return cck_arena_strdup(arena, text);
}

int cck_geometry_choose(cck_geometry_choice *out_choice, const char *text,
                        const cck_machine *machine, cck_arena *arena, cck_error *err)
{
    entries all = {0};
    int status = text ? parse_text(&all, text, err) : 0;
    if (status < 0)
        return status;
    unsigned assumed = complete(&all, machine);
    cck_geometry_choice choice = {
        .geometry = {.i1 = all.shapes[I1],
                     .d1 = all.shapes[D1],
                     .l2 = all.shapes[L2],
                     .ll = all.shapes[LL],
                     .cores = all.cores,
                     .address_bits = ADDRESS_BITS},
        .note = "",
    };
    const char *caches = describe(&all, ~0u, arena);
    choice.text = caches ? cck_arena_printf(arena, "%s cores=%" PRIu32, caches, all.cores) : NULL;
    if (assumed) {
        const char *list = describe(&all, assumed, arena);
        choice.note = list ? cck_arena_printf(arena,
                                              "the machine does not tell all of its caches; "
                                              "assumed: %s (set with --cache)",
                                              list)
                           : NULL;
    }
    if (!choice.text || !choice.note)
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    *out_choice = choice;
    return 0;
}
