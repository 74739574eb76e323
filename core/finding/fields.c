/* SPDX-License-Identifier: MIT */
/* Which parts of which objects on a line are used, by whom, and which of these matter. */
#include <stdlib.h>
#include <string.h>

#include "core/finding/draft.h"

/* ---- places ---- */

/* A module's data as a whole covers its variables, too: only what is named is final. */
static bool is_exact(const cck_place *place)
{
    return place->size && place->observed != CCK_NONE &&
           (*place->object.name || place->within || strcmp(place->object.kind, "heap") == 0);
}

static size_t place_of(cck_finding_draft *draft, cck_object_names *names, uint64_t address)
{
    for (size_t i = 0; i < draft->place_count; i++) {
        const cck_place *place = &draft->places[i];
        if (is_exact(place) && address >= place->start && address - place->start < place->size)
            return i;
    }
    cck_place found = cck_object_place(names, draft->line, address);
    for (size_t i = 0; i < draft->place_count; i++)
        if (draft->places[i].start == found.start && draft->places[i].kin == found.kin)
            return i;
    if (draft->place_count == CCK_DRAFT_PLACES)
        return CCK_DRAFT_PLACES - 1;
    draft->places[draft->place_count] = found;
    return draft->place_count++;
}

/* ---- fields ---- */

static const char *joined(cck_code_names *names, const char *place, const char *part)
{
    const char *between = *place && *part && *part != '[' ? "." : "";
    const char *text = cck_arena_printf(names->arena, "%s%s%s", place, between, part);
    if (!text)
        names->failed = true;
    return text ? text : "";
}

static cck_draft_field *find_field(cck_finding_draft *draft, size_t place,
                                   const cck_place_part *part, uint64_t offset, uint32_t thread)
{
    for (size_t i = 0; i < draft->field_count; i++) {
        cck_draft_field *field = &draft->fields[i];
        if (field->place == place && field->use.offset == offset && field->use.size == part->size &&
            field->thread == thread)
            return field;
    }
    return NULL;
}

static cck_draft_field *add_field(cck_finding_draft *draft, cck_object_names *names, size_t place,
                                  const cck_place_part *part, uint64_t offset, uint32_t thread)
{
    if (draft->field_count == CCK_DRAFT_FIELDS) {
        draft->fields_left_out++;
        return NULL;
    }
    const cck_observed *observed = names->code.observed;
    cck_draft_field *field = &draft->fields[draft->field_count++];
    *field = (cck_draft_field){
        .use = {.name = part->name,
                .type = part->type,
                .offset = offset,
                .size = part->size,
                .thread = "",
                .location = {.file = "", .function = "", .module = "", .role = ""}},
        .bare = part->bare,
        .place = place,
        .element = part->element,
        .thread = thread,
        .lock = part->lock,
        .member = {.file = part->file,
                   .line = part->line,
                   .function = "",
                   .module = "",
                   .role = "declared"},
    };
    if (thread < observed->thread_count) {
        field->use.tid = observed->threads[thread].tid;
        field->use.thread = cck_code_keep(&names->code, observed->threads[thread].name);
    }
    return field;
}

/* `*size`: from all that is left to what of that the field covers. */
static cck_draft_field *field_at(cck_finding_draft *draft, cck_object_names *names,
                                 uint64_t address, uint64_t *size, uint32_t thread)
{
    size_t at = place_of(draft, names, address);
    const cck_place *place = &draft->places[at];
    cck_place_part part = cck_object_part(names, place, address, *size);
    uint64_t end = place->start + part.offset + part.size, offset = end - part.size;
    if (end > address && end - address < *size)
        *size = end - address;
    offset -= draft->places[0].start;
    cck_draft_field *field = find_field(draft, at, &part, offset, thread);
    return field ? field : add_field(draft, names, at, &part, offset, thread);
}

static const char *role_of(const cck_field_use *use)
{
    return use->reads && use->writes ? "updates" : use->writes ? "writes" : "reads";
}

/* An access as wide as several fields met its misses once, and used all of them. */
static void add_use(cck_finding_draft *draft, cck_object_names *names, const cck_line_use *use)
{
    uint64_t misses = use->misses;
    for (uint64_t at = use->offset, end = at + use->size, size; at < end; at += size) {
        size = end - at;
        cck_draft_field *field =
            field_at(draft, names, draft->line->address + at, &size, use->thread);
        if (!field)
            return;
        bool first = !field->use.accesses;
        field->use.reads |= use->reads;
        field->use.writes |= use->writes;
        field->use.atomic |= use->atomic;
        field->use.accesses += use->accesses;
        field->use.misses += misses;
        misses = 0;
        if (first) /* uses come with most misses first */
            field->use.location = cck_code_users(&names->code, use->code, use->path, "");
        field->use.location.role = role_of(&field->use);
    }
}

/* Bytes of a side that no use told of (there are only so many uses a line). */
static void add_rest(cck_finding_draft *draft, cck_object_names *names, const cck_line_side *side)
{
    const cck_line *line = draft->line;
    bool covered[256] = {false};
    for (size_t i = 0; i < line->use_count; i++)
        for (unsigned j = 0; line->uses[i].thread == side->thread && j < line->uses[i].size; j++)
            if (line->uses[i].offset + j < sizeof covered)
                covered[line->uses[i].offset + j] = true;
    for (unsigned at = 0, end; at < line->size && at < sizeof covered; at = end) {
        bool read = side->read[at / 64] >> at % 64 & 1;
        bool written = side->written[at / 64] >> at % 64 & 1;
        end = at + 1;
        if (covered[at] || !(read || written))
            continue;
        while (end < line->size && end < sizeof covered && !covered[end] &&
               (side->read[end / 64] >> end % 64 & 1) == read &&
               (side->written[end / 64] >> end % 64 & 1) == written)
            end++;
        uint64_t size = end - at;
        cck_draft_field *field = field_at(draft, names, line->address + at, &size, side->thread);
        end = at + (unsigned)size;
        if (!field)
            continue;
        field->use.reads |= read;
        field->use.writes |= written;
        field->use.location.role = role_of(&field->use);
    }
}

/* Named after the variable when it is one of several on the line, or has no fields. */
static void name_fields(cck_finding_draft *draft, cck_object_names *names)
{
    for (size_t i = 0; i < draft->field_count; i++) {
        cck_draft_field *field = &draft->fields[i];
        const cck_place *place = &draft->places[field->place];
        if (draft->place_count == 1 && *field->use.name)
            continue;
        /* A mapped file is no variable, nor is a module's data without symbols: bytes are told. */
        bool file = strcmp(place->object.kind, "mapping") == 0 || cck_place_is_module(place);
        bool typed = draft->place_count > 1 && *field->use.name;
        const char *own = place->within && typed ? place->object.type
                          : file                 ? ""
                          : *place->object.name  ? place->object.name
                          : typed                ? place->object.type
                                                 : "";
        field->use.name = joined(&names->code, own, field->use.name);
        field->bare = joined(&names->code, own, field->bare);
    }
}

static int by_offset(const void *a, const void *b)
{
    const cck_draft_field *one = a, *other = b;
    int64_t left = (int64_t)one->use.offset, right = (int64_t)other->use.offset;
    if (left != right)
        return left < right ? -1 : 1;
    if (one->use.size != other->use.size)
        return one->use.size < other->use.size ? -1 : 1;
    return one->thread < other->thread ? -1 : one->thread > other->thread;
}

static const cck_line_side *side_of(const cck_line *line, uint32_t thread)
{
    for (size_t i = 0; i < line->side_count; i++)
        if (line->sides[i].thread == thread)
            return &line->sides[i];
    return NULL;
}

static void count_users(cck_finding_draft *draft, const cck_observed *observed)
{
    for (size_t i = 0; i < draft->line->side_count; i++) {
        const cck_line_side *side = &draft->line->sides[i];
        if (!cck_line_takes_part(draft->line, side) || side->thread >= observed->thread_count)
            continue;
        uint64_t bit = (uint64_t)1 << side->thread % 64;
        draft->users[side->thread / 64] |= bit;
        if (side->written[0] | side->written[1] | side->written[2] | side->written[3])
            draft->writers[side->thread / 64] |= bit;
    }
}

void cck_draft_fill(cck_finding_draft *draft, cck_object_names *names)
{
    const cck_line *line = draft->line;
    count_users(draft, names->code.observed);
    for (size_t i = 0; i < line->use_count; i++) {
        const cck_line_side *side = side_of(line, line->uses[i].thread);
        if (side && cck_line_takes_part(line, side))
            add_use(draft, names, &line->uses[i]);
    }
    for (size_t i = 0; i < line->side_count; i++)
        if (cck_line_takes_part(line, &line->sides[i]))
            add_rest(draft, names, &line->sides[i]);
    if (!draft->place_count)
        place_of(draft, names, line->address);
    cck_draft_keep_what_matters(draft, &names->code);
    name_fields(draft, names);
    qsort(draft->fields, draft->field_count, sizeof *draft->fields, by_offset);
}
