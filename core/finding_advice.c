/* SPDX-License-Identifier: MIT */
/* What to change, what that costs in bytes, and the command that predicts its effect. */
#include <inttypes.h>
#include <string.h>

#include "core/finding_draft.h"

static uint64_t rounded(uint64_t size, uint64_t line)
{
    return line ? (size + line - 1) / line * line : size;
}

static const char *checked(cck_code_names *names, const char *text)
{
    names->failed |= !text;
    return text ? text : "";
}

/* The language of the type, else that of the module whose code uses it. */
static cck_language language_of(const cck_finding_draft *draft)
{
    const cck_type *type = draft->places[0].type;
    return type ? type->language : CCK_LANGUAGE_UNKNOWN;
}

/* How each language asks for an alignment, in front of a member or variable; "%u" its bytes. */
static const struct {
    cck_language language;
    const char *member, *type;
} idioms[] = {
    {CCK_LANGUAGE_C, "_Alignas(%u)", "struct { _Alignas(%u) ... };"},
    {CCK_LANGUAGE_CPP, "alignas(%u)", "struct alignas(%u) ..."},
    {CCK_LANGUAGE_RUST, "#[repr(align(%u))] struct Padded<T>(T); // around its type",
     "#[repr(align(%u))]"},
    {CCK_LANGUAGE_GO, "_ cpu.CacheLinePad // between them", "_ cpu.CacheLinePad // at its end"},
};

static const char *idiom(const cck_finding_draft *draft, cck_code_names *names, bool of_type)
{
    for (size_t i = 0; i < sizeof idioms / sizeof *idioms; i++)
        if (idioms[i].language == language_of(draft))
            return checked(names, cck_arena_printf(names->arena,
                                                   of_type ? idioms[i].type : idioms[i].member,
                                                   draft->line->size));
    return "";
}

/* ---- by what is shared ---- */

/* The member to move: the last one by offset that another thread than the first one's uses. */
const cck_draft_field *cck_draft_member_to_move(const cck_finding_draft *draft)
{
    const cck_draft_field *first = &draft->fields[0];
    for (size_t i = 1; i < draft->field_count; i++)
        if (strcmp(draft->fields[i].bare, first->bare) != 0 &&
            draft->fields[i].thread != first->thread)
            return &draft->fields[i];
    return &draft->fields[draft->field_count - 1];
}

static cck_suggestion move_member(const cck_finding_draft *draft, cck_code_names *names)
{
    const cck_draft_field *field = cck_draft_member_to_move(draft);
    const cck_place *place = &draft->places[0];
    uint64_t line = draft->line->size, size = place->type ? place->type->size : place->size;
    uint64_t at = field->use.offset - place->base;
    at = place->object.stride ? at % place->object.stride : at;
    uint64_t behind = size > at ? size - at : field->use.size;
    int64_t more = (int64_t)rounded(rounded(at, line) + behind, line) - (int64_t)size;
    return (cck_suggestion){
        .text = checked(names, cck_arena_printf(names->arena, "align `%s` to %" PRIu64 " bytes",
                                                field->bare, line)),
        .cost_bytes = more,
        .cost_of = "object",
        .code = idiom(draft, names, false),
        .patch = "",
    };
}

/* Elements that fill whole lines already only start off one. */
static cck_suggestion pad_elements(const cck_finding_draft *draft, cck_code_names *names)
{
    const cck_finding_object *object = &draft->places[0].object;
    uint64_t line = draft->line->size;
    if (object->stride % line == 0)
        return (cck_suggestion){
            .text = checked(
                names, cck_arena_printf(names->arena,
                                        "align the array to %" PRIu64 " bytes: its elements "
                                        "fill whole lines, but start %" PRIu64 " bytes off one",
                                        line, (object->address + draft->places[0].base) % line)),
            .cost_bytes = (int64_t)line - 1,
            .cost_of = "program",
            .code = language_of(draft) == CCK_LANGUAGE_C && strcmp(object->kind, "heap") == 0
                        ? "aligned_alloc(64, ...)"
                        : idiom(draft, names, false),
            .patch = "",
        };
    return (cck_suggestion){
        .text = checked(names, cck_arena_printf(names->arena,
                                                "give each element lines of its own: align `%s` to "
                                                "%" PRIu64 " bytes",
                                                object->type, line)),
        .cost_bytes = (int64_t)(rounded(object->stride, line) - object->stride),
        .cost_of = "element",
        .code = idiom(draft, names, true),
        .patch = "",
    };
}

static cck_suggestion part_places(const cck_finding_draft *draft, cck_code_names *names)
{
    const cck_place *one = &draft->places[0], *other = &draft->places[1];
    uint64_t line = draft->line->size;
    if (strcmp(one->object.kind, "heap") == 0)
        return (cck_suggestion){
            .text =
                checked(names, cck_arena_printf(names->arena,
                                                "allocate them aligned to %" PRIu64 " bytes, in "
                                                "multiples of %" PRIu64,
                                                line, line)),
            .cost_bytes = (int64_t)(rounded(one->size, line) - one->size),
            .cost_of = "object",
            .code = language_of(draft) == CCK_LANGUAGE_C ? "aligned_alloc" : "",
            .patch = "",
        };
    return (cck_suggestion){
        .text =
            checked(names, cck_arena_printf(names->arena, "align %s and %s to %" PRIu64 " bytes",
                                            cck_place_label(one, names),
                                            cck_place_label(other, names), line)),
        .cost_bytes = (int64_t)(rounded(one->size, line) + rounded(other->size, line)) -
                      (int64_t)(one->size + other->size),
        .cost_of = "program",
        .code = idiom(draft, names, false),
        .patch = "",
    };
}

static cck_suggestion no_bytes(const char *text)
{
    return (cck_suggestion){.text = text, .cost_of = "", .code = "", .patch = ""};
}

static cck_suggestion part_bytes(const cck_finding_draft *draft, cck_code_names *names)
{
    cck_suggestion suggestion =
        no_bytes("put what each thread uses on a line of its own; build with -g to see fields");
    if (*draft->places[0].object.type || !draft->line->size)
        suggestion.text = "put what each thread uses on a line of its own";
    (void)names;
    return suggestion;
}

static cck_suggestion keep_apart(const cck_finding_draft *draft, cck_code_names *names)
{
    switch (cck_draft_subject(draft)) {
    case CCK_SUBJECT_PLACES:
        return part_places(draft, names);
    case CCK_SUBJECT_ELEMENTS:
        return pad_elements(draft, names);
    case CCK_SUBJECT_FIELDS:
        return move_member(draft, names);
    case CCK_SUBJECT_ONE:
    case CCK_SUBJECT_BYTES:
        break;
    }
    return part_bytes(draft, names);
}

cck_suggestion cck_draft_suggestion(const cck_finding_draft *draft, cck_code_names *names)
{
    const cck_line_verdict *verdict = &draft->verdict;
    bool lock = draft->line->lock;
    for (size_t i = 0; i < draft->field_count; i++)
        lock |= draft->fields[i].lock;
    if (verdict->kind == CCK_LINE_TRUE && lock)
        return no_bytes("hold the lock for shorter, or split it into several: padding does not "
                        "help");
    if (verdict->kind == CCK_LINE_TRUE)
        return no_bytes("change it less often: a copy for each thread, added up at the end or in "
                        "batches; padding does not help");
    if (verdict->take_turns)
        return no_bytes("let each thread keep to its own part of the data, or pad the parts to "
                        "whole lines");
    if (!draft->field_count)
        return no_bytes("");
    cck_suggestion suggestion = keep_apart(draft, names);
    if (verdict->read_each_other)
        suggestion.text = checked(
            names, cck_arena_printf(names->arena,
                                    "%s, and let each side keep a copy of the other's index that "
                                    "it reads anew only when the copy says full or empty",
                                    suggestion.text));
    return suggestion;
}

/* ---- the command that predicts it ---- */

const char *cck_draft_verify(const cck_finding_draft *draft, cck_code_names *names,
                             const char *command)
{
    const cck_place *place = &draft->places[0];
    const char *what = NULL;
    uint32_t line = draft->line->size;
    if (draft->verdict.kind == CCK_LINE_TRUE || !draft->field_count)
        return "";
    switch (cck_draft_subject(draft)) {
    case CCK_SUBJECT_FIELDS:
        if (*place->object.type)
            what = cck_arena_printf(names->arena, "%s.%s@%" PRIu32, place->object.type,
                                    cck_draft_member_to_move(draft)->bare, line);
        break;
    case CCK_SUBJECT_ELEMENTS:
        what =
            cck_arena_printf(names->arena, "%s@%" PRIu32,
                             *place->object.name ? place->object.name : place->object.type, line);
        break;
    case CCK_SUBJECT_PLACES:
        if (*place->object.name || *place->object.type)
            what = cck_arena_printf(names->arena, "%s@%" PRIu32,
                                    *place->object.name ? place->object.name : place->object.type,
                                    line);
        break;
    case CCK_SUBJECT_ONE:
    case CCK_SUBJECT_BYTES:
        break;
    }
    if (!what || !*command || strpbrk(what, "'\n"))
        return "";
    return checked(names, cck_arena_printf(names->arena, "cachecheck sharing --what-if '%s' -- %s",
                                           what, command));
}
