/* SPDX-License-Identifier: MIT */
/* `cachecheck numa` as text: what is remote, findings, memory by node, threads against nodes,
 * mappings. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/base/number.h"
#include "core/base/table.h"
#include "core/report/finding_text.h"
#include "core/report/numa.h"

enum { FINDINGS_SHOWN = 10 };

/* A report under way; texts of cells live in the arena. */
typedef struct numa_text {
    const cck_text_report *report;
    const cck_numa_placement *placement;
    size_t columns[CCK_NUMA_COLUMNS];
    size_t column_count;
    cck_arena arena;
} numa_text;

/* Text of a writer, in the arena; "" when memory is out. */
#define TEXT_OF(text, out, ...)                                                                    \
    __extension__({                                                                                \
        char *made = NULL;                                                                         \
        size_t size;                                                                               \
        FILE *out = open_memstream(&made, &size);                                                  \
        if (out) {                                                                                 \
            __VA_ARGS__;                                                                           \
            fclose(out);                                                                           \
        }                                                                                          \
        const char *kept = made ? cck_arena_strdup(&(text)->arena, made) : NULL;                   \
        free(made);                                                                                \
        kept ? kept : "";                                                                          \
    })

static void print_table(const numa_text *text, cck_table *table)
{
    const cck_text_report *report = text->report;
    const cck_table_style style = {.width = report->width, .utf8 = report->utf8};
    putc('\n', report->out);
    cck_table_print(table, &style, report->out);
    cck_table_clear(table);
}

static void node_columns(numa_text *text, cck_table *table)
{
    for (size_t i = 0; i < text->column_count; i++) {
        const cck_numa_node *node = &text->placement->nodes[text->columns[i]];
        const char *title = cck_arena_printf(&text->arena, "node %" PRIu32, node->index);
        cck_table_column(table, (cck_column){.title = title ? title : "node"});
    }
}

static void bytes_cells(const numa_text *text, cck_table *table, const uint64_t *bytes)
{
    for (size_t i = 0; i < text->column_count; i++)
        cck_table_cell(table, bytes ? cck_cell_number(CCK_CELL_BYTES,
                                                      (double)bytes[text->columns[i]])
                                    : cck_cell_missing(NULL));
}

static uint64_t sum_of(const cck_numa_placement *placement, const uint64_t *bytes)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < placement->node_count; i++)
        sum += bytes[i];
    return sum;
}

/* ---- memory by node ---- */

static void put_memory(numa_text *text)
{
    static const char *const names[] = {"Huge", "Heap", "Stack", "Private", "Total"};
    const cck_numa_placement *placement = text->placement;
    cck_table table = {0};
    if (!placement->rows[CCK_NUMA_ROW_TOTAL])
        return;
    cck_table_column(&table, (cck_column){.title = "memory", .left = true});
    node_columns(text, &table);
    cck_table_column(&table, (cck_column){.title = "total"});
    for (int i = 0; i < CCK_NUMA_ROWS; i++) {
        cck_table_cell(&table, cck_cell_text(names[i]));
        bytes_cells(text, &table, placement->rows[i]);
        cck_table_cell(&table, cck_cell_number(CCK_CELL_BYTES,
                                               (double)sum_of(placement, placement->rows[i])));
    }
    print_table(text, &table);
}

/* ---- threads against nodes ---- */

static const char *ran_text(numa_text *text, const cck_numa_thread *thread)
{
    return TEXT_OF(text, out, {
        for (size_t i = 0; i < thread->residency_count && i < 2; i++)
            fprintf(out, "%scpu%" PRIu32 " %.0f%%", i ? " " : "", thread->residency[i].cpu,
                    100 * thread->residency[i].share);
        if (thread->residency_count > 2)
            fprintf(out, " +%zu", thread->residency_count - 2);
        if (!thread->residency_count && thread->cpu >= 0)
            fprintf(out, "cpu%" PRId32, thread->cpu);
    });
}

static const char *moves_text(numa_text *text, const cck_numa_thread *thread)
{
    if (thread->moves < 0 && thread->node_moves < 0)
        return "-";
    return TEXT_OF(text, out, {
        if (thread->moves >= 0)
            fprintf(out, "%" PRId64, thread->moves);
        else
            putc('-', out);
        if (text->placement->node_count > 1 && thread->node_moves >= 0)
            fprintf(out, "/%" PRId64, thread->node_moves);
    });
}

static void thread_row(numa_text *text, cck_table *table, const cck_numa_thread *thread)
{
    const cck_numa_placement *placement = text->placement;
    cck_table_cell(table, cck_cell_text(thread->name));
    cck_table_cell(table, cck_cell_text(TEXT_OF(text, out, fprintf(out, "%" PRId32, thread->tid))));
    if (placement->watched_s > 0)
        cck_table_cell(table, cck_cell_number(CCK_CELL_TIME, (double)thread->ran_ns));
    cck_table_cell(table, cck_cell_text(ran_text(text, thread)));
    for (size_t i = 0; i < text->column_count; i++)
        cck_table_cell(table, thread->ran ? cck_cell_number(CCK_CELL_PERCENT,
                                                            100 * thread->ran[text->columns[i]])
                                          : cck_cell_missing(NULL));
    if (placement->node_count > 1)
        cck_table_cell(table,
                       cck_cell_text(TEXT_OF(text, out, cck_numa_put_share(out, &thread->remote))));
    if (placement->watched_s > 0)
        cck_table_cell(table, cck_cell_text(moves_text(text, thread)));
    cck_table_cell(table, *thread->cpus ? cck_cell_text(thread->cpus) : cck_cell_missing(NULL));
    cck_table_cell(table, thread->policy_unknown ? cck_cell_missing(NULL)
                                                 : cck_cell_text(thread->policy.text));
}

static void say_more(const numa_text *text, uint64_t left_out, const char *what)
{
    char number[CCK_NUMBER_SIZE];
    if (!left_out)
        return;
    cck_number_grouped(number, left_out);
    cck_ink_on(text->report, CCK_INK_DIM);
    fprintf(text->report->out, "and %s more %s (--rows N, or --format json)\n", number, what);
    cck_ink_off(text->report);
}

/* What its memory looks like from here: the last line of the matrix. */
static void memory_row(numa_text *text, cck_table *table)
{
    const cck_numa_placement *placement = text->placement;
    const uint64_t *total = placement->rows[CCK_NUMA_ROW_TOTAL];
    uint64_t sum = total ? sum_of(placement, total) : 0;
    if (!sum || placement->node_count < 2)
        return;
    cck_table_cell(table, cck_cell_text("memory"));
    cck_table_cell(table, cck_cell_text(""));
    if (placement->watched_s > 0)
        cck_table_cell(table, cck_cell_text(""));
    cck_table_cell(table, cck_cell_text(""));
    for (size_t i = 0; i < text->column_count; i++)
        cck_table_cell(table, cck_cell_number(CCK_CELL_PERCENT,
                                              100 * (double)total[text->columns[i]] / (double)sum));
    cck_table_cell(
        table, cck_cell_text(TEXT_OF(text, out, cck_numa_put_share(out, &placement->remote))));
    if (placement->watched_s > 0)
        cck_table_cell(table, cck_cell_text(""));
    cck_table_cell(table, cck_cell_text(""));
    cck_table_cell(table, cck_cell_text(""));
}

static void put_threads(numa_text *text)
{
    const cck_numa_placement *placement = text->placement;
    size_t count = placement->thread_count, shown = text->report->rows;
    cck_table table = {0};
    shown = shown < count ? shown : count;
    cck_table_column(&table, (cck_column){.title = "thread", .left = true, .shrink = 12});
    cck_table_column(&table, (cck_column){.title = "tid"});
    if (placement->watched_s > 0)
        cck_table_column(&table, (cck_column){.title = "CPU time", .drop = 4});
    cck_table_column(&table, (cck_column){.title = "ran on", .left = true, .drop = 6});
    node_columns(text, &table);
    if (placement->node_count > 1)
        cck_table_column(&table, (cck_column){.title = "remote"});
    if (placement->watched_s > 0)
        cck_table_column(&table, (cck_column){.title = placement->node_count > 1
                                                           ? "moves/node"
                                                           : "moves",
                                              .drop = 5});
    cck_table_column(&table,
                     (cck_column){.title = "may run on", .left = true, .drop = 7, .shrink = 12});
    cck_table_column(&table, (cck_column){.title = "policy", .left = true, .drop = 3});
    for (size_t i = 0; i < shown; i++)
        thread_row(text, &table, &placement->threads[i]);
    memory_row(text, &table);
    print_table(text, &table);
    say_more(text, count - shown + placement->threads_left_out, "threads");
}

/* ---- mappings ---- */

static const char *near_text(numa_text *text, const cck_numa_mapping *mapping)
{
    if (mapping->nearest < 0)
        return "-";
    if (!mapping->near_threads)
        return "none";
    return TEXT_OF(text, out, {
        for (size_t i = 0; i < text->placement->thread_count; i++)
            if (text->placement->threads[i].tid == mapping->near_tid) {
                fputs(text->placement->threads[i].name, out);
                break;
            }
        if (mapping->near_threads > 1)
            fprintf(out, " +%" PRIu32, mapping->near_threads - 1);
    });
}

/* "4 KiB", and how much of it the kernel joined to huge pages: "4 KiB, 1.2 GiB in huge". */
static cck_cell pages_cell(numa_text *text, const cck_numa_mapping *mapping)
{
    char each[CCK_NUMBER_SIZE], huge[CCK_NUMBER_SIZE];
    if (mapping->method != CCK_NUMA_EXACT || !mapping->page_size)
        return cck_cell_missing(NULL);
    if (mapping->huge_unknown || !mapping->huge)
        return cck_cell_number(CCK_CELL_BYTES, (double)mapping->page_size);
    cck_number_bytes(each, (double)mapping->page_size);
    cck_number_bytes(huge, (double)mapping->huge);
    return cck_cell_text(TEXT_OF(text, out, fprintf(out, "%s, %s in huge", each, huge)));
}

static void mapping_row(numa_text *text, cck_table *table, const cck_numa_mapping *mapping)
{
    const cck_numa_placement *placement = text->placement;
    bool known = mapping->method != CCK_NUMA_UNKNOWN;
    cck_table_cell(table,
                   cck_cell_text(TEXT_OF(text, out, cck_numa_put_mapping(out, mapping))));
    if (placement->process_count > 1)
        cck_table_cell(table,
                       cck_cell_text(TEXT_OF(text, out, fprintf(out, "%" PRId32, mapping->pid))));
    bytes_cells(text, table, known ? mapping->bytes : NULL);
    if (placement->node_count > 1)
        cck_table_cell(table, cck_cell_text(TEXT_OF(text, out,
                                                    cck_numa_put_share(out, &mapping->remote))));
    cck_table_cell(table, pages_cell(text, mapping));
    cck_table_cell(table, mapping->policy_unknown ? cck_cell_missing(NULL)
                                                  : cck_cell_text(mapping->policy.text));
    if (placement->node_count > 1)
        cck_table_cell(table, cck_cell_text(near_text(text, mapping)));
}

static void put_mappings(numa_text *text)
{
    const cck_numa_placement *placement = text->placement;
    size_t shown = 0;
    cck_table table = {0};
    cck_table_column(&table,
                     (cck_column){.title = "mapping", .left = true, .shrink = 16, .cut_last = true});
    if (placement->process_count > 1)
        cck_table_column(&table, (cck_column){.title = "pid", .drop = 4});
    node_columns(text, &table);
    if (placement->node_count > 1)
        cck_table_column(&table, (cck_column){.title = "remote"});
    cck_table_column(&table, (cck_column){.title = "pages of", .drop = 6});
    cck_table_column(&table, (cck_column){.title = "policy", .left = true, .drop = 3});
    if (placement->node_count > 1)
        cck_table_column(&table, (cck_column){.title = "near it", .left = true, .drop = 5});
    for (; shown < placement->mapping_count && shown < text->report->rows; shown++) {
        if (!placement->mappings[shown].resident)
            break;
        mapping_row(text, &table, &placement->mappings[shown]);
    }
    size_t rest = shown;
    while (rest < placement->mapping_count && placement->mappings[rest].resident)
        rest++;
    if (shown)
        print_table(text, &table);
    else
        cck_table_clear(&table);
    say_more(text, rest - shown + placement->mappings_left_out, "mappings");
}

/* ---- over time ---- */

static void put_time(numa_text *text)
{
    static const char *const bars[] = {"\xe2\x96\x81", "\xe2\x96\x82", "\xe2\x96\x83",
                                       "\xe2\x96\x84", "\xe2\x96\x85", "\xe2\x96\x86",
                                       "\xe2\x96\x87", "\xe2\x96\x88"};
    static const char plain[] = "_.:-=+*#";
    const cck_numa_placement *placement = text->placement;
    size_t count = placement->point_count, width = text->report->width > 40 ? 60 : 20;
    if (count < 3 || placement->node_count < 2)
        return;
    cck_text_line(text->report, "remote", TEXT_OF(text, out, {
                      size_t shown = count < width ? count : width;
                      for (size_t i = 0; i < shown; i++) {
                          const cck_numa_share *share =
                              &placement->points[i * (count - 1) / (shown - 1)].remote;
                          int level = (int)(share->value * 7.999);
                          if (share->value < 0)
                              putc('?', out);
                          else if (text->report->utf8)
                              fputs(bars[level], out);
                          else
                              putc(plain[level], out);
                      }
                      fputs(" over time; last ", out);
                      cck_numa_put_share(out, &placement->points[count - 1].remote);
                  }));
}

/* ---- all ---- */

static void put_age(numa_text *text)
{
    const cck_numa_placement *placement = text->placement;
    double age = placement->process_count ? placement->processes[0].age_s : 0;
    char number[CCK_NUMBER_SIZE];
    if (age < 0.001)
        return;
    cck_number_time(number, 1e9 * age);
    cck_text_line(text->report, "note",
                  TEXT_OF(text, out,
                          fprintf(out, "memory as it was %s before the program ended", number)));
}

void cck_numa_write_text(const cck_text_report *report)
{
    const cck_result *result = report->result;
    numa_text text = {.report = report, .placement = result->placement};
    size_t shown = result->finding_count < FINDINGS_SHOWN ? result->finding_count : FINDINGS_SHOWN;
    text.column_count = cck_numa_columns(text.placement, text.columns);
    cck_text_head(report);
    cck_text_line(report, "pages", TEXT_OF(&text, out, cck_numa_put_method(out, text.placement)));
    cck_text_line(report, "threads",
                  TEXT_OF(&text, out, cck_numa_put_watched(out, text.placement)));
    put_time(&text);
    for (size_t i = 0; i < shown; i++) {
        putc('\n', report->out);
        cck_finding_write_text(report, &result->findings[i]);
    }
    if (shown < result->finding_count)
        fprintf(report->out, "\nand %zu more findings (--format json)\n",
                result->finding_count - shown);
    put_memory(&text);
    put_threads(&text);
    put_mappings(&text);
    if (text.column_count < text.placement->node_count)
        say_more(&text, text.placement->node_count - text.column_count, "nodes");
    put_age(&text);
    cck_text_foot(report);
    cck_arena_clear(&text.arena);
}
