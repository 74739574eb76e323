/* SPDX-License-Identifier: MIT */
/* Gates: --fail-on 'llc_mpki>5'. */
#include <string.h>

#include "core/base/expression.h"
#include "core/base/fail.h"
#include "core/base/nearest.h"
#include "core/base/quantity.h"
#include "core/result/result.h"
#include "core/session/foreseen.h"

enum { MOST_NAMES = 64 };

static bool continues_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.' || c == ':' || c == '/' || c == '=';
}

/* Event names hold dashes, colons and slashes: the longest one that stands there whole
 * wins; else a run of word characters, so that a mistyped name is reported whole. */
static size_t known_name(const void *context, const char *text)
{
    const cck_result *result = context;
    size_t longest = 0;
    for (size_t i = 0; i < result->event_count; i++) {
        size_t length = strlen(result->events[i].name);
        if (length > longest && strncmp(text, result->events[i].name, length) == 0)
            longest = length;
    }
    if (longest && !(continues_word(text[longest]) && text[longest] != '=' &&
                     text[longest] != '-' && text[longest] != '/'))
        return longest;
    bool letter = (text[0] >= 'a' && text[0] <= 'z') || (text[0] >= 'A' && text[0] <= 'Z');
    size_t length = 0;
    while (letter && continues_word(text[length]) && text[length] != '=' && text[length] != '/' &&
           !(text[length] == '-' && !(text[length + 1] >= 'A' && text[length + 1] <= 'z')))
        length++;
    return length;
}

static int fail_unknown(const char *name, const cck_nearest_search *search, cck_error *err)
{
    cck_fail(err, CCK_EINVALID, "unknown event or metric '%s'", name);
    if (search->found[0])
        cck_hint(err, "did you mean '%s'?", search->found);
    else
        cck_hint(err, "a gate compares metrics such as llc_mpki or ipc, and counted events");
    return CCK_EINVALID;
}

static int unknown_name(const cck_result *result, const char *name, cck_error *err)
{
    cck_nearest_search search = {.word = name};
    for (size_t i = 0; i < result->total.metric_count; i++)
        cck_nearest_offer(&search, result->total.metrics[i].name);
    for (size_t i = 0; i < result->event_count; i++)
        cck_nearest_offer(&search, result->events[i].name);
    return fail_unknown(name, &search, err);
}

static int evaluate(const cck_result *result, const cck_expression *expression, cck_error *err)
{
    cck_operand operands[MOST_NAMES];
    for (size_t i = 0; i < expression->name_count; i++) {
        const char *name = expression->names[i];
        cck_quantity quantity = cck_quantity_find(result, name, CCK_EVENTS_FIRST);
        if (quantity.kind == CCK_QUANTITY_UNKNOWN)
            return unknown_name(result, name, err);
        operands[i] = cck_quantity_read(&quantity, result, &result->total);
    }
    cck_operand truth = cck_expression_evaluate(expression, operands);
    if (!truth.missing)
        return truth.value != 0;
    cck_fail(err, CCK_EUNSUPPORTED, "the gate needs what was not counted: %s", truth.missing);
    cck_hint(err, "cachecheck machine --check");
    return CCK_EUNSUPPORTED;
}

int cck_result_gate(const cck_result *result, const char *expression, cck_error *err)
{
    cck_expression parsed;
    cck_arena arena = {0};
    const cck_result view = cck_result_view(result, &arena);
    int code = cck_expression_parse(&parsed, expression, &arena, known_name, result, err);
    if (!code && parsed.name_count > MOST_NAMES)
        code = cck_fail(err, CCK_ELIMIT, "the gate has too many names");
    if (!code)
        code = evaluate(&view, &parsed, err);
    cck_arena_clear(&arena);
    return code;
}

int cck_gate_check(const char *expression, const char *const *events, cck_error *err)
{
    static const cck_result nothing;
    cck_expression parsed;
    cck_arena arena = {0};
    cck_nearest_search search;
    /* Without the events, the slashes of a name cannot be told from divisions. */
    cck_error fault = {0};
    int code = cck_expression_parse(&parsed, expression, &arena, known_name, &nothing, &fault);
    if (!code && parsed.name_count > MOST_NAMES)
        code = cck_fail(&fault, CCK_ELIMIT, "the gate has too many names");
    for (size_t i = 0; !code && i < parsed.name_count; i++)
        if (!cck_name_foreseen(parsed.names[i], events, &search))
            code = fail_unknown(parsed.names[i], &search, &fault);
    cck_arena_clear(&arena);
    if (code == CCK_EINVALID && strchr(expression, '/'))
        return 0;
    return code ? cck_error_move(err, &fault) : 0;
}
