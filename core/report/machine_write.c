/* SPDX-License-Identifier: MIT */
/* `cachecheck machine`: the machine's report as text and JSON. */
#include <limits.h>
#include <string.h>

#include "core/base/table.h"
#include "core/machine/json.h"
#include "core/machine/machine.h"
#include "core/report/document.h"
#include "core/report/machine_text.h"

/* Unknown is "-", never 0. */
static cck_cell known(cck_cell_kind kind, uint64_t value)
{
    if (!value)
        return cck_cell_missing(NULL);
    return kind == CCK_CELL_BYTES ? cck_cell_number(kind, (double)value) : cck_cell_count(value);
}

static void print_table(cck_table *table, FILE *out, const cck_report_options *options)
{
    const cck_table_style style = {.width = options->width, .utf8 = options->utf8};
    cck_table_print(table, &style, out);
    cck_table_clear(table);
}

static void put_caches(FILE *out, const cck_machine_info *machine,
                       const cck_report_options *options)
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
    print_table(&table, out, options);
}

static const char *remark(const cck_node *node)
{
    if (node->allowed)
        return node->kind;
    /* Linux lists a node without memory among those that nobody may use. */
    return node->memory ? "not for this process (cpuset)" : "no memory";
}

static void put_nodes(FILE *out, const cck_machine *machine, const cck_report_options *options)
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
    for (shown = 0; shown < count && shown < options->rows; shown++) {
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
        print_table(&table, out, options);
    if (shown < count)
        fprintf(out, "and %zu more\n", count - shown);
}

static void write_text(const void *subject, FILE *out, const cck_report_options *options)
{
    const cck_machine *machine = subject;
    const cck_machine_info *info = cck_machine_get_info(machine);
    unsigned offline = machine->offline_pus;
    cck_text_machine(out, info, options);
    if (offline)
        fprintf(out, "%u more CPU%s offline\n", offline, offline == 1 ? " is" : "s are");
    fputc('\n', out);
    put_caches(out, info, options);
    put_nodes(out, machine, options);
    fputs("\nnext: cachecheck machine --check\n", out);
}

static void write_node(cck_json *json, const cck_node *node)
{
    cck_json_inline(json);
    cck_json_object(json);
    cck_json_put_uint(json, "index", node->index);
    cck_json_put_uint(json, "memory", node->memory);
    cck_json_put_uint(json, "pus", node->pus);
    cck_json_put_string(json, "cpus", node->cpus);
    cck_json_put_string(json, "kind", node->kind);
    cck_json_put_bool(json, "allowed", node->allowed);
    cck_json_object_end(json);
}

static void write_json(const void *subject, FILE *out, const cck_report_options *options)
{
    const cck_machine *machine = subject;
    cck_json json;
    size_t count;
    const cck_node *nodes = cck_machine_get_nodes(machine, &count);
    cck_json_begin(&json, out, !options->compact);
    cck_json_object(&json);
    cck_json_document(&json, "machine");
    cck_json_machine(&json, cck_machine_get_info(machine));
    cck_json_key(&json, "numa_nodes");
    cck_json_array(&json);
    for (size_t i = 0; i < count; i++)
        write_node(&json, &nodes[i]);
    cck_json_array_end(&json);
    cck_json_object_end(&json);
    cck_json_end(&json);
}

static cck_document document_of(const cck_machine *machine)
{
    return (cck_document){.name = "the machine", .subject = machine, .text = write_text, .json = write_json};
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
