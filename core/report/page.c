/* SPDX-License-Identifier: MIT */
/* `cachecheck machine --format html`. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/number.h"
#include "core/machine/machine.h"
#include "core/report/html_page.h"
#include "core/report/limit_rows.h"
#include "core/report/picture.h"

static void put_count(FILE *out, unsigned count, const char *noun)
{
    fprintf(out, "%u %s%s, ", count, noun, count == 1 ? "" : "s");
}

static void put_extent(FILE *out, const cck_machine_info *info)
{
    char memory[CCK_NUMBER_SIZE];
    cck_number_bytes(memory, (double)info->memory);
    put_count(out, info->packages, "package");
    put_count(out, info->cores, "core");
    put_count(out, info->pus, "CPU");
    if (info->allowed_pus < info->pus)
        fprintf(out, "of which this process may use %u, ", info->allowed_pus);
    put_count(out, info->nodes, "NUMA node");
    fprintf(out, "%s of memory. ", info->memory ? memory : "an unknown amount");
}

static void put_subtitle(FILE *out, const cck_machine_info *info)
{
    put_extent(out, info);
    if (info->is_thissystem)
        fprintf(out, "Linux %s%s%s", info->kernel, *info->hypervisor ? ", guest of " : "",
                info->hypervisor);
    else
        fprintf(out, "A model, not this system: %s", info->origin);
    for (size_t i = 0; i < info->note_count; i++)
        fprintf(out, ". Note: %s", info->notes[i]);
}

void cck_html_machine_page(FILE *out, const cck_machine *machine,
                           void (*fill)(FILE *out, const void *subject), const void *subject)
{
    const cck_machine_info *info = cck_machine_get_info(machine);
    char *subtitle = NULL;
    size_t length;
    FILE *memory = open_memstream(&subtitle, &length);
    if (memory) {
        put_subtitle(memory, info);
        fclose(memory);
    }
    const cck_html_page page = {
        .title = *info->cpu_model ? info->cpu_model : "unknown CPU",
        .subtitle = subtitle,
    };
    cck_html_begin(out, &page);
    fill(out, subject);
    cck_html_end(out, &page);
    free(subtitle);
}

static void put_bytes(FILE *out, uint64_t bytes)
{
    char text[CCK_NUMBER_SIZE];
    cck_number_bytes(text, (double)bytes);
    if (bytes)
        cck_html_number(out, text);
    else
        fputs("<td class=\"num none\">unknown</td>", out);
}

static void put_ways(FILE *out, unsigned ways)
{
    if (ways == UINT_MAX)
        fputs("<td class=\"num\">fully</td>", out);
    else if (ways)
        fprintf(out, "<td class=\"num\">%u</td>", ways);
    else
        fputs("<td class=\"num none\">unknown</td>", out);
}

void cck_html_caches(FILE *out, const cck_machine_info *machine)
{
    static const char *const titles[] = {"cache", "#size", "#ways", "#line", "#CPUs each", "#count"};
    static const char *const kinds[] = {"", " data", " instruction"};
    if (!machine->cache_count)
        return;
    cck_html_wide(out, "caches");
    fputs("<table><caption>Caches</caption>", out);
    cck_html_headings(out, titles, sizeof titles / sizeof *titles);
    fputs("<tbody>\n", out);
    for (size_t i = 0; i < machine->cache_count; i++) {
        const cck_cache *cache = &machine->caches[i];
        fprintf(out, "<tr><th scope=\"row\">L%u%s</th>", cache->level, kinds[cache->kind]);
        put_bytes(out, cache->size);
        put_ways(out, cache->ways);
        put_bytes(out, cache->line);
        fprintf(out, "<td class=\"num\">%u</td><td class=\"num\">%u</td></tr>\n", cache->pus,
                cache->count);
    }
    fputs("</tbody></table>", out);
    cck_html_wide_end(out);
}

static void put_nodes(FILE *out, const cck_machine *machine)
{
    static const char *const titles[] = {"#node", "#memory", "CPUs", "kind"};
    size_t count;
    const cck_node *nodes = cck_machine_get_nodes(machine, &count);
    cck_html_wide(out, "NUMA nodes");
    fputs("<table><caption>NUMA nodes</caption>", out);
    cck_html_headings(out, titles, sizeof titles / sizeof *titles);
    fputs("<tbody>\n", out);
    for (size_t i = 0; i < count; i++) {
        fprintf(out, "<tr><th scope=\"row\" class=\"num\">%u</th>", nodes[i].index);
        put_bytes(out, nodes[i].memory);
        cck_html_cell(out, *nodes[i].cpus ? nodes[i].cpus : "none (a memory tier)");
        fputs("<td>", out);
        cck_html_text(out, nodes[i].kind);
        fputs(nodes[i].allowed ? "</td></tr>\n" : " not allowed</td></tr>\n", out);
    }
    fputs("</tbody></table>", out);
    cck_html_wide_end(out);
}

static void put_limits(FILE *out, const cck_machine *machine)
{
    static const char *const titles[] = {"what", "machine", "this process", "by"};
    cck_limit_row rows[CCK_LIMIT_ROWS];
    cck_arena arena = {0};
    size_t count = cck_limit_rows(&arena, machine, rows);
    if (count) {
        cck_html_wide(out, "limits");
        fputs("<table><caption>What this process may use</caption>", out);
        cck_html_headings(out, titles, sizeof titles / sizeof *titles);
        fputs("<tbody>\n", out);
    }
    for (size_t i = 0; i < count; i++) {
        const char *const texts[] = {rows[i].all, rows[i].ours, rows[i].by};
        fprintf(out, "<tr><th scope=\"row\">%s</th>", rows[i].what);
        for (size_t k = 0; k < 3; k++)
            cck_html_cell(out, texts[k]);
        fputs("</tr>\n", out);
    }
    if (count) {
        fputs("</tbody></table>", out);
        cck_html_wide_end(out);
    }
    cck_arena_clear(&arena);
}

static void put_distance(FILE *out, unsigned distance, unsigned most)
{
    if (distance)
        fprintf(out, "<td class=\"num h%u\">%u</td>", cck_heat_level(distance, 10, most), distance);
    else
        fputs("<td class=\"num none\">unknown</td>", out);
}

static void put_distances(FILE *out, const cck_machine *machine)
{
    size_t count;
    unsigned most = 0;
    const cck_node *nodes = cck_machine_get_nodes(machine, &count);
    if (!machine->distances)
        return;
    for (size_t i = 0; i < count * count; i++)
        most = machine->distances[i] > most ? machine->distances[i] : most;
    cck_html_wide(out, "distances");
    fputs("<table class=\"matrix\"><caption>Distances, as firmware tells them: from the row's node to "
          "the column's; 10 is local</caption><thead><tr><th scope=\"col\">node</th>",
          out);
    for (size_t i = 0; i < count; i++)
        fprintf(out, "<th scope=\"col\" class=\"num\">%u</th>", nodes[i].index);
    fputs("</tr></thead>\n<tbody>\n", out);
    for (size_t i = 0; i < count; i++) {
        fprintf(out, "<tr><th scope=\"row\">%u</th>", nodes[i].index);
        for (size_t k = 0; k < count; k++)
            put_distance(out, machine->distances[i * count + k], most);
        fputs("</tr>\n", out);
    }
    fputs("</tbody></table>", out);
    cck_html_wide_end(out);
}

void cck_html_drawing(FILE *out, const cck_boxes_plan *plan, const char *more)
{
    char words[1024];
    cck_html_figure(out, "Topology");
    cck_svg_drawing(out, plan);
    snprintf(words, sizeof words,
             "L#: hwloc's number; P#: the system's. Sand: memory, blue: caches, green: CPUs, dashed "
             "red: not allowed for this process.%s",
             more);
    cck_html_figure_end(out, words);
}

void cck_html_topology(FILE *out, const cck_machine *machine)
{
    const cck_boxes_plan plan = cck_drawing_plan(machine->parts, machine->part_count);
    char offline[512] = "";
    if (machine->offline_pus)
        snprintf(offline, sizeof offline, " Offline: CPUs %s.", machine->offline);
    cck_html_section(out, "topology", "Topology");
    cck_html_drawing(out, &plan, offline);
    put_limits(out, machine);
    cck_html_caches(out, cck_machine_get_info(machine));
    put_nodes(out, machine);
    put_distances(out, machine);
    cck_html_section_end(out);
}

static void fill_topology(FILE *out, const void *subject)
{
    cck_html_topology(out, subject);
}

void cck_html_machine(const void *subject, FILE *out, const cck_report_options *options)
{
    (void)options;
    cck_html_machine_page(out, subject, fill_topology, subject);
}
