/* SPDX-License-Identifier: MIT */
#include "core/result/assemble.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/fail.h"
#include "core/base/utf8.h"
#include "core/result/result.h"
#include "core/result/row.h"

typedef struct assembly_state {
    cck_result *result;
    const cck_tally *tally;
    const cck_machine *machine;
    size_t events;
    cck_row *rows;
    cck_value *totals;
    cck_residency_sum residency; /* of the run */
    cck_map processes;           /* pid -> name of the process, to share the string */
    cck_error *err;
} assembly_state;

static int no_memory(assembly_state *assembly)
{
    return cck_fail(assembly->err, CCK_ENOMEM, "out of memory");
}

uint64_t cck_scale(uint64_t raw, uint64_t enabled, uint64_t running)
{
    if (running >= enabled)
        return raw < CCK_VALUE_MOST ? raw : CCK_VALUE_MOST;
    unsigned __int128 scaled = ((unsigned __int128)raw * enabled + running / 2) / running;
    return scaled < CCK_VALUE_MOST ? (uint64_t)scaled : CCK_VALUE_MOST;
}

static cck_value value_of(const cck_tally_count *count, const char *not_counted)
{
    if (not_counted)
        return (cck_value){.not_counted = not_counted};
    if (!count->running)
        return (cck_value){.not_counted = cck_never_on_a_counter};
    return (cck_value){
        .value = cck_scale(count->raw, count->enabled, count->running),
        .raw = count->raw < CCK_VALUE_MOST ? count->raw : CCK_VALUE_MOST,
        .running =
            count->running >= count->enabled ? 1 : (double)count->running / (double)count->enabled,
    };
}

/* Names are keys of the result's JSON. Where one name became an event on each core PMU
 * of a hybrid machine, the second is called name#2. */
static const char *unique_name(assembly_state *assembly, const cck_event_info *events, size_t index)
{
    unsigned same = 1;
    for (size_t i = 0; i < index; i++)
        same += strcmp(events[i].name, events[index].name) == 0;
    const char *name = cck_utf8_clean(assembly->result->arena, events[index].name);
    return same == 1 || !name ? name
                              : cck_arena_printf(assembly->result->arena, "%s#%u", name, same);
}

static int take_events(assembly_state *assembly, const cck_event_info *events)
{
    cck_arena *arena = assembly->result->arena;
    cck_event_info *copies = cck_arena_array(arena, assembly->events, sizeof *copies);
    if (!copies)
        return no_memory(assembly);
    for (size_t i = 0; i < assembly->events; i++) {
        const cck_event_info *from = &events[i];
        copies[i] = *from;
        copies[i].name = unique_name(assembly, events, i);
        copies[i].counted = cck_utf8_clean(arena, from->counted ? from->counted : "");
        copies[i].role = cck_utf8_clean(arena, from->role ? from->role : "");
        copies[i].unit = cck_utf8_clean(arena, from->unit && *from->unit ? from->unit : "count");
        copies[i].meaning = cck_utf8_clean(arena, from->meaning ? from->meaning : "");
        if (!copies[i].name || !copies[i].counted || !copies[i].role || !copies[i].unit ||
            !copies[i].meaning)
            return no_memory(assembly);
    }
    assembly->result->events = copies;
    assembly->result->event_count = assembly->events;
    return 0;
}

static const char **take_reasons(assembly_state *assembly)
{
    const char **reasons =
        cck_arena_array(assembly->result->arena, assembly->events, sizeof *reasons);
    for (size_t i = 0; reasons && i < assembly->events; i++) {
        const char *reason = assembly->tally->not_counted[i];
        reasons[i] = reason ? cck_utf8_clean(assembly->result->arena, reason) : NULL;
        if (reason && !reasons[i])
            return NULL;
    }
    return reasons;
}

/* Threads of a process share its name: 10,000 copies would only cost memory. */
static const char *process_name(assembly_state *assembly, const cck_tally_thread *thread)
{
    if (!thread->process[0])
        return "";
    uint64_t key = (uint32_t)thread->pid;
    char *known = cck_map_get(&assembly->processes, key);
    if (known && strcmp(known, thread->process) == 0)
        return known;
    char *name = cck_utf8_clean(assembly->result->arena, thread->process);
    return name && cck_map_put(&assembly->processes, key, name) ? name : NULL;
}

static int node_of(const assembly_state *assembly, uint32_t cpu)
{
    return assembly->machine ? cck_machine_node_of_cpu(assembly->machine, cpu) : -1;
}

static bool take_residency(assembly_state *assembly, const cck_tally_thread *thread, cck_row *row)
{
    cck_residency_sum sum = {0};
    bool ok = true;
    for (uint32_t i = 0; ok && i < thread->cpu_count; i++) {
        const cck_tally_cpu *cpu = &thread->cpus[i];
        int32_t node = node_of(assembly, cpu->cpu);
        ok = cck_residency_add(&sum, cpu->cpu, node, cpu->ns) &&
             cck_residency_add(&assembly->residency, cpu->cpu, node, cpu->ns);
    }
    ok = cck_residency_finish(&sum, assembly->result->arena, row) && ok;
    if (!row->residency_count)
        row->residency_unknown = assembly->result->total.residency_unknown
                                     ? assembly->result->total.residency_unknown
                                     : "no time on a CPU was seen";
    return ok;
}

static int take_thread(assembly_state *assembly, const cck_tally_thread *thread,
                       const char *const *reasons, cck_row *row)
{
    cck_arena *arena = assembly->result->arena;
    cck_value *values = cck_arena_array(arena, assembly->events, sizeof *values);
    *row = (cck_row){
        .kind = thread->kind,
        .pid = thread->pid,
        .tid = thread->tid,
        .index = -1,
        .name = cck_utf8_clean(arena, thread->name),
        .process = process_name(assembly, thread),
        .threads = thread->threads,
        .values = values,
        .verdict = {"", ""},
    };
    if (!values || !row->name || !row->process || !take_residency(assembly, thread, row))
        return no_memory(assembly);
    for (size_t i = 0; i < assembly->events; i++)
        values[i] = value_of(&thread->counts[i], reasons[i]);
    cck_values_add(assembly->totals, values, assembly->events);
    return 0;
}

/* What the event counted beyond its threads. */
static cck_tally_count left_over(const assembly_state *assembly, size_t event, bool *too_much)
{
    const cck_tally_count *total = &assembly->tally->totals[event];
    uint64_t raw = 0;
    for (size_t i = 0; i < assembly->tally->thread_count; i++)
        raw += assembly->tally->threads[i]->counts[event].raw;
    if (!total->raw && !total->running)
        return (cck_tally_count){0}; /* the probe has no totals */
    if (total->raw < raw) {
        *too_much = true;
        return (cck_tally_count){0};
    }
    /* Nobody timed the remainder by itself: the event's own share serves. */
    return total->running ? (cck_tally_count){total->raw - raw, total->enabled, total->running}
                          : (cck_tally_count){total->raw - raw, 1, 1};
}

static int add_rest(assembly_state *assembly, const char *const *reasons)
{
    cck_arena *arena = assembly->result->arena;
    cck_value *values = cck_arena_array(arena, assembly->events, sizeof *values);
    if (!values)
        return no_memory(assembly);
    bool needed = false, too_much = false;
    for (size_t i = 0; i < assembly->events; i++) {
        cck_tally_count rest =
            reasons[i] ? (cck_tally_count){0} : left_over(assembly, i, &too_much);
        needed = needed || rest.raw;
        if (!rest.raw) /* nothing left over is known, and exact, where the rest row exists */
            values[i] = assembly->totals[i].not_counted
                            ? (cck_value){.not_counted = assembly->totals[i].not_counted}
                            : (cck_value){.running = 1};
        else
            values[i] = value_of(&rest, NULL);
    }
    if (too_much && !cck_result_note(assembly->result,
                                     "the threads counted more than the total said: the threads "
                                     "are believed"))
        return no_memory(assembly);
    if (!needed)
        return 0;
    assembly->rows[assembly->result->row_count++] = (cck_row){
        .kind = CCK_ROW_REST,
        .index = -1,
        .name = "(no thread)",
        .process = "",
        .values = values,
        .residency_unknown = "belongs to no single thread",
        .verdict = {"", ""},
    };
    cck_values_add(assembly->totals, values, assembly->events);
    return 0;
}

static int take_threads(assembly_state *assembly, const char *const *reasons)
{
    cck_result *result = assembly->result;
    size_t count = assembly->tally->thread_count;
    assembly->rows = cck_arena_array(result->arena, count + 1, sizeof *assembly->rows);
    assembly->totals = cck_values_start(result->arena, assembly->events);
    if (!assembly->rows || !assembly->totals)
        return no_memory(assembly);
    for (size_t i = 0; i < count; i++) {
        int code = take_thread(assembly, assembly->tally->threads[i], reasons, &assembly->rows[i]);
        if (code)
            return code;
    }
    result->rows = assembly->rows;
    result->row_count = count;
    int code = add_rest(assembly, reasons);
    for (size_t i = 0; i < assembly->events; i++)
        if (reasons[i])
            assembly->totals[i].not_counted = reasons[i];
    cck_values_finish(assembly->totals, assembly->events);
    return code;
}

static int take_total(assembly_state *assembly)
{
    cck_result *result = assembly->result;
    cck_row *total = &result->total;
    total->kind = CCK_ROW_PROCESS;
    total->pid = result->target.pid;
    total->index = -1;
    total->name = total->process = "";
    for (size_t i = 0; i < result->row_count; i++)
        total->threads += result->rows[i].threads;
    total->values = assembly->totals;
    if (!cck_residency_finish(&assembly->residency, result->arena, total))
        return no_memory(assembly);
    if (!total->residency_count && !total->residency_unknown)
        total->residency_unknown = "no time on a CPU was seen";
    return 0;
}

static const cck_tally_core *core_of(const cck_tally *tally, uint32_t cpu)
{
    for (size_t i = 0; i < tally->core_count; i++)
        if (tally->cores[i].cpu == cpu)
            return &tally->cores[i];
    return NULL;
}

static int compare_numbers(const void *a, const void *b)
{
    uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
    return (left > right) - (left < right);
}

/* Every CPU that was counted on or ran on, in order, each once. */
static uint32_t *list_cpus(assembly_state *assembly, size_t *out_count)
{
    const cck_row *total = &assembly->result->total;
    size_t most = assembly->tally->core_count + total->residency_count, count = 0;
    uint32_t *cpus = malloc((most + 1) * sizeof *cpus);
    if (!cpus)
        return NULL;
    for (size_t i = 0; i < assembly->tally->core_count; i++)
        cpus[count++] = assembly->tally->cores[i].cpu;
    for (size_t i = 0; i < total->residency_count; i++)
        cpus[count++] = total->residency[i].cpu;
    qsort(cpus, count, sizeof *cpus, compare_numbers);
    *out_count = 0;
    for (size_t i = 0; i < count; i++)
        if (i == 0 || cpus[i] != cpus[i - 1])
            cpus[(*out_count)++] = cpus[i];
    return cpus;
}

static bool take_cpu(assembly_state *assembly, uint32_t cpu, const char *const *reasons,
                     cck_row *row)
{
    cck_result *result = assembly->result;
    cck_value *values = cck_arena_array(result->arena, assembly->events, sizeof *values);
    cck_residency *residency = cck_arena_alloc(result->arena, sizeof *residency);
    const char *name = cck_arena_printf(result->arena, "cpu%u", cpu);
    if (!values || !residency || !name)
        return false;
    const cck_tally_core *core = core_of(assembly->tally, cpu);
    for (size_t i = 0; i < assembly->events; i++)
        values[i] = core ? value_of(&core->counts[i], reasons[i])
                         : (cck_value){.not_counted = "not counted by CPU"};
    *residency = (cck_residency){.cpu = cpu, .node = node_of(assembly, cpu), .share = 1};
    for (size_t i = 0; i < result->total.residency_count; i++)
        if (result->total.residency[i].cpu == cpu)
            residency->ns = result->total.residency[i].ns;
    *row = (cck_row){
        .kind = CCK_ROW_CORE,
        .index = (int32_t)cpu,
        .name = name,
        .process = "",
        .values = values,
        .residency = residency,
        .residency_count = 1,
        .verdict = {"", ""},
    };
    return true;
}

static int take_cpus(assembly_state *assembly, const char *const *reasons)
{
    cck_result *result = assembly->result;
    size_t count = 0;
    uint32_t *cpus = list_cpus(assembly, &count);
    cck_row *rows = cpus ? cck_arena_array(result->arena, count, sizeof *rows) : NULL;
    bool ok = rows != NULL;
    for (size_t i = 0; ok && i < count; i++)
        ok = take_cpu(assembly, cpus[i], reasons, &rows[i]);
    free(cpus);
    if (!ok)
        return no_memory(assembly);
    result->cpus = rows;
    result->cpu_count = count;
    return 0;
}

int cck_assemble(cck_result *result, const cck_tally *tally, const cck_event_info *events, size_t n,
                 const cck_machine *machine, cck_error *err)
{
    if (n != tally->event_count)
        return cck_fail(err, CCK_EINTERNAL, "%zu events but %zu counts a thread", n,
                        tally->event_count);
    assembly_state state = {
        .result = result, .tally = tally, .machine = machine, .events = n, .err = err};
    if (tally->residency_unknown)
        result->total.residency_unknown = cck_utf8_clean(result->arena, tally->residency_unknown);
    result->lost_records = tally->lost_records;
    const char **reasons = take_reasons(&state);
    int code = reasons ? take_events(&state, events) : no_memory(&state);
    if (!code)
        code = take_threads(&state, reasons);
    if (!code)
        code = take_total(&state);
    if (!code)
        code = take_cpus(&state, reasons);
    if (!code)
        code = cck_result_judge(result, err);
    if (!code)
        cck_result_sort_default(result);
    free(state.residency.cpus);
    cck_map_clear(&state.processes);
    return code;
}
