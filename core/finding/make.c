/* SPDX-License-Identifier: MIT */
/* From a draft to the record that a result holds. */
#include <inttypes.h>
#include <string.h>

#include "core/base/number.h"
#include "core/finding/draft.h"

enum { ALLOCATION_FRAMES = 12, LOCATIONS_MOST = 8, NOTES_MOST = 8 };

static void note(cck_finding *finding, cck_code_names *names, const char *sentence)
{
    const char **notes = (const char **)finding->notes;
    if (!notes) {
        notes = cck_arena_array(names->arena, NOTES_MOST, sizeof *notes);
        finding->notes = notes;
    }
    if (!notes || !sentence)
        names->failed = true;
    else if (finding->note_count < NOTES_MOST)
        notes[finding->note_count++] = sentence;
}

/* ---- id: FNV-1a over what stays the same from run to run ---- */

static uint64_t hash(uint64_t sum, const char *text)
{
    for (; *text; text++)
        sum = (sum ^ (unsigned char)*text) * 0x100000001b3u;
    return (sum ^ 0xff) * 0x100000001b3u;
}

static const char *id_of(const cck_finding_draft *draft, cck_code_names *names,
                         const cck_finding *finding)
{
    uint64_t sum = hash(0xcbf29ce484222325u, finding->rule);
    sum = hash(sum, finding->object.kind);
    sum = hash(sum, finding->object.name);
    sum = hash(sum, finding->object.type);
    for (size_t i = 0; i < draft->field_count; i++)
        if (!i || strcmp(draft->fields[i].bare, draft->fields[i - 1].bare) != 0)
            sum = hash(sum, draft->fields[i].bare);
    for (size_t i = 0; i < finding->allocation_count && i < 2; i++)
        sum = hash(sum, finding->allocation[i].function);
    const char *text = cck_arena_printf(names->arena, "%016" PRIx64, sum);
    names->failed |= !text;
    return text ? text : "";
}

/* ---- evidence ---- */

/* Which of the estimates of core/sharing/line_verdict.c it is. */
static const char *sampled_cost_text(const cck_finding_draft *draft, cck_code_names *names,
                                     const char *percent)
{
    const cck_line_verdict *verdict = &draft->verdict;
    const char *whose = verdict->users == 2 ? "the two" : "these";
    char each[CCK_NUMBER_SIZE];
    if (verdict->atomics && verdict->stalled && !verdict->by_rate)
        return cck_arena_printf(names->arena,
                                "%s %s %% of the time of %s threads: the share of their samples "
                                "that waited for it%s",
                                verdict->at_most ? "at most" : "about", percent, whose,
                                verdict->at_most ? "; other work may go on meanwhile" : "");
    if (verdict->around) {
        cck_number_percent(each, 100 * (double)verdict->stalled / (double)verdict->cycles);
        return cck_arena_printf(
            names->arena,
            "at most %s %% of the time of %s threads: %s %% of their samples "
            "are at it, the rest of that at other stores, which may wait for it, too",
            percent, whose, each);
    }
    if (verdict->at_most && !verdict->by_rate)
        return cck_arena_printf(names->arena,
                                "at most %s %% of the time of %s threads: the share of their "
                                "samples at it, of which stores may hide a part",
                                percent, whose);
    cck_number_time(each, verdict->transfer_ns > 0 ? verdict->transfer_ns
                                                   : names->observed->transfer_ns);
    return cck_arena_printf(
        names->arena,
        "%s %s %% of the time of %s threads, at %s a transfer (measured on this "
        "machine)%s",
        verdict->at_most   ? "at most"
        : verdict->bounded ? "at least"
                           : "about",
        percent, whose, each,
        verdict->at_most   ? " and two an update, of which stores may hide a part"
        : verdict->bounded ? "; other work may go on meanwhile"
                           : "");
}

static const char *cost_text(const cck_finding_draft *draft, cck_code_names *names)
{
    const cck_line_verdict *verdict = &draft->verdict;
    const cck_observed *observed = names->observed;
    char percent[CCK_NUMBER_SIZE], each[CCK_NUMBER_SIZE];
    if (verdict->cost < 0)
        return "";
    cck_number_percent(percent, 100 * verdict->cost);
    const char *text;
    if (observed->sampled) {
        text = sampled_cost_text(draft, names, percent);
        if (text && verdict->outran && verdict->severity <= CCK_SEVERITY_MEDIUM)
            text = cck_arena_printf(names->arena,
                                    "%s; it moves more often than watchpoints can time: on other "
                                    "cores it may cost more",
                                    text);
    } else if (draft->transfers && observed->hertz > 0) {
        cck_number_time(each, 1e9 * (double)verdict->stalled / observed->hertz /
                                  (double)draft->transfers);
        text = cck_arena_printf(names->arena,
                                "about %s %% of the time of %s threads, modelled with %s a "
                                "transfer",
                                percent, verdict->users == 2 ? "the two" : "these", each);
    } else {
        text = cck_arena_printf(names->arena, "about %s %% of the time of these threads", percent);
    }
    names->failed |= !text;
    return text ? text : "";
}

static cck_finding_evidence evidence_of(const cck_finding_draft *draft, cck_code_names *names)
{
    return (cck_finding_evidence){
        .grade = names->observed->hertz > 0 ? CCK_SIMULATED
                 : draft->line->measured    ? CCK_MEASURED
                                            : CCK_WATCHED,
        .samples = draft->samples,
        .windows = draft->windows,
        .after = draft->after,
        .rate = draft->rate,
        .low = draft->low,
        .high = draft->high,
        .potential = draft->verdict.potential >= 0 && names->observed->seconds > 0
                         ? draft->verdict.potential / names->observed->seconds
                         : -1,
        .cost = draft->verdict.cost,
        .cost_at_most = draft->verdict.at_most,
        .cost_text = cost_text(draft, names),
    };
}

/* ---- locations ---- */

static bool same_line(const cck_location *a, const cck_location *b)
{
    if (*a->file || *b->file)
        return a->line == b->line && strcmp(a->file, b->file) == 0;
    return a->offset == b->offset && strcmp(a->module, b->module) == 0;
}

static void add_location(cck_finding *finding, cck_location *locations, cck_location location)
{
    if (!*location.file && !*location.function && !*location.module)
        return;
    for (size_t i = 0; i < finding->location_count; i++)
        if (same_line(&locations[i], &location))
            return;
    if (finding->location_count < LOCATIONS_MOST)
        locations[finding->location_count++] = location;
}

/* Where the change goes comes first: the member, else the variable; then who uses them. */
static void add_locations(cck_finding *finding, const cck_finding_draft *draft,
                          cck_code_names *names)
{
    cck_location *locations = cck_arena_array(names->arena, LOCATIONS_MOST, sizeof *locations);
    finding->locations = locations;
    if (!locations) {
        names->failed = true;
        return;
    }
    bool fields = cck_draft_subject(draft) == CCK_SUBJECT_FIELDS;
    for (size_t i = 0; i < draft->field_count && fields && !finding->location_count; i++)
        if (*draft->fields[i].member.file && !cck_code_is_library("", draft->fields[i].member.file))
            add_location(finding, locations, draft->fields[i].member);
    const cck_type *type = draft->places[0].type;
    for (size_t i = 0; i < draft->place_count; i++)
        if (*draft->places[i].declared.file)
            add_location(finding, locations, draft->places[i].declared);
    if (!finding->location_count && type && *type->file && !cck_code_is_library("", type->file)) {
        cck_location declared = {.file = cck_code_keep(names, type->file),
                                 .line = type->line,
                                 .function = "",
                                 .module = "",
                                 .role = "declared"};
        add_location(finding, locations, declared);
    }
    for (size_t i = 0; i < draft->field_count; i++)
        add_location(finding, locations, draft->fields[i].use.location);
}

/* ---- the rest ---- */

static void add_allocation(cck_finding *finding, const cck_finding_draft *draft,
                           cck_code_names *names)
{
    const cck_observed *observed = names->observed;
    uint32_t index = draft->places[0].observed;
    if (index >= observed->object_count || observed->objects[index].kind != CCK_OBJECT_HEAP)
        return;
    finding->allocation = cck_code_path(names, observed->objects[index].path, ALLOCATION_FRAMES,
                                        "allocated", &finding->allocation_count, NULL);
    if (!finding->object.count)
        finding->object.count = observed->objects[index].instances;
}

static void add_fields(cck_finding *finding, const cck_finding_draft *draft, cck_code_names *names)
{
    cck_field_use *fields = cck_arena_array(names->arena, draft->field_count, sizeof *fields);
    if (!fields) {
        names->failed = true;
        return;
    }
    for (size_t i = 0; i < draft->field_count; i++)
        fields[i] = draft->fields[i].use;
    finding->fields = fields;
    finding->field_count = draft->field_count;
}

static const char *bystanders(const cck_finding_draft *draft, cck_code_names *names)
{
    const char *text = "";
    for (size_t i = 0; i < draft->bystander_count && text; i++)
        text =
            cck_arena_printf(names->arena, "%s%s`%s`", text, i ? ", " : "", draft->bystanders[i]);
    return text ? cck_arena_printf(names->arena,
                                   "also on the line, and not what is fought over: %s", text)
                : NULL;
}

static void add_notes(cck_finding *finding, const cck_finding_draft *draft, cck_code_names *names)
{
    cck_arena *arena = names->arena;
    const cck_line_verdict *verdict = &draft->verdict;
    char percent[CCK_NUMBER_SIZE];
    if (draft->lines > 1)
        note(finding, names,
             cck_arena_printf(arena,
                              "and %" PRIu64 " more line%s of %s: the worst is shown, the "
                              "numbers are of all",
                              draft->lines - 1, draft->lines == 2 ? "" : "s",
                              finding->object.stride && draft->blocks == 1 ? "this array"
                              : draft->blocks == 1                         ? "this object"
                                                                           : "objects like it"));
    if (verdict->kind == CCK_LINE_MIXED && verdict->false_share >= 0) {
        cck_number_percent(percent, 100 * verdict->false_share);
        note(finding, names,
             cck_arena_printf(arena,
                              "%s %% of the transfers are false sharing, the rest hands "
                              "data over",
                              percent));
    }
    if (verdict->low_rate)
        note(finding, names, "too seldom to matter");
    if (draft->line->inferred) {
        cck_number_percent(percent,
                           100.0 * (double)draft->line->inferred / (double)draft->line->samples);
        note(finding, names,
             cck_arena_printf(arena,
                              "%s %% of its samples are misses of which the PMU does not say who "
                              "had the line: that it was another core is inferred",
                              percent));
    }
    if (draft->bystander_count)
        note(finding, names, bystanders(draft, names));
    if (draft->fields_left_out)
        note(finding, names,
             cck_arena_printf(arena, "%zu more users of this line are left out",
                              draft->fields_left_out));
    if (draft->places[0].within && draft->places[0].observed != CCK_NONE)
        note(finding, names,
             "a part of memory that holds other things, too: what it is, the code that uses it tells");
    if (finding->object.freed)
        note(finding, names, "the block was freed before the end of the run");
}

cck_finding cck_draft_finding(const cck_finding_draft *draft, cck_object_names *names,
                              const char *command)
{
    const cck_place *place = &draft->places[0];
    cck_finding finding = {
        .rule = cck_draft_rule(draft),
        .severity = draft->verdict.severity,
        .title = cck_draft_title(draft, &names->code),
        .evidence = evidence_of(draft, &names->code),
        .object = place->object,
        .line_offset = draft->line->address - place->start,
        .line_size = draft->line->size,
        .suggestion = cck_draft_suggestion(draft, &names->code),
        .verify = cck_draft_verify(draft, &names->code, command),
    };
    add_fields(&finding, draft, &names->code);
    add_locations(&finding, draft, &names->code);
    add_allocation(&finding, draft, &names->code);
    add_notes(&finding, draft, &names->code);
    finding.id = id_of(draft, &names->code, &finding);
    return finding;
}
