/* SPDX-License-Identifier: MIT */
#include "probes/counters/stream.h"

#include <string.h>

#include "core/perf/recording.h"

/* Writing. Reading is in stream_read.c. */

static const char *const source_names[] = {"none", "count", "time", "switches", "migrations"};

int cck_stream_source(const char *name)
{
    for (size_t i = 0; i < sizeof source_names / sizeof *source_names; i++)
        if (strcmp(source_names[i], name) == 0)
            return (int)i;
    return -1;
}

static void write_layout(FILE *file, const cck_record_layout *layout)
{
    fprintf(file, " %llu %llu %d\n", (unsigned long long)layout->sample_type,
            (unsigned long long)layout->read_format, layout->sample_id_all);
}

static void write_head(FILE *file, const cck_stream_head *head)
{
    fputs("cpus", file);
    for (size_t i = 0; i < head->cpu_count; i++)
        fprintf(file, " %u", head->cpus[i]);
    fprintf(file, "\nroot %d %d %s\n", head->pid, head->tid, *head->name ? head->name : "-");
    fprintf(file, "world %s\n%sclock %d %s\ntasks", head->closed_world ? "closed" : "open",
            !head->flat      ? ""
            : head->switches ? "copies one switches\n"
                             : "copies one\n",
            head->clock, head->clock_exact ? "exact" : "scaled");
    write_layout(file, &head->tasks);
    for (size_t i = 0; i < head->slot_count; i++) {
        fputs("slot", file);
        write_layout(file, &head->slots[i]);
    }
    for (size_t i = 0; i < head->column_count; i++)
        fprintf(file, "column %s %u %s %s\n", source_names[head->columns[i].source],
                head->columns[i].slot, head->columns[i].exact ? "exact" : "scaled",
                head->column_names[i]);
}

int cck_stream_create(cck_stream_writer **out_writer, const char *path, const cck_stream_head *head,
                      cck_error *err)
{
    FILE *file = cck_recording_create(path, "stream", err);
    if (!file)
        return CCK_EIO;
    write_head(file, head);
    *out_writer = file;
    return 0;
}

void cck_stream_write_record(cck_stream_writer *writer, int slot, size_t cpu,
                             const struct perf_event_header *header)
{
    if (!header)
        return;
    fprintf(writer, "record %d %zu %u\n", slot, cpu, header->size);
    cck_recording_put(writer, header, header->size);
}

int cck_stream_finish(cck_stream_writer *writer, const cck_ledger *ledger, cck_error *err)
{
    for (size_t slot = 0; slot < ledger->slot_count; slot++) {
        for (size_t i = 0; i < ledger->copy_count; i++) {
            const cck_ledger_copy *copy = cck_ledger_copy_of(ledger, slot, i);
            if (copy->open)
                fprintf(writer, "total %zu %zu %llu %llu %llu\n", slot, i,
                        (unsigned long long)copy->total.raw,
                        (unsigned long long)copy->total.enabled,
                        (unsigned long long)copy->total.running);
        }
    }
    return cck_recording_finish(writer, "the stream", err);
}

void cck_stream_abandon(cck_stream_writer *writer)
{
    if (writer)
        fclose(writer);
}
