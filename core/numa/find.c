/* SPDX-License-Identifier: MIT */
/* From a placement to findings: a table of rules, over each process. */
#include "core/numa/find.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/fail.h"
#include "core/base/number.h"
#include "core/numa/numa.h"
#include "core/numa/number_set.h"
#include "core/numa/words.h"
#include "core/result/words.h"
#include "core/session/command_text.h"

static cck_numa_rule *const rules[] = {
    cck_numa_rule_remote,  cck_numa_rule_first_touch, cck_numa_rule_interleave,
    cck_numa_rule_huge,    cck_numa_rule_file,        cck_numa_rule_cpuless,
    cck_numa_rule_wanders, cck_numa_rule_balancing,   cck_numa_rule_full,
    cck_numa_rule_policy,
};

/* ---- pieces of findings ---- */

const char *cck_numa_text(cck_numa_search *search, const char *format, ...)
{
    char *made = NULL;
    va_list arguments;
    va_start(arguments, format);
    int length = vasprintf(&made, format, arguments);
    va_end(arguments);
    const char *kept = length >= 0 ? cck_arena_strdup(search->arena, made) : NULL;
    if (length >= 0)
        free(made);
    search->failed |= !kept;
    return kept ? kept : "";
}

/* FNV-1a over what stays the same from run to run. */
static uint64_t hash(uint64_t sum, const char *text)
{
    for (; *text; text++)
        sum = (sum ^ (unsigned char)*text) * 0x100000001b3u;
    return (sum ^ 0xff) * 0x100000001b3u;
}

cck_finding *cck_numa_add(cck_numa_search *search, const cck_numa_view *view, const char *rule,
                          cck_severity severity)
{
    if (search->count == CCK_NUMA_FINDINGS) {
        search->left_out++;
        return NULL;
    }
    cck_finding *finding = &search->list[search->count++];
    *finding = (cck_finding){
        .rule = rule,
        .severity = severity,
        .title = "",
        .id = "",
        .evidence = {.grade = CCK_MEASURED,
                     .rate = -1,
                     .potential = -1,
                     .cost = -1,
                     .cost_text = "",
                     .text = ""},
        .object = {.kind = "process",
                   .name = cck_numa_text(search, "%s (%" PRId32 ")", view->process->name,
                                         view->process->pid),
                   .type = "",
                   .type_from = ""},
        .suggestion = {.text = "", .cost_of = "", .code = "", .patch = ""},
        .verify = "",
    };
    return finding;
}

void cck_numa_note(cck_numa_search *search, cck_finding *finding, const char *sentence)
{
    const char **notes = cck_arena_array(search->arena, finding->note_count + 1, sizeof *notes);
    if (!notes) {
        search->failed = true;
        return;
    }
    if (finding->note_count)
        memcpy(notes, finding->notes, finding->note_count * sizeof *notes);
    notes[finding->note_count++] = sentence;
    finding->notes = notes;
}

void cck_numa_variant(cck_numa_search *search, cck_finding *finding, cck_suggestion suggestion)
{
    cck_suggestion *main = &finding->suggestion;
    if (!*main->text) {
        *main = suggestion;
        return;
    }
    cck_suggestion *variants =
        cck_arena_array(search->arena, main->variant_count + 1, sizeof *variants);
    if (!variants) {
        search->failed = true;
        return;
    }
    if (main->variant_count)
        memcpy(variants, main->variants, main->variant_count * sizeof *variants);
    variants[main->variant_count++] = suggestion;
    main->variants = variants;
}

/* "48 %", "48 % (47-49)". */
static const char *share_text(cck_numa_search *search, const cck_numa_share *share)
{
    if (share->high - share->low < 0.005)
        return cck_numa_text(search, "%.0f %%", 100 * share->value);
    return cck_numa_text(search, "%.0f %% (95 %%: %.0f to %.0f)", 100 * share->value,
                         100 * share->low, 100 * share->high);
}

const char *cck_numa_bytes_text(cck_numa_search *search, uint64_t bytes)
{
    char text[CCK_NUMBER_SIZE];
    cck_number_bytes(text, (double)bytes);
    return cck_numa_text(search, "%s", text);
}

const char *cck_numa_mapping_text(cck_numa_search *search, const cck_numa_mapping *mapping)
{
    if (mapping->stack_of)
        return cck_numa_text(search, "the stack of thread %" PRId32, mapping->stack_of);
    if (*mapping->name)
        return cck_numa_text(search, "`%s`", mapping->name);
    return cck_numa_text(search, "the %s mapping at 0x%" PRIx64,
                         cck_word_of(cck_numa_kind_words, (int)mapping->kind), mapping->start);
}

const char *cck_numa_evidence(cck_numa_search *search, const cck_numa_view *view,
                              const char *what, const cck_numa_share *share)
{
    const cck_numa_process *process = view->process;
    if (process->method == CCK_NUMA_SAMPLED)
        return cck_numa_text(search, "%s%s, of %" PRIu64 " pages sampled", what,
                             share_text(search, share), process->found);
    return cck_numa_text(search, "%s%s, every page counted", what,
                         share_text(search, share));
}

/* ---- a process ---- */

static void common_sets(cck_numa_view *view, const cck_numa_placement *placement)
{
    bool first = true;
    char both[CCK_NUMA_LIST];
    for (size_t i = 0; i < placement->thread_count; i++) {
        const cck_numa_thread *thread = &placement->threads[i];
        if (thread->pid != view->process->pid)
            continue;
        if (first && strlen(thread->cpus) < sizeof view->cpus)
            strcpy(view->cpus, thread->cpus);
        if (first && strlen(thread->mems) < sizeof view->mems)
            strcpy(view->mems, thread->mems);
        if (!first && strcmp(view->mems, thread->mems) != 0) {
            cck_number_set_common(view->mems, thread->mems, both, sizeof both);
            strcpy(view->mems, both);
        }
        first = false;
    }
    /* Affinity of single threads is theirs to choose; what bounds them all is the leader's
     * cgroup, which its own list cannot exceed: the union of all is what is surely allowed. */
    for (size_t i = 0; i < placement->thread_count; i++) {
        const cck_numa_thread *thread = &placement->threads[i];
        if (thread->pid == view->process->pid && strlen(thread->cpus) < sizeof view->cpus &&
            cck_number_set_count(thread->cpus) > cck_number_set_count(view->cpus))
            strcpy(view->cpus, thread->cpus);
    }
}

static void sum_run(cck_numa_view *view, const cck_numa_placement *placement)
{
    double all = 0;
    bool any = false;
    for (int timed = 1; timed >= 0 && !any; timed--)
        for (size_t i = 0; i < placement->thread_count; i++) {
            const cck_numa_thread *thread = &placement->threads[i];
            double weight = timed ? (double)thread->ran_ns : 1;
            if (thread->pid != view->process->pid || !thread->ran || weight <= 0)
                continue;
            any = true;
            all += weight;
            for (size_t j = 0; j < placement->node_count; j++)
                view->run[j] += weight * thread->ran[j];
        }
    for (size_t j = 0; j < placement->node_count; j++) {
        view->run[j] = all > 0 ? view->run[j] / all : 0;
        if (view->run[j] > view->run[view->run_main])
            view->run_main = j;
    }
}

static bool make_view(cck_numa_search *search, const cck_numa_process *process, cck_numa_view *out)
{
    const cck_numa_placement *placement = search->placement;
    const uint64_t *total = process->rows[CCK_NUMA_ROW_TOTAL];
    *out = (cck_numa_view){.process = process};
    out->run = cck_arena_array(search->arena, placement->node_count, sizeof *out->run);
    if (!out->run)
        return false;
    for (size_t j = 0; total && j < placement->node_count; j++) {
        out->resident += total[j];
        if (total[j] > total[out->memory_main])
            out->memory_main = j;
    }
    for (size_t i = 0; i < placement->thread_count; i++)
        if (placement->threads[i].tid == process->pid)
            out->leader = &placement->threads[i];
    common_sets(out, placement);
    sum_run(out, placement);
    return true;
}

/* ---- the whole ---- */

static int worst_first(const void *a, const void *b)
{
    const cck_finding *x = a, *y = b;
    if (x->severity != y->severity)
        return x->severity < y->severity ? 1 : -1;
    if (x->object.size != y->object.size)
        return x->object.size < y->object.size ? 1 : -1;
    return strcmp(x->rule, y->rule);
}

static void finish(cck_numa_search *search, cck_finding *finding)
{
    uint64_t sum = hash(0xcbf29ce484222325u, finding->rule);
    sum = hash(sum, finding->object.kind);
    /* Of a process the name without its PID. */
    const char *name = strcmp(finding->object.kind, "process") == 0 ? "" : finding->object.name;
    sum = hash(hash(sum, name), finding->title[0] ? finding->rule : "");
    finding->id = cck_numa_text(search, "%016" PRIx64, sum);
    if (!*finding->verify)
        finding->verify = search->target->attached
                              ? cck_numa_text(search, "cachecheck numa -p %s", search->command)
                              : "";
}

static const char *verdict_text(const cck_numa_placement *placement, cck_arena *arena,
                                const char **out_name)
{
    const cck_numa_share *remote = &placement->remote;
    if (placement->node_count == 1) {
        *out_name = "one-node";
        return "one NUMA node: nothing can be remote here";
    }
    if (remote->value < 0) {
        *out_name = "unknown";
        return "what is remote is not known: see `pages`";
    }
    *out_name = remote->low > 0.05 ? "remote" : "local";
    const char *if_even = "of its memory is remote from where its threads run";
    if (remote->high - remote->low < 0.005)
        return cck_arena_printf(arena, "%.0f %% %s", 100 * remote->value, if_even);
    return cck_arena_printf(arena, "%.0f %% (95 %%: %.0f to %.0f) %s", 100 * remote->value,
                            100 * remote->low, 100 * remote->high, if_even);
}

static int search_all(cck_numa_search *search, cck_result *result, cck_error *err)
{
    cck_numa_view view;
    for (size_t i = 0; i < search->placement->process_count; i++) {
        if (!make_view(search, &search->placement->processes[i], &view))
            return cck_fail(err, CCK_ENOMEM, "out of memory");
        for (size_t j = 0; search->placement->node_count > 1 && j < sizeof rules / sizeof *rules; j++)
            rules[j](search, &view);
    }
    for (size_t i = 0; i < search->count; i++)
        finish(search, &search->list[i]);
    qsort(search->list, search->count, sizeof *search->list, worst_first);
    cck_finding *list = cck_arena_array(search->arena, search->count + 1, sizeof *list);
    if (!list || search->failed)
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    memcpy(list, search->list, search->count * sizeof *list);
    result->findings = list;
    result->finding_count = search->count;
    result->findings_left_out = search->left_out;
    return 0;
}

int cck_numa_find(cck_result *result, cck_error *err)
{
    const char *name;
    const char *text = verdict_text(result->placement, result->arena, &name);
    cck_numa_search *search = calloc(1, sizeof *search);
    char *command = cck_command_text(&result->target);
    int code = search && command && text ? 0 : cck_fail(err, CCK_ENOMEM, "out of memory");
    if (code == 0) {
        result->total.verdict = (cck_verdict){.name = name, .text = text};
        search->placement = result->placement;
        search->target = &result->target;
        search->command = command;
        search->arena = result->arena;
        code = search_all(search, result, err);
    }
    free(command);
    free(search);
    return code;
}
