/* SPDX-License-Identifier: MIT */
/* The table of threads (processes, cores, nodes): the largest first, at most ten. */
#include <stdlib.h>
#include <string.h>

#include "core/base/number.h"
#include "core/base/quantity.h"
#include "core/base/table.h"
#include "core/base/text.h"
#include "core/report/text.h"

enum { REST_MOST = 3, RAN_ON_MOST = 2, RAN_ON_SIZE = 64, NUMBER_COLUMNS = 14 };

/* Columns by what they show; the first of a list that was counted is taken. "a+b" is the
 * sum of two events. */
static const struct kind_of_column {
    const char *title;
    const char *names[3];
    cck_cell_kind kind;
    unsigned drop;
} kinds[] = {
    {"CPU time", {"cpu_time"}, CCK_CELL_TIME, 0},
    {"instr.", {"instructions"}, CCK_CELL_COUNT, 8},
    {"IPC", {"ipc"}, CCK_CELL_NUMBER, 14},
    {"LLC miss",
     {"llc_misses", "llc_load_misses+llc_store_misses", "llc_load_misses"},
     CCK_CELL_COUNT,
     15},
    {"LLC MPKI", {"llc_mpki"}, CCK_CELL_NUMBER, 0},
    {"beyond L3/k", {"beyond_l3_mpki"}, CCK_CELL_NUMBER, 0},
    {"L2 MPKI", {"l2_mpki"}, CCK_CELL_NUMBER, 12},
    {"L1D MPKI", {"l1d_mpki"}, CCK_CELL_NUMBER, 13},
    {"HITM/k", {"hitm_pki"}, CCK_CELL_NUMBER, 3},
    {"waiting", {"memory_stall_share"}, CCK_CELL_PERCENT, 9},
    {"faults", {"page_faults"}, CCK_CELL_COUNT, 16},
    {"switches", {"context_switches"}, CCK_CELL_COUNT, 10},
    {"moves", {"cpu_migrations"}, CCK_CELL_COUNT, 11},
};
enum { KINDS = sizeof kinds / sizeof *kinds };

/* Roles whose events need no column of their own. */
static const char *const elsewhere[] = {
    "task_clock",      "cycles",           "loads",          "stores",
    "l1d_load_misses", "l1d_store_misses", "l2_load_misses", "l2_store_misses",
    "llc_load_misses", "llc_store_misses", "l1i_misses",     "llc_references",
    "l2_references",   "l1d_references",   "llc_loads",      "llc_stores",
    "l1d_misses",      "l2_misses",        "llc_misses",     "beyond_l3",
    "stalls_mem",      "stalls_l1d",       "stalls_l3",      "hitm",
    "major_faults",
};

typedef struct number_column {
    const char *title;
    cck_quantity quantity;
    cck_cell_kind kind;
    unsigned drop;
} number_column;

/* Texts that cells of a row point to. */
typedef struct row_texts {
    char tid[16], ran[RAN_ON_SIZE];
} row_texts;

typedef struct row_table {
    const cck_text_report *report;
    number_column numbers[NUMBER_COLUMNS];
    size_t number_count;
    bool by_process, by_node, ran_on, by_tid, judged, near;
    cck_table table;
    row_texts *texts; /* one a shown row */
    size_t shown;
} row_table;

static bool has_number(const cck_result *result, cck_quantity *quantity)
{
    for (size_t i = 0; i < result->row_count; i++)
        if (!cck_quantity_read(quantity, result, &result->rows[i]).missing)
            return true;
    return false;
}

static void add_number(row_table *rows, number_column column)
{
    if (rows->number_count < NUMBER_COLUMNS)
        rows->numbers[rows->number_count++] = column;
}

static cck_quantity find_sum(const cck_result *result, const char *names)
{
    char first[64];
    int length = (int)strcspn(names, "+");
    snprintf(first, sizeof first, "%.*s", length, names);
    cck_quantity sum = cck_quantity_find(result, first, CCK_ROLES_FIRST);
    if (!names[length])
        return sum;
    cck_quantity other = cck_quantity_find(result, names + length + 1, CCK_ROLES_FIRST);
    if (sum.kind != CCK_QUANTITY_EVENTS || other.kind != CCK_QUANTITY_EVENTS ||
        sum.event_count + other.event_count > CCK_QUANTITY_EVENTS_MOST)
        return (cck_quantity){0};
    for (size_t i = 0; i < other.event_count; i++)
        sum.events[sum.event_count++] = other.events[i];
    return sum;
}

static void choose_kinds(row_table *rows)
{
    const cck_result *result = rows->report->result;
    for (size_t i = 0; i < KINDS; i++)
        for (size_t j = 0; j < 3 && kinds[i].names[j]; j++) {
            cck_quantity quantity = find_sum(result, kinds[i].names[j]);
            if (quantity.kind == CCK_QUANTITY_UNKNOWN || !has_number(result, &quantity))
                continue;
            add_number(rows,
                       (number_column){kinds[i].title, quantity, kinds[i].kind, kinds[i].drop});
            break;
        }
}

static bool shown_already(const row_table *rows, size_t event)
{
    const char *role = rows->report->result->events[event].role;
    for (size_t i = 0; *role && i < sizeof elsewhere / sizeof *elsewhere; i++)
        if (strcmp(elsewhere[i], role) == 0)
            return true;
    for (size_t i = 0; i < rows->number_count; i++)
        for (size_t j = 0; j < rows->numbers[i].quantity.event_count; j++)
            if (rows->numbers[i].quantity.events[j] == event)
                return true;
    return false;
}

/* Events that no metric speaks for were asked for by name: they come before the rest. */
static void choose_events(row_table *rows)
{
    const cck_result *result = rows->report->result;
    for (size_t i = 0; i < result->event_count; i++) {
        cck_quantity quantity = {.kind = CCK_QUANTITY_EVENTS, .events = {i}, .event_count = 1};
        if (shown_already(rows, i) || !has_number(result, &quantity))
            continue;
        bool time = strcmp(result->events[i].unit, "ns") == 0;
        bool asked = !*result->events[i].role;
        add_number(rows, (number_column){result->events[i].name, quantity,
                                         time ? CCK_CELL_TIME : CCK_CELL_COUNT, asked ? 2 : 19});
    }
}

static void write_ran_on(const row_table *rows, const cck_row *row, char text[RAN_ON_SIZE])
{
    const cck_result *result = rows->report->result;
    const char *what = result->source.evidence == CCK_SIMULATED ? "core" : "cpu";
    size_t used = 0;
    for (size_t i = 0; i < row->residency_count && i < RAN_ON_MOST; i++) {
        char share[CCK_NUMBER_SIZE];
        cck_number_fixed(share, 100 * row->residency[i].share, 0);
        int length = snprintf(text + used, RAN_ON_SIZE - used, "%s%s%u %s%%", i ? " " : "", what,
                              row->residency[i].cpu, share);
        if (length > 0)
            used += (size_t)length < RAN_ON_SIZE - used ? (size_t)length : RAN_ON_SIZE - used - 1;
    }
    if (row->residency_count > RAN_ON_MOST)
        snprintf(text + used, RAN_ON_SIZE - used, " +%zu", row->residency_count - RAN_ON_MOST);
    else if (!row->residency_count)
        snprintf(text, RAN_ON_SIZE, "-");
}

static cck_cell node_cell(const cck_row *row)
{
    double best = -1;
    int32_t node = -1;
    for (size_t i = 0; i < row->residency_count; i++) {
        double share = 0;
        for (size_t j = 0; j < row->residency_count; j++)
            if (row->residency[j].node == row->residency[i].node)
                share += row->residency[j].share;
        if (share > best) {
            best = share;
            node = row->residency[i].node;
        }
    }
    return node < 0 ? cck_cell_missing(NULL) : cck_cell_count((uint64_t)node);
}

static cck_cell number_cell(row_table *rows, number_column *column, const cck_row *row)
{
    const cck_result *result = rows->report->result;
    cck_operand value = cck_quantity_read(&column->quantity, result, row);
    /* Ratios over what no thread did by itself would mean nothing. */
    if (row->kind == CCK_ROW_REST && column->quantity.kind == CCK_QUANTITY_METRIC)
        return cck_cell_missing(NULL);
    if (value.missing)
        return cck_cell_missing(value.missing);
    cck_cell cell = column->kind == CCK_CELL_COUNT ? cck_cell_count((uint64_t)value.value)
                                                   : cck_cell_number(column->kind, value.value);
    if (column->quantity.kind == CCK_QUANTITY_EVENTS)
        cell.running = row->values[column->quantity.events[0]].running;
    return cell;
}

static void add_row(row_table *rows, const cck_row *row)
{
    cck_table *table = &rows->table;
    row_texts *texts = &rows->texts[rows->shown++];
    if (row->tid > 0)
        snprintf(texts->tid, sizeof texts->tid, "%d", row->tid);
    write_ran_on(rows, row, texts->ran);
    cck_table_cell(table, cck_cell_text(*row->name ? row->name : "?"));
    if (rows->by_tid)
        cck_table_cell(table, cck_cell_text(texts->tid));
    if (rows->by_process)
        cck_table_cell(table, cck_cell_text(row->process));
    for (size_t i = 0; i < rows->number_count; i++)
        cck_table_cell(table, number_cell(rows, &rows->numbers[i], row));
    if (rows->by_node)
        cck_table_cell(table, node_cell(row));
    if (rows->near)
        cck_table_cell(table, row->memory
                                  ? cck_cell_number(CCK_CELL_PERCENT, 100 * row->memory->near)
                                  : cck_cell_missing(NULL));
    if (rows->ran_on)
        cck_table_cell(table, cck_cell_text(texts->ran));
    if (rows->judged)
        cck_table_cell(table, cck_cell_text(row->verdict.name));
}

/* Where caches were not counted, every row is "unknown" but for those that are too short
 * to be judged anyway: the line above the table has said so, with the reason. */
static bool any_judged(const cck_result *result)
{
    bool unknown = strcmp(result->total.verdict.name, "unknown") == 0;
    for (size_t i = 0; i < result->row_count; i++) {
        const char *name = result->rows[i].verdict.name;
        if (strcmp(name, "unknown") == 0)
            unknown = true;
        else if (strcmp(name, "too-short") != 0)
            return true;
    }
    return !unknown;
}

/* What the rows have to show besides numbers. */
static void look_at_rows(row_table *rows)
{
    const cck_result *result = rows->report->result;
    int32_t pid = 0, node = -1;
    rows->judged = any_judged(result);
    for (size_t i = 0; i < result->row_count; i++) {
        const cck_row *row = &result->rows[i];
        bool thread = row->kind == CCK_ROW_THREAD;
        rows->by_process = rows->by_process || (thread && pid && row->pid != pid);
        rows->by_tid = rows->by_tid || row->tid > 0;
        rows->near = rows->near || row->memory;
        pid = thread ? row->pid : pid;
        rows->ran_on = rows->ran_on || (row->residency_count && row->kind != CCK_ROW_CORE);
        for (size_t j = 0; j < row->residency_count; j++) {
            int32_t other = row->residency[j].node;
            rows->by_node = rows->by_node || (node >= 0 && other >= 0 && other != node);
            node = other >= 0 ? other : node;
        }
        rows->by_node = (rows->by_node || rows->near) && row->kind != CCK_ROW_NODE;
    }
}

static const char *name_title(cck_row_kind kind)
{
    static const char *const titles[] = {"thread", "process", "CPU", "node", "counts of"};
    return (unsigned)kind < sizeof titles / sizeof *titles ? titles[kind] : "";
}

static void add_columns(row_table *rows)
{
    cck_table *table = &rows->table;
    const cck_row *first = rows->report->result->rows;
    cck_table_column(table, (cck_column){.title = name_title(first->kind),
                                         .left = true,
                                         .shrink = 12,
                                         .cut_last = true}); /* a row is known by its name */
    if (rows->by_tid)
        cck_table_column(table,
                         (cck_column){.title = first->kind == CCK_ROW_PROCESS ? "pid" : "tid"});
    if (rows->by_process)
        cck_table_column(table,
                         (cck_column){.title = "process", .left = true, .drop = 15, .shrink = 8});
    for (size_t i = 0; i < rows->number_count; i++)
        cck_table_column(
            table, (cck_column){.title = rows->numbers[i].title, .drop = rows->numbers[i].drop});
    if (rows->by_node)
        cck_table_column(table, (cck_column){.title = "node"});
    if (rows->near) /* share of its process's memory on the nodes that it ran on */
        cck_table_column(table, (cck_column){.title = "memory here", .drop = 4});
    if (rows->ran_on)
        cck_table_column(table, (cck_column){.title = "ran on", .left = true, .drop = 5});
    if (rows->judged)
        cck_table_column(table, (cck_column){.title = "verdict", .left = true, .drop = 1});
}

/* Threads up to the limit; rest rows always, they are what no thread accounts for. */
static size_t add_rows(row_table *rows)
{
    const cck_text_report *report = rows->report;
    const cck_result *result = report->result;
    size_t rest = 0, left_out = 0;
    for (size_t i = 0; i < result->row_count; i++) {
        bool is_rest = result->rows[i].kind == CCK_ROW_REST;
        if (is_rest ? rest < REST_MOST : rows->shown - rest < report->rows) {
            add_row(rows, &result->rows[i]);
            rest += is_rest;
        } else {
            left_out++;
        }
    }
    return left_out;
}

static void say_more(const cck_text_report *report, size_t left_out)
{
    char number[CCK_NUMBER_SIZE], text[128];
    cck_number_grouped(number, left_out);
    snprintf(text, sizeof text, "and %s more (--format json shows all)", number);
    cck_ink_on(report, CCK_INK_DIM);
    cck_text_wrap(report->out, text, 0, 0, report->width, report->utf8);
    cck_ink_off(report);
}

void cck_text_rows(const cck_text_report *report)
{
    const cck_result *result = report->result;
    if (!result->row_count)
        return;
    row_table rows = {.report = report};
    rows.texts = calloc(report->rows + REST_MOST, sizeof *rows.texts);
    if (!rows.texts)
        return;
    look_at_rows(&rows);
    choose_kinds(&rows);
    choose_events(&rows);
    add_columns(&rows);
    size_t left_out = add_rows(&rows);
    fputs(result->elapsed_spread.runs > 1 ? "\nof the last run:\n" : "\n", report->out);
    cck_table_style style = {.width = report->width, .utf8 = report->utf8};
    cck_table_print(&rows.table, &style, report->out);
    cck_table_clear(&rows.table);
    free(rows.texts);
    if (left_out)
        say_more(report, left_out);
}
