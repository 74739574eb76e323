/* SPDX-License-Identifier: MIT */
/* Metrics and verdicts of a result's rows. */
#include "core/base/fail.h"
#include "core/result/metric.h"
#include "core/result/result.h"
#include "core/result/verdict.h"

/* The rows are ours until the result is handed out: the constness is the reader's. */
static cck_row *ours(const cck_row *rows)
{
    return (cck_row *)(uintptr_t)rows;
}

static bool compute(cck_metric_plan *plan, const cck_result *result, cck_row *row, size_t count)
{
    cck_metric *metrics = cck_arena_array(result->arena, count, sizeof *metrics);
    if (!metrics)
        return false;
    cck_metric_plan_compute(plan, result, row, metrics, count);
    row->metrics = metrics;
    row->metric_count = count;
    return true;
}

static bool compute_all(cck_metric_plan *plan, cck_result *result)
{
    bool ok = compute(plan, result, &result->total, plan->count);
    for (size_t i = 0; ok && i < result->row_count; i++)
        ok = compute(plan, result, ours(&result->rows[i]), plan->possible);
    for (size_t i = 0; ok && i < result->cpu_count; i++)
        ok = compute(plan, result, ours(&result->cpus[i]), plan->possible);
    return ok;
}

static void judge_all(cck_verdict_plan *plan, cck_result *result)
{
    result->total.verdict = cck_verdict_plan_judge(plan, result, &result->total);
    for (size_t i = 0; i < result->row_count; i++)
        if (result->rows[i].kind != CCK_ROW_REST)
            ours(&result->rows[i])->verdict =
                cck_verdict_plan_judge(plan, result, &result->rows[i]);
}

int cck_result_judge(cck_result *result, cck_error *err)
{
    cck_metric_plan metrics;
    int code = cck_metric_plan_make(&metrics, result, err);
    if (code)
        return code;
    if (!compute_all(&metrics, result))
        code = cck_fail(err, CCK_ENOMEM, "out of memory");
    cck_metric_plan_clear(&metrics);
    cck_verdict_plan *verdicts = NULL;
    if (!code)
        code = cck_verdict_plan_make(&verdicts, result, err);
    if (!code)
        judge_all(verdicts, result);
    cck_verdict_plan_free(verdicts);
    return code;
}
