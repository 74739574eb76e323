/* SPDX-License-Identifier: MIT */
/* `cachecheck machine`: the machine's report as text, Markdown, JSON and CSV. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/table.h"
#include "core/machine/json.h"
#include "core/machine/machine.h"
#include "core/machine/topology.h"
#include "core/report/document.h"
#include "core/report/machine_text.h"
#include "core/report/markdown_text.h"
#include "core/report/picture.h"
#include "core/result/words.h"

/* Unknown is "-", never 0. */
static cck_cell known(cck_cell_kind kind, uint64_t value)
{
    if (!value)
        return cck_cell_missing(NULL);
    return kind == CCK_CELL_BYTES ? cck_cell_number(kind, (double)value) : cck_cell_count(value);
}

static void print_table(cck_table *table, FILE *out, const cck_table_style *style)
{
    cck_table_print(table, style, out);
    cck_table_clear(table);
}

static void put_caches(FILE *out, const cck_machine_info *machine, const cck_table_style *style)
{
    static const char *const kinds[] = {"", " data", " instruction"};
    static const char *const titles[] = {"size", "ways", "line", "CPUs each", "count"};
    cck_table table = {0};
    char names[CCK_MACHINE_CACHE_KINDS][32];
    if (!machine->cache_count) {
        fputs("caches: the system shows none\n", out);
        return;
    }
    cck_table_column(&table, (cck_column){.title = "cache", .left = true});
    for (size_t i = 0; i < sizeof titles / sizeof *titles; i++)
        cck_table_column(&table, (cck_column){.title = titles[i]});
    for (size_t i = 0; i < machine->cache_count; i++) {
        const cck_cache *cache = &machine->caches[i];
        snprintf(names[i], sizeof names[i], "L%u%s", cache->level, kinds[cache->kind]);
        cck_table_cell(&table, cck_cell_text(names[i]));
        cck_table_cell(&table, known(CCK_CELL_BYTES, cache->size));
        cck_table_cell(&table, cache->ways == UINT_MAX ? cck_cell_text("full")
                                                       : known(CCK_CELL_COUNT, cache->ways));
        cck_table_cell(&table, known(CCK_CELL_BYTES, cache->line));
        cck_table_cell(&table, known(CCK_CELL_COUNT, cache->pus));
        cck_table_cell(&table, cck_cell_count(cache->count));
    }
    print_table(&table, out, style);
}

static const char *remark(const cck_node *node)
{
    if (node->allowed)
        return node->kind;
    /* Linux lists a node without memory among those that nobody may use. */
    return node->memory ? "not for this process (cpuset)" : "no memory";
}

static void put_nodes(FILE *out, const cck_machine *machine, const cck_table_style *style,
                      unsigned rows)
{
    cck_table table = {0};
    size_t count, shown;
    const cck_node *nodes = cck_machine_get_nodes(machine, &count);
    bool remarks = false;
    for (size_t i = 0; i < count; i++)
        remarks |= *remark(&nodes[i]) != '\0';
    cck_table_column(&table, (cck_column){.title = "node"});
    cck_table_column(&table, (cck_column){.title = "memory"});
    cck_table_column(&table, (cck_column){.title = "CPUs", .left = true, .shrink = 12});
    if (remarks)
        cck_table_column(&table, (cck_column){.title = "kind", .left = true});
    for (shown = 0; shown < count && shown < rows; shown++) {
        const cck_node *node = &nodes[shown];
        cck_table_cell(&table, cck_cell_count(node->index));
        cck_table_cell(&table, known(CCK_CELL_BYTES, node->memory));
        cck_table_cell(&table, cck_cell_text(*node->cpus ? node->cpus : "none"));
        if (remarks)
            cck_table_cell(&table, cck_cell_text(remark(node)));
    }
    if (count)
        fputc('\n', out);
    if (count)
        print_table(&table, out, style);
    if (shown < count)
        fprintf(out, "and %zu more\n", count - shown);
}

/* As `numactl -H` prints them: from the row's node to the column's. */
static void put_distances(FILE *out, const cck_machine *machine, const cck_table_style *style)
{
    cck_table table = {0};
    size_t count;
    const cck_node *nodes = cck_machine_get_nodes(machine, &count);
    char (*names)[16] = calloc(count + 1, sizeof *names);
    if (!names || count < 2 || count >= CCK_TABLE_COLUMNS || !machine->distances) {
        free(names);
        return;
    }
    fputs("\ndistances, as firmware tells them: from the row's node to the column's\n", out);
    if (style->markdown)
        putc('\n', out);
    cck_table_column(&table, (cck_column){.title = "node"});
    for (size_t i = 0; i < count; i++) {
        snprintf(names[i], sizeof *names, "%u", nodes[i].index);
        cck_table_column(&table, (cck_column){.title = names[i]});
    }
    for (size_t i = 0; i < count; i++) {
        cck_table_cell(&table, cck_cell_count(nodes[i].index));
        for (size_t k = 0; k < count; k++)
            cck_table_cell(&table, known(CCK_CELL_COUNT, cck_machine_distance(
                                                             machine, nodes[i].index, nodes[k].index)));
    }
    print_table(&table, out, style);
    free(names);
}

/* Which machine, and its picture. */
static void put_head(FILE *out, const cck_machine *machine, const cck_report_options *options)
{
    const cck_machine_info *info = cck_machine_get_info(machine);
    unsigned offline = machine->offline_pus;
    cck_text_machine(out, info, options);
    if (offline)
        fprintf(out, "%u more CPU%s offline: %s\n", offline, offline == 1 ? " is" : "s are",
                machine->offline);
    cck_text_limits(out, machine, options);
    fputc('\n', out);
    cck_text_drawing(out, machine->parts, machine->part_count, options);
    fprintf(out, "L#: hwloc's number; P#: the system's%s\n",
            info->allowed_pus < info->pus ? "; x: not for this process" : "");
}

static void put_tables(FILE *out, const cck_machine *machine, const cck_table_style *style,
                       unsigned rows)
{
    putc('\n', out);
    put_caches(out, cck_machine_get_info(machine), style);
    put_nodes(out, machine, style, rows);
    put_distances(out, machine, style);
}

static void write_text(const void *subject, FILE *out, const cck_report_options *options)
{
    const cck_table_style style = {.width = options->width, .utf8 = options->utf8};
    put_head(out, subject, options);
    put_tables(out, subject, &style, options->rows);
    fputs("\nnext: cachecheck machine --check\n", out);
}

static void fill_head(FILE *out, const void *subject, const cck_report_options *options)
{
    put_head(out, subject, options);
}

static void write_markdown(const void *subject, FILE *out, const cck_report_options *options)
{
    const cck_table_style style = {.markdown = cck_markdown_text};
    fputs("### cachecheck machine\n\n", out);
    cck_markdown_page(out, fill_head, subject, options);
    put_tables(out, subject, &style, options->rows);
}

static void write_node(cck_json *json, const cck_node *node)
{
    cck_json_inline(json);
    cck_json_object(json);
    cck_json_put_uint(json, "index", node->index);
    if (node->memory || !node->allowed) /* 0 is known of a node that nobody may use, see remark() */
        cck_json_put_uint(json, "memory", node->memory);
    cck_json_put_uint(json, "pus", node->pus);
    cck_json_put_string(json, "cpus", node->cpus);
    cck_json_put_string(json, "kind", node->kind);
    cck_json_put_bool(json, "allowed", node->allowed);
    cck_json_object_end(json);
}

static void write_distances(cck_json *json, const cck_machine *machine)
{
    if (!machine->distances)
        return;
    cck_json_key(json, "distances");
    cck_json_array(json);
    for (size_t i = 0; i < machine->node_count; i++) {
        cck_json_inline(json);
        cck_json_array(json);
        for (size_t k = 0; k < machine->node_count; k++)
            cck_json_uint(json, machine->distances[i * machine->node_count + k]);
        cck_json_array_end(json);
    }
    cck_json_array_end(json);
}

/* What is not known is left out. */
static void write_limits(cck_json *json, const cck_limits *limits)
{
    if (!limits->known)
        return;
    cck_json_key(json, "limits");
    cck_json_object(json);
    cck_json_put_string(json, "cpus", limits->cpus);
    cck_json_put_string(json, "nodes", limits->nodes);
    if (limits->cpu_time > 0) {
        cck_json_put_number(json, "cpu_time", limits->cpu_time);
        cck_json_put_string(json, "cpu_time_from", limits->cpu_time_from);
    }
    if (limits->memory) {
        cck_json_put_uint(json, "memory", limits->memory);
        cck_json_put_string(json, "memory_from", limits->memory_from);
    }
    cck_json_object_end(json);
}

static void write_json(const void *subject, FILE *out, const cck_report_options *options)
{
    const cck_machine *machine = subject;
    cck_json json;
    size_t count, part_count;
    const cck_node *nodes = cck_machine_get_nodes(machine, &count);
    const cck_part *parts = cck_machine_get_parts(machine, &part_count);
    cck_json_begin(&json, out, !options->compact);
    cck_json_object(&json);
    cck_json_document(&json, "machine");
    cck_json_machine(&json, cck_machine_get_info(machine));
    cck_json_put_string(&json, "offline_cpus", machine->offline);
    write_limits(&json, cck_machine_get_limits(machine));
    cck_json_key(&json, "numa_nodes");
    cck_json_array(&json);
    for (size_t i = 0; i < count; i++)
        write_node(&json, &nodes[i]);
    cck_json_array_end(&json);
    write_distances(&json, machine);
    cck_topology_write(&json, parts, part_count);
    cck_json_object_end(&json);
    cck_json_end(&json);
}

/* A part a row, outside in. */
static void write_csv(const void *subject, FILE *out, const cck_report_options *options)
{
    size_t count;
    const cck_part *parts = cck_machine_get_parts(subject, &count);
    (void)options;
    fputs("part,kind,name,detail,logical,os,size,cpus,allowed,parent\r\n", out);
    for (size_t i = 0; i < count; i++) {
        const cck_part *part = &parts[i];
        const cck_cell cells[] = {
            cck_cell_count(i),
            cck_cell_text(cck_word_of(cck_part_words, (int)part->kind)),
            cck_cell_text(part->name),
            cck_cell_text(part->detail),
            cck_cell_count(part->logical),
            part->os < 0 ? cck_cell_missing(NULL) : cck_cell_count((uint64_t)part->os),
            part->size ? cck_cell_count(part->size) : cck_cell_missing(NULL),
            cck_cell_count(part->cpus),
            cck_cell_text(part->allowed ? "yes" : "no"),
            cck_cell_count(part->parent),
        };
        for (size_t k = 0; k < sizeof cells / sizeof *cells; k++)
            cck_csv_cell(out, &cells[k], k == 0);
        cck_csv_end(out);
    }
}

static cck_document document_of(const cck_machine *machine)
{
    return (cck_document){
        .name = "the machine",
        .subject = machine,
        .text = write_text,
        .json = write_json,
        .csv = write_csv,
        .markdown = write_markdown,
        .svg = cck_svg_machine,
        .html = cck_html_machine,
    };
}

int cck_machine_write(const cck_machine *machine, cck_format format, FILE *out,
                      const cck_report_options *options, cck_error *err)
{
    const cck_document document = document_of(machine);
    return cck_document_write(&document, format, out, options, err);
}

int cck_machine_save(const cck_machine *machine, cck_format format, const char *path,
                     const cck_report_options *options, cck_error *err)
{
    const cck_document document = document_of(machine);
    return cck_document_save(&document, format, path, options, err);
}
