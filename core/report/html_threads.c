/* SPDX-License-Identifier: MIT */
/* Threads: bars of what they cost, where they ran, on the caches and nodes of the machine. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/number.h"
#include "core/base/quantity.h"
#include "core/report/html_report.h"

enum { ROWS_MOST = 50, COLOURS = 8, CPUS_MOST = 1024, ACROSS = 16, CELL = 52, CELL_HIGH = 40 };

bool cck_html_has_threads(const cck_result *result)
{
    return result->row_count > 0;
}

/* What bars are drawn of: the first that somebody counted. */
static const struct bar_kind {
    const char *name, *label;
    bool time;
} bar_kinds[] = {{"cpu_time", "CPU time", true},
                 {"llc_misses", "LLC misses", false},
                 {"llc_load_misses", "LLC load misses", false},
                 {"l2_misses", "L2 misses", false},
                 {"l1d_load_misses", "L1D load misses", false},
                 {"instructions", "instructions", false}};

enum { BARS_MOST = 2, KINDS = sizeof bar_kinds / sizeof *bar_kinds };

typedef struct bar_column {
    const struct bar_kind *kind;
    cck_quantity quantity;
    double most;
} bar_column;

static size_t choose(const cck_result *result, bar_column columns[BARS_MOST])
{
    size_t count = 0;
    for (size_t i = 0; i < KINDS && count < BARS_MOST; i++) {
        bar_column column = {.kind = &bar_kinds[i]};
        column.quantity = cck_quantity_find(result, bar_kinds[i].name, CCK_ROLES_FIRST);
        if (column.quantity.kind == CCK_QUANTITY_UNKNOWN ||
            cck_quantity_read(&column.quantity, result, &result->total).missing)
            continue;
        for (size_t j = 0; j < result->row_count; j++) {
            cck_operand value = cck_quantity_read(&column.quantity, result, &result->rows[j]);
            if (!value.missing && value.value > column.most)
                column.most = value.value;
        }
        if (column.most > 0)
            columns[count++] = column;
    }
    return count;
}

static void put_bar(const cck_html_report *report, bar_column *column, size_t row)
{
    FILE *out = report->out;
    char number[CCK_NUMBER_SIZE];
    cck_operand value =
        cck_quantity_read(&column->quantity, report->result, &report->result->rows[row]);
    if (value.missing) {
        fputs("<td>not counted</td>", out);
        return;
    }
    if (column->kind->time)
        cck_number_time(number, value.value);
    else
        cck_number_scaled(number, value.value);
    int percent = (int)(100 * value.value / column->most);
    fprintf(out,
            "<td data-key=\"%.0f\"><span class=\"bar\"><i class=\"t%zu\" style=\"width:%d%%\"></i>"
            "</span> <code>%s</code></td>",
            value.value, row % COLOURS, percent, number);
}

static void write_ran_on(FILE *out, const void *subject)
{
    const cck_row *row = subject;
    if (!row->residency_count)
        fputs(row->residency_unknown ? "not known" : "-", out);
    for (size_t i = 0; i < row->residency_count && i < 3; i++) {
        fprintf(out, "%sCPU %" PRIu32, i ? ", " : "", row->residency[i].cpu);
        if (row->residency[i].node >= 0)
            fprintf(out, " (node %" PRId32 ")", row->residency[i].node);
        fprintf(out, " %.0f %%", 100 * row->residency[i].share);
    }
    if (row->residency_count > 3)
        fprintf(out, ", %zu more", row->residency_count - 3);
}

static void put_row(const cck_html_report *report, bar_column *columns, size_t count, size_t place)
{
    const cck_row *row = &report->result->rows[place];
    FILE *out = report->out;
    fprintf(out, "<tr><td><span class=\"key t%zu\"></span> ", place % COLOURS);
    cck_html_text(out, *row->name ? row->name : "(no name)");
    fputs("</td>", out);
    if (row->tid > 0)
        fprintf(out, "<td class=\"num\">%" PRId32 "</td>", row->tid);
    else
        fputs("<td class=\"num\">-</td>", out);
    for (size_t i = 0; i < count; i++)
        put_bar(report, &columns[i], place);
    fputs("<td>", out);
    cck_html_text_of(out, write_ran_on, row);
    fputs("</td>", out);
    cck_html_cell(out, row->verdict.text);
    fputs("</tr>\n", out);
}

void cck_html_threads(const cck_html_report *report)
{
    const cck_result *result = report->result;
    bar_column columns[BARS_MOST];
    size_t count = choose(result, columns), titles = 0;
    const char *headings[4 + BARS_MOST] = {"thread", "tid"};
    size_t shown = result->row_count < ROWS_MOST ? result->row_count : ROWS_MOST;
    titles = 2;
    for (size_t i = 0; i < count; i++)
        headings[titles++] = columns[i].kind->label;
    headings[titles++] = "ran on";
    headings[titles++] = "verdict";
    cck_html_report_section(report, "threads", "Threads, the busiest first");
    fputs("<div class=\"wide\" tabindex=\"0\"><table class=\"sortable\">", report->out);
    cck_html_headings(report->out, headings, titles);
    fputs("<tbody>\n", report->out);
    for (size_t i = 0; i < shown; i++)
        put_row(report, columns, count, i);
    fputs("</tbody></table></div>\n", report->out);
    fprintf(report->out,
            "<p class=\"dim\">A bar is as long as the thread's share of the longest "
            "one%s.</p>\n",
            result->source.evidence == CCK_SIMULATED ? "; modelled, not measured" : "");
    if (shown < result->row_count)
        fprintf(report->out,
                "<p class=\"dim\">and %zu more threads; all are in the JSON result</p>\n",
                result->row_count - shown);
    cck_html_section_end(report->out);
}

/* ---- where they ran ---- */

typedef struct cpu_use {
    uint32_t cpu;
    int32_t node;
    uint64_t ns;      /* by all threads */
    uint64_t most_ns; /* by the one that ran there longest */
    size_t row;       /* which is that */
    size_t threads;
} cpu_use;

static cpu_use *use_of(cpu_use *uses, size_t *count, const cck_residency *residency)
{
    for (size_t i = 0; i < *count; i++)
        if (uses[i].cpu == residency->cpu)
            return &uses[i];
    if (*count == CPUS_MOST)
        return NULL;
    uses[*count] = (cpu_use){.cpu = residency->cpu, .node = residency->node};
    return &uses[(*count)++];
}

static int compare_uses(const void *a, const void *b)
{
    const cpu_use *left = a, *right = b;
    if (left->node != right->node)
        return left->node < right->node ? -1 : 1;
    return (left->cpu > right->cpu) - (left->cpu < right->cpu);
}

static size_t find_uses(const cck_result *result, cpu_use *uses)
{
    size_t count = 0;
    for (size_t i = 0; i < result->row_count; i++)
        for (size_t j = 0; j < result->rows[i].residency_count; j++) {
            const cck_residency *residency = &result->rows[i].residency[j];
            cpu_use *use = use_of(uses, &count, residency);
            if (!use)
                continue;
            use->ns += residency->ns;
            use->threads++;
            if (residency->ns >= use->most_ns) {
                use->most_ns = residency->ns;
                use->row = i;
            }
        }
    qsort(uses, count, sizeof *uses, compare_uses);
    return count;
}

static void put_cpu(const cck_html_report *report, const cpu_use *use, uint64_t most, unsigned x,
                    unsigned y)
{
    FILE *out = report->out;
    const cck_row *row = &report->result->rows[use->row];
    double high = most ? (double)(CELL_HIGH - 4) * (double)use->ns / (double)most : 0;
    char number[CCK_NUMBER_SIZE];
    cck_number_time(number, (double)use->ns);
    fprintf(out, "<g><title>CPU %" PRIu32 ": %s, %zu threads, longest ", use->cpu, number,
            use->threads);
    cck_html_text(out, row->name);
    fprintf(out,
            "</title><rect class=\"panel\" x=\"%u\" y=\"%u\" width=\"%d\" height=\"%d\"/>"
            "<rect class=\"t%zu\" x=\"%u\" y=\"%.1f\" width=\"%d\" height=\"%.1f\"/>"
            "<text x=\"%u\" y=\"%u\">%" PRIu32 "</text></g>\n",
            x, y, CELL - 4, CELL_HIGH, use->row % COLOURS, x + 2, y + CELL_HIGH - 2 - high,
            CELL - 8, high, x + 6, y + 15, use->cpu);
}

/* A block a node: a heading, and rows of CPUs. Returns its height; draws if `draw`. */
static unsigned put_node(const cck_html_report *report, const cpu_use *uses, size_t count,
                         uint64_t most, unsigned top, bool draw)
{
    unsigned rows = (unsigned)((count + ACROSS - 1) / ACROSS);
    if (draw) {
        if (uses->node >= 0)
            fprintf(report->out, "<text x=\"0\" y=\"%u\">node %" PRId32 "</text>\n", top + 14,
                    uses->node);
        else
            fprintf(report->out, "<text x=\"0\" y=\"%u\">node not known</text>\n", top + 14);
        for (size_t i = 0; i < count; i++)
            put_cpu(report, &uses[i], most, (unsigned)(i % ACROSS) * CELL,
                    top + 20 + (unsigned)(i / ACROSS) * (CELL_HIGH + 4));
    }
    return 28 + rows * (CELL_HIGH + 4);
}

static unsigned put_nodes(const cck_html_report *report, const cpu_use *uses, size_t count,
                          bool draw)
{
    uint64_t most = 0;
    unsigned top = 0;
    for (size_t i = 0; i < count; i++)
        most = uses[i].ns > most ? uses[i].ns : most;
    for (size_t i = 0, next; i < count; i = next) {
        for (next = i + 1; next < count && uses[next].node == uses[i].node;)
            next++;
        top += put_node(report, uses + i, next - i, most, top, draw);
    }
    return top;
}

static void put_caches(const cck_html_report *report)
{
    static const char *const titles[] = {"cache", "size",      "ways",
                                         "line",  "instances", "CPUs sharing one"};
    static const char *const kinds[] = {"", " data", " instruction"};
    const cck_machine_info *machine = &report->result->machine;
    FILE *out = report->out;
    char number[CCK_NUMBER_SIZE];
    if (!machine->cache_count)
        return;
    fputs("<table>", out);
    cck_html_headings(out, titles, sizeof titles / sizeof *titles);
    fputs("<tbody>\n", out);
    for (size_t i = 0; i < machine->cache_count; i++) {
        const cck_cache *cache = &machine->caches[i];
        cck_number_bytes(number, (double)cache->size);
        fprintf(out, "<tr><td>L%u%s</td><td class=\"num\">%s</td>", cache->level,
                kinds[cache->kind], cache->size ? number : "unknown");
        if (cache->ways && cache->ways != UINT32_MAX)
            fprintf(out, "<td class=\"num\">%u</td>", cache->ways);
        else
            fprintf(out, "<td class=\"num\">%s</td>", cache->ways ? "fully" : "unknown");
        fprintf(
            out,
            "<td class=\"num\">%u</td><td class=\"num\">%u</td><td class=\"num\">%u</td></tr>\n",
            cache->line, cache->count, cache->pus);
    }
    fputs("</tbody></table>\n", out);
}

void cck_html_places(const cck_html_report *report)
{
    const cck_result *result = report->result;
    const cck_machine_info *machine = &result->machine;
    cpu_use *uses = calloc(CPUS_MOST, sizeof *uses);
    size_t count = uses ? find_uses(result, uses) : 0;
    cck_html_report_section(report, "machine", "The machine, and where threads ran");
    fprintf(report->out, "<p>%u package%s, %u cores, %u CPUs (%u allowed), %u NUMA node%s.</p>\n",
            machine->packages, machine->packages == 1 ? "" : "s", machine->cores, machine->pus,
            machine->allowed_pus, machine->nodes, machine->nodes == 1 ? "" : "s");
    put_caches(report);
    if (count) {
        unsigned height = put_nodes(report, uses, count, false);
        cck_html_figure(report->out);
        fprintf(report->out,
                "<svg width=\"%d\" height=\"%u\" viewBox=\"0 0 %d %u\" role=\"img\" "
                "aria-label=\"CPUs by node, and the threads on them\">\n",
                ACROSS * CELL, height, ACROSS * CELL, height);
        put_nodes(report, uses, count, true);
        fputs("</svg>", report->out);
        cck_html_figure_end(
            report->out,
            result->source.evidence == CCK_SIMULATED
                ? "Modelled cores, not CPUs of the machine, by NUMA node. Filled "
                  "as high as the modelled time that threads spent there, in the "
                  "colour (of the table above) of the thread that was there "
                  "longest."
                : "CPUs that threads ran on, by NUMA node. Filled as high as the time "
                  "that threads spent there, in the colour (of the table above) of the "
                  "thread that was there longest.");
    } else if (result->target.argc || result->target.pid) {
        fputs("<p class=\"dim\">Where the threads ran is not known", report->out);
        if (result->total.residency_unknown) {
            fputs(": ", report->out);
            cck_html_text(report->out, result->total.residency_unknown);
        }
        fputs(".</p>\n", report->out);
    }
    free(uses);
    cck_html_section_end(report->out);
}
