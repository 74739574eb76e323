/* SPDX-License-Identifier: MIT */
/* One sentence: what is shared, and by whom. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/finding/draft.h"

enum { NAMES_SHOWN = 3 };

typedef struct title_text {
    FILE *out;
    bool plural;
} title_text;

/* ---- lists: "`a`, `b` and 2 more" ---- */

static void list_item(FILE *out, size_t index, size_t count)
{
    size_t shown = count > NAMES_SHOWN ? NAMES_SHOWN : count;
    if (index)
        fputs(index + 1 == shown && count == shown ? " and " : ", ", out);
}

static void list_end(FILE *out, size_t count)
{
    if (count > NAMES_SHOWN)
        fprintf(out, " and %zu more", count - NAMES_SHOWN);
}

/* "an 8-byte": eight, eleven and eighteen, and all that begin with eight. */
static const char *article(uint64_t number)
{
    uint64_t first = number;
    while (first >= 1000)
        first /= 1000;
    if (first == 11 || first == 18)
        return "an";
    while (first >= 10)
        first /= 10;
    return first == 8 ? "an" : "a";
}

bool cck_place_is_module(const cck_place *place)
{
    return strcmp(place->object.kind, "global") == 0 && *place->object.name == '/';
}

const char *cck_place_label(const cck_place *place, cck_code_names *names)
{
    const cck_finding_object *object = &place->object;
    const char *text = NULL;
    const cck_observed *observed = names->observed;
    if (cck_place_is_module(place))
        text = cck_arena_printf(
            names->arena, "the data of `%s` at 0x%" PRIx64, object->name,
            place->observed < observed->object_count
                ? cck_code_offset(names, observed->objects[place->observed].module, place->start)
                : object->address);
    else if (place->within && *object->type && *object->name && !object->stride)
        text = cck_arena_printf(names->arena, "`%s` in `%s`", object->type, object->name);
    else if (*object->name)
        text = cck_arena_printf(names->arena, "`%s`", object->name);
    else if (*object->type && object->stride)
        text = cck_arena_printf(names->arena, "an array of %" PRIu64 "-byte `%s`", object->stride,
                                object->type);
    else if (*object->type)
        text = cck_arena_printf(names->arena, "`%s`", object->type);
    else if (object->size)
        text = cck_arena_printf(names->arena, "%s %" PRIu64 "-byte %s", article(object->size),
                                object->size,
                                strcmp(object->kind, "heap") == 0 ? "heap block" : "object");
    else if (strcmp(object->kind, "mapping") == 0)
        text = cck_arena_printf(names->arena,
                                "anonymous memory at 0x%" PRIx64 " (mapped, no allocator seen)",
                                object->address);
    else if (strcmp(object->kind, "stack") == 0 && *place->declared.function)
        text = cck_arena_printf(names->arena, "the stack frame of `%s`", place->declared.function);
    else
        text = cck_arena_printf(names->arena, "%s memory at 0x%" PRIx64, object->kind,
                                object->address);
    if (!text)
        names->failed = true;
    return text ? text : "";
}

/* ---- subjects ---- */

static bool shared_by_two(const cck_finding_draft *draft, const char *bare)
{
    const cck_draft_field *first = NULL;
    for (size_t i = 0; i < draft->field_count; i++) {
        const cck_draft_field *field = &draft->fields[i];
        if (strcmp(field->bare, bare) != 0)
            continue;
        if (first && first->thread != field->thread)
            return true;
        first = first ? first : field;
    }
    return false;
}

/* Different names in the order of their offsets; of true sharing those that are shared. */
static size_t distinct_names(const cck_finding_draft *draft, bool shared_only,
                             const char *out_names[NAMES_SHOWN])
{
    size_t count = 0;
    for (size_t i = 0; i < draft->field_count; i++) {
        const char *bare = draft->fields[i].bare;
        bool known = shared_only && !shared_by_two(draft, bare);
        for (size_t j = 0; !known && j < i; j++)
            known = strcmp(draft->fields[j].bare, bare) == 0;
        if (known)
            continue;
        if (count < NAMES_SHOWN)
            out_names[count] = bare;
        count++;
    }
    return count;
}

static size_t names_of(const cck_finding_draft *draft, const char *out_names[NAMES_SHOWN])
{
    bool shared_only = draft->verdict.kind == CCK_LINE_TRUE;
    size_t count = distinct_names(draft, shared_only, out_names);
    return count ? count : distinct_names(draft, false, out_names);
}

static void put_fields(title_text *text, const cck_finding_draft *draft)
{
    const cck_place *place = &draft->places[0];
    const char *shown[NAMES_SHOWN];
    size_t count = names_of(draft, shown);
    bool of_variable = *place->object.name && strcmp(shown[0], place->object.name) == 0;
    if (*place->object.type && !of_variable)
        fprintf(text->out, "`%s` field%s ", place->object.type, count == 1 ? "" : "s");
    for (size_t i = 0; i < count && i < NAMES_SHOWN; i++) {
        list_item(text->out, i, count);
        fprintf(text->out, "`%s`", shown[i]);
    }
    list_end(text->out, count);
    if (*place->object.name && !of_variable)
        fprintf(text->out, " of `%s`", place->object.name);
    text->plural = count > 1;
}

/* Variables by their own names; of several blocks of one kind one is enough. */
static void put_places(title_text *text, const cck_finding_draft *draft, cck_code_names *names)
{
    const char *labels[CCK_DRAFT_PLACES];
    size_t count = draft->place_count, same = 1;
    for (size_t i = 0; i < count; i++) {
        labels[i] = cck_place_label(&draft->places[i], names);
        same += i && strcmp(labels[i], labels[0]) == 0;
    }
    text->plural = true;
    if (same == count) {
        fprintf(text->out, "%zu neighbours, each %s,", count, labels[0]);
        return;
    }
    for (size_t i = 0; i < count && i < NAMES_SHOWN; i++) {
        list_item(text->out, i, count);
        fputs(labels[i], text->out);
    }
    list_end(text->out, count);
}

static void put_elements(title_text *text, const cck_finding_draft *draft)
{
    const cck_finding_object *object = &draft->places[0].object;
    uint64_t least = UINT64_MAX, most = 0;
    for (size_t i = 0; i < draft->field_count; i++) {
        uint64_t element = draft->fields[i].element;
        least = element < least ? element : least;
        most = element > most ? element : most;
    }
    fprintf(text->out, "elements %" PRIu64 " %s %" PRIu64 " of ", least,
            most == least + 1 ? "and" : "to", most);
    if (*object->name)
        fprintf(text->out, "`%s` (%" PRIu64 "-byte `%s`)", object->name, object->stride,
                object->type);
    else
        fprintf(text->out, "an array of %" PRIu64 "-byte `%s`", object->stride, object->type);
    text->plural = true;
}

static void put_bytes(title_text *text, const cck_finding_draft *draft, cck_code_names *names)
{
    size_t shown = 0, count = 0;
    uint64_t last = UINT64_MAX;
    for (size_t i = 0; i < draft->field_count; i++) {
        count += draft->fields[i].use.offset != last;
        last = draft->fields[i].use.offset;
    }
    fputs("bytes ", text->out);
    last = UINT64_MAX;
    for (size_t i = 0; i < draft->field_count && shown < NAMES_SHOWN; i++) {
        const cck_field_use *use = &draft->fields[i].use;
        if (use->offset == last)
            continue;
        last = use->offset;
        list_item(text->out, shown++, count);
        fprintf(text->out, "%" PRId64 "-%" PRId64, (int64_t)use->offset,
                (int64_t)(use->offset + use->size - 1));
    }
    list_end(text->out, count);
    fprintf(text->out, " of %s", cck_place_label(&draft->places[0], names));
    text->plural = true;
}

static void put_subject(title_text *text, const cck_finding_draft *draft, cck_code_names *names)
{
    switch (cck_draft_subject(draft)) {
    case CCK_SUBJECT_PLACES:
        put_places(text, draft, names);
        return;
    case CCK_SUBJECT_ELEMENTS:
        put_elements(text, draft);
        return;
    case CCK_SUBJECT_FIELDS:
    case CCK_SUBJECT_ONE:
        put_fields(text, draft);
        return;
    case CCK_SUBJECT_BYTES:
        put_bytes(text, draft, names);
        return;
    }
}

/* ---- the sentence ---- */

static void put_threads(FILE *out, uint32_t count)
{
    fprintf(out, "%" PRIu32 " thread%s", count, count == 1 ? "" : "s");
}

static void put_crowd(FILE *out, const cck_line_verdict *verdict)
{
    fputs("written by ", out);
    put_threads(out, verdict->writers);
    if (verdict->users > verdict->writers)
        fprintf(out, " and read by %" PRIu32, verdict->users - verdict->writers);
}

static bool is_lock(const cck_finding_draft *draft)
{
    bool lock = draft->line->lock;
    for (size_t i = 0; i < draft->field_count; i++)
        lock |= draft->fields[i].lock;
    return lock;
}

/* The word that is taken: one of a lock's type, else the atomic one. */
static const cck_draft_field *lock_word(const cck_finding_draft *draft)
{
    const cck_draft_field *word = NULL;
    for (size_t i = 0; i < draft->field_count; i++) {
        const cck_draft_field *field = &draft->fields[i];
        if (field->lock)
            return field;
        if (field->use.atomic && !word)
            word = field;
    }
    return word;
}

/* Who reads it looks for the lock; what lies beside it moves with it. */
static void put_lock(title_text *text, const cck_finding_draft *draft, cck_code_names *names)
{
    const cck_draft_field *word = lock_word(draft);
    const cck_place *place = &draft->places[word ? word->place : 0];
    bool alone = true;
    for (size_t i = 0; i < draft->field_count && word; i++)
        alone &= draft->fields[i].use.offset == word->use.offset;
    fputs("the lock ", text->out);
    if (!word || (*word->bare && strcmp(word->bare, place->object.name) == 0))
        fputs("in ", text->out);
    else if (!*word->bare)
        fprintf(text->out, "in bytes %" PRId64 "-%" PRId64 " of ", (int64_t)word->use.offset,
                (int64_t)(word->use.offset + word->use.size) - 1);
    else
        fprintf(text->out, "`%s` of ", word->use.name);
    fprintf(text->out, "%s is handed between ", cck_place_label(place, names));
    put_threads(text->out, draft->verdict.users);
    if (!alone)
        fputs(", and the data beside it with it", text->out);
}

static void put_true(title_text *text, const cck_finding_draft *draft, cck_code_names *names)
{
    if (is_lock(draft)) {
        put_lock(text, draft, names);
        return;
    }
    put_subject(text, draft, names);
    fputs(text->plural ? " are " : " is ", text->out);
    put_crowd(text->out, &draft->verdict);
    fputs(draft->verdict.read_each_other ? " that read each other's" : ", the same bytes",
          text->out);
}

static void put_sentence(title_text *text, const cck_finding_draft *draft, cck_code_names *names)
{
    const cck_line_verdict *verdict = &draft->verdict;
    if (verdict->kind == CCK_LINE_TRUE) {
        put_true(text, draft, names);
        return;
    }
    put_subject(text, draft, names);
    if (text->plural)
        fputs(" share a cache line ", text->out);
    else
        fputs(" shares its cache line with bytes used at the same time; ", text->out);
    put_crowd(text->out, verdict);
    if (verdict->read_each_other)
        fputs(" that read each other's", text->out);
    else if (verdict->kind == CCK_LINE_MIXED && verdict->take_turns)
        fputs(", who take turns at the same bytes", text->out);
    else if (verdict->kind == CCK_LINE_MIXED)
        fputs(", who use each other's bytes, too", text->out);
}

const char *cck_draft_title(const cck_finding_draft *draft, cck_code_names *names)
{
    char *bytes = NULL;
    size_t size;
    title_text text = {.out = open_memstream(&bytes, &size)};
    if (!text.out) {
        names->failed = true;
        return "";
    }
    put_sentence(&text, draft, names);
    bool whole = fclose(text.out) == 0;
    const char *copy = whole ? cck_arena_strdup(names->arena, bytes) : NULL;
    free(bytes);
    names->failed |= !copy;
    return copy ? copy : "";
}
