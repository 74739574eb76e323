/* SPDX-License-Identifier: MIT */
/*
 * Of several things on a line, threads may fight over parts of one, and only pass by the others: a
 * line for each thing would leave that as it is, and a line for each part mends the rest, too.
 */
#include "core/finding/draft.h"

static bool fight(const cck_draft_field *a, const cck_draft_field *b)
{
    return a->thread != b->thread && (a->use.writes || b->use.writes) &&
           (a->use.offset != b->use.offset || a->use.size != b->use.size);
}

/* Whether threads fight over parts of that place; or, if `others`, over anything outside it. */
static bool is_contested(const cck_finding_draft *draft, size_t place, bool others)
{
    for (size_t i = 0; i < draft->field_count; i++)
        for (size_t j = 0; j < i; j++)
            if ((draft->fields[i].place == place) != others &&
                (draft->fields[j].place == place) != others &&
                fight(&draft->fields[i], &draft->fields[j]))
                return true;
    return false;
}

static void keep_place(cck_finding_draft *draft, size_t place)
{
    uint64_t before = draft->places[0].start;
    size_t kept = 0;
    draft->places[0] = draft->places[place];
    draft->place_count = 1;
    for (size_t i = 0; i < draft->field_count; i++) {
        if (draft->fields[i].place != place)
            continue;
        draft->fields[kept] = draft->fields[i];
        draft->fields[kept].use.offset += before - draft->places[0].start;
        draft->fields[kept++].place = 0;
    }
    draft->field_count = kept;
}

cck_finding_draft cck_draft_narrow(const cck_finding_draft *draft, cck_code_names *names)
{
    cck_finding_draft narrow = *draft;
    size_t place = 0;
    while (place < draft->place_count && !is_contested(draft, place, false))
        place++;
    if (draft->place_count < 2 || place == draft->place_count || is_contested(draft, place, true))
        return narrow;
    narrow.fields = cck_arena_array(names->arena, draft->field_count, sizeof *narrow.fields);
    if (!narrow.fields) {
        names->failed = true;
        return *draft;
    }
    for (size_t i = 0; i < draft->field_count; i++)
        narrow.fields[i] = draft->fields[i];
    keep_place(&narrow, place);
    cck_subject subject = cck_draft_subject(&narrow);
    return subject == CCK_SUBJECT_FIELDS || subject == CCK_SUBJECT_ELEMENTS ? narrow : *draft;
}
