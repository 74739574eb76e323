/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "core/debug/access_internal.h"

cck_value cck_value_unknown(void)
{
    return (cck_value){.kind = CCK_VALUE_UNKNOWN};
}

cck_value cck_value_number(int64_t number)
{
    return (cck_value){.kind = CCK_VALUE_NUMBER, .offset = number};
}

bool cck_type_same(const cck_type *left, const cck_type *right)
{
    if (left == right || !left || !right)
        return left == right;
    if (left->kind != right->kind || left->size != right->size ||
        left->member_count != right->member_count || strcmp(left->name, right->name) != 0)
        return false;
    return *left->name || left->members == right->members;
}

bool cck_value_same(const cck_value *left, const cck_value *right)
{
    return left->kind == right->kind && left->any == right->any && left->offset == right->offset &&
           cck_type_same(left->type, right->type);
}

static int64_t sum(int64_t left, int64_t right)
{
    return (int64_t)((uint64_t)left + (uint64_t)right);
}

/* The array within a type that an offset is in; NULL none. */
static const cck_type *array_at(const cck_type *type, int64_t offset)
{
    cck_field field;
    if (offset < 0 || !cck_type_field(type, (uint64_t)offset, 0, &field))
        return NULL;
    return field.array;
}

static int64_t remainder_of(int64_t offset, uint64_t size)
{
    int64_t rest = offset % (int64_t)size;
    return rest < 0 ? rest + (int64_t)size : rest;
}

/* After an index was added, a pointer is somewhere in the array that it was in, or in the tail that
 * ends its struct; if it was in none it walks an array of the whole type. */
static void wrap(cck_value *value)
{
    if (value->kind != CCK_VALUE_POINTER || !value->any)
        return;
    uint64_t size = value->type->size, from = 0;
    const cck_member *tail = cck_type_tail(value->type);
    if (tail && tail->type->target && tail->type->target->size && value->offset >= 0) {
        from = tail->offset;
        size = from + tail->type->target->size;
    }
    if (value->offset < 0 || (uint64_t)value->offset >= size)
        value->offset = (int64_t)from + remainder_of(value->offset - (int64_t)from, size - from);
}

static bool is_place(const cck_value *value)
{
    return value->kind == CCK_VALUE_POINTER || value->kind == CCK_VALUE_FRAME ||
           value->kind == CCK_VALUE_THREAD;
}

cck_value cck_value_add(cck_value left, cck_value right)
{
    bool exact = right.kind == CCK_VALUE_NUMBER && !right.any;
    if (is_place(&right) && is_place(&left))
        return cck_value_unknown();
    if (is_place(&right) ||
        (right.kind == CCK_VALUE_NUMBER && left.kind != CCK_VALUE_NUMBER && !is_place(&left)))
        return left.kind == CCK_VALUE_UNSET ? left : cck_value_add(right, left);
    if (left.kind == CCK_VALUE_NUMBER || is_place(&left)) {
        left.any |= !exact;
        if (right.kind == CCK_VALUE_NUMBER)
            left.offset = sum(left.offset, right.offset);
        wrap(&left);
        return left;
    }
    return cck_value_unknown();
}

cck_value cck_value_negate(cck_value value)
{
    if (value.kind != CCK_VALUE_NUMBER || value.any)
        return cck_value_unknown();
    return cck_value_number((int64_t)(0 - (uint64_t)value.offset));
}

/* How much a type tells: of two views of an address the larger struct is the outer one. */
static uint64_t telling(const cck_type *type)
{
    bool record = type->kind == CCK_TYPE_STRUCT || type->kind == CCK_TYPE_UNION ||
                  type->kind == CCK_TYPE_ARRAY;
    return record ? type->size : 0;
}

cck_value cck_value_better(cck_value found, cck_value told)
{
    if (told.kind != CCK_VALUE_POINTER || is_place(&found) == false)
        return told.kind == CCK_VALUE_POINTER && found.kind != CCK_VALUE_NUMBER ? told : found;
    if (found.kind != CCK_VALUE_POINTER)
        return found;
    return telling(told.type) > telling(found.type) ? told : found;
}

static cck_value merge_pointers(cck_value left, cck_value right)
{
    if (!cck_type_same(left.type, right.type))
        return cck_value_unknown();
    cck_value merged = left.offset <= right.offset ? left : right;
    uint64_t size = left.type->size;
    uint64_t apart = (uint64_t)(left.offset > right.offset ? left.offset - right.offset
                                                           : right.offset - left.offset);
    if (merged.from && (!left.from || !right.from))
        merged.from = NULL;
    merged.any = left.any || right.any || apart != 0;
    if (apart == 0)
        return merged;
    const cck_type *array = array_at(left.type, merged.offset);
    if (array && array->stride && apart % array->stride == 0 && apart <= array->size)
        return merged; /* it walks this array */
    if (size && apart % size == 0) {
        merged.offset = remainder_of(merged.offset, size);
        return merged; /* it walks an array of these */
    }
    return cck_value_unknown();
}

/* Two addresses of one variable: a walk through an array that is global. */
static cck_value merge_numbers(const cck_analysis *analysis, cck_value left, cck_value right)
{
    cck_variable one, other;
    cck_value merged = left.offset <= right.offset ? left : right;
    merged.any = true;
    if (left.offset == right.offset)
        return merged;
    if (!cck_debug_global(analysis->module, (uint64_t)merged.offset, &one) ||
        !cck_debug_global(analysis->module, (uint64_t)(left.offset + right.offset - merged.offset),
                          &other) ||
        one.start != other.start || !one.type)
        return cck_value_unknown();
    const cck_type *array = array_at(one.type, merged.offset - (int64_t)one.start);
    return array ? merged : cck_value_unknown();
}

cck_value cck_value_merge(const cck_analysis *analysis, cck_value left, cck_value right)
{
    if (left.kind == CCK_VALUE_UNSET || right.kind == CCK_VALUE_UNSET)
        return left.kind == CCK_VALUE_UNSET ? right : left;
    if (cck_value_same(&left, &right))
        return left;
    bool null_left = left.kind == CCK_VALUE_NUMBER && left.offset == 0 && !left.any;
    bool null_right = right.kind == CCK_VALUE_NUMBER && right.offset == 0 && !right.any;
    if (null_left && (right.kind == CCK_VALUE_POINTER || right.kind == CCK_VALUE_MADE))
        return right;
    if (null_right && (left.kind == CCK_VALUE_POINTER || left.kind == CCK_VALUE_MADE))
        return left;
    if (left.kind != right.kind)
        return cck_value_unknown();
    if (left.kind == CCK_VALUE_POINTER)
        return merge_pointers(left, right);
    if (left.kind == CCK_VALUE_NUMBER)
        return merge_numbers(analysis, left, right);
    if (left.kind == CCK_VALUE_FRAME && left.offset == right.offset) {
        left.any = true;
        return left;
    }
    return cck_value_unknown();
}

/* A place in the frame: what was stored there, else what variable it is. */
static cck_value load_frame(const cck_analysis *analysis, const cck_state *state, uint64_t address,
                            cck_value place)
{
    uint64_t offset;
    const cck_place_variable *variable =
        cck_analysis_frame_variable(analysis, state, address, place.offset, &offset);
    cck_value told =
        variable ? cck_value_held(variable->type, offset, variable) : cck_value_unknown();
    for (size_t i = 0; i < state->slot_count && !place.any; i++)
        if (state->slots[i].offset == place.offset)
            return cck_value_better(state->slots[i].value, told);
    return told;
}

cck_value cck_value_load(const cck_analysis *analysis, const cck_state *state, uint64_t address,
                         cck_value place)
{
    cck_variable variable;
    uint64_t size;
    switch (place.kind) {
    case CCK_VALUE_FRAME:
        return load_frame(analysis, state, address, place);
    case CCK_VALUE_POINTER:
        if (place.offset < 0 || (uint64_t)place.offset >= place.type->size)
            place.offset = remainder_of(place.offset, place.type->size);
        return cck_value_held(place.type, (uint64_t)place.offset, NULL);
    case CCK_VALUE_NUMBER:
        if (cck_debug_global(analysis->module, (uint64_t)place.offset, &variable) && variable.type)
            return cck_value_held(variable.type, (uint64_t)place.offset - variable.start, NULL);
        return cck_value_unknown();
    case CCK_VALUE_THREAD:
        if (cck_debug_tls_size(analysis->module, &size) &&
            cck_debug_tls(analysis->module, size + (uint64_t)place.offset, &variable) &&
            variable.type)
            return cck_value_held(variable.type, size + (uint64_t)place.offset - variable.start,
                                  NULL);
        return cck_value_unknown();
    default:
        return cck_value_unknown();
    }
}
