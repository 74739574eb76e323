/* SPDX-License-Identifier: MIT */
/* Rules over a corpus, on as many threads as there are, and the findings copied to where they
 * outlive it. */
#include "layouts/judge.h"

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cachecheck/words.h>

#include "core/base/fail.h"
#include "core/finding/copy.h"
#include "core/result/result.h"
#include "layouts/run.h"

/* Below so many types a thread costs more than it saves. */
enum { TYPES_A_THREAD = 2000, THREADS_MOST = 16 };

/** A range of types that one thread looks at. */
typedef struct judge_part {
    cck_rules_request request;
    cck_arena arena;
    cck_finding *findings;
    size_t count;
    int code;
    cck_error error;
    pthread_t thread;
    bool started;
} judge_part;

/* ---- what was asked for ---- */

static int check_words(const char *const *words, cck_error *err)
{
    const char *names[64] = {NULL};
    for (size_t i = 0; i < 63 && cck_rules[i]; i++)
        names[i] = cck_rules[i]->name;
    for (; words && *words; words++) {
        if (cck_rule_find(*words))
            continue;
        const char *nearest = cck_nearest_word(*words, names);
        cck_fail(err, CCK_EINVALID, "there is no rule '%s'", *words);
        cck_hint(err, nearest ? "did you mean '%s'?" : "rules are described in docs/rules/%s",
                 nearest ? nearest : "");
        return CCK_EINVALID;
    }
    return 0;
}

static bool names_rule(const char *const *words, const char *rule)
{
    for (; words && *words; words++)
        if (strcmp(cck_rule_find(*words)->name, rule) == 0)
            return true;
    return false;
}

static int read_config(const cck_layout_options *options, cck_arena *arena,
                       cck_layout_config *config, const cck_layout_config **out_config,
                       cck_error *err)
{
    char *here = options->config ? NULL : getcwd(NULL, 0);
    const char *path = options->config ? options->config
                       : here          ? cck_layout_config_find(arena, here)
                                       : NULL;
    free(here);
    *out_config = NULL;
    if (!path)
        return 0;
    int code = cck_layout_config_read(config, arena, path, err);
    if (code == 0)
        *out_config = config;
    return code;
}

/* ---- threads ---- */

static void *look(void *context)
{
    judge_part *part = context;
    part->request.annotations = cck_annotations_new();
    part->code =
        cck_rules_run(&part->request, &part->arena, &part->findings, &part->count, &part->error);
    return NULL;
}

static size_t count_parts(const cck_layout_options *options, size_t types)
{
    cpu_set_t cpus;
    size_t most = options->jobs;
    if (!most)
        most = sched_getaffinity(0, sizeof cpus, &cpus) == 0 ? (size_t)CPU_COUNT(&cpus) : 1;
    most = most > THREADS_MOST ? THREADS_MOST : most;
    size_t useful = types / TYPES_A_THREAD + 1;
    return useful < most ? useful : most;
}

/* One part: everything. More: ranges of types, the last with what follows and the globals. */
static void divide(judge_part *parts, size_t count, const cck_rules_request *request)
{
    size_t types = request->corpus->type_count;
    for (size_t i = 0; i < count; i++) {
        parts[i].request = *request;
        parts[i].request.first_type = types * i / count;
        parts[i].request.last_type = i + 1 < count ? types * (i + 1) / count : 0;
    }
}

static void run_parts(judge_part *parts, size_t count)
{
    for (size_t i = 1; i < count; i++)
        parts[i].started = pthread_create(&parts[i].thread, NULL, look, &parts[i]) == 0;
    look(&parts[0]);
    for (size_t i = 1; i < count; i++) {
        if (parts[i].started)
            pthread_join(parts[i].thread, NULL);
        else
            look(&parts[i]);
    }
}

/* ---- findings ---- */

static int take(cck_result *result, judge_part *parts, size_t count,
                const cck_layout_options *options, cck_error *err)
{
    size_t total = 0;
    for (size_t i = 0; i < count; i++) {
        if (parts[i].code < 0)
            return cck_error_move(err, &parts[i].error);
        total += parts[i].count;
    }
    cck_finding *findings = cck_arena_array(result->arena, total, sizeof *findings);
    result->findings = findings;
    for (size_t i = 0; findings && i < count; i++)
        for (size_t j = 0; j < parts[i].count; j++) {
            const cck_finding *from = &parts[i].findings[j];
            if ((options->rules && !names_rule(options->rules, from->rule)) ||
                names_rule(options->ignored, from->rule))
                continue;
            if (!cck_finding_copy(result->arena, &findings[result->finding_count++], from))
                return cck_fail(err, CCK_ENOMEM, "out of memory");
        }
    return findings ? 0 : cck_fail(err, CCK_ENOMEM, "out of memory");
}

/* Comments that say "cachecheck:" and are not understood would else be silently without
 * effect. */
static int note_problems(cck_result *result, const judge_part *parts, size_t count, cck_error *err)
{
    enum { NOTES_MOST = 10 };
    size_t notes = 0;
    for (size_t i = 0; i < count; i++) {
        const char *problem;
        const cck_annotations *annotations = parts[i].request.annotations;
        for (size_t j = 0; annotations && notes < NOTES_MOST &&
                           (problem = cck_annotation_problem(annotations, j));
             j++, notes++)
            if (!cck_result_note(result, problem))
                return cck_fail(err, CCK_ENOMEM, "out of memory");
    }
    return 0;
}

static int judge_with(cck_audit *audit, const cck_layout_options *options,
                      const cck_rules_request *request, cck_error *err)
{
    size_t count = count_parts(options, request->corpus->type_count);
    judge_part *parts = calloc(count, sizeof *parts);
    if (!parts)
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    divide(parts, count, request);
    run_parts(parts, count);
    int code = take(audit->result, parts, count, options, err);
    if (code == 0)
        code = note_problems(audit->result, parts, count, err);
    for (size_t i = 0; i < count; i++) {
        cck_annotations_free(parts[i].request.annotations);
        cck_arena_clear(&parts[i].arena);
    }
    free(parts);
    return code;
}

static int judge(cck_audit *audit, const cck_layout_options *options,
                 const cck_rules_request *request, cck_error *err)
{
    cck_words words;
    cck_rules_request worded = *request;
    int code = cck_words_load(&words, audit->result->arena)
                   ? 0
                   : cck_fail(err, CCK_ENOMEM, "out of memory");
    worded.words = &words;
    if (code == 0)
        code = judge_with(audit, options, &worded, err);
    cck_words_clear(&words);
    return code;
}

int cck_audit_judge(cck_audit *audit, const cck_layout_options *options, cck_error *err)
{
    cck_layout_config config;
    cck_rules_request request = {
        .corpus = &audit->corpus, .line = options->line, .pair = options->pair};
    cck_result *profile = NULL;
    int code = check_words(options->rules, err);
    if (code == 0)
        code = check_words(options->ignored, err);
    if (code == 0)
        code = read_config(options, audit->result->arena, &config, &request.config, err);
    if (code == 0 && options->profile)
        code = cck_result_load(&profile, options->profile, err);
    request.profile = profile;
    if (code == 0 && request.config) {
        audit->aligner = config.padding ? config.padding : "";
        audit->headers = config.headers ? config.headers : "";
        if (!options->line && config.line)
            audit->line = config.line * (options->pair || config.pair ? 2 : 1);
    }
    if (code == 0)
        code = judge(audit, options, &request, err);
    cck_result_free(profile);
    return code;
}
