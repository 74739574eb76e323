/* SPDX-License-Identifier: MIT */
/* The machine for people. */
#include "core/report/machine_text.h"

#include <string.h>

#include "core/base/number.h"
#include "core/base/table.h"
#include "core/base/text.h"
#include "core/report/limit_rows.h"

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

static void put_notes(FILE *out, const cck_machine_info *machine, const cck_report_options *options)
{
    char text[1024];
    for (size_t i = 0; i < machine->note_count; i++) {
        snprintf(text, sizeof text, "note: %s", machine->notes[i]);
        put_line(out, text, options);
    }
}

void cck_text_machine(FILE *out, const cck_machine_info *machine, const cck_report_options *options)
{
    put_name(out, machine, options);
    put_extent(out, machine, options);
    put_system(out, machine, options);
    put_notes(out, machine, options);
}

void cck_text_limits(FILE *out, const cck_machine *machine, const cck_report_options *options)
{
    const cck_table_style style = {.width = options->width, .utf8 = options->utf8};
    cck_limit_row rows[CCK_LIMIT_ROWS];
    cck_arena arena = {0};
    cck_table table = {0};
    size_t count = cck_limit_rows(&arena, machine, rows);
    cck_table_column(&table, (cck_column){.title = "", .left = true});
    cck_table_column(&table, (cck_column){.title = "machine", .left = true, .shrink = 12});
    cck_table_column(&table, (cck_column){.title = "this process", .left = true, .shrink = 12});
    cck_table_column(&table, (cck_column){.title = "by", .left = true});
    for (size_t i = 0; i < count; i++) {
        cck_table_cell(&table, cck_cell_text(rows[i].what));
        cck_table_cell(&table, cck_cell_text(rows[i].all));
        cck_table_cell(&table, cck_cell_text(rows[i].ours));
        cck_table_cell(&table, cck_cell_text(rows[i].by));
    }
    if (count) {
        fputc('\n', out);
        cck_table_print(&table, &style, out);
    }
    cck_table_clear(&table);
    cck_arena_clear(&arena);
}
