/* SPDX-License-Identifier: MIT */
/* The format of callgrind, for KCachegrind and callgrind_annotate. Its definition:
 * https://valgrind.org/docs/manual/cl-format.html. Code inlined into a function counts as
 * that function's, under the file and line it comes from (fi=, fe=), as callgrind has it. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/intern.h"
#include "core/finding/cost_class.h"
#include "core/hotspots/profile.h"
#include "core/report/hotspots.h"

/* A cost line of `function`, or, if `callee` is one, a call from that line. */
typedef struct place {
    const char *file;
    uint32_t function, line, callee;
    uint32_t unused; /* keeps the bytes between fields defined */
} place;

typedef struct callgrind {
    const cck_profile *profile;
    FILE *out;
    cck_arena arena;
    cck_intern places;
    cck_intern files, objects; /* whose names were written: then a number is enough */
    uint64_t *costs;           /* by place */
    uint32_t *paths;           /* by place: how many call paths go through the call */
    uint32_t *physical;        /* by node: the function that it is inlined into, or its own */
    uint32_t *edge;            /* by node: the place of the call */
    bool *function_seen;       /* its name was written */
    const char *unknown;
} callgrind;

static void add(uint64_t *to, const uint64_t *from, size_t count)
{
    for (size_t i = 0; i < count; i++)
        to[i] += from[i];
}

static uint32_t put_place(callgrind *write, const char *file, uint32_t function, uint32_t line,
                          uint32_t callee)
{
    place key;
    memset(&key, 0, sizeof key);
    key.file = *file ? file : write->unknown;
    key.function = function;
    key.line = *file ? line : 0;
    key.callee = callee;
    return cck_intern_put(&write->places, &key);
}

static bool sum_lines(callgrind *write)
{
    const cck_profile *profile = write->profile;
    for (size_t i = 0; i < profile->sample_count; i++) {
        const cck_profile_sample *sample = &profile->samples[i];
        uint32_t number = put_place(write, sample->file, write->physical[sample->node],
                                    sample->line, CCK_PROFILE_NONE);
        if (number == UINT32_MAX)
            return false;
        add(write->costs + number * profile->class_count, sample->costs, profile->class_count);
    }
    return true;
}

static bool place_edges(callgrind *write)
{
    const cck_profile *profile = write->profile;
    for (size_t i = 0; i < profile->node_count; i++) {
        const cck_profile_node *node = &profile->nodes[i];
        bool outermost = node->parent == CCK_PROFILE_NONE;
        write->physical[i] =
            node->inlined && !outermost ? write->physical[node->parent] : node->function;
        write->edge[i] = UINT32_MAX;
        if (outermost || node->inlined)
            continue;
        write->edge[i] = put_place(write, node->call_file, write->physical[node->parent],
                                   node->call_line, node->function);
        if (write->edge[i] == UINT32_MAX)
            return false;
    }
    return true;
}

/* An edge below itself is recursion: its cost is in the outer one already. */
static bool sum_edges(callgrind *write)
{
    const cck_profile *profile = write->profile;
    size_t classes = profile->class_count;
    cck_profile_links links;
    uint64_t *subtree;
    uint32_t *active = cck_arena_array(&write->arena, write->places.count, sizeof *active);
    if (!active || !cck_profile_link(profile, &write->arena, &links) ||
        cck_profile_sum_nodes(profile, &write->arena, &subtree, NULL) < 0)
        return false;
    for (uint32_t at = links.first_root; at != CCK_PROFILE_NONE;) {
        uint32_t edge = write->edge[at];
        if (edge != UINT32_MAX) {
            write->paths[edge]++;
            if (active[edge]++ == 0)
                add(write->costs + edge * classes, subtree + at * classes, classes);
        }
        if (links.first_child[at] != CCK_PROFILE_NONE) {
            at = links.first_child[at];
            continue;
        }
        for (; at != CCK_PROFILE_NONE; at = profile->nodes[at].parent) {
            if (write->edge[at] != UINT32_MAX)
                active[write->edge[at]]--;
            if (links.next[at] != CCK_PROFILE_NONE)
                break;
        }
        at = at == CCK_PROFILE_NONE ? at : links.next[at];
    }
    return true;
}

/* ---- writing ---- */

static int compare_places(const void *left, const void *right, void *context)
{
    const cck_intern *places = context;
    const place *a = cck_intern_get(places, *(const uint32_t *)left);
    const place *b = cck_intern_get(places, *(const uint32_t *)right);
    if (a->function != b->function)
        return a->function < b->function ? -1 : 1;
    int order = strcmp(a->file, b->file);
    if (order)
        return order;
    if (a->line != b->line)
        return a->line < b->line ? -1 : 1;
    return (a->callee > b->callee) - (a->callee < b->callee);
}

/* "(3) name" at the first time, then "(3)". */
static void write_name(FILE *out, cck_intern *names, const char *key, const char *name)
{
    uint32_t known = (uint32_t)names->count;
    uint32_t number = cck_intern_put(names, &name);
    fprintf(out, "%s=(%u)", key, number + 1);
    if (number == known) {
        fputc(' ', out);
        cck_plain_write(out, name, "");
    }
    fputc('\n', out);
}

static void write_file(callgrind *write, const char *key, const char *name)
{
    write_name(write->out, &write->files, key, name);
}

static void write_object(callgrind *write, const char *key, const char *name)
{
    write_name(write->out, &write->objects, key, name);
}

static void write_function(callgrind *write, const char *key, uint32_t index)
{
    fprintf(write->out, "%s=(%u)", key, index + 1);
    if (!write->function_seen[index]) {
        write->function_seen[index] = true;
        fputc(' ', write->out);
        cck_plain_write(write->out, write->profile->functions[index].name, "");
    }
    fputc('\n', write->out);
}

static const char *file_of(const callgrind *write, uint32_t function)
{
    const char *file = write->profile->functions[function].file;
    return *file ? file : write->unknown;
}

static const char *module_of(const callgrind *write, uint32_t function)
{
    const char *module = write->profile->functions[function].module;
    return *module ? module : write->unknown;
}

static void write_costs(callgrind *write, uint32_t line, const uint64_t *costs)
{
    fprintf(write->out, "%u", line);
    for (size_t i = 0; i < write->profile->class_count; i++)
        fprintf(write->out, " %" PRIu64, costs[i]);
    fputc('\n', write->out);
}

/* How often a function was called is not known: the format wants a number above 0, and gets
 * that of the call paths. */
static void write_place(callgrind *write, uint32_t number)
{
    const place *at = cck_intern_get(&write->places, number);
    if (at->callee != CCK_PROFILE_NONE) {
        write_object(write, "cob", module_of(write, at->callee));
        write_file(write, "cfi", file_of(write, at->callee));
        write_function(write, "cfn", at->callee);
        fprintf(write->out, "calls=%u 0\n", write->paths[number]);
    }
    write_costs(write, at->line, write->costs + number * write->profile->class_count);
}

static bool write_places(callgrind *write)
{
    size_t count = write->places.count;
    uint32_t *order = cck_arena_array(&write->arena, count, sizeof *order);
    if (!order)
        return false;
    for (uint32_t i = 0; i < count; i++)
        order[i] = i;
    qsort_r(order, count, sizeof *order, compare_places, &write->places);
    uint32_t function = CCK_PROFILE_NONE;
    const char *file = NULL;
    for (size_t i = 0; i < count; i++) {
        const place *at = cck_intern_get(&write->places, order[i]);
        if (at->function != function) {
            function = at->function;
            file = file_of(write, function);
            fputc('\n', write->out);
            write_object(write, "ob", module_of(write, function));
            write_file(write, "fl", file);
            write_function(write, "fn", function);
        }
        if (strcmp(at->file, file) != 0) {
            file = at->file;
            write_file(write, strcmp(file, file_of(write, function)) == 0 ? "fe" : "fi", file);
        }
        write_place(write, order[i]);
    }
    return true;
}

static const char *event_of(const cck_profile_class *class)
{
    int cost = cck_cost_class_find(class->name);
    return cost < 0 ? NULL : cck_cost_classes[cost].event;
}

static void write_event(FILE *out, const cck_profile *profile, size_t index)
{
    const char *event = event_of(&profile->classes[index]);
    if (event)
        fputs(event, out);
    else
        fprintf(out, "Class%zu", index);
}

static void write_sum(callgrind *write, const char *key)
{
    const cck_profile *profile = write->profile;
    fputs(key, write->out);
    for (size_t i = 0; i < profile->class_count; i++)
        fprintf(write->out, " %" PRIu64, profile->total[i] - profile->unattributed[i]);
    fputc('\n', write->out);
}

static void write_head(callgrind *write, const cck_result *result)
{
    const cck_profile *profile = write->profile;
    FILE *out = write->out;
    fprintf(out, "# callgrind format\nversion: 1\ncreator: cachecheck %s\npid: %d\ncmd:",
            result->version, result->target.pid);
    for (size_t i = 0; i < result->target.argc; i++) {
        fputc(' ', out);
        cck_plain_write(out, result->target.argv[i], "");
    }
    fprintf(out, "\npart: 1\n\ndesc: Evidence: %s by cachecheck's %s backend\n",
            result->source.evidence == CCK_SIMULATED ? "modelled, not measured," : "observed",
            result->source.backend);
    fputs("positions: line\n", out);
    for (size_t i = 0; i < profile->class_count; i++) {
        fputs("event: ", out);
        write_event(out, profile, i);
        fprintf(out, " : %s\n", profile->classes[i].label);
    }
    fputs("events:", out);
    for (size_t i = 0; i < profile->class_count; i++) {
        fputc(' ', out);
        write_event(out, profile, i);
    }
    fputc('\n', out);
    write_sum(write, "summary:");
}

static bool prepare(callgrind *write)
{
    const cck_profile *profile = write->profile;
    size_t most = profile->sample_count + profile->node_count;
    write->costs = cck_profile_numbers(profile, &write->arena, most);
    write->paths = cck_arena_array(&write->arena, most, sizeof(uint32_t));
    write->physical = cck_arena_array(&write->arena, profile->node_count, sizeof(uint32_t));
    write->edge = cck_arena_array(&write->arena, profile->node_count, sizeof(uint32_t));
    write->function_seen = cck_arena_array(&write->arena, profile->function_count, sizeof(bool));
    return write->costs && write->paths && write->physical && write->edge && write->function_seen &&
           place_edges(write) && sum_lines(write) && sum_edges(write);
}

void cck_callgrind_write(const void *subject, FILE *out, const cck_report_options *options)
{
    const cck_result *result = subject;
    callgrind write = {
        .profile = result->profile,
        .out = out,
        .places = {.record_size = sizeof(place)},
        .files = {.record_size = sizeof(const char *), .texts = true},
        .objects = {.record_size = sizeof(const char *), .texts = true},
        .unknown = "???",
    };
    (void)options;
    if (prepare(&write)) {
        write_head(&write, result);
        write_places(&write);
        write_sum(&write, "\ntotals:");
    }
    cck_intern_clear(&write.places);
    cck_intern_clear(&write.files);
    cck_intern_clear(&write.objects);
    cck_arena_clear(&write.arena);
}
