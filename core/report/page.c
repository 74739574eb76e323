/* SPDX-License-Identifier: MIT */
/* `cachecheck machine --format html`: one file, light and dark, without scripts. */
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "core/base/number.h"
#include "core/base/text.h"
#include "core/machine/machine.h"
#include "core/report/limit_rows.h"
#include "core/report/picture.h"

enum { ALL = 1 << 16 };

static const char style[] =
    "<style>:root{color-scheme:light dark;--ink:#1a1d21;--paper:#fff;--soft:#5b6470;--rule:#d5dae1;"
    "--line:#1f5fa8}\n"
    "body{font:15px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper);"
    "max-width:1240px;margin:2em auto;padding:0 1em}\n"
    "h1{font-size:1.5em;margin-bottom:0}h2{font-size:1.15em;margin:2em 0 .5em}"
    ".scroll{overflow-x:auto}\n"
    "table{border-collapse:collapse;margin:.5em 0 1.5em}caption{text-align:left;padding-bottom:.4em}\n"
    "small,.soft,figcaption{color:var(--soft)}th,td{padding:.25em .6em;border:1px solid var(--rule);"
    "text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}\n"
    "th{font-weight:600}td.text{text-align:left}.none{color:var(--soft)}figure{margin:1em 0}\n"
    ".noisy{border-left:4px solid #c77700;padding-left:.8em}.quiet{border-left:4px solid #2e7d32;"
    "padding-left:.8em}\n"
    ".chart{width:100%;max-width:900px}.chart text{font:12px system-ui,sans-serif;fill:var(--soft)}"
    ".chart .rule{stroke:var(--rule);fill:none}.chart .edge{stroke:var(--soft);stroke-dasharray:5 4}"
    ".chart .median{fill:none;stroke:var(--line);stroke-width:2}.chart .band{fill:var(--line);"
    "opacity:.2}\n"
    ".h0{background:#f4f8fd}.h1{background:#e3eefa}.h2{background:#d0e2f5}.h3{background:#b8d3ee}"
    ".h4{background:#9bc1e5}.h5{background:#7aabd9}.h6{background:#3f7fc0;color:#fff}"
    ".h7{background:#2a68a8;color:#fff}.h8{background:#17508c;color:#fff}"
    ".h9{background:#08396c;color:#fff}\n"
    "@media(prefers-color-scheme:dark){:root{--ink:#e8eaed;--paper:#111418;--soft:#a3acb8;"
    "--rule:#343b45;--line:#7ab4f5}\n"
    ".h0{background:#141b24}.h1{background:#182533}.h2{background:#1c3146}.h3{background:#203f5c}"
    ".h4{background:#254e75}.h5{background:#2b5f90}.h6{background:#7ab0e6;color:#000}"
    ".h7{background:#97c3ef;color:#000}.h8{background:#b6d6f6;color:#000}"
    ".h9{background:#d8eafc;color:#000}}</style>\n";

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

void cck_machine_page_begin(FILE *out, const cck_machine *machine, const char *title)
{
    const cck_machine_info *info = cck_machine_get_info(machine);
    const char *name = *info->cpu_model ? info->cpu_model : "unknown CPU";
    fputs("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
          "<meta name=\"viewport\" content=\"width=device-width\"><title>",
          out);
    cck_text_write_markup(out, title, ALL);
    fputs(": ", out);
    cck_text_write_markup(out, name, ALL);
    fprintf(out, "</title>\n%s</head><body>\n<h1>", style);
    cck_text_write_markup(out, name, ALL);
    fputs("</h1>\n<p class=\"soft\">", out);
    put_extent(out, info);
    if (info->is_thissystem) {
        fputs("Linux ", out);
        cck_text_write_markup(out, info->kernel, ALL);
        fputs(*info->hypervisor ? ", guest of " : "", out);
        cck_text_write_markup(out, info->hypervisor, ALL);
    } else {
        fputs("A model, not this system: ", out);
        cck_text_write_markup(out, info->origin, ALL);
    }
    fputs("</p>\n", out);
}

void cck_machine_page_end(FILE *out)
{
    fputs("</body></html>\n", out);
}

static void put_bytes(FILE *out, uint64_t bytes)
{
    char text[CCK_NUMBER_SIZE];
    cck_number_bytes(text, (double)bytes);
    if (bytes)
        fprintf(out, "<td>%s</td>", text);
    else
        fputs("<td class=\"none\">unknown</td>", out);
}

static void put_caches(FILE *out, const cck_machine_info *info)
{
    static const char *const kinds[] = {"", " data", " instruction"};
    fputs("<div class=\"scroll\"><table><caption>Caches</caption><thead><tr><th>cache</th><th>size"
          "</th><th>ways</th><th>line</th><th>CPUs each</th><th>count</th></tr></thead>\n",
          out);
    for (size_t i = 0; i < info->cache_count; i++) {
        const cck_cache *cache = &info->caches[i];
        fprintf(out, "<tr><th scope=\"row\">L%u%s</th>", cache->level, kinds[cache->kind]);
        put_bytes(out, cache->size);
        if (cache->ways == UINT_MAX)
            fputs("<td>full</td>", out);
        else if (cache->ways)
            fprintf(out, "<td>%u</td>", cache->ways);
        else
            fputs("<td class=\"none\">unknown</td>", out);
        put_bytes(out, cache->line);
        fprintf(out, "<td>%u</td><td>%u</td></tr>\n", cache->pus, cache->count);
    }
    fputs("</table></div>\n", out);
}

static void put_nodes(FILE *out, const cck_machine *machine)
{
    size_t count;
    const cck_node *nodes = cck_machine_get_nodes(machine, &count);
    fputs("<div class=\"scroll\"><table><caption>NUMA nodes</caption><thead><tr><th>node</th><th>"
          "memory</th><th>CPUs</th><th></th></tr></thead>\n",
          out);
    for (size_t i = 0; i < count; i++) {
        fprintf(out, "<tr><th scope=\"row\">%u</th>", nodes[i].index);
        put_bytes(out, nodes[i].memory);
        fputs("<td class=\"text\">", out);
        cck_text_write_markup(out, *nodes[i].cpus ? nodes[i].cpus : "none (a memory tier)", ALL);
        fputs("</td><td class=\"text\">", out);
        cck_text_write_markup(out, nodes[i].kind, ALL);
        fputs(nodes[i].allowed ? "</td></tr>\n" : " not allowed</td></tr>\n", out);
    }
    fputs("</table></div>\n", out);
}

static void put_limits(FILE *out, const cck_machine *machine)
{
    cck_limit_row rows[CCK_LIMIT_ROWS];
    cck_arena arena = {0};
    size_t count = cck_limit_rows(&arena, machine, rows);
    if (count)
        fputs("<div class=\"scroll\"><table><caption>What this process may use</caption><thead><tr>"
              "<th></th><th>machine</th><th>this process</th><th>by</th></tr></thead>\n",
              out);
    for (size_t i = 0; i < count; i++) {
        const char *const texts[] = {rows[i].all, rows[i].ours, rows[i].by};
        fprintf(out, "<tr><th scope=\"row\">%s</th>", rows[i].what);
        for (size_t k = 0; k < 3; k++) {
            fputs("<td class=\"text\">", out);
            cck_text_write_markup(out, texts[k], ALL);
            fputs("</td>", out);
        }
        fputs("</tr>\n", out);
    }
    if (count)
        fputs("</table></div>\n", out);
    cck_arena_clear(&arena);
}

static void put_distance(FILE *out, unsigned distance, unsigned most)
{
    if (distance)
        fprintf(out, "<td class=\"h%u\">%u</td>", cck_heat_level(distance, 10, most), distance);
    else
        fputs("<td class=\"none\">unknown</td>", out);
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
    fputs("<div class=\"scroll\"><table><caption>Distances, as firmware tells them: from the row's "
          "node to the column's; 10 is local</caption><thead><tr><th>node</th>",
          out);
    for (size_t i = 0; i < count; i++)
        fprintf(out, "<th scope=\"col\">%u</th>", nodes[i].index);
    fputs("</tr></thead>\n", out);
    for (size_t i = 0; i < count; i++) {
        fprintf(out, "<tr><th scope=\"row\">%u</th>", nodes[i].index);
        for (size_t k = 0; k < count; k++)
            put_distance(out, machine->distances[i * count + k], most);
        fputs("</tr>\n", out);
    }
    fputs("</table></div>\n", out);
}

void cck_html_topology(FILE *out, const cck_machine *machine)
{
    fputs("<h2>Topology</h2>\n<figure class=\"scroll\">", out);
    cck_svg_drawing(out, machine);
    fputs("<figcaption>L#: hwloc's number; P#: the system's. Sand: memory, blue: caches, green: "
          "CPUs, dashed red: not allowed for this process.",
          out);
    if (machine->offline_pus)
        fprintf(out, " Offline: CPUs %s.", machine->offline);
    fputs("</figcaption></figure>\n", out);
    put_limits(out, machine);
    put_caches(out, cck_machine_get_info(machine));
    put_nodes(out, machine);
    put_distances(out, machine);
}

void cck_html_machine(const void *subject, FILE *out, const cck_report_options *options)
{
    (void)options;
    cck_machine_page_begin(out, subject, "Machine");
    cck_html_topology(out, subject);
    cck_machine_page_end(out);
}
