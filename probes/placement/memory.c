/* SPDX-License-Identifier: MIT */
#include "probes/placement/memory.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/base/fail.h"
#include "probes/placement/huge.h"
#include "probes/placement/lines.h"
#include "probes/placement/maps_line.h"
#include "probes/placement/numa_maps_line.h"
#include "probes/placement/sample.h"
#include "probes/placement/status.h"

/*
 * numa_maps costs 40 to 60 ns a page and holds mmap_lock while it walks a mapping. Up to so
 * much resident memory that is a few milliseconds, and exact.
 */
enum { CHEAP_BYTES = 256 << 20, NUMA_MAPS_PAGE_NS = 60 };

static const char no_policy[] = "only numa_maps tells it, which walks all pages: --exact";
static const char late_text[] = "the time budget was used up before it was looked at";

/* One look under way. */
typedef struct look {
    cck_place_memory *memory;
    const cck_place_wish *wish;
    int32_t pid;
    uint64_t began, page_size;
    cck_place_status status;
} look;

static uint64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static uint64_t deadline_of(const look *l)
{
    return l->wish->exact || l->wish->budget_ns >= UINT64_MAX - l->began
               ? UINT64_MAX
               : l->began + l->wish->budget_ns;
}

static bool is_cheap(const look *l)
{
    uint64_t cost = l->status.rss / l->page_size * NUMA_MAPS_PAGE_NS;
    return l->status.rss <= CHEAP_BYTES && cost <= l->wish->budget_ns;
}

/* ---- maps ---- */

static bool begins(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

static cck_numa_kind kind_of(const cck_maps_line *line)
{
    static const char *const shared[] = {"/SYSV", "/memfd:", "/dev/shm/", "/dev/zero"};
    const char *name = line->name;
    if (strcmp(name, "[heap]") == 0)
        return CCK_NUMA_HEAP;
    if (strcmp(name, "[stack]") == 0)
        return CCK_NUMA_STACK;
    if (begins(name, "[v"))
        return CCK_NUMA_SPECIAL; /* vdso, vvar, vvar_vclock, vsyscall */
    if (begins(name, "/anon_hugepage"))
        return CCK_NUMA_HUGE;
    for (size_t i = 0; i < sizeof shared / sizeof *shared; i++)
        if (begins(name, shared[i]))
            return CCK_NUMA_SHARED;
    if (*name == '/' || line->inode)
        return CCK_NUMA_FILE;
    return line->rights[3] == 's' ? CCK_NUMA_SHARED : CCK_NUMA_ANONYMOUS;
}

static cck_numa_category category_of(cck_numa_kind kind)
{
    return kind == CCK_NUMA_HEAP    ? CCK_NUMA_ROW_HEAP
           : kind == CCK_NUMA_STACK ? CCK_NUMA_ROW_STACK
           : kind == CCK_NUMA_HUGE  ? CCK_NUMA_ROW_HUGE
                                    : CCK_NUMA_ROW_PRIVATE;
}

static cck_numa_mapping *add_mapping(cck_place_memory *memory)
{
    if (memory->count == memory->capacity) {
        size_t more = memory->capacity ? 2 * memory->capacity : 64;
        cck_numa_mapping *grown = realloc(memory->mappings, more * sizeof *grown);
        if (!grown)
            return NULL;
        memory->mappings = grown;
        memory->capacity = more;
    }
    cck_numa_mapping *mapping = &memory->mappings[memory->count++];
    *mapping = (cck_numa_mapping){.name = "",
                                  .policy = {.flags = "", .nodes = "", .text = ""},
                                  .policy_unknown = no_policy,
                                  .nearest = -1,
                                  .remote = {-1, -1, -1}};
    return mapping;
}

/* Neighbours of one file have its name once. */
static const char *keep_name(cck_place_memory *memory, const char *name)
{
    if (!*name)
        return "";
    if (memory->count > 1) {
        const char *before = memory->mappings[memory->count - 2].name;
        if (strcmp(before, name) == 0)
            return before;
    }
    return cck_arena_strdup(&memory->arena, name);
}

static int take_map(look *l, const cck_maps_line *line)
{
    cck_numa_mapping *mapping = add_mapping(l->memory);
    if (!mapping)
        return CCK_ENOMEM;
    mapping->pid = l->pid;
    mapping->start = line->start;
    mapping->end = line->end;
    memcpy(mapping->rights, line->rights, sizeof mapping->rights);
    mapping->kind = kind_of(line);
    mapping->category = category_of(mapping->kind);
    mapping->name = keep_name(l->memory, line->name);
    return mapping->name ? 0 : CCK_ENOMEM;
}

static int read_maps(look *l)
{
    char path[48], *text;
    cck_place_lines lines;
    cck_maps_line line;
    snprintf(path, sizeof path, "proc/%" PRId32 "/maps", l->pid);
    int code = cck_place_lines_open(&lines, l->wish->root, path);
    if (code < 0)
        return code;
    while (code == 0 && (text = cck_place_lines_next(&lines)))
        /* Lines come by address; what is damaged would upset the search by address. */
        if (cck_maps_line_read(&line, text) &&
            (!l->memory->count ||
             line.start >= l->memory->mappings[l->memory->count - 1].end))
            code = take_map(l, &line);
    if (code == 0)
        code = lines.code;
    cck_place_lines_close(&lines);
    return code;
}

/* ---- numa_maps ---- */

/* The mapping that holds an address, or NULL. */
static cck_numa_mapping *mapping_at(cck_place_memory *memory, size_t count, uint64_t address)
{
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (memory->mappings[middle].end <= address)
            low = middle + 1;
        else
            high = middle;
    }
    return low < count && memory->mappings[low].start <= address ? &memory->mappings[low] : NULL;
}

/* What was mapped between the two files, or where maps cannot be read. */
static cck_numa_mapping *late_mapping(look *l, const cck_numa_maps_line *line, size_t node_count)
{
    cck_place_memory *memory = l->memory;
    cck_numa_mapping *mapping = add_mapping(memory);
    if (!mapping)
        return NULL;
    uint64_t *bytes = realloc(memory->bytes, memory->capacity * node_count * sizeof *bytes);
    if (!bytes) {
        memory->count--;
        return NULL;
    }
    memory->bytes = bytes;
    memset(&bytes[(memory->count - 1) * node_count], 0, node_count * sizeof *bytes);
    mapping->pid = l->pid;
    mapping->start = mapping->end = line->start;
    mapping->name = keep_name(memory, line->file);
    mapping->kind = *line->file ? CCK_NUMA_FILE : CCK_NUMA_ANONYMOUS;
    return mapping->name ? mapping : NULL;
}

static void take_pages(look *l, cck_numa_mapping *mapping, const cck_numa_maps_line *line)
{
    size_t nodes = l->wish->nodes->count;
    uint64_t *bytes = &l->memory->bytes[(size_t)(mapping - l->memory->mappings) * nodes];
    for (uint32_t i = 0; i < line->node_count; i++) {
        int slot = cck_place_nodes_slot(l->wish->nodes, line->nodes[i].node);
        uint64_t size = line->nodes[i].pages * line->page_size;
        if (slot < 0 || line->nodes[i].pages > (UINT64_MAX >> 12) / line->page_size)
            continue;
        bytes[slot] += size;
        mapping->resident += size;
    }
    mapping->anonymous += line->anonymous * line->page_size;
    mapping->dirty += line->dirty * line->page_size;
    mapping->page_size = line->page_size;
    mapping->policy = line->policy;
    mapping->policy_unknown = NULL;
    mapping->method = CCK_NUMA_EXACT;
    mapping->unknown = NULL;
    mapping->category = line->huge    ? CCK_NUMA_ROW_HUGE
                        : line->heap  ? CCK_NUMA_ROW_HEAP
                        : line->stack ? CCK_NUMA_ROW_STACK
                                      : CCK_NUMA_ROW_PRIVATE;
    if (line->huge)
        mapping->kind = CCK_NUMA_HUGE;
}

static int open_numa_maps(const look *l, cck_place_lines *lines)
{
    char path[48];
    snprintf(path, sizeof path, "proc/%" PRId32 "/numa_maps", l->pid);
    return cck_place_lines_open(lines, l->wish->root, path);
}

/* `*late`: the budget ended it. */
static int take_numa_maps(look *l, cck_place_lines *lines, bool *late)
{
    size_t known = l->memory->count;
    /* What was to be cheap is finished, however slow the machine is: it is not much. */
    uint64_t deadline = is_cheap(l) ? UINT64_MAX : deadline_of(l);
    cck_numa_maps_line *line = malloc(sizeof *line);
    int code = line ? 0 : CCK_ENOMEM;
    char *text;
    while (code == 0 && !*late && (text = cck_place_lines_next(lines))) {
        if (!cck_numa_maps_line_read(line, text, &l->memory->arena))
            continue;
        cck_numa_mapping *mapping = mapping_at(l->memory, known, line->start);
        if (!mapping)
            mapping = late_mapping(l, line, l->wish->nodes->count);
        if (mapping)
            take_pages(l, mapping, line);
        else
            code = CCK_ENOMEM;
        *late = now_ns() > deadline;
    }
    free(line);
    return code == 0 ? lines->code : code;
}

static bool clear_bytes(look *l)
{
    cck_place_memory *memory = l->memory;
    free(memory->bytes);
    memory->bytes = calloc(memory->capacity * l->wish->nodes->count + 1, sizeof *memory->bytes);
    return memory->bytes != NULL;
}

static int count_exactly(look *l)
{
    cck_place_lines lines;
    bool late = false;
    int code = open_numa_maps(l, &lines);
    if (code < 0)
        return code;
    code = clear_bytes(l) ? take_numa_maps(l, &lines, &late) : CCK_ENOMEM;
    cck_place_lines_close(&lines);
    if (code < 0)
        return code;
    l->memory->method = CCK_NUMA_EXACT;
    l->memory->by = "numa_maps";
    for (size_t i = 0; i < l->memory->count; i++) {
        cck_numa_mapping *mapping = &l->memory->mappings[i];
        if (mapping->method == CCK_NUMA_EXACT)
            continue;
        /* In maps, and not in numa_maps any more: unmapped meanwhile, or nothing to walk. */
        mapping->method = late ? CCK_NUMA_UNKNOWN : CCK_NUMA_EXACT;
        mapping->unknown = late ? late_text : NULL;
    }
    if (late)
        l->memory->unknown = "the time budget was used up: mappings at higher addresses were not "
                             "looked at (--budget, --exact)";
    return 0;
}

/* ---- sampling ---- */

static void note_sparse(look *l)
{
    uint64_t sum = 0, told = l->status.rss + l->status.huge;
    for (size_t i = 0; i < l->memory->count; i++)
        sum += l->memory->mappings[i].resident;
    if (l->memory->unknown || sum >= told - told / 5 || told < (64u << 20))
        return;
    char *text = cck_arena_printf(&l->memory->arena,
                                  "the sample found %" PRIu64 " of %" PRIu64
                                  " MiB that are resident: the rest is spread too thinly over "
                                  "large mappings (--exact finds it)",
                                  sum >> 20, told >> 20);
    l->memory->unknown = text ? text : late_text;
}

static int sample(look *l, int *out_refused)
{
    cck_place_memory *memory = l->memory;
    cck_place_draw draw = {
        .calls = l->wish->calls,
        .nodes = l->wish->nodes,
        .pid = l->pid,
        .pages = l->wish->exact ? UINT32_MAX : l->wish->pages,
        .page_size = l->page_size,
        .deadline = deadline_of(l),
        .seed = l->began ^ (uint64_t)l->pid << 32,
    };
    if (!clear_bytes(l))
        return CCK_ENOMEM;
    int code = cck_place_sample(&draw, memory->mappings, memory->bytes, memory->count);
    *out_refused = draw.refused;
    if (code < 0)
        return code;
    memory->method = CCK_NUMA_EXACT;
    memory->by = "move_pages";
    for (size_t i = 0; i < memory->count; i++) {
        memory->drawn += memory->mappings[i].drawn;
        memory->found += memory->mappings[i].found;
        if (memory->mappings[i].method == CCK_NUMA_SAMPLED)
            memory->method = CCK_NUMA_SAMPLED;
    }
    if (draw.late)
        memory->unknown = "the time budget was used up before all of it was sampled (--budget)";
    note_sparse(l);
    return 0;
}

/* ---- which way ---- */

static const char *denied(const look *l, int os_error)
{
    return os_error == EPERM
               ? "move_pages is denied (a seccomp filter, as of containers, does that)"
               : cck_arena_printf(&l->memory->arena, "move_pages is not possible: %s",
                                  strerror(os_error));
}

static const char *unreadable(const look *l, int code)
{
    const char *name = code == CCK_EACCESS     ? "not permitted: run as its user, or as root"
                       : code == CCK_ENOTFOUND ? "this kernel has none (CONFIG_NUMA)"
                                               : cck_error_name(code);
    return cck_arena_printf(&l->memory->arena, "numa_maps: %s", name);
}

static int stay_unknown(look *l, const char *first, const char *second)
{
    cck_place_memory *memory = l->memory;
    const char *why = cck_arena_printf(&memory->arena, "%s%s%s", first, *second ? "; " : "", second);
    memory->method = CCK_NUMA_UNKNOWN;
    memory->by = "";
    memory->unknown = why;
    if (!why || !clear_bytes(l))
        return CCK_ENOMEM;
    for (size_t i = 0; i < memory->count; i++)
        memory->mappings[i].unknown = why;
    return 0;
}

static int choose_way(look *l)
{
    const cck_place_wish *wish = l->wish;
    const char *first = wish->calls ? "" : wish->no_calls;
    int refused = 0, code;
    if (wish->calls && !wish->exact && !is_cheap(l)) {
        code = sample(l, &refused);
        if (code == 0 || code == CCK_EGONE || code == CCK_ENOMEM)
            return code;
        first = denied(l, refused);
    }
    code = count_exactly(l);
    if (code == 0 || code == CCK_EGONE || code == CCK_ENOMEM)
        return code;
    const char *second = unreadable(l, code);
    if (wish->calls && !refused) {
        code = sample(l, &refused);
        if (code == 0 || code == CCK_EGONE || code == CCK_ENOMEM)
            return code;
        first = denied(l, refused);
    }
    return first && second ? stay_unknown(l, first, second) : CCK_ENOMEM;
}

static int read_status(look *l)
{
    char path[48], text[8192];
    snprintf(path, sizeof path, "proc/%" PRId32 "/status", l->pid);
    long length = cck_root_read(l->wish->root, path, text, sizeof text);
    if (length < 0)
        return length == CCK_ENOTFOUND ? CCK_EGONE : (int)length;
    cck_place_status_read(&l->status, text);
    l->memory->rss = l->status.rss + l->status.huge;
    return l->status.state == 'Z' || l->status.state == 'X' ? CCK_EGONE : 0;
}

static int look_at(look *l)
{
    int code = read_status(l);
    if (code < 0)
        return code;
    code = read_maps(l);
    if (code == CCK_EGONE || code == CCK_ENOMEM)
        return code;
    if (code < 0)
        return stay_unknown(l, code == CCK_EACCESS
                                   ? "maps: not permitted: run as its user, or as root"
                                   : "maps cannot be read", "");
    /* A process that has ended lost its memory before its status said so. */
    code = l->memory->count || l->status.has_memory ? choose_way(l) : CCK_EGONE;
    return code < 0 ? code
                    : cck_place_huge(l->wish->root, l->pid, l->wish->exact || is_cheap(l),
                                     l->memory->mappings, l->memory->count);
}

static void give_bytes(look *l)
{
    for (size_t i = 0; i < l->memory->count; i++)
        l->memory->mappings[i].bytes = &l->memory->bytes[i * l->wish->nodes->count];
}

int cck_place_memory_look(cck_place_memory *out, const cck_place_wish *wish, int32_t pid,
                          cck_error *err)
{
    cck_place_memory memory = {.by = ""};
    look l = {.memory = &memory,
              .wish = wish,
              .pid = pid,
              .began = now_ns(),
              .page_size = (uint64_t)sysconf(_SC_PAGESIZE)};
    int code = look_at(&l);
    if (code < 0) {
        cck_place_memory_clear(&memory);
        if (code == CCK_ENOMEM)
            return cck_fail(err, code, "out of memory");
        return cck_fail(err, code, "process %" PRId32 " %s", pid,
                        code == CCK_EGONE ? "has ended" : "cannot be looked at");
    }
    give_bytes(&l);
    memory.cost_ns = now_ns() - l.began;
    cck_place_memory_clear(out);
    *out = memory;
    return 0;
}

void cck_place_memory_clear(cck_place_memory *memory)
{
    cck_arena_clear(&memory->arena);
    free(memory->mappings);
    free(memory->bytes);
    *memory = (cck_place_memory){.by = ""};
}
