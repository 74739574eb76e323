/* SPDX-License-Identifier: MIT */
#include "core/numa/numa.h"

#include <stdio.h>
#include <string.h>

#include "core/base/fail.h"
#include "core/result/result.h"

/* The sentence over all: what is remote, or why nothing can be. */
static const char *verdict_text(const cck_numa_placement *placement, cck_arena *arena,
                                const char **out_name)
{
    const cck_numa_share *remote = &placement->remote;
    if (placement->node_count == 1) {
        *out_name = "one-node";
        return "one NUMA node: nothing can be remote here";
    }
    if (remote->value < 0) {
        *out_name = "unknown";
        return "where its memory lies is not known";
    }
    *out_name = remote->low > 0.05 ? "remote" : "local";
    if (remote->low == remote->high)
        return cck_arena_printf(arena, "%.0f %% of its memory is remote from where its threads run",
                                100 * remote->value);
    return cck_arena_printf(arena,
                            "%.0f %% (95 %%: %.0f to %.0f) of its memory is remote from where its "
                            "threads run",
                            100 * remote->value, 100 * remote->low, 100 * remote->high);
}

int cck_numa_find(cck_result *result, cck_error *err)
{
    const char *name;
    const char *text = verdict_text(result->placement, result->arena, &name);
    if (!text)
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    result->total.verdict = (cck_verdict){.name = name, .text = text};
    return 0;
}
