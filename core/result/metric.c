/* SPDX-License-Identifier: MIT */
#include "core/result/metric.h"

#include <string.h>

#include "core/base/fail.h"

/* How well a formula fits what was counted. */
typedef enum fit { FITS, NOT_COUNTED, NO_EVENT } fit;

static int bind_formula(cck_metric_plan *plan, const cck_result *result, const char *formula,
                        cck_metric_bound *bound, cck_error *err)
{
    bound->formula = formula;
    int code = cck_expression_parse(&bound->expression, formula, &plan->arena, NULL, NULL, err);
    if (code)
        return code;
    bound->quantities =
        cck_arena_array(&plan->arena, bound->expression.name_count, sizeof *bound->quantities);
    if (!bound->quantities)
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    for (size_t i = 0; i < bound->expression.name_count; i++)
        bound->quantities[i] =
            cck_quantity_find(result, bound->expression.names[i], CCK_ROLES_FIRST);
    return 0;
}

/* Says in bound->impossible what stands in the way. */
static fit judge_fit(cck_metric_bound *bound, const cck_result *result)
{
    fit worst = FITS;
    for (size_t i = 0; i < bound->expression.name_count; i++) {
        cck_quantity *quantity = &bound->quantities[i];
        if (quantity->kind == CCK_QUANTITY_UNKNOWN) {
            bound->impossible =
                cck_arena_printf(result->arena, "no event counts %s", bound->expression.names[i]);
            return NO_EVENT;
        }
        const char *missing = cck_quantity_read(quantity, result, &result->total).missing;
        if (missing && worst == FITS) {
            bound->impossible = missing;
            worst = NOT_COUNTED;
        }
    }
    return worst;
}

/* The first formula that fits, else the first whose events exist, else the first. */
static int bind(cck_metric_plan *plan, const cck_result *result,
                const cck_metric_definition *definition, cck_metric_bound *out, cck_error *err)
{
    fit best = NO_EVENT;
    for (size_t i = 0; definition->formulas[i]; i++) {
        cck_metric_bound bound = {.definition = definition};
        int code = bind_formula(plan, result, definition->formulas[i], &bound, err);
        if (code)
            return code;
        fit fits = judge_fit(&bound, result);
        if (i == 0 || fits < best) {
            *out = bound;
            best = fits;
        }
        if (best == FITS)
            break;
    }
    if (definition->real_time && result->source.evidence == CCK_SIMULATED)
        out->impossible = "a modelled run has no real time";
    return 0;
}

int cck_metric_plan_make(cck_metric_plan *plan, const cck_result *result, cck_error *err)
{
    *plan = (cck_metric_plan){0};
    size_t count = cck_metric_definition_count, last = count;
    plan->metrics = cck_arena_array(&plan->arena, count, sizeof *plan->metrics);
    cck_metric_bound *all = cck_arena_array(&plan->arena, count, sizeof *all);
    int code = plan->metrics && all ? 0 : cck_fail(err, CCK_ENOMEM, "out of memory");
    for (size_t i = 0; !code && i < count; i++)
        code = bind(plan, result, &cck_metric_definitions[i], &all[i], err);
    if (code) {
        cck_metric_plan_clear(plan);
        return code;
    }
    for (size_t i = 0; i < count; i++)
        if (!all[i].impossible)
            plan->metrics[plan->possible++] = all[i];
    last = plan->possible;
    for (size_t i = 0; i < count; i++)
        if (all[i].impossible)
            plan->metrics[last++] = all[i];
    plan->count = count;
    return 0;
}

void cck_metric_plan_clear(cck_metric_plan *plan)
{
    cck_arena_clear(&plan->arena);
    *plan = (cck_metric_plan){0};
}

static cck_operand compute(cck_metric_bound *bound, const cck_result *result, const cck_row *row)
{
    enum { MOST = 8 }; /* names in one formula; a test holds the table to it */
    cck_operand operands[MOST];
    if (bound->impossible || bound->expression.name_count > MOST)
        return (cck_operand){0, bound->impossible ? bound->impossible : "formula too long"};
    for (size_t i = 0; i < bound->expression.name_count; i++)
        operands[i] = cck_quantity_read(&bound->quantities[i], result, row);
    return cck_expression_evaluate(&bound->expression, operands);
}

void cck_metric_plan_compute(cck_metric_plan *plan, const cck_result *result, const cck_row *row,
                             cck_metric *out_metrics, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        cck_metric_bound *bound = &plan->metrics[i];
        cck_operand value = compute(bound, result, row);
        out_metrics[i] = (cck_metric){
            .name = bound->definition->name,
            .label = bound->definition->label,
            .unit = bound->definition->unit,
            .formula = bound->formula,
            .value = value.missing ? 0 : value.value,
            .not_counted = value.missing,
        };
    }
}
