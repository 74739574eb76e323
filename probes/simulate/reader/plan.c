/* SPDX-License-Identifier: MIT */
#include "probes/simulate/reader/plan.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/fail.h"
#include "core/base/nearest.h"

/* Where the machine's clock is not known. */
static const double usual_hertz = 3e9;

/* ---- words ---- */

typedef enum word_kind { REPLACEMENT, LLC, ADJACENT, STREAM, TLB, NO_COHERENCE } word_kind;

static const struct {
    const char *name;
    word_kind kind;
    int value;
} words[] = {
    {"plru", REPLACEMENT, CCK_REPLACE_TREE_PLRU},
    {"lru", REPLACEMENT, CCK_REPLACE_LRU},
    {"inclusive", LLC, CCK_LLC_INCLUSIVE},
    {"exclusive", LLC, CCK_LLC_EXCLUSIVE},
    {"independent", LLC, CCK_LLC_INDEPENDENT},
    {"adjacent", ADJACENT, 1},
    {"stream", STREAM, 1},
    {"tlb", TLB, 1},
    {"no-coherence", NO_COHERENCE, 1},
};
enum { WORDS = sizeof words / sizeof *words };

static int unknown_word(const char *word, cck_error *err)
{
    const char *names[WORDS];
    for (size_t i = 0; i < WORDS; i++)
        names[i] = words[i].name;
    const char *near = cck_nearest(word, names, WORDS);
    cck_fail(err, CCK_EINVALID, "the model has no '%s'", word);
    if (near)
        cck_hint(err, "did you mean '%s'?", near);
    else
        cck_hint(err, "words are plru, lru, inclusive, exclusive, independent, adjacent, stream, "
                      "tlb and no-coherence");
    return CCK_EINVALID;
}

static bool is_power_of_two(uint32_t number)
{
    return number && !(number & (number - 1));
}

static void set_replacement(cck_model_options *model, cck_replacement replacement)
{
    const struct {
        const cck_shape *shape;
        cck_replacement *to;
    } levels[] = {{&model->d1, &model->replace_l1},
                  {&model->l2, &model->replace_l2},
                  {&model->ll, &model->replace_ll}};
    for (size_t i = 0; i < sizeof levels / sizeof *levels; i++) {
        uint32_t ways = levels[i].shape->ways;
        if (levels[i].shape == &model->d1 && !is_power_of_two(model->i1.ways))
            ways = 0;
        /* A tree has 2^n leaves: where there are others, LRU is what is left. */
        bool tree = is_power_of_two(ways) && ways <= 32;
        *levels[i].to = tree ? replacement : CCK_REPLACE_LRU;
    }
}

static void set_word(cck_model_options *model, size_t which)
{
    switch (words[which].kind) {
    case REPLACEMENT:
        set_replacement(model, (cck_replacement)words[which].value);
        break;
    case LLC:
        model->llc = (cck_llc_kind)words[which].value;
        break;
    case ADJACENT:
        model->adjacent_prefetch = true;
        break;
    case STREAM:
        model->stream_prefetch = true;
        break;
    case TLB: /* as Intel's Skylake server has them: Optimization Manual, 2.6 */
        model->tlb_data = (cck_tlb_shape){64, 4};
        model->tlb_instruction = (cck_tlb_shape){128, 8};
        model->tlb2 = (cck_tlb_shape){1536, 12};
        break;
    case NO_COHERENCE:
        model->coherent = false;
        break;
    }
}

static int read_words(cck_model_options *model, const char *text, cck_error *err)
{
    static const char separators[] = " ,\t\n";
    for (text += strspn(text, separators); *text; text += strspn(text, separators)) {
        char word[CCK_NEAREST_LENGTH + 1];
        size_t length = strcspn(text, separators), which = 0;
        snprintf(word, sizeof word, "%.*s", (int)(length < sizeof word ? length : 40), text);
        while (which < WORDS && strcmp(word, words[which].name) != 0)
            which++;
        if (which == WORDS)
            return unknown_word(word, err);
        set_word(model, which);
        text += length;
    }
    return 0;
}

/* ---- threads to cores ---- */

static int bad_map(const char *text, const char *why, cck_error *err)
{
    cck_fail(err, CCK_EINVALID, "cannot map threads to cores by '%s': %s", text, why);
    const char *const known[] = {"affinity", "round-robin"};
    const char *near = cck_nearest(text, known, 2);
    if (near)
        cck_hint(err, "did you mean '%s'?", near);
    else
        cck_hint(err, "'affinity', 'round-robin', or cores such as '0,4,1'");
    return CCK_EINVALID;
}

static int read_cores(cck_plan *plan, const char *text, cck_arena *arena, cck_error *err)
{
    size_t most = 1, count = 0;
    for (const char *at = text; *at; at++)
        most += *at == ',';
    uint32_t *cores = cck_arena_array(arena, most, sizeof *cores);
    if (!cores)
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    for (const char *at = text;; at++) {
        char *end;
        unsigned long core = *at >= '0' && *at <= '9' ? strtoul(at, &end, 10) : ULONG_MAX;
        if (core == ULONG_MAX || (*end && *end != ','))
            return bad_map(text, "expected numbers with commas between them", err);
        if (core >= plan->model.cores) {
            cck_fail(err, CCK_EINVALID, "there is no core %lu: the modelled machine has %" PRIu32,
                     core, plan->model.cores);
            cck_hint(err, "cores count from 0; set how many there are with --cache cores=N");
            return CCK_EINVALID;
        }
        cores[count++] = (uint32_t)core;
        at = end;
        if (!*at)
            break;
    }
    plan->placement = CCK_PLACE_LIST;
    plan->cores = cores;
    plan->core_count = count;
    return 0;
}

static int read_map(cck_plan *plan, const char *text, const cck_machine *machine, cck_arena *arena,
                    cck_error *err)
{
    enum { CPUS = 64 };
    if (!text || !strcmp(text, "round-robin"))
        return 0;
    if (strcmp(text, "affinity") != 0)
        return read_cores(plan, text, arena, err);
    int32_t *core_of_cpu = cck_arena_array(arena, CPUS, sizeof *core_of_cpu);
    if (!core_of_cpu)
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    for (unsigned cpu = 0; cpu < CPUS; cpu++)
        core_of_cpu[cpu] = machine ? cck_machine_core_of_cpu(machine, cpu) : (int32_t)cpu;
    plan->placement = CCK_PLACE_AFFINITY;
    plan->core_of_cpu = core_of_cpu;
    return 0;
}

/* ---- the machine ---- */

static int open_machine(cck_machine **out_machine, const char *topology, cck_error *err)
{
    cck_machine_options options = {.size = sizeof options};
    /* What is a file is XML: synthetic strings have colons and blanks. */
    if (access(topology, F_OK) == 0 || strchr(topology, '/'))
        options.xml = topology;
    else
        options.synthetic = topology;
    return cck_machine_open(out_machine, &options, err);
}

static void take_machine(cck_model_options *model, const cck_machine *machine)
{
    const cck_machine_info *info = cck_machine_get_info(machine);
    const cck_cache *last = cck_machine_data_cache(machine, 0);
    uint32_t nodes = info->nodes ? info->nodes : 1;
    if (nodes > CCK_MODEL_NODES_MAX)
        nodes = CCK_MODEL_NODES_MAX;
    model->nodes = nodes > model->cores ? model->cores : nodes;
    if (last && last->count > 1 && model->cores > last->count)
        model->cores_per_ll = (model->cores + last->count - 1) / last->count;
    else if (last && last->count > 1)
        model->cores_per_ll = 1;
}

static int choose_model(cck_plan *plan, const cck_probe_request *request,
                        const cck_machine *machine, cck_error *err)
{
    cck_geometry_choice choice;
    const cck_simulate_options *options = request->simulate;
    const char *cache = options->cache ? options->cache : request->options->cache;
    int status = cck_geometry_choose(&choice, cache, machine, request->arena, err);
    if (status < 0)
        return status;
    const cck_geometry *geometry = &choice.geometry;
    plan->model = (cck_model_options){.i1 = geometry->i1,
                                      .d1 = geometry->d1,
                                      .l2 = geometry->l2,
                                      .ll = geometry->ll,
                                      .cores = geometry->cores,
                                      .coherent = true,
                                      .explain = true,
                                      .address_bits = geometry->address_bits};
    if (machine)
        take_machine(&plan->model, machine);
    status = read_words(&plan->model, options->model ? options->model : "", err);
    if (status < 0)
        return status;
    if (!plan->model.coherent && request->want == CCK_WANT_SHARING) {
        cck_fail(err, CCK_EINVALID, "without coherence no line is ever taken from another thread");
        cck_hint(err, "leave out no-coherence, or see: cachecheck hotspots --model no-coherence");
        return CCK_EINVALID;
    }
    cck_model_defaults(&plan->model);
    const char *fault = cck_model_fault(&plan->model);
    if (fault) {
        cck_fail(err, CCK_EINVALID, "cannot simulate this machine: %s", fault);
        cck_hint(err, "its caches: %s", choice.text);
        return CCK_EINVALID;
    }
    plan->text = choice.text;
    if (options->model && *options->model)
        plan->text = cck_arena_printf(request->arena, "%s %s", choice.text, options->model);
    plan->note = choice.note;
    return plan->text ? 0 : cck_fail(err, CCK_ENOMEM, "out of memory");
}

int cck_plan_make(cck_plan *out_plan, const cck_probe_request *request, cck_error *err)
{
    const cck_simulate_options *options = request->simulate;
    cck_plan plan = {.hertz = usual_hertz,
                     .spots = request->want == CCK_WANT_SPOTS,
                     .max_instructions = options->max_instructions,
                     .marked = options->marked,
                     .remap = request->remap};
    cck_machine *own = NULL;
    int status = options->topology ? open_machine(&own, options->topology, err) : 0;
    if (status < 0)
        return status;
    const cck_machine *machine = own ? own : request->machine;
    status = choose_model(&plan, request, machine, err);
    if (!status)
        status = read_map(&plan, options->map, machine, request->arena, err);
    cck_machine_free(own);
    if (status < 0)
        return status;
    if (options->start_at) {
        plan.start_at = cck_arena_strdup(request->arena, options->start_at);
        if (!plan.start_at)
            return cck_fail(err, CCK_ENOMEM, "out of memory");
    }
    *out_plan = plan;
    return 0;
}
