/* SPDX-License-Identifier: MIT */
#include "core/result/verdict.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/fail.h"
#include "core/base/number.h"
#include "core/result/metric.h"

enum { MOST_NAMES = 8 };

typedef struct bound_rule {
    const cck_verdict_rule *rule;
    cck_expression condition;
    cck_quantity quantities[MOST_NAMES];
} bound_rule;

struct cck_verdict_plan {
    cck_arena arena;
    bound_rule *rules;
    cck_verdict unknown; /* the same for every row: why there is none */
};

/* Without one cache event there is nothing to say of caches, but why. */
static cck_verdict make_unknown(const cck_result *result)
{
    static const char *const levels[] = {"llc_mpki", "beyond_l3_mpki", "l2_mpki", "l1d_mpki"};
    const char *why = NULL;
    for (size_t i = 0; i < sizeof levels / sizeof *levels; i++) {
        cck_quantity level = cck_quantity_find(result, levels[i], CCK_ROLES_FIRST);
        cck_operand value = cck_quantity_read(&level, result, &result->total);
        if (!value.missing)
            return (cck_verdict){"unknown", "the events that were counted do not say which"
                                            " level of the caches holds it up"};
        if (!why && strncmp(value.missing, "no event", 8) != 0)
            why = value.missing;
    }
    if (!why && strcmp(result->source.backend, "software") == 0)
        why = "software events tell nothing of them"; /* and the source says why software */
    const char *because = result->source.why;
    char *text = cck_arena_printf(result->arena, "caches not counted: %s",
                                  why        ? why
                                  : *because ? because
                                             : "no cache event was asked for");
    return (cck_verdict){"unknown", text ? text : "caches not counted"};
}

static int bind(cck_verdict_plan *plan, const cck_result *result, bound_rule *bound,
                const cck_verdict_rule *rule, cck_error *err)
{
    bound->rule = rule;
    int code =
        cck_expression_parse(&bound->condition, rule->condition, &plan->arena, NULL, NULL, err);
    if (code)
        return code;
    if (bound->condition.name_count > MOST_NAMES)
        return cck_fail(err, CCK_EINTERNAL, "verdict rule '%s' has too many names", rule->name);
    for (size_t i = 0; i < bound->condition.name_count; i++)
        bound->quantities[i] =
            cck_quantity_find(result, bound->condition.names[i], CCK_ROLES_FIRST);
    return 0;
}

int cck_verdict_plan_make(cck_verdict_plan **out_plan, const cck_result *result, cck_error *err)
{
    cck_verdict_plan *plan = calloc(1, sizeof *plan);
    if (!plan)
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    plan->rules = cck_arena_array(&plan->arena, cck_verdict_rule_count, sizeof *plan->rules);
    int code = plan->rules ? 0 : cck_fail(err, CCK_ENOMEM, "out of memory");
    for (size_t i = 0; !code && i < cck_verdict_rule_count; i++)
        code = bind(plan, result, &plan->rules[i], &cck_verdict_rules[i], err);
    if (code) {
        cck_verdict_plan_free(plan);
        return code;
    }
    plan->unknown = make_unknown(result);
    *out_plan = plan;
    return 0;
}

void cck_verdict_plan_free(cck_verdict_plan *plan)
{
    if (!plan)
        return;
    cck_arena_clear(&plan->arena);
    free(plan);
}

static bool holds(bound_rule *bound, const cck_result *result, const cck_row *row)
{
    cck_operand operands[MOST_NAMES];
    if (bound->rule->scope == CCK_VERDICT_RUN && row != &result->total)
        return false;
    for (size_t i = 0; i < bound->condition.name_count; i++)
        operands[i] = cck_quantity_read(&bound->quantities[i], result, row);
    cck_operand truth = cck_expression_evaluate(&bound->condition, operands);
    return !truth.missing && truth.value != 0;
}

/* The value of "{name}" as people read it; "{name%}" times a hundred. */
static bool write_value(const cck_result *result, const cck_row *row, const char *name,
                        size_t length, char buffer[CCK_NUMBER_SIZE])
{
    char key[64];
    bool percent = length && name[length - 1] == '%';
    snprintf(key, sizeof key, "%.*s", (int)(length - percent), name);
    cck_quantity quantity = cck_quantity_find(result, key, CCK_ROLES_FIRST);
    cck_operand value = cck_quantity_read(&quantity, result, row);
    if (value.missing)
        return false;
    const cck_metric_definition *metric = cck_metric_definition_find(key);
    if (percent)
        cck_number_percent(buffer, 100 * value.value);
    else if (quantity.kind == CCK_QUANTITY_CPU_TIME)
        cck_number_time(buffer, value.value);
    else if (metric && strcmp(metric->unit, "%") == 0)
        cck_number_percent(buffer, value.value);
    else if (metric && value.value < 1000)
        cck_number_short(buffer, value.value);
    else
        cck_number_scaled(buffer, value.value);
    return true;
}

/* Fill in a template; false when a name outside brackets has no value. */
static bool expand(const cck_result *result, const cck_row *row, const char *text, const char *end,
                   FILE *out)
{
    while (text < end) {
        char value[CCK_NUMBER_SIZE];
        const char *stop = *text == '{'   ? strchr(text, '}')
                           : *text == '[' ? strchr(text, ']')
                                          : NULL;
        if (!stop) {
            putc(*text++, out);
            continue;
        }
        if (*text == '{') {
            if (!write_value(result, row, text + 1, (size_t)(stop - text - 1), value))
                return false;
            fputs(value, out);
        } else {
            long start = ftell(out);
            if (!expand(result, row, text + 1, stop, out))
                fseek(out, start, SEEK_SET);
        }
        text = stop + 1;
    }
    return true;
}

static const char *write_text(const cck_result *result, const cck_row *row, const char *template)
{
    char buffer[512] = "";
    FILE *out = fmemopen(buffer, sizeof buffer, "w");
    if (!out)
        return "";
    if (result->source.evidence == CCK_SIMULATED)
        fputs("modelled: ", out);
    expand(result, row, template, template + strlen(template), out);
    putc('\0', out);
    fclose(out);
    buffer[sizeof buffer - 1] = '\0';
    char *text = cck_arena_strdup(result->arena, buffer);
    return text ? text : "";
}

cck_verdict cck_verdict_plan_judge(cck_verdict_plan *plan, const cck_result *result,
                                   const cck_row *row)
{
    for (size_t i = 0; i < cck_verdict_rule_count; i++)
        if (holds(&plan->rules[i], result, row))
            return (cck_verdict){plan->rules[i].rule->name,
                                 write_text(result, row, plan->rules[i].rule->text)};
    return plan->unknown;
}
