/* SPDX-License-Identifier: MIT */
/* The order of a result's rows. Stable: rows that tie keep their order. */
#include <stdlib.h>
#include <string.h>

#include "core/base/fail.h"
#include "core/base/nearest.h"
#include "core/base/quantity.h"
#include "core/result/result.h"
#include "core/session/foreseen.h"

typedef struct sort_key {
    bool missing, rest; /* sort behind the others; rest rows behind everything */
    double number;
    const char *name;
    size_t index;
} sort_key;

static int compare_keys(const void *a, const void *b)
{
    const sort_key *left = a, *right = b;
    if (left->rest != right->rest)
        return left->rest - right->rest;
    if (left->missing != right->missing)
        return left->missing - right->missing;
    if (left->number != right->number)
        return left->number < right->number ? 1 : -1;
    int order = left->name ? strcmp(left->name, right->name) : 0;
    return order ? order : (left->index > right->index) - (left->index < right->index);
}

static int reorder(cck_result *result, sort_key *keys, cck_error *err)
{
    cck_row *rows = malloc((result->row_count + 1) * sizeof *rows);
    if (!rows)
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    qsort(keys, result->row_count, sizeof *keys, compare_keys);
    for (size_t i = 0; i < result->row_count; i++)
        rows[i] = result->rows[keys[i].index];
    if (result->row_count) /* the rows are the result's own, in its arena */
        memcpy((cck_row *)(uintptr_t)result->rows, rows, result->row_count * sizeof *rows);
    free(rows);
    return 0;
}

typedef enum sort_by { BY_QUANTITY, BY_TID, BY_NAME } sort_by;

static int sort_rows(cck_result *result, sort_by by, cck_quantity quantity, cck_error *err)
{
    sort_key *keys = calloc(result->row_count + 1, sizeof *keys);
    if (!keys)
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    for (size_t i = 0; i < result->row_count; i++) {
        const cck_row *row = &result->rows[i];
        keys[i] = (sort_key){.index = i, .rest = row->kind == CCK_ROW_REST};
        if (by == BY_NAME) {
            keys[i].name = row->name;
        } else if (by == BY_TID) {
            keys[i].number = row->index >= 0 ? -row->index : -row->tid;
        } else {
            cck_operand value = cck_quantity_read(&quantity, result, row);
            keys[i].missing = value.missing != NULL;
            keys[i].number = value.missing ? 0 : value.value;
        }
    }
    int code = reorder(result, keys, err);
    free(keys);
    return code;
}

static const char *const words[] = {"tid", "name", "cpu-time"};
enum { WORDS = sizeof words / sizeof *words };

static int fail_unknown(const char *key, const cck_nearest_search *search, cck_error *err)
{
    cck_fail(err, CCK_EINVALID, "cannot sort by '%s': no such event or metric", key);
    if (search->found[0])
        cck_hint(err, "did you mean '%s'?", search->found);
    else
        cck_hint(err, "sort by an event that is counted, a metric, tid, name or cpu-time");
    return CCK_EINVALID;
}

static int unknown_key(const cck_result *result, const char *key, cck_error *err)
{
    cck_nearest_search search = {.word = key};
    for (size_t i = 0; i < result->event_count; i++)
        cck_nearest_offer(&search, result->events[i].name);
    for (size_t i = 0; i < result->total.metric_count; i++)
        if (!result->total.metrics[i].not_counted)
            cck_nearest_offer(&search, result->total.metrics[i].name);
    for (size_t i = 0; i < WORDS; i++)
        cck_nearest_offer(&search, words[i]);
    return fail_unknown(key, &search, err);
}

int cck_sort_check(const char *key, const char *const *events, cck_error *err)
{
    cck_nearest_search search;
    for (size_t i = 0; i < WORDS; i++)
        if (strcmp(key, words[i]) == 0)
            return 0;
    if (cck_name_foreseen(key, events, &search))
        return 0;
    for (size_t i = 0; i < WORDS; i++)
        cck_nearest_offer(&search, words[i]);
    return fail_unknown(key, &search, err);
}

int cck_result_sort(cck_result *result, const char *key, cck_error *err)
{
    if (strcmp(key, "name") == 0)
        return sort_rows(result, BY_NAME, (cck_quantity){0}, err);
    if (strcmp(key, "tid") == 0)
        return sort_rows(result, BY_TID, (cck_quantity){0}, err);
    const char *name = strcmp(key, "cpu-time") == 0 ? "cpu_time" : key;
    cck_quantity quantity = cck_quantity_find(result, name, CCK_EVENTS_FIRST);
    if (quantity.kind == CCK_QUANTITY_UNKNOWN || quantity.kind == CCK_QUANTITY_ELAPSED ||
        quantity.kind == CCK_QUANTITY_LINE_SIZE)
        return unknown_key(result, key, err);
    return sort_rows(result, BY_QUANTITY, quantity, err);
}

void cck_result_sort_default(cck_result *result)
{
    static const char *const measured[] = {"cpu_time", "instructions", "cycles"};
    static const char *const modelled[] = {"instructions", "loads", "cpu_time"};
    const char *const *names = result->source.evidence == CCK_SIMULATED ? modelled : measured;
    for (size_t i = 0; i < sizeof measured / sizeof *measured; i++) {
        cck_quantity quantity = cck_quantity_find(result, names[i], CCK_ROLES_FIRST);
        if (quantity.kind == CCK_QUANTITY_UNKNOWN ||
            cck_quantity_read(&quantity, result, &result->total).missing)
            continue;
        sort_rows(result, BY_QUANTITY, quantity, NULL);
        return;
    }
    if (!result->event_count)
        return;
    cck_quantity first = {.kind = CCK_QUANTITY_EVENTS, .event_count = 1};
    sort_rows(result, BY_QUANTITY, first, NULL);
}
