/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "layouts/rules/rules.h"

/*
 * Variables that the linker put on one line. Who is whose neighbour may change with every
 * build, which is why this is easily missed; in an object file the order is that within
 * its section.
 */

/* How much a variable takes part; what takes part in nothing is 0. */
typedef enum cck_heat {
    CCK_HEAT_NONE,
    CCK_HEAT_READ,  /* read by all */
    CCK_HEAT_NAMED, /* a plain counter */
    CCK_HEAT_LOCK,
    CCK_HEAT_MEETING, /* plain, but threads meet there: a futex word */
    CCK_HEAT_ATOMIC
} cck_heat;

/* Of a variable without a known type the size has to do. */
static bool is_word(const cck_leaf *leaf)
{
    const cck_type *type = leaf->field.type;
    return cck_type_is_integer(type) || (type->kind == CCK_TYPE_OPAQUE && leaf->field.size <= 8);
}

static cck_heat heat_of(const cck_leaf *leaf)
{
    if (leaf->use & CCK_USE_ATOMIC)
        return leaf->use & CCK_USE_WRITTEN ? CCK_HEAT_ATOMIC : CCK_HEAT_NONE;
    if (leaf->use & CCK_USE_LOCK)
        return CCK_HEAT_LOCK;
    if ((leaf->words & CCK_WORD_SYNCHRONISES) && is_word(leaf))
        return CCK_HEAT_MEETING;
    if (leaf->use & CCK_USE_WRITTEN)
        return leaf->basis <= CCK_BASIS_ANNOTATION ? CCK_HEAT_ATOMIC : CCK_HEAT_NAMED;
    return leaf->use & CCK_USE_READ_MOSTLY ? CCK_HEAT_READ : CCK_HEAT_NONE;
}

static cck_severity judge(cck_heat a, cck_heat b)
{
    cck_heat most = a > b ? a : b, least = a > b ? b : a;
    if (least == CCK_HEAT_NONE)
        return CCK_SEVERITY_INFO;
    if (most == CCK_HEAT_ATOMIC)
        return least >= CCK_HEAT_LOCK ? CCK_SEVERITY_MEDIUM : CCK_SEVERITY_LOW;
    if (most == CCK_HEAT_MEETING)
        return least >= CCK_HEAT_NAMED ? CCK_SEVERITY_MEDIUM : CCK_SEVERITY_LOW;
    return CCK_SEVERITY_INFO; /* a lock and what it guards; locks; plain data */
}

static bool same_place(const cck_corpus_global *a, const cck_corpus_global *b)
{
    return a->placed == b->placed && a->input == b->input &&
           (a->placed || strcmp(a->section, b->section) == 0);
}

/* Written by the program, and of interest. */
static bool takes_part(const cck_rule_context *context, const cck_corpus_global *global,
                       const cck_leaf *leaf)
{
    return !global->read_only && global->size && heat_of(leaf) != CCK_HEAT_NONE &&
           !cck_words_library(context->words, global->name) &&
           !cck_words_system(context->words, global->file);
}

/* A group of neighbours on one line. */
typedef struct neighbours {
    cck_leaf leaves[CCK_REPORT_FIELDS]; /* offsets from the line's start */
    const cck_corpus_global *globals[CCK_REPORT_FIELDS];
    size_t count;
    cck_severity severity;
} neighbours;

static void add(neighbours *group, const cck_corpus_global *global, const cck_leaf *leaf,
                uint64_t start)
{
    if (group->count == CCK_REPORT_FIELDS)
        return;
    for (size_t i = 0; i < group->count; i++) {
        cck_severity severity = judge(heat_of(&group->leaves[i]), heat_of(leaf));
        if (*leaf->writer && strcmp(leaf->writer, group->leaves[i].writer) == 0)
            continue;
        if (severity > group->severity)
            group->severity = severity;
    }
    group->globals[group->count] = global;
    group->leaves[group->count] = *leaf;
    group->leaves[group->count++].field.offset =
        global->address > start ? global->address - start : 0;
}

static void tell(const neighbours *group, cck_rule_sink *sink)
{
    const cck_leaf *leaves[CCK_REPORT_FIELDS];
    if (group->severity == CCK_SEVERITY_INFO)
        return;
    for (size_t i = 0; i < group->count; i++)
        leaves[i] = &group->leaves[i];
    const char *names = cck_report_names(sink, leaves, group->count);
    cck_rule_report report = {
        .rule = &cck_rule_neighbouring_globals,
        .severity = group->severity,
        .leaves = leaves,
        .count = group->count,
        .title =
            cck_report_text(sink, "globals %s share a cache line: risk of false sharing", names),
        .assumes = "assumes that different threads use them at one time",
        .note = group->globals[0]->placed
                    ? "they were placed there by the linker: another build may place them otherwise"
                    : "this is their order in one object file's section, taken to begin on a line; "
                      "the final place is the linker's choice",
        .advice = CCK_ADVICE_GLOBAL,
    };
    cck_report_globals(sink, group->globals, &report);
}

static void look(const cck_rule_context *context, const cck_corpus_global *globals,
                 const cck_leaf *uses, size_t count, cck_rule_sink *sink)
{
    uint64_t line = context->line;
    for (size_t i = 0; i < count; i++) {
        if (!takes_part(context, &globals[i], &uses[i]))
            continue;
        /* The line of its last byte: what comes before was told of with its own. */
        uint64_t start = (globals[i].address + globals[i].size - 1) / line * line;
        neighbours group = {.severity = CCK_SEVERITY_INFO};
        add(&group, &globals[i], &uses[i], start);
        size_t next = i + 1;
        for (; next < count && same_place(&globals[i], &globals[next]) &&
               globals[next].address < start + line;
             next++)
            if (takes_part(context, &globals[next], &uses[next]))
                add(&group, &globals[next], &uses[next], start);
        tell(&group, sink);
        i = group.count > 1 ? next - 1 : i;
    }
}

const cck_rule cck_rule_neighbouring_globals = {
    .id = "CC109",
    .name = "neighbouring-globals",
    .summary = "global variables of different threads on one cache line",
    .severity = CCK_SEVERITY_MEDIUM,
    .globals = look,
};
