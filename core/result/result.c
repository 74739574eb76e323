/* SPDX-License-Identifier: MIT */
#include "core/result/result.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/fail.h"
#include "core/result/repeat.h"

const char cck_never_on_a_counter[] = "never on a counter";

cck_result *cck_result_new(void)
{
    cck_result *result = calloc(1, sizeof *result);
    cck_arena *arena = calloc(1, sizeof *arena);
    if (!result || !arena) {
        free(result);
        free(arena);
        return NULL;
    }
    *result = (cck_result){
        .command = "",
        .version = CCK_VERSION,
        .machine = {.cpu_vendor = "",
                    .cpu_model = "",
                    .arch = "",
                    .kernel = "",
                    .hypervisor = "",
                    .container = "",
                    .origin = "",
                    .line_size = 64},
        .source = {.backend = "", .why = "", .slowdown = "", .model = ""},
        .target = {.exit_code = -1, .user_s = -1, .system_s = -1, .rank = -1},
        .total =
            {.kind = CCK_ROW_PROCESS, .index = -1, .name = "", .process = "", .verdict = {"", ""}},
        .arena = arena,
    };
    return result;
}

cck_result cck_result_view(const cck_result *result, cck_arena *arena)
{
    cck_result view = *result;
    view.arena = arena;
    return view;
}

void cck_result_free(cck_result *result)
{
    if (!result)
        return;
    cck_arena_clear(result->arena);
    free(result->arena);
    free(result);
}

bool cck_result_is_machine(const cck_result *result)
{
    return strcmp(result->command, "machine") == 0;
}

bool cck_result_note(cck_result *result, const char *sentence)
{
    size_t count = result->source.note_count;
    const char **notes = cck_arena_array(result->arena, count + 1, sizeof *notes);
    char *copy = cck_arena_strdup(result->arena, sentence);
    if (!notes || !copy)
        return false;
    if (count)
        memcpy(notes, result->source.notes, count * sizeof *notes);
    notes[count] = copy;
    result->source.notes = notes;
    result->source.note_count = count + 1;
    return true;
}

/* Copies a string, remembering in *ok that memory was out. */
static const char *keep(cck_arena *arena, const char *text, bool *ok)
{
    const char *copy = cck_arena_strdup(arena, text ? text : "");
    if (!copy)
        *ok = false;
    return copy ? copy : "";
}

static const char *const *keep_all(cck_arena *arena, const char *const *texts, size_t count,
                                   bool *ok)
{
    const char **copies = cck_arena_array(arena, count, sizeof *copies);
    for (size_t i = 0; copies && i < count; i++)
        copies[i] = keep(arena, texts[i], ok);
    if (!copies)
        *ok = false;
    return copies;
}

bool cck_machine_info_copy(cck_arena *arena, cck_machine_info *to, const cck_machine_info *from)
{
    bool ok = true;
    *to = *from;
    to->cpu_vendor = keep(arena, from->cpu_vendor, &ok);
    to->cpu_model = keep(arena, from->cpu_model, &ok);
    to->arch = keep(arena, from->arch, &ok);
    to->kernel = keep(arena, from->kernel, &ok);
    to->hypervisor = keep(arena, from->hypervisor, &ok);
    to->container = keep(arena, from->container, &ok);
    to->origin = keep(arena, from->origin, &ok);
    cck_cache *caches = cck_arena_array(arena, from->cache_count, sizeof *caches);
    if (!caches)
        return false;
    if (from->cache_count)
        memcpy(caches, from->caches, from->cache_count * sizeof *caches);
    to->caches = caches;
    to->notes = keep_all(arena, from->notes, from->note_count, &ok);
    return ok;
}

static bool copy_events(cck_result *to, const cck_result *from)
{
    bool ok = true;
    cck_event_info *events = cck_arena_array(to->arena, from->event_count, sizeof *events);
    for (size_t i = 0; events && i < from->event_count; i++) {
        events[i] = from->events[i];
        events[i].name = keep(to->arena, from->events[i].name, &ok);
        events[i].counted = keep(to->arena, from->events[i].counted, &ok);
        events[i].role = keep(to->arena, from->events[i].role, &ok);
        events[i].unit = keep(to->arena, from->events[i].unit, &ok);
        events[i].meaning = keep(to->arena, from->events[i].meaning, &ok);
    }
    to->events = events;
    to->event_count = from->event_count;
    return events && ok;
}

int cck_result_copy_head(cck_result *to, const cck_result *from, cck_error *err)
{
    bool ok = cck_machine_info_copy(to->arena, &to->machine, &from->machine);
    to->command = keep(to->arena, from->command, &ok);
    to->version = keep(to->arena, from->version, &ok);
    to->source = from->source;
    to->source.backend = keep(to->arena, from->source.backend, &ok);
    to->source.why = keep(to->arena, from->source.why, &ok);
    to->source.slowdown = keep(to->arena, from->source.slowdown, &ok);
    to->source.model = keep(to->arena, from->source.model, &ok);
    to->source.notes = keep_all(to->arena, from->source.notes, from->source.note_count, &ok);
    to->target = from->target;
    to->target.argv = keep_all(to->arena, from->target.argv, from->target.argc, &ok);
    to->elapsed_spread = from->elapsed_spread;
    ok = cck_spread_keep(to->arena, &to->elapsed_spread) && ok;
    to->lost_records = from->lost_records;
    ok = copy_events(to, from) && ok;
    return ok ? 0 : cck_fail(err, CCK_ENOMEM, "out of memory");
}
