/* SPDX-License-Identifier: MIT */
#include "probes/counters/found.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/fail.h"

struct cck_found {
    cck_columns columns; /* a copy with attributes of its own */
    cck_arena arena;
    cck_ledger ledger;
    cck_attach *attach;
};

static int copy_columns(cck_found *found, const cck_columns *columns)
{
    size_t slots = columns->slot_count;
    found->columns = *columns;
    found->columns.attrs = cck_arena_array(&found->arena, slots + 1, sizeof *columns->attrs);
    found->columns.slot_reasons =
        cck_arena_array(&found->arena, slots + 1, sizeof *columns->slot_reasons);
    if (!found->columns.attrs || !found->columns.slot_reasons)
        return CCK_ENOMEM;
    for (size_t i = 0; i < slots; i++) {
        struct perf_event_attr *attr = &found->columns.attrs[i];
        *attr = columns->attrs[i];
        attr->inherit = attr->inherit_stat = 0;
        attr->disabled = attr->enable_on_exec = 1;
        found->columns.slot_reasons[i] = columns->slot_reasons[i];
    }
    return 0;
}

static int begin(cck_found *found, const cck_columns *columns, const cck_attach_plan *plan,
                 pid_t pid, cck_error *err)
{
    static const uint32_t nowhere = 0;
    cck_attach_plan own = *plan;
    own.columns = &found->columns;
    if (copy_columns(found, columns) < 0 ||
        !cck_ledger_init(&found->ledger, columns->slot_count, &nowhere, 1))
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    int code = cck_attach_open(&found->attach, &own, &found->ledger, pid, err);
    /* Whoever comes from now on is past its exec, or never has one. */
    for (size_t i = 0; i < columns->slot_count; i++)
        found->columns.attrs[i].disabled = found->columns.attrs[i].enable_on_exec = 0;
    return code;
}

int cck_found_open(cck_found **out_found, const cck_columns *columns, const cck_attach_plan *plan,
                   pid_t pid, cck_error *err)
{
    cck_found *found = calloc(1, sizeof *found);
    if (!found)
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    int code = begin(found, columns, plan, pid, err);
    if (code < 0) {
        cck_found_free(found);
        return code;
    }
    *out_found = found;
    return 0;
}

int cck_found_timer(const cck_found *found)
{
    return cck_attach_timer(found->attach);
}

int cck_found_scan(cck_found *found, cck_error *err)
{
    return cck_attach_scan(found->attach, err);
}

int cck_found_stop(cck_found *found, cck_error *err)
{
    return cck_attach_stop(found->attach, err);
}

/* What the whole run has more than the threads that were found. */
static int put_rest(cck_found *found, const cck_ledger *whole, cck_tally *tally)
{
    uint32_t missed = 0;
    if (whole->thread_count > found->ledger.thread_count)
        missed = (uint32_t)(whole->thread_count - found->ledger.thread_count);
    cck_tally_thread *row =
        cck_tally_add_rest(tally, "short threads, and before a thread was found", missed);
    if (!row)
        return CCK_ENOMEM;
    for (size_t i = 0; i < tally->event_count; i++) {
        cck_tally_count total = cck_ledger_total(whole, &found->columns.columns[i]);
        uint64_t sum = tally->totals[i].raw;
        tally->totals[i] = total;
        tally->totals[i].raw = total.raw > sum ? total.raw : sum;
        row->counts[i] = total;
        row->counts[i].raw = tally->totals[i].raw - sum;
    }
    return 0;
}

int cck_found_settle(cck_found *found, const cck_ledger *whole, cck_tally *tally)
{
    int code =
        cck_ledger_settle(&found->ledger, found->columns.columns, found->columns.count, tally);
    if (code < 0)
        return code;
    tally->lost_records = whole->lost + whole->damaged + whole->malformed;
    tally->processes = whole->processes;
    return put_rest(found, whole, tally);
}

void cck_found_free(cck_found *found)
{
    if (!found)
        return;
    cck_attach_free(found->attach);
    cck_ledger_clear(&found->ledger);
    cck_arena_clear(&found->arena);
    free(found);
}
