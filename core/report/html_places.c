/* SPDX-License-Identifier: MIT */
/* Where threads ran and memory lies, drawn on the machine: its topology, each CPU filled as far as
 * threads used it, each node as far as it holds the program's memory. Simulated cores are none of
 * the machine's CPUs, and old results know no topology: then the CPUs alone are drawn. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/number.h"
#include "core/report/html_report.h"
#include "core/report/picture.h"

enum { COLOURS = 8, CPUS_MOST = 4096, ACROSS = 16, CELL = 52, CELL_HIGH = 40, CORES_MOST = 1024 };

typedef struct cpu_use {
    uint32_t cpu;
    int32_t node;
    uint64_t ns;      /* by all threads */
    uint64_t most_ns; /* by the one that ran there longest */
    size_t thread;    /* which is that */
    size_t threads;
} cpu_use;

typedef struct places {
    const cck_result *result;
    FILE *out;
    cpu_use *uses; /* by node and CPU */
    size_t count;
    uint64_t most; /* ns, of the busiest CPU */
} places;

/* ---- what is known ---- */

static cpu_use *use_of(places *p, const cck_residency *residency)
{
    for (size_t i = 0; i < p->count; i++)
        if (p->uses[i].cpu == residency->cpu)
            return &p->uses[i];
    if (p->count == CPUS_MOST)
        return NULL;
    p->uses[p->count] = (cpu_use){.cpu = residency->cpu, .node = residency->node};
    return &p->uses[p->count++];
}

static void add_thread(places *p, const cck_residency *residency, size_t count, size_t thread)
{
    for (size_t i = 0; i < count; i++) {
        cpu_use *use = use_of(p, &residency[i]);
        if (!use)
            return;
        use->ns += residency[i].ns;
        use->threads++;
        if (residency[i].ns >= use->most_ns) {
            use->most_ns = residency[i].ns;
            use->thread = thread;
        }
    }
}

static const char *name_of(const places *p, size_t thread)
{
    return p->result->placement ? p->result->placement->threads[thread].name
                                : p->result->rows[thread].name;
}

static int compare_uses(const void *a, const void *b)
{
    const cpu_use *left = a, *right = b;
    if (left->node != right->node)
        return left->node < right->node ? -1 : 1;
    return (left->cpu > right->cpu) - (left->cpu < right->cpu);
}

static void find_uses(places *p)
{
    const cck_numa_placement *placement = p->result->placement;
    for (size_t i = 0; placement && i < placement->thread_count; i++)
        add_thread(p, placement->threads[i].residency, placement->threads[i].residency_count, i);
    for (size_t i = 0; !placement && i < p->result->row_count; i++)
        add_thread(p, p->result->rows[i].residency, p->result->rows[i].residency_count, i);
    qsort(p->uses, p->count, sizeof *p->uses, compare_uses);
    for (size_t i = 0; i < p->count; i++)
        p->most = p->uses[i].ns > p->most ? p->uses[i].ns : p->most;
}

/* ---- on the topology ---- */

enum { NAME_MOST = 16, TEXT_MOST = 80 };

/* Names of threads are the program's: the drawing counts characters. */
static void put_plain(char out[NAME_MOST + 1], const char *name)
{
    size_t i = 0;
    for (; i < NAME_MOST && name[i]; i++)
        out[i] = name[i];
    out[i] = '\0';
    for (size_t k = 0; k < i; k++)
        if (out[k] < ' ' || out[k] > '~')
            out[k] = '?';
}

static void mark_cpu(const places *p, const cpu_use *use, cck_part_use *mark, cck_arena *arena)
{
    static const char *const colours[COLOURS] = {"t0", "t1", "t2", "t3", "t4", "t5", "t6", "t7"};
    char time[CCK_NUMBER_SIZE], name[NAME_MOST + 1], more[32] = "";
    cck_number_time(time, (double)use->ns);
    put_plain(name, name_of(p, use->thread));
    if (use->threads > 1)
        snprintf(more, sizeof more, " +%zu", use->threads - 1);
    mark->text = use->ns ? cck_arena_printf(arena, "%s %s%s", time, name, more)
                         : cck_arena_printf(arena, "%s%s", name, more);
    mark->colour = colours[use->thread % COLOURS];
    mark->share = p->most ? (double)use->ns / (double)p->most : 1;
}

/* The program's memory on a node, and of how much; 0: none, or not known. */
static uint64_t memory_on(const cck_numa_placement *placement, int64_t node, uint64_t *out_sum)
{
    const uint64_t *total = placement ? placement->rows[CCK_NUMA_ROW_TOTAL] : NULL;
    uint64_t here = 0;
    *out_sum = 0;
    for (size_t i = 0; total && i < placement->node_count; i++) {
        *out_sum += total[i];
        here += placement->nodes[i].index == node ? total[i] : 0;
    }
    return here;
}

static void mark_node(const places *p, const cck_part *part, cck_part_use *mark, cck_arena *arena)
{
    uint64_t sum, here = memory_on(p->result->placement, part->os, &sum);
    char bytes[CCK_NUMBER_SIZE];
    if (!sum)
        return;
    cck_number_bytes(bytes, (double)here);
    mark->share = (double)here / (double)sum;
    mark->text = cck_arena_printf(arena, "%s of the program's memory, %.0f %%", bytes,
                                  100 * mark->share);
    mark->colour = "memory";
}

static void mark_parts(const places *p, cck_part_use *marks, cck_arena *arena)
{
    const cck_result *result = p->result;
    for (size_t i = 0; i < result->topology_count; i++) {
        const cck_part *part = &result->topology[i];
        if (part->kind == CCK_PART_NODE)
            mark_node(p, part, &marks[i], arena);
        for (size_t k = 0; part->kind == CCK_PART_CPU && k < p->count; k++)
            if (p->uses[k].cpu == part->os)
                mark_cpu(p, &p->uses[k], &marks[i], arena);
    }
}

static bool put_topology(const places *p)
{
    const cck_result *result = p->result;
    cck_boxes_plan plan = cck_drawing_plan(result->topology, result->topology_count);
    cck_arena arena = {0};
    cck_part_use *marks = calloc(result->topology_count + 1, sizeof *marks);
    if (!marks)
        return false;
    mark_parts(p, marks, &arena);
    if (p->count) {
        plan.uses = marks;
        plan.most = CORES_MOST;
    }
    cck_html_drawing(p->out, &plan,
                     p->count ? " A CPU is filled as far as threads used it, beside the busiest one; "
                                "the words are their time there, and the thread that was there "
                                "longest, in its colour. A node is filled as far as it has the "
                                "program's memory."
                              : "");
    free(marks);
    cck_arena_clear(&arena);
    return true;
}

/* ---- without one: CPUs by node ---- */

static void put_cpu(const places *p, const cpu_use *use, unsigned x, unsigned y)
{
    double high = p->most ? (double)(CELL_HIGH - 4) * (double)use->ns / (double)p->most : 0;
    char number[CCK_NUMBER_SIZE];
    cck_number_time(number, (double)use->ns);
    fprintf(p->out, "<g><title>CPU %" PRIu32 ": %s, %zu threads, longest ", use->cpu, number,
            use->threads);
    cck_html_text(p->out, name_of(p, use->thread));
    fprintf(p->out,
            "</title><rect class=\"panel\" x=\"%u\" y=\"%u\" width=\"%d\" height=\"%d\"/>"
            "<rect class=\"t%zu\" x=\"%u\" y=\"%.1f\" width=\"%d\" height=\"%.1f\"/>"
            "<text x=\"%u\" y=\"%u\">%" PRIu32 "</text></g>\n",
            x, y, CELL - 4, CELL_HIGH, use->thread % COLOURS, x + 2, y + CELL_HIGH - 2 - high,
            CELL - 8, high, x + 6, y + 15, use->cpu);
}

/* A block a node: a heading, and rows of CPUs. Returns its height; draws if `draw`. */
static unsigned put_node(const places *p, const cpu_use *uses, size_t count, unsigned top,
                         bool draw)
{
    unsigned rows = (unsigned)((count + ACROSS - 1) / ACROSS);
    if (draw && uses->node >= 0)
        fprintf(p->out, "<text x=\"0\" y=\"%u\">node %" PRId32 "</text>\n", top + 14, uses->node);
    else if (draw)
        fprintf(p->out, "<text x=\"0\" y=\"%u\">node not known</text>\n", top + 14);
    for (size_t i = 0; draw && i < count; i++)
        put_cpu(p, &uses[i], (unsigned)(i % ACROSS) * CELL,
                top + 20 + (unsigned)(i / ACROSS) * (CELL_HIGH + 4));
    return 28 + rows * (CELL_HIGH + 4);
}

static unsigned put_nodes(const places *p, bool draw)
{
    unsigned top = 0;
    for (size_t i = 0, next; i < p->count; i = next) {
        for (next = i + 1; next < p->count && p->uses[next].node == p->uses[i].node;)
            next++;
        top += put_node(p, p->uses + i, next - i, top, draw);
    }
    return top;
}

static void put_cpus(const places *p)
{
    unsigned height = put_nodes(p, false);
    size_t across = p->count < ACROSS ? p->count : ACROSS;
    unsigned width = (unsigned)(across < 3 ? 3 : across) * CELL;
    cck_html_figure(p->out, "CPUs by node, and the threads on them");
    fprintf(p->out,
            "<svg width=\"%u\" height=\"%u\" viewBox=\"0 0 %u %u\" role=\"img\" "
            "aria-label=\"CPUs by node, and the threads on them\">\n",
            width, height, width, height);
    put_nodes(p, true);
    fputs("</svg>", p->out);
    cck_html_figure_end(
        p->out, p->result->source.evidence == CCK_SIMULATED
                    ? "Modelled cores, not CPUs of the machine, by NUMA node. Filled as high as the "
                      "modelled time that threads spent there, in the colour (of the table above) "
                      "of the thread that was there longest."
                    : "CPUs that threads ran on, by NUMA node. Filled as high as the time that "
                      "threads spent there, in the colour (of the table above) of the thread that "
                      "was there longest.");
}

/* ---- the part ---- */

static void put_extent(FILE *out, const cck_machine_info *machine)
{
    fprintf(out, "<p>%u package%s, %u core%s, %u CPU%s (%u allowed), %u NUMA node%s.</p>\n",
            machine->packages, machine->packages == 1 ? "" : "s", machine->cores,
            machine->cores == 1 ? "" : "s", machine->pus, machine->pus == 1 ? "" : "s",
            machine->allowed_pus, machine->nodes, machine->nodes == 1 ? "" : "s");
}

static void put_unknown(const places *p)
{
    fputs("<p class=\"dim\">Where the threads ran is not known", p->out);
    if (p->result->total.residency_unknown) {
        fputs(": ", p->out);
        cck_html_text(p->out, p->result->total.residency_unknown);
    }
    fputs(".</p>\n", p->out);
}

void cck_html_places(const cck_html_report *report)
{
    const cck_result *result = report->result;
    places p = {.result = result, .out = report->out};
    bool modelled = result->source.evidence == CCK_SIMULATED;
    bool ran = result->target.argc || result->target.pid;
    p.uses = calloc(CPUS_MOST, sizeof *p.uses);
    if (p.uses)
        find_uses(&p);
    cck_html_report_section(report, "machine",
                            ran ? "The machine, and where threads ran" : "The machine");
    put_extent(report->out, &result->machine);
    if (p.count && (modelled || !result->topology_count))
        put_cpus(&p);
    if (!modelled && result->topology_count)
        put_topology(&p);
    if (!p.count && ran && !result->placement)
        put_unknown(&p);
    cck_html_caches(report->out, &result->machine);
    free(p.uses);
    cck_html_section_end(report->out);
}
