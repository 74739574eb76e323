/* SPDX-License-Identifier: MIT */
/* What is to be measured: grids, and the steps that fill them. */
#include <stdlib.h>

#include "core/machine/meter.h"

static const char *const *copy_labels(cck_arena *arena, const char *const *labels, size_t count)
{
    const char **copy = cck_arena_array(arena, count, sizeof *copy);
    for (size_t i = 0; copy && i < count; i++)
        if (!(copy[i] = cck_arena_strdup(arena, labels[i])))
            return NULL;
    return copy;
}

static bool fill_draft(cck_plan *plan, cck_draft *draft, const cck_grid *head)
{
    size_t cells = head->row_count * head->column_count;
    *draft = (cck_draft){.grid = *head};
    draft->grid.rows = copy_labels(plan->arena, head->rows, head->row_count);
    draft->grid.columns = copy_labels(plan->arena, head->columns, head->column_count);
    draft->why = cck_arena_array(plan->arena, cells, sizeof *draft->why);
    draft->twin = cck_arena_array(plan->arena, cells, sizeof *draft->twin);
    draft->samples = calloc(cells + 1, sizeof *draft->samples);
    if (!draft->grid.rows || !draft->grid.columns || !draft->why || !draft->twin || !draft->samples) {
        free(draft->samples);
        return false;
    }
    for (size_t i = 0; i < cells; i++)
        draft->twin[i] = i;
    return true;
}

int cck_plan_grid(cck_plan *plan, const cck_grid *head)
{
    cck_draft *grown = reallocarray(plan->drafts, plan->draft_count + 1, sizeof *grown);
    if (!grown)
        return -1;
    plan->drafts = grown;
    if (!fill_draft(plan, &grown[plan->draft_count], head))
        return -1;
    return (int)plan->draft_count++;
}

bool cck_plan_step(cck_plan *plan, const cck_step *step)
{
    /* Doubled whenever the count is a power of two. */
    if ((plan->step_count & (plan->step_count - 1)) == 0) {
        size_t capacity = plan->step_count ? plan->step_count * 2 : 1;
        cck_planned *grown = reallocarray(plan->steps, capacity, sizeof *grown);
        if (!grown)
            return false;
        plan->steps = grown;
    }
    plan->steps[plan->step_count++] = (cck_planned){.step = *step, .meter = plan->meter};
    return true;
}

void cck_plan_twin(cck_plan *plan, int grid, size_t cell, size_t of)
{
    plan->drafts[grid].twin[cell] = of;
}

void cck_plan_unknown(cck_plan *plan, int grid, size_t cell, const char *why)
{
    plan->drafts[grid].why[cell] = why;
}

void cck_plan_remark(cck_plan *plan, const char *sentence)
{
    if (sentence && plan->remark_count < sizeof plan->remarks / sizeof *plan->remarks)
        plan->remarks[plan->remark_count++] = sentence;
}

const char *const *cck_plan_labels(cck_plan *plan, const int *numbers, size_t count)
{
    const char **labels = cck_arena_array(plan->arena, count, sizeof *labels);
    for (size_t i = 0; labels && i < count; i++)
        if (!(labels[i] = cck_arena_printf(plan->arena, "%d", numbers[i])))
            return NULL;
    return labels;
}
