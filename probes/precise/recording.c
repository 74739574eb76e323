/* SPDX-License-Identifier: MIT */
/* Writing recorded runs. Reading them is in recording_read.c. */
#include "probes/precise/recording.h"

#include <inttypes.h>

#include "core/perf/recording.h"
#include "probes/precise/recording_words.h"

static void write_head(FILE *file, const cck_precise_head *head)
{
    const cck_precise_format *format = &head->format;
    fprintf(file, "pmu %s\n", cck_precise_pmu_words[format->kind]);
    fprintf(file, "sample %" PRIu64 " %" PRIu64 "\nzen %s\nhertz %.0f\nline %" PRIu32 "\n",
            format->sample_type, format->registers, cck_precise_zen_words[format->ibs],
            format->hertz, head->line_size);
    fprintf(file, "period %" PRIu64 "\nclock %" PRIu64 " %" PRIu32 " %u\narea %" PRIu64 "\n",
            format->period, format->clock.zero, format->clock.mult, format->clock.shift,
            head->area);
    for (size_t i = 0; i < head->ring_count; i++)
        fprintf(file, "cpu %" PRIu32 " 0x%" PRIx64 "\n", head->rings[i].cpu, head->rings[i].midr);
}

int cck_precise_writer_new(cck_precise_writer **out_writer, const char *path,
                           const cck_precise_head *head, cck_error *err)
{
    FILE *file = cck_recording_create(path, "precise", err);
    if (!file)
        return CCK_EIO;
    write_head(file, head);
    *out_writer = file;
    return 0;
}

void cck_precise_writer_aux(cck_precise_writer *writer, size_t ring, uint64_t offset,
                            const void *bytes, size_t size)
{
    enum { MOST = 32768 };
    for (size_t at = 0, part; at < size; at += part) {
        part = size - at < MOST ? size - at : MOST;
        fprintf(writer, "aux %zu %" PRIu64 " %zu\n", ring, offset + at, part);
        cck_recording_put(writer, (const char *)bytes + at, part);
    }
}

void cck_precise_writer_record(cck_precise_writer *writer, size_t ring,
                               const struct perf_event_header *header)
{
    fprintf(writer, "record %zu %u\n", ring, header->size);
    cck_recording_put(writer, header, header->size);
}

int cck_precise_writer_end(cck_precise_writer *writer, uint64_t elapsed_ns, cck_error *err)
{
    fprintf(writer, "elapsed %" PRIu64 "\n", elapsed_ns);
    return cck_recording_finish(writer, "the run", err);
}
