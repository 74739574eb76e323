/* SPDX-License-Identifier: MIT */
#include "layouts/run.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/fail.h"
#include "layouts/report.h"

enum { LINE = 64 };

/* The work of one call. */
typedef struct cck_rules_work {
    const cck_rules_request *request;
    const cck_words *words;
    cck_use_source source;
    cck_rule_context context;
    cck_rule_sink sink;
    cck_leaf *leaves; /* of one type, or of the globals of one input */
} cck_rules_work;

static void look_at_input(cck_rules_work *work, uint32_t index)
{
    const cck_rules_request *request = work->request;
    const cck_corpus *corpus = request->corpus;
    const cck_layout_config *config = request->config;
    work->context.input = index < corpus->input_count ? &corpus->inputs[index] : NULL;
    uint32_t line = request->line;
    if (!line && config)
        line = config->line;
    if (!line && work->context.input)
        line = work->context.input->line;
    if (!line || line & (line - 1))
        line = LINE;
    work->context.pair = request->pair || (config && config->pair);
    work->context.line = work->context.pair ? 2 * line : line;
}

/* Locks and atomics of libraries have the layout that they have. */
static bool of_interest(const cck_rules_work *work, const cck_corpus_type *entry)
{
    const cck_type *type = entry->type;
    const cck_rules_request *request = work->request;
    bool record = type && (type->kind == CCK_TYPE_STRUCT || type->kind == CCK_TYPE_UNION);
    if (!record || !type->size || type->sync == CCK_SYNC_PADDED ||
        (type->sync != CCK_SYNC_NONE && !type->sync_inside))
        return false;
    if (request->system || (request->config && request->config->system))
        return true;
    return !cck_words_library(work->words, type->name) &&
           (entry->main_file || !cck_words_system(work->words, type->file));
}

static unsigned offers_of(const cck_leaf *leaves, size_t count)
{
    unsigned use = 0, offers = 0;
    size_t sides = 0;
    for (size_t i = 0; i < count; i++) {
        cck_type_kind kind = leaves[i].field.type->kind;
        use |= leaves[i].use;
        sides += *leaves[i].writer || (leaves[i].words & CCK_WORD_SIDE);
        if (kind == CCK_TYPE_ARRAY || kind == CCK_TYPE_POINTER || kind == CCK_TYPE_STRUCT ||
            kind == CCK_TYPE_UNION)
            offers |= CCK_NEEDS_MANY;
    }
    offers |= use & CCK_USE_ATOMIC ? CCK_NEEDS_ATOMIC : 0;
    offers |= use & CCK_USE_LOCK ? CCK_NEEDS_LOCK : 0;
    offers |= use & CCK_USE_WRITTEN ? CCK_NEEDS_WRITTEN : 0;
    offers |= use & CCK_USE_READ_MOSTLY ? CCK_NEEDS_READ_MOSTLY : 0;
    return offers | (sides > 1 ? CCK_NEEDS_SIDES : 0);
}

static void look_at_type(cck_rules_work *work, const cck_corpus_type *entry)
{
    if (!of_interest(work, entry))
        return;
    look_at_input(work, entry->input);
    bool lock = cck_type_is_sync(work->words, entry->type);
    size_t count = cck_use_leaves(&work->source, entry->type, work->leaves);
    unsigned offers = offers_of(work->leaves, count);
    work->sink.first_of_type = work->sink.count;
    for (size_t i = 0; cck_rules[i]; i++)
        if (cck_rules[i]->type && (!lock || cck_rules[i]->of_locks) &&
            !(cck_rules[i]->needs & ~offers))
            cck_rules[i]->type(&work->context, entry, work->leaves, count, &work->sink);
}

static int compare_globals(const void *a, const void *b)
{
    const cck_corpus_global *one = a, *other = b;
    if (one->input != other->input)
        return one->input < other->input ? -1 : 1;
    if (one->placed != other->placed)
        return one->placed ? -1 : 1;
    int section = one->placed ? 0 : strcmp(one->section, other->section);
    if (section)
        return section;
    if (one->address != other->address)
        return one->address < other->address ? -1 : 1;
    return strcmp(one->name, other->name);
}

static void look_at_globals(cck_rules_work *work, const cck_corpus_global *globals, size_t count)
{
    cck_leaf *uses = calloc(count, sizeof *uses);
    if (!uses) {
        work->sink.failed = true;
        return;
    }
    look_at_input(work, globals[0].input);
    for (size_t i = 0; i < count; i++)
        uses[i] = cck_use_global(&work->source, &globals[i]);
    work->sink.first_of_type = work->sink.count;
    for (size_t i = 0; cck_rules[i]; i++)
        if (cck_rules[i]->globals)
            cck_rules[i]->globals(&work->context, globals, uses, count, &work->sink);
    free(uses);
}

static void look_at_all_globals(cck_rules_work *work)
{
    const cck_corpus *corpus = work->request->corpus;
    size_t count = corpus->global_count;
    cck_corpus_global *globals = count ? calloc(count, sizeof *globals) : NULL;
    if (!globals) {
        work->sink.failed |= count != 0;
        return;
    }
    memcpy(globals, corpus->globals, count * sizeof *globals);
    qsort(globals, count, sizeof *globals, compare_globals);
    for (size_t first = 0, end; first < count; first = end) {
        for (end = first + 1; end < count && globals[end].input == globals[first].input;)
            end++;
        look_at_globals(work, globals + first, end - first);
    }
    free(globals);
}

static int compare_findings(const void *a, const void *b)
{
    const cck_finding *one = a, *other = b;
    if (one->severity != other->severity)
        return one->severity > other->severity ? -1 : 1;
    int order = one->location_count && other->location_count
                    ? strcmp(one->locations[0].file, other->locations[0].file)
                    : 0;
    if (order)
        return order;
    if (one->location_count && other->location_count &&
        one->locations[0].line != other->locations[0].line)
        return one->locations[0].line < other->locations[0].line ? -1 : 1;
    order = strcmp(one->object.type, other->object.type);
    order = order ? order : strcmp(one->rule, other->rule);
    return order ? order : strcmp(one->id, other->id);
}

/* What a source says of types of its headers. */
static void scan_sources(const cck_rules_request *request)
{
    for (size_t i = 0; request->annotations && i < request->corpus->input_count; i++) {
        const cck_corpus_input *input = &request->corpus->inputs[i];
        if (strcmp(input->kind, "source") == 0 || strcmp(input->kind, "header") == 0)
            cck_annotations_scan(request->annotations, input->path);
    }
}

static void look_at_everything(cck_rules_work *work)
{
    scan_sources(work->request);
    const cck_rules_request *request = work->request;
    bool all = request->last_type == 0;
    size_t last = all ? request->corpus->type_count : request->last_type;
    for (size_t i = request->first_type; i < last && i < request->corpus->type_count; i++)
        look_at_type(work, &request->corpus->types[i]);
    if (all)
        look_at_all_globals(work);
}

static int hand_over(cck_rules_work *work, cck_arena *arena, cck_finding **out_findings,
                     size_t *out_count, cck_error *err)
{
    size_t count = work->sink.count;
    cck_finding *findings = cck_arena_array(arena, count, sizeof *findings);
    if (!findings || work->sink.failed)
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    if (count)
        memcpy(findings, work->sink.findings, count * sizeof *findings);
    if (count)
        qsort(findings, count, sizeof *findings, compare_findings);
    *out_findings = findings;
    *out_count = count;
    return CCK_OK;
}

int cck_rules_run(const cck_rules_request *request, cck_arena *arena, cck_finding **out_findings,
                  size_t *out_count, cck_error *err)
{
    cck_words own = {.memos = NULL};
    cck_rules_work work = {.request = request, .words = request->words ? request->words : &own};
    work.leaves = calloc(CCK_USE_LEAVES, sizeof *work.leaves);
    if (!work.leaves || (!request->words && !cck_words_load(&own, arena))) {
        free(work.leaves);
        cck_words_clear(&own);
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    }
    work.source = (cck_use_source){work.words, request->config, request->annotations,
                                   request->profile, arena};
    work.context = (cck_rule_context){.corpus = request->corpus,
                                      .words = work.words,
                                      .annotations = request->annotations,
                                      .line = LINE};
    work.sink = (cck_rule_sink){.context = &work.context, .source = &work.source, .arena = arena};
    look_at_everything(&work);
    int code = hand_over(&work, arena, out_findings, out_count, err);
    free(work.sink.findings);
    free(work.leaves);
    cck_words_clear(&own);
    return code;
}
