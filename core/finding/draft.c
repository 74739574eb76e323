/* SPDX-License-Identifier: MIT */
#include "core/finding/draft.h"

#include <stdlib.h>
#include <string.h>

void cck_draft_line(cck_finding_draft *draft, cck_object_names *names, const cck_line *line,
                    const cck_line_verdict *verdict)
{
    *draft = (cck_finding_draft){
        .line = line,
        .verdict = *verdict,
        .lines = 1,
        .blocks = 1,
        .transfers = line->transfers,
        .rate = line->rate,
        .low = line->rate_low,
        .high = line->rate_high,
        .samples = line->samples ? line->samples : line->transfers,
        .windows = line->windows,
        .after = line->after,
        .met = line->met,
    };
    size_t words = names->code.observed->thread_count / 64 + 1;
    cck_draft_field *scratch = calloc(CCK_DRAFT_FIELDS, sizeof *scratch);
    draft->fields = scratch;
    draft->users = cck_arena_array(names->code.arena, words, sizeof *draft->users);
    draft->writers = cck_arena_array(names->code.arena, words, sizeof *draft->writers);
    if (scratch && draft->users && draft->writers)
        cck_draft_fill(draft, names);
    draft->fields = cck_arena_array(names->code.arena, draft->field_count, sizeof *draft->fields);
    names->code.failed |= !scratch || !draft->fields || !draft->users || !draft->writers;
    if (scratch && draft->fields && draft->field_count)
        memcpy(draft->fields, scratch, draft->field_count * sizeof *scratch);
    free(scratch);
    /* A simulation has seen all accesses, and knows better. */
    if (line->windows && draft->fields && cck_draft_is_one_lock(draft)) {
        draft->verdict.kind = CCK_LINE_TRUE;
        draft->verdict.read_each_other = false;
    }
}

/* ---- merging ---- */

enum { SURE = 3 }; /* windows that make a line a confirmed one */

static bool same_fields(const cck_finding_draft *a, const cck_finding_draft *b)
{
    const char *last = "";
    for (size_t i = 0; i < a->field_count; i++) {
        bool found = a->fields[i].bare == last;
        last = a->fields[i].bare;
        for (size_t j = 0; !found && j < b->field_count; j++)
            found = strcmp(a->fields[i].bare, b->fields[j].bare) == 0 && *a->fields[i].bare;
        if (!found)
            return false;
    }
    return a->field_count > 0;
}

bool cck_draft_akin(const cck_finding_draft *a, const cck_finding_draft *b)
{
    const cck_place *one = &a->places[0], *other = &b->places[0];
    if (a->verdict.kind != b->verdict.kind || one->kin != other->kin ||
        a->place_count != b->place_count)
        return false;
    if (a->place_count > 1) /* neighbours by chance, or the same in each pair */
        return one->start == other->start || a->places[1].kin == b->places[1].kin;
    if (one->object.stride || !one->type) /* all boundaries of an array; a block without a type */
        return true;
    return same_fields(a, b);
}

/* Two lines may be fought over by other threads: what counts is the time of all of these. */
static void join_users(cck_finding_draft *draft, const cck_finding_draft *other,
                       const cck_observed *observed)
{
    cck_line_verdict *verdict = &draft->verdict;
    verdict->users = verdict->writers = 0;
    verdict->cycles = 0;
    for (size_t i = 0; i < observed->thread_count; i++) {
        uint64_t bit = (uint64_t)1 << i % 64;
        draft->users[i / 64] |= other->users[i / 64] & bit;
        draft->writers[i / 64] |= other->writers[i / 64] & bit;
        verdict->users += (draft->users[i / 64] & bit) != 0;
        verdict->writers += (draft->writers[i / 64] & bit) != 0;
        if (draft->users[i / 64] & bit)
            verdict->cycles += observed->threads[i].cycles;
    }
}

void cck_draft_merge(cck_finding_draft *draft, const cck_finding_draft *other,
                     const cck_observed *observed, const cck_line_limits *limits)
{
    cck_line_verdict *verdict = &draft->verdict;
    draft->lines += other->lines;
    draft->blocks += draft->places[0].start != other->places[0].start;
    draft->transfers += other->transfers;
    draft->samples += other->samples;
    draft->windows += other->windows;
    draft->met += other->met;
    if (other->after > 0 && (draft->after <= 0 || other->after < draft->after))
        draft->after = other->after;
    draft->rate += other->rate;
    draft->low += other->low;
    draft->high = draft->high < 0 || other->high < 0 ? -1 : draft->high + other->high;
    verdict->stalled += other->verdict.stalled;
    verdict->elsewhere += other->verdict.elsewhere;
    verdict->bounded |= other->verdict.bounded;
    verdict->atomics &= other->verdict.atomics;
    /* Of a large array each line may be seen too seldom, but the array is seen often. */
    verdict->confirmed |= other->verdict.confirmed ||
                          (draft->windows >= SURE && draft->met >= SURE * SURE);
    if (other->verdict.potential >= 0)
        verdict->potential =
            (verdict->potential < 0 ? 0 : verdict->potential) + other->verdict.potential;
    join_users(draft, other, observed);
    cck_line_weigh(observed, draft->rate, draft->high, draft->transfers, limits, verdict);
}

/* ---- about what ---- */

static bool differ(const cck_finding_draft *draft, bool by_element)
{
    for (size_t i = 1; i < draft->field_count; i++)
        if (by_element ? draft->fields[i].element != draft->fields[0].element
                       : strcmp(draft->fields[i].bare, draft->fields[0].bare) != 0)
            return true;
    return false;
}

static bool all_named(const cck_finding_draft *draft)
{
    for (size_t i = 0; i < draft->field_count; i++)
        if (!*draft->fields[i].bare)
            return false;
    return draft->field_count > 0;
}

cck_subject cck_draft_subject(const cck_finding_draft *draft)
{
    if (draft->place_count > 1)
        return CCK_SUBJECT_PLACES;
    if (draft->places[0].object.stride && differ(draft, true))
        return CCK_SUBJECT_ELEMENTS;
    if (!all_named(draft))
        return CCK_SUBJECT_BYTES;
    return differ(draft, false) ? CCK_SUBJECT_FIELDS : CCK_SUBJECT_ONE;
}

const char *cck_draft_rule(const cck_finding_draft *draft)
{
    static const char *const rules[] = {
        [CCK_LINE_PRIVATE] = "private-line",
        [CCK_LINE_FALSE] = "false-sharing",
        [CCK_LINE_TRUE] = "true-sharing",
        [CCK_LINE_MIXED] = "mixed-sharing",
    };
    return rules[draft->verdict.kind];
}
