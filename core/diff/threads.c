/* SPDX-License-Identifier: MIT */
/* Threads have other numbers in every run: the same process, name and role, and among
 * these the order in which they were started, tell which is which. */
#include <stdlib.h>
#include <string.h>

#include "core/diff/parts.h"

static bool is_main(const cck_row *row)
{
    return row->kind == CCK_ROW_THREAD && row->tid == row->pid;
}

/* What must be equal for two rows to be the same thread. */
static int compare_role(const cck_row *a, const cck_row *b)
{
    int order = (int)a->kind - (int)b->kind;
    if (!order)
        order = strcmp(a->process, b->process);
    if (!order)
        order = is_main(b) - is_main(a);
    if (!order && !is_main(a)) /* programs rename their main thread, or are renamed */
        order = strcmp(a->name, b->name);
    if (!order)
        order = (a->index > b->index) - (a->index < b->index);
    return order;
}

static int compare_rows(const void *a, const void *b)
{
    const cck_row *left = *(const cck_row *const *)a, *right = *(const cck_row *const *)b;
    int order = compare_role(left, right);
    if (!order)
        order = (left->pid > right->pid) - (left->pid < right->pid);
    return order ? order : (left->tid > right->tid) - (left->tid < right->tid);
}

static const cck_row **sorted(cck_arena *arena, const cck_result *result)
{
    const cck_row **rows = cck_arena_array(arena, result->row_count, sizeof *rows);
    for (size_t i = 0; rows && i < result->row_count; i++)
        rows[i] = &result->rows[i];
    if (rows && result->row_count)
        qsort(rows, result->row_count, sizeof *rows, compare_rows);
    return rows;
}

bool cck_diff_match_threads(cck_diff *diff)
{
    size_t left = diff->before->row_count, right = diff->after->row_count, i = 0, j = 0, count = 0;
    const cck_row **before = sorted(diff->arena, diff->before);
    const cck_row **after = sorted(diff->arena, diff->after);
    cck_thread_change *threads = cck_arena_array(diff->arena, left + right, sizeof *threads);
    if (!before || !after || !threads)
        return false;
    while (i < left || j < right) {
        int order = i == left ? 1 : j == right ? -1 : compare_role(before[i], after[j]);
        diff->threads_matched += order == 0;
        threads[count].before = order <= 0 ? before[i++] : NULL;
        threads[count++].after = order >= 0 ? after[j++] : NULL;
    }
    diff->threads = threads;
    diff->thread_count = count;
    return true;
}
