/* SPDX-License-Identifier: MIT */
/*
 * Lines hold more than what is fought over: a pointer that all read once, a count of owners
 * changed as threads end. What has no part in the transfers has none in the finding.
 */
#include <string.h>

#include "core/finding/draft.h"
#include "core/finding/object_wrapper.h"

enum { LEAST_SHARE = 100 }; /* one transfer, or one access, in so many is a part in it */

typedef struct field_sums {
    uint64_t misses, accesses;
    bool writes, lock;
} field_sums;

static bool same_bytes(const cck_draft_field *a, const cck_draft_field *b)
{
    return a->place == b->place && a->use.offset == b->use.offset && a->use.size == b->use.size;
}

/* Of a field, by whichever thread; NULL: of all fields. */
static field_sums sums_of(const cck_finding_draft *draft, const cck_draft_field *which)
{
    field_sums sums = {0};
    for (size_t i = 0; i < draft->field_count; i++) {
        const cck_draft_field *field = &draft->fields[i];
        if (which && !same_bytes(field, which))
            continue;
        sums.misses += field->use.misses;
        sums.accesses += field->use.accesses;
        sums.writes |= field->use.writes;
        sums.lock |= field->lock;
    }
    return sums;
}

/* Who writes costs others misses without meeting one; who only reads does not. */
static bool stands_by(const field_sums *field, const field_sums *all)
{
    bool seldom = field->accesses * LEAST_SHARE < all->accesses;
    if (!field->accesses || field->lock)
        return false;
    return all->misses ? field->misses * LEAST_SHARE < all->misses && (!field->writes || seldom)
                       : seldom; /* sampled: accesses are hits */
}

/* What a thread hardly ever does with a field that others use: it sets the flag that ends their
 * loop. Of samples there are too few to tell. */
static bool does_seldom(const cck_finding_draft *draft, const cck_draft_field *which,
                        const field_sums *all)
{
    uint64_t accesses = 0;
    for (size_t i = 0; i < draft->field_count; i++)
        if (draft->fields[i].thread == which->thread)
            accesses += draft->fields[i].use.accesses;
    return all->misses && which->use.accesses && !which->lock &&
           which->use.accesses * LEAST_SHARE < accesses &&
           which->use.misses * LEAST_SHARE < all->misses;
}

static void note_bystander(cck_finding_draft *draft, cck_code_names *names,
                           const cck_draft_field *field)
{
    const cck_place *place = &draft->places[field->place];
    bool named = *place->object.name, element = *field->use.name == '[';
    const char *between = named     ? *field->use.name && !element ? "." : ""
                          : element ? "element "
                                    : "";
    const char *name =
        cck_arena_printf(names->arena, "%s%s%s", place->object.name, between, field->use.name);
    names->failed |= !name;
    if (!name || !*name || draft->bystander_count == CCK_DRAFT_BYSTANDERS)
        return;
    for (size_t i = 0; i < draft->bystander_count; i++)
        if (strcmp(draft->bystanders[i], name) == 0)
            return;
    draft->bystanders[draft->bystander_count++] = name;
}

static void leave_out_bystanders(cck_finding_draft *draft, cck_code_names *names)
{
    bool out[CCK_DRAFT_FIELDS];
    size_t kept = 0;
    field_sums all = sums_of(draft, NULL);
    for (size_t i = 0; i < draft->field_count; i++) {
        field_sums sums = sums_of(draft, &draft->fields[i]);
        out[i] = stands_by(&sums, &all);
        if (out[i])
            note_bystander(draft, names, &draft->fields[i]);
        else
            out[i] = does_seldom(draft, &draft->fields[i], &all);
    }
    for (size_t i = 0; i < draft->field_count; i++)
        if (!out[i])
            draft->fields[kept++] = draft->fields[i];
    draft->field_count = kept;
}

/* ---- blocks of one kind ---- */

static bool is_contested(const cck_finding_draft *draft, size_t place)
{
    const cck_draft_field *first = NULL;
    for (size_t i = 0; i < draft->field_count; i++) {
        const cck_draft_field *field = &draft->fields[i];
        if (field->place != place)
            continue;
        if (first && first->thread != field->thread && !same_bytes(first, field))
            return true;
        first = first ? first : field;
    }
    return false;
}

/* When threads meet in each of several blocks of one kind, it is not that these are
 * neighbours: one of them tells it all. */
static void leave_out_twins(cck_finding_draft *draft)
{
    for (size_t i = 0; i < draft->place_count; i++)
        if (draft->places[i].kin != draft->places[0].kin || !draft->places[i].type ||
            draft->places[i].object.stride || !is_contested(draft, i))
            return;
    size_t kept = 0;
    for (size_t i = 0; i < draft->field_count; i++)
        if (draft->fields[i].place == 0)
            draft->fields[kept++] = draft->fields[i];
    draft->field_count = kept;
}

static bool is_written(const cck_finding_draft *draft, size_t place)
{
    for (size_t i = 0; i < draft->field_count; i++)
        if (draft->fields[i].place == place && draft->fields[i].use.writes)
            return true;
    return false;
}

/* Threads that fight over parts of one thing, or share it truly, fight over that: what else on the
 * line is only read is hit as well, and does not make it. */
static bool is_fought_over(const cck_finding_draft *draft, size_t place)
{
    return is_written(draft, place) &&
           (draft->verdict.kind == CCK_LINE_TRUE || is_contested(draft, place));
}

static void leave_out_readers(cck_finding_draft *draft, cck_code_names *names)
{
    bool out[CCK_DRAFT_FIELDS], any = false;
    size_t kept = 0;
    for (size_t i = 0; i < draft->place_count; i++)
        any |= is_fought_over(draft, i);
    for (size_t i = 0; i < draft->field_count; i++) {
        out[i] = any && !is_written(draft, draft->fields[i].place);
        if (out[i])
            note_bystander(draft, names, &draft->fields[i]);
    }
    for (size_t i = 0; i < draft->field_count; i++)
        if (!out[i])
            draft->fields[kept++] = draft->fields[i];
    draft->field_count = kept;
}

/* ---- places ---- */

static bool is_used(const cck_finding_draft *draft, size_t place)
{
    for (size_t i = 0; i < draft->field_count; i++)
        if (draft->fields[i].place == place)
            return true;
    return false;
}

static void leave_out_places(cck_finding_draft *draft)
{
    size_t kept = 0;
    uint64_t before = draft->places[0].start;
    for (size_t i = 0; i < draft->place_count; i++) {
        if (!is_used(draft, i))
            continue;
        for (size_t j = 0; j < draft->field_count; j++)
            if (draft->fields[j].place == i)
                draft->fields[j].place = kept;
        draft->places[kept++] = draft->places[i];
    }
    draft->place_count = kept;
    for (size_t j = 0; j < draft->field_count; j++)
        draft->fields[j].use.offset += before - draft->places[0].start;
}

/* ---- wrappers ---- */

static bool lies_in(const cck_finding_draft *draft, size_t place, uint64_t start, uint64_t size)
{
    for (size_t i = 0; i < draft->field_count; i++) {
        const cck_draft_field *field = &draft->fields[i];
        uint64_t at = field->use.offset + draft->places[0].start - draft->places[place].start;
        if (field->place == place && (at < start || at - start >= size))
            return false;
    }
    return true;
}

static const char *without(const char *name, const char *member)
{
    size_t length = strlen(member);
    return strncmp(name, member, length) == 0 && name[length] == '.' ? name + length + 1 : name;
}

/* Nobody declares the counts beside what an Arc holds, nor can change them; nor a map's nodes. */
static void unwrap(cck_finding_draft *draft, cck_code_names *names, size_t index)
{
    cck_place *place = &draft->places[index];
    cck_wrapped inner;
    if (place->object.stride || !cck_type_wraps(place->type, &inner) ||
        !lies_in(draft, index, place->base + inner.offset, inner.type->size))
        return;
    place->type = inner.type;
    place->base += inner.offset;
    place->object.type = cck_code_keep(names, cck_type_label(inner.type));
    for (size_t i = 0; i < draft->field_count; i++) {
        cck_draft_field *field = &draft->fields[i];
        if (field->place != index)
            continue;
        field->use.name = without(field->use.name, inner.path);
        field->bare = without(field->bare, inner.path);
    }
}

void cck_draft_keep_what_matters(cck_finding_draft *draft, cck_code_names *names)
{
    if (!draft->field_count)
        return;
    leave_out_bystanders(draft, names);
    if (draft->place_count > 1) {
        leave_out_readers(draft, names);
        leave_out_twins(draft);
    }
    leave_out_places(draft);
    for (size_t i = 0; i < draft->place_count; i++)
        unwrap(draft, names, i);
}
