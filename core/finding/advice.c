/* SPDX-License-Identifier: MIT */
/* What to change, what that costs in bytes, and the command that predicts its effect. */
#include <ctype.h>
#include <inttypes.h>
#include <string.h>

#include "core/debug/suggest.h"
#include "core/finding/draft.h"
#include "core/finding/object_wrapper.h"
#include "core/finding/type_vote.h"

enum { PARTS_MOST = 8 };

static const char *checked(cck_code_names *names, const char *text)
{
    names->failed |= !text;
    return text ? text : "";
}

static bool is_heap(const cck_place *place)
{
    return strcmp(place->object.kind, "heap") == 0;
}

static bool is_local(const cck_place *place)
{
    return strcmp(place->object.kind, "stack") == 0;
}

static cck_suggestion from_change(const cck_change *change, const char *text, const char *cost_of)
{
    return (cck_suggestion){.text = text,
                            .cost_bytes = change->cost,
                            .cost_of = cost_of,
                            .code = change->code,
                            .patch = ""};
}

/* What malloc() returns is a multiple of 16 only; new and Rust's allocators know better. */
static const char *with_allocation(const cck_finding_draft *draft, cck_code_names *names,
                                   const char *text, uint64_t size)
{
    const cck_place *place = &draft->places[0];
    uint32_t line = draft->line->size;
    if (place->within)
        return checked(names,
                       cck_arena_printf(names->arena,
                                        "%s, and hand it out at a multiple of %" PRIu32 " bytes",
                                        text, line));
    if (!is_heap(place) || !place->type || place->type->language != CCK_LANGUAGE_C)
        return text;
    return checked(
        names, cck_arena_printf(names->arena,
                                "%s, and allocate with aligned_alloc(%" PRIu32 ", %s%" PRIu64 ")",
                                text, line, place->object.stride ? "count * " : "", size));
}

/* ---- fields of one struct ---- */

typedef struct struct_parts {
    const cck_type *type;
    uint64_t starts[PARTS_MOST]; /* in that type */
    size_t count;
    cck_draft_part first; /* the member that starts the second part; field NULL: none */
} struct_parts;

static uint64_t offset_in_type(const cck_finding_draft *draft, const cck_draft_field *field)
{
    const cck_place *place = &draft->places[0];
    uint64_t at = field->use.offset - place->base;
    return place->object.stride ? at % place->object.stride : at;
}

static const cck_member *member_at(const cck_type *type, uint64_t offset)
{
    for (size_t i = type->member_count; i-- > 0;) {
        const cck_member *member = &type->members[i];
        bool open = i + 1 == type->member_count && cck_type_is_open(type);
        if (offset >= member->offset && (open || offset - member->offset < member->type->size))
            return member;
    }
    return NULL;
}

static bool all_in(const cck_finding_draft *draft, const cck_member *member, uint64_t base)
{
    for (size_t i = 0; i < draft->field_count; i++) {
        uint64_t at = offset_in_type(draft, &draft->fields[i]) - base;
        if (at < member->offset || at - member->offset >= member->type->size)
            return false;
    }
    return true;
}

/* Of members that overlay each other, the first that all fields can be in. */
static const cck_member *variant_of(const cck_finding_draft *draft, const cck_type *type,
                                    uint64_t base)
{
    for (size_t i = 0; i < type->member_count; i++)
        if (all_in(draft, &type->members[i], base))
            return &type->members[i];
    return NULL;
}

/* The innermost struct that all the fields are in; `*out_base` where it is in the type, and
 * `*out_depth` how many names lead to it. */
static const cck_type *holder_of(const cck_finding_draft *draft, uint64_t *out_base, int *out_depth)
{
    const cck_type *type = draft->places[0].type;
    *out_base = 0;
    *out_depth = 0;
    for (int depth = 0; type && depth < PARTS_MOST; depth++) {
        bool overlaid = type->kind == CCK_TYPE_UNION;
        if (!overlaid && type->kind != CCK_TYPE_STRUCT)
            return NULL;
        const cck_member *all =
            overlaid ? variant_of(draft, type, *out_base)
                     : member_at(type, offset_in_type(draft, draft->fields) - *out_base);
        if (!overlaid && all && !all_in(draft, all, *out_base))
            return type;
        if (!all)
            return NULL;
        *out_base += all->offset;
        *out_depth += *all->name != 0;
        type = all->type;
    }
    return NULL;
}

static bool is_written(const cck_finding_draft *draft, const cck_type *holder, uint64_t base,
                       const cck_member *member)
{
    for (size_t i = 0; i < draft->field_count; i++)
        if (draft->fields[i].use.writes &&
            member_at(holder, offset_in_type(draft, &draft->fields[i]) - base) == member)
            return true;
    return false;
}

/* Who writes a member, or reads it if nobody writes: a thread, or several. */
static uint32_t owner_of(const cck_finding_draft *draft, const cck_type *holder, uint64_t base,
                         const cck_member *member)
{
    uint32_t owner = CCK_NONE;
    bool written = is_written(draft, holder, base, member);
    for (size_t i = 0; i < draft->field_count; i++) {
        const cck_draft_field *field = &draft->fields[i];
        if (field->use.writes != written ||
            member_at(holder, offset_in_type(draft, field) - base) != member)
            continue;
        if (owner != CCK_NONE && owner != field->thread)
            return CCK_NONE - 1;
        owner = field->thread;
    }
    return owner;
}

/* The member of the holder that a field is in, or is. */
static cck_draft_part part_of(const cck_draft_field *field, const cck_member *member, uint64_t at,
                              int depth)
{
    cck_draft_part part = {.field = field, .length = strlen(field->bare), .size = field->use.size};
    if (!member || !*member->name || member->type->kind != CCK_TYPE_STRUCT)
        return part;
    const char *end = field->bare;
    for (int names = 0; *end && (*end != '.' || names < depth); end++)
        names += *end == '.';
    part.length = (size_t)(end - field->bare);
    part.before = at - member->offset;
    part.size = member->type->size;
    return part;
}

/* A part is what one thread, or one set of them, uses: where that changes a line should end. */
static struct_parts parts_of(const cck_finding_draft *draft)
{
    uint64_t base;
    int depth;
    struct_parts parts = {.type = holder_of(draft, &base, &depth)};
    uint32_t owner = CCK_NONE;
    for (size_t i = 0; i < draft->field_count && parts.type; i++) { /* by offset */
        uint64_t at = offset_in_type(draft, &draft->fields[i]) - base;
        const cck_member *member = member_at(parts.type, at);
        uint32_t next = member ? owner_of(draft, parts.type, base, member) : owner;
        if (i && next != owner && parts.count < PARTS_MOST) {
            if (!parts.count)
                parts.first = part_of(&draft->fields[i], member, at, depth);
            parts.starts[parts.count++] = at;
        }
        owner = next;
    }
    return parts;
}

cck_draft_part cck_draft_part_to_move(const cck_finding_draft *draft)
{
    cck_draft_part first = parts_of(draft).first;
    if (first.field)
        return first;
    const cck_draft_field *other = draft->fields;
    for (size_t i = 1; i < draft->field_count && other == draft->fields; i++)
        if (strcmp(draft->fields[i].bare, draft->fields->bare) != 0)
            other = &draft->fields[i];
    return part_of(other, NULL, 0, 0);
}

bool cck_draft_array_between(const cck_finding_draft *draft, cck_draft_array *out_array)
{
    const cck_type *type = draft->places[0].type;
    cck_draft_array found = {.name = ""};
    for (int depth = 0; type && draft->field_count && depth < 2 * PARTS_MOST; depth++) {
        uint64_t at = offset_in_type(draft, draft->fields) - found.offset;
        bool array = type->kind == CCK_TYPE_ARRAY && type->target && type->stride;
        const cck_member *member = type->kind == CCK_TYPE_STRUCT ? member_at(type, at) : NULL;
        if (!array && !member)
            return false;
        for (size_t i = 1; i < draft->field_count; i++) {
            uint64_t other = offset_in_type(draft, &draft->fields[i]) - found.offset;
            if (array && other / type->stride != at / type->stride) {
                found.type = type;
                *out_array = found;
                return true;
            }
            if (!array && member_at(type, other) != member)
                return false;
        }
        found.offset += array ? at / type->stride * type->stride : member->offset;
        if (!array && *member->name && member->name[0] != '_')
            found.name = member->name; /* std::array has its elements in _M_elems */
        type = array ? type->target : member->type;
    }
    return false;
}

/* Elements of an array that is a field. */
static bool part_inner_elements(const cck_finding_draft *draft, cck_code_names *names,
                                cck_suggestion *out_suggestion)
{
    cck_draft_array within;
    uint32_t line = draft->line->size;
    if (!cck_draft_array_between(draft, &within) || within.type->stride % line == 0)
        return false;
    const cck_type *array = within.type;
    cck_suggest_request request = {
        .kind = CCK_SUGGEST_ELEMENT, .type = array->target, .line = line};
    cck_change change;
    if (!cck_suggest(&request, names->arena, &change))
        return false;
    const char *text = checked(
        names,
        cck_arena_printf(names->arena,
                         cck_type_is_own(array->target)
                             ? "align `%s` to %" PRIu32 " bytes, so that each element of `%s` has "
                               "lines of its own"
                             : "wrap each `%s` in a struct aligned to %" PRIu32
                               " bytes, so that each element of `%s` has a line of its own",
                         cck_type_label(array->target), line, within.name));
    const cck_place *place = &draft->places[0];
    bool open = !array->count; /* as many as there is room for */
    uint64_t count = open ? (place->size - within.offset) / array->stride : array->count;
    uint64_t whole = (open ? place->size : place->type->size) +
                     count * (change.new_size - array->stride) + 2 * (uint64_t)line;
    *out_suggestion =
        from_change(&change, with_allocation(draft, names, text, whole / line * line), "element");
    return true;
}

/* ---- what a library keeps beside a thing ---- */

/* The user's thing in a library's block, if threads fight over the one and the other. */
static bool is_beside_its_keeper(const cck_finding_draft *draft, cck_wrapped *out_inner)
{
    const cck_place *place = &draft->places[0];
    size_t inside = 0;
    if (place->object.stride || !cck_type_wraps(place->type, out_inner))
        return false;
    for (size_t i = 0; i < draft->field_count; i++) {
        uint64_t at = offset_in_type(draft, &draft->fields[i]);
        inside += at >= out_inner->offset && at - out_inner->offset < out_inner->type->size;
    }
    return inside && inside < draft->field_count;
}

static bool has_owner_count(const cck_place *place)
{
    return strncmp(place->object.type, "std::_Sp_counted", 16) == 0 ||
           strstr(place->object.type, "::ArcInner<") != NULL;
}

static bool part_from_keeper(const cck_finding_draft *draft, cck_code_names *names,
                             cck_suggestion *out_suggestion)
{
    cck_wrapped inner;
    cck_change change;
    uint32_t line = draft->line->size;
    if (!is_beside_its_keeper(draft, &inner))
        return false;
    cck_suggest_request request = {.kind = CCK_SUGGEST_ELEMENT, .type = inner.type, .line = line};
    if (!cck_suggest(&request, names->arena, &change))
        return false;
    const char *text = cck_arena_printf(
        names->arena, "%s `%s` %s %" PRIu32 " bytes, so that %s on another line",
        cck_type_is_own(inner.type) ? "align" : "wrap", cck_type_label(inner.type),
        cck_type_is_own(inner.type) ? "to" : "in a struct aligned to", line,
        has_owner_count(&draft->places[0]) ? "the count of its owners is"
                                           : "what the library keeps beside it is");
    *out_suggestion = from_change(&change, checked(names, text), "object");
    return true;
}

static bool part_fields(const cck_finding_draft *draft, cck_code_names *names,
                        cck_suggestion *out_suggestion)
{
    struct_parts parts = parts_of(draft);
    cck_suggest_request request = {.kind = CCK_SUGGEST_PARTS,
                                   .type = parts.type,
                                   .line = draft->line->size,
                                   .starts = parts.starts,
                                   .start_count = parts.count};
    cck_change change;
    if (part_inner_elements(draft, names, out_suggestion) ||
        part_from_keeper(draft, names, out_suggestion))
        return true;
    if (!parts.count || !cck_suggest(&request, names->arena, &change))
        return false;
    bool whole = parts.type == draft->places[0].type;
    *out_suggestion = from_change(
        &change, whole ? with_allocation(draft, names, change.text, change.new_size) : change.text,
        draft->places[0].object.stride ? "element" : "object");
    return true;
}

/* ---- elements of an array ---- */

/* Elements that fill whole lines already only start off one. */
static cck_suggestion align_array(const cck_finding_draft *draft, cck_code_names *names)
{
    const cck_place *place = &draft->places[0];
    uint32_t line = draft->line->size;
    bool in_c = place->type && place->type->language == CCK_LANGUAGE_C;
    const char *code = "";
    if (is_heap(place))
        code = in_c ? cck_arena_printf(names->arena, "aligned_alloc(%" PRIu32 ", %" PRIu64 ")",
                                       line, (place->size + line - 1) / line * line)
                    : "";
    else if (*place->object.name && in_c)
        code = cck_arena_printf(names->arena, "_Alignas(%" PRIu32 ") %s %s[%" PRIu64 "];", line,
                                place->object.type, place->object.name, place->object.count);
    return (cck_suggestion){
        .text = checked(names, cck_arena_printf(names->arena,
                                                "align the array to %" PRIu32
                                                " bytes: its elements fill whole "
                                                "lines, but start %" PRIu64 " bytes off one",
                                                line, (place->start + place->base) % line)),
        .cost_bytes = (int64_t)line - 1,
        .cost_of = "program",
        .code = checked(names, code),
        .patch = "",
    };
}

/* Rows of an array of arrays that several threads write in: a line for each row parts nobody. */
static bool rows_are_shared(const cck_finding_draft *draft)
{
    const cck_place *place = &draft->places[0];
    if (!place->type || place->type->kind != CCK_TYPE_ARRAY || !place->object.stride)
        return false;
    for (size_t i = 0; i < draft->field_count; i++)
        for (size_t j = 0; j < i; j++) {
            const cck_draft_field *one = &draft->fields[i], *other = &draft->fields[j];
            if (one->thread != other->thread && (one->use.writes || other->use.writes) &&
                (one->use.offset - place->base) / place->object.stride ==
                    (other->use.offset - place->base) / place->object.stride)
                return true;
        }
    return false;
}

static const char *element_text(const cck_place *place, uint32_t line, cck_code_names *names)
{
    const char *type = place->object.type;
    if (!cck_type_is_own(place->type))
        return checked(names, cck_arena_printf(names->arena,
                                               "wrap each `%s` in a struct aligned to %" PRIu32
                                               " bytes, so that each element has a line of its own",
                                               type, line));
    bool unnamed = !*place->type->name && !*place->type->alias;
    return checked(names, cck_arena_printf(names->arena,
                                           "align %s%s%s to %" PRIu32
                                           " bytes, so that each element has lines of its own",
                                           unnamed ? "the struct" : "`", unnamed ? "" : type,
                                           unnamed ? "" : "`", line));
}

static bool part_elements(const cck_finding_draft *draft, cck_code_names *names,
                          cck_suggestion *out_suggestion)
{
    const cck_place *place = &draft->places[0];
    uint32_t line = draft->line->size;
    cck_suggest_request request = {.kind = CCK_SUGGEST_ELEMENT, .type = place->type, .line = line};
    cck_change change;
    if (place->object.stride % line == 0) {
        *out_suggestion = align_array(draft, names);
        return true;
    }
    if (!cck_suggest(&request, names->arena, &change))
        return false;
    const char *text = element_text(place, line, names);
    *out_suggestion =
        from_change(&change, with_allocation(draft, names, text, change.new_size), "element");
    return true;
}

/* ---- neighbours ---- */

static bool part_blocks(const cck_finding_draft *draft, cck_code_names *names,
                        cck_suggestion *out_suggestion)
{
    const cck_place *place = &draft->places[0];
    cck_suggest_request request = {.kind = CCK_SUGGEST_HEAP,
                                   .type = place->type,
                                   .size = place->size,
                                   .line = draft->line->size};
    cck_change change;
    if (!cck_suggest(&request, names->arena, &change))
        return false;
    const char *text = checked(names, cck_arena_printf(names->arena,
                                                       "%s each of them at a multiple of %" PRIu32
                                                       " bytes, and round its size up to one",
                                                       place->within ? "hand out" : "allocate",
                                                       draft->line->size));
    *out_suggestion = from_change(&change, text, "object");
    return true;
}

/* A part of a struct that the compiler took apart, "stats.hits", is aligned where it is declared.
 */
static const char *declared_name(const cck_place *place)
{
    const char *dot = strrchr(place->object.name, '.');
    return dot && (dot[1] == '_' || isalpha((unsigned char)dot[1])) ? dot + 1 : place->object.name;
}

static bool part_variables(const cck_finding_draft *draft, cck_code_names *names,
                           cck_suggestion *out_suggestion)
{
    int64_t cost = 0;
    const char *code = "", *list = "";
    size_t count = draft->place_count;
    for (size_t i = 0; i < count; i++) {
        const cck_place *place = &draft->places[i];
        const cck_type *type = place->object.stride ? NULL : place->type;
        cck_suggest_request request = {.kind = CCK_SUGGEST_GLOBAL,
                                       .type = type,
                                       .size = place->size,
                                       .name = declared_name(place),
                                       .line = draft->line->size,
                                       .local = is_local(place),
                                       .language = place->type ? place->type->language
                                                               : CCK_LANGUAGE_UNKNOWN};
        cck_change change;
        if (is_heap(place) || !*place->object.name || !cck_suggest(&request, names->arena, &change))
            continue;
        cost += change.cost;
        list = checked(names, cck_arena_printf(names->arena, "%s%s%s", list,
                                               !*list           ? ""
                                               : i + 1 == count ? " and "
                                                                : ", ",
                                               cck_place_label(place, names)));
        code = checked(
            names, cck_arena_printf(names->arena, "%s%s%s", code, *code ? "\n" : "", change.code));
    }
    if (!*list)
        return false;
    *out_suggestion = (cck_suggestion){
        .text = checked(names, cck_arena_printf(names->arena, "align %s to %" PRIu32 " bytes", list,
                                                draft->line->size)),
        .cost_bytes = cost,
        .cost_of = is_local(&draft->places[0]) ? "call" : "program",
        .code = code,
        .patch = "",
    };
    return true;
}

static bool part_places(const cck_finding_draft *draft, cck_code_names *names,
                        cck_suggestion *out_suggestion)
{
    return is_heap(&draft->places[0]) || draft->places[0].within
               ? part_blocks(draft, names, out_suggestion)
               : part_variables(draft, names, out_suggestion);
}

static cck_suggestion no_bytes(const char *text)
{
    return (cck_suggestion){.text = text, .cost_of = "", .code = "", .patch = ""};
}

/* Who knows the code's lines has debug information: it tells nothing of that memory. */
static bool has_source(const cck_finding_draft *draft)
{
    for (size_t i = 0; i < draft->field_count; i++)
        if (draft->fields[i].use.location.line)
            return true;
    return false;
}

static cck_suggestion part_bytes(const cck_finding_draft *draft)
{
    cck_suggestion suggestion =
        no_bytes("put what each thread uses on a line of its own; build with -g to see fields");
    const cck_place *place = &draft->places[0];
    if (*place->object.type || !draft->line->size ||
        (strcmp(place->object.kind, "stack") != 0 && has_source(draft)))
        suggestion.text = "put what each thread uses on a line of its own";
    else if (is_local(place) && *place->declared.function)
        suggestion.text = "no variable of a fixed size lies there (an array of variable length, "
                          "alloca()?): let each thread work on a variable of its own and hand "
                          "over the result, or give each a line";
    return suggestion;
}

static cck_suggestion keep_apart(const cck_finding_draft *draft, cck_code_names *names)
{
    static bool (*const ways[])(const cck_finding_draft *, cck_code_names *, cck_suggestion *) = {
        [CCK_SUBJECT_PLACES] = part_places, [CCK_SUBJECT_ELEMENTS] = part_elements,
        [CCK_SUBJECT_FIELDS] = part_fields, [CCK_SUBJECT_ONE] = NULL,
        [CCK_SUBJECT_BYTES] = NULL,
    };
    cck_suggestion suggestion;
    cck_subject subject = cck_draft_subject(draft);
    if (rows_are_shared(draft))
        return no_bytes("exchange the dimensions of the array, so that what each thread writes "
                        "lies together, and let each thread's part begin a line");
    return ways[subject] && ways[subject](draft, names, &suggestion) ? suggestion
                                                                     : part_bytes(draft);
}

/* What counts who shares a thing is changed by each copy of the pointer to it. */
static bool counts_owners(const cck_finding_draft *draft)
{
    static const char *const names[] = {"_M_use_count", "_M_weak_count", "strong", "weak"};
    for (size_t i = 0; i < draft->field_count; i++) {
        const char *name = draft->fields[i].bare, *dot = strrchr(name, '.');
        bool count = false;
        for (size_t j = 0; j < sizeof names / sizeof *names; j++)
            count |= strcmp(dot ? dot + 1 : name, names[j]) == 0;
        if (!count && draft->fields[i].use.writes)
            return false;
    }
    return draft->field_count && has_owner_count(&draft->places[0]);
}

/* All that is written there, one thread writes. */
static bool is_handed_over(const cck_finding_draft *draft)
{
    uint32_t writer = CCK_NONE;
    for (size_t i = 0; i < draft->field_count; i++) {
        if (!draft->fields[i].use.writes)
            continue;
        if (writer != CCK_NONE && writer != draft->fields[i].thread)
            return false;
        writer = draft->fields[i].thread;
    }
    return writer != CCK_NONE;
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
    if (verdict->kind == CCK_LINE_TRUE && verdict->read_each_other)
        return no_bytes("let each side keep a copy of what the other writes, read anew only when "
                        "the copy says full or empty, and hand over several at a time; padding "
                        "alone does not help");
    if (verdict->kind == CCK_LINE_TRUE && counts_owners(draft))
        return no_bytes("each copy of a shared pointer changes its count of owners: hand it on by "
                        "reference, or copy it once for each thread and not for each use");
    if (verdict->kind == CCK_LINE_TRUE && is_handed_over(draft))
        return no_bytes("one thread writes what others read: write it less often, or hand over "
                        "several at a time; padding does not help");
    if (verdict->kind == CCK_LINE_TRUE)
        return no_bytes("change it less often: a copy for each thread, added up at the end or in "
                        "batches; padding does not help");
    if (verdict->take_turns)
        return no_bytes("let each thread keep to its own part of the data, or pad the parts to "
                        "whole lines");
    if (!draft->field_count)
        return no_bytes("");
    cck_finding_draft narrow = cck_draft_narrow(draft, names);
    cck_suggestion suggestion = keep_apart(&narrow, names);
    if (verdict->read_each_other)
        suggestion.text = checked(
            names, cck_arena_printf(names->arena,
                                    "%s, and let each side keep a copy of the other's index that "
                                    "it reads anew only when the copy says full or empty",
                                    suggestion.text));
    return suggestion;
}

/* ---- the command that predicts it ---- */

/* The simulation moves globals and blocks of the heap. */
static bool can_be_moved(const cck_place *place)
{
    return !place->within && (is_heap(place) || strcmp(place->object.kind, "global") == 0);
}

static const char *field_to_move(const cck_finding_draft *draft, cck_code_names *names)
{
    const cck_place *place = &draft->places[0];
    uint32_t line = draft->line->size;
    cck_draft_array within;
    if (cck_draft_array_between(draft, &within))
        return cck_type_is_own(within.type->target)
                   ? cck_arena_printf(names->arena, "%s@%" PRIu32,
                                      cck_type_label(within.type->target), line)
                   : "all";
    cck_wrapped inner;
    if (is_beside_its_keeper(draft, &inner))
        return cck_arena_printf(names->arena, "%s@%" PRIu32, cck_type_label(inner.type), line);
    cck_draft_part part = cck_draft_part_to_move(draft);
    bool anonymous = !*place->object.type || strchr(place->object.type, '{');
    const char *owner = anonymous ? place->object.name : place->object.type;
    return *owner ? cck_arena_printf(names->arena, "%s.%.*s@%" PRIu32, owner, (int)part.length,
                                     part.field->bare, line)
                  : NULL;
}

const char *cck_draft_verify(const cck_finding_draft *draft, cck_code_names *names,
                             const char *command)
{
    cck_finding_draft narrow = cck_draft_narrow(draft, names);
    draft = &narrow;
    const cck_place *place = &draft->places[0];
    const char *what = NULL;
    uint32_t line = draft->line->size;
    if (draft->verdict.kind == CCK_LINE_TRUE || !draft->field_count || !can_be_moved(place) ||
        rows_are_shared(draft) || (place->type && cck_type_is_open(place->type)))
        return "";
    switch (cck_draft_subject(draft)) {
    case CCK_SUBJECT_FIELDS:
        what = field_to_move(draft, names);
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
