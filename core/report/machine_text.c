/* SPDX-License-Identifier: MIT */
/* The machine for people. */
#include "core/report/machine_text.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/number.h"
#include "core/base/table.h"
#include "core/base/text.h"
#include "core/machine/machine.h"
#include "core/report/boxes.h"

/* "2 cores"; a number that is not known is left out rather than called 0. */
static void put_count(char *text, size_t size, unsigned count, const char *noun)
{
    size_t used = strlen(text);
    if (count)
        snprintf(text + used, size - used, "%s%u %s%s", used ? ", " : "", count, noun,
                 count == 1 ? "" : "s");
}

static void put_line(FILE *out, const char *text, const cck_report_options *options)
{
    cck_text_wrap(out, text, 0, 2, options->width, options->utf8);
}

static void put_name(FILE *out, const cck_machine_info *machine, const cck_report_options *options)
{
    char text[1024];
    bool more = *machine->cpu_vendor || *machine->arch;
    snprintf(text, sizeof text, "%s%s%s%s%s%s",
             *machine->cpu_model ? machine->cpu_model : "unknown CPU", more ? " (" : "",
             machine->cpu_vendor, *machine->cpu_vendor && *machine->arch ? ", " : "", machine->arch,
             more ? ")" : "");
    put_line(out, text, options);
}

static void put_extent(FILE *out, const cck_machine_info *machine,
                       const cck_report_options *options)
{
    char text[512] = "", bytes[CCK_NUMBER_SIZE];
    put_count(text, sizeof text, machine->packages, "package");
    put_count(text, sizeof text, machine->cores, "core");
    put_count(text, sizeof text, machine->pus, "CPU");
    put_count(text, sizeof text, machine->nodes, "NUMA node");
    size_t used = strlen(text);
    if (machine->memory) {
        cck_number_bytes(bytes, (double)machine->memory);
        snprintf(text + used, sizeof text - used, ", %s of memory", bytes);
    }
    used = strlen(text);
    if (machine->allowed_pus < machine->pus)
        snprintf(text + used, sizeof text - used, "; this process may use %u CPU%s",
                 machine->allowed_pus, machine->allowed_pus == 1 ? "" : "s");
    put_line(out, text, options);
}

static void put_system(FILE *out, const cck_machine_info *machine,
                       const cck_report_options *options)
{
    char text[1024];
    if (machine->is_thissystem)
        snprintf(text, sizeof text, "Linux %s%s%s%s%s", machine->kernel,
                 *machine->hypervisor ? ", guest of " : "", machine->hypervisor,
                 *machine->container ? ", in a container: " : "", machine->container);
    else
        snprintf(text, sizeof text, "a model (%s%s%s%s%s), not this system", machine->origin,
                 *machine->kernel ? " on Linux " : "", machine->kernel,
                 *machine->hypervisor ? ", guest of " : "", machine->hypervisor);
    put_line(out, text, options);
}

void cck_text_machine(FILE *out, const cck_machine_info *machine, const cck_report_options *options)
{
    put_name(out, machine, options);
    put_extent(out, machine, options);
    put_system(out, machine, options);
}

/* The numbers of all online CPUs, or all nodes, as taskset takes them. */
static const char *numbers_of(cck_arena *arena, const cck_machine *machine, cck_part_kind kind)
{
    size_t count, used = 0;
    const cck_part *parts = cck_machine_get_parts(machine, &count);
    int64_t *numbers = calloc(count + 1, sizeof *numbers);
    for (size_t i = 0; numbers && i < count; i++)
        if (parts[i].kind == kind)
            numbers[used++] = parts[i].os;
    const char *list = numbers ? cck_number_list(arena, numbers, used) : NULL;
    free(numbers);
    return list ? list : "";
}

static void put_limit(cck_table *table, const char *what, const char *all, const char *ours,
                      const char *from)
{
    cck_table_cell(table, cck_cell_text(what));
    cck_table_cell(table, cck_cell_text(*all ? all : "-"));
    cck_table_cell(table, cck_cell_text(*ours ? ours : "-"));
    cck_table_cell(table, cck_cell_text(from));
}

/* cgroup's own sets may name CPUs that are not there; what counts is whether some are missing. */
void cck_text_limits(FILE *out, const cck_machine *machine, const cck_report_options *options)
{
    const cck_limits *limits = cck_machine_get_limits(machine);
    const cck_machine_info *info = cck_machine_get_info(machine);
    const cck_table_style style = {.width = options->width, .utf8 = options->utf8};
    bool fewer_nodes = false;
    char cpus[CCK_NUMBER_SIZE], time[CCK_NUMBER_SIZE] = "all", all[CCK_NUMBER_SIZE];
    char memory[CCK_NUMBER_SIZE] = "all";
    cck_arena arena = {0};
    cck_table table = {0};
    for (size_t i = 0; i < machine->node_count; i++)
        fewer_nodes |= !machine->nodes[i].allowed && machine->nodes[i].memory;
    bool fewer_cpus = info->allowed_pus < info->pus;
    bool less_time = limits->cpu_time > 0 && limits->cpu_time < info->pus;
    bool less_memory = limits->memory && (!info->memory || limits->memory < info->memory);
    if (!limits->known || (!fewer_cpus && !fewer_nodes && !less_memory && !less_time))
        return;
    snprintf(cpus, sizeof cpus, "%u", info->pus);
    if (less_time)
        cck_number_short(time, limits->cpu_time);
    cck_number_bytes(all, (double)info->memory);
    if (less_memory)
        cck_number_bytes(memory, (double)limits->memory);
    cck_table_column(&table, (cck_column){.title = "", .left = true});
    cck_table_column(&table, (cck_column){.title = "machine", .left = true, .shrink = 12});
    cck_table_column(&table, (cck_column){.title = "this process", .left = true, .shrink = 12});
    cck_table_column(&table, (cck_column){.title = "by", .left = true});
    put_limit(&table, "CPUs", numbers_of(&arena, machine, CCK_PART_CPU), limits->cpus,
              fewer_cpus ? "cpuset or affinity" : "");
    put_limit(&table, "CPU time", cpus, time, less_time ? limits->cpu_time_from : "");
    put_limit(&table, "nodes", numbers_of(&arena, machine, CCK_PART_NODE), limits->nodes,
              fewer_nodes ? "cpuset" : "");
    put_limit(&table, "memory", all, memory, less_memory ? limits->memory_from : "");
    fputc('\n', out);
    cck_table_print(&table, &style, out);
    cck_table_clear(&table);
    cck_arena_clear(&arena);
}
