/* SPDX-License-Identifier: MIT */
/* Writing recorded runs. Reading them is in recording_read.c. */
#include "probes/precise/recording.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/base/fail.h"
#include "probes/precise/recording_words.h"

struct cck_precise_writer {
    FILE *file;
};

static void write_head(FILE *file, const cck_precise_head *head)
{
    const cck_precise_format *format = &head->format;
    fprintf(file, "cachecheck-precise 1 " CCK_PRECISE_ORDER "\npmu %s\n",
            cck_precise_pmu_words[format->kind]);
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
    cck_precise_writer *writer = calloc(1, sizeof *writer);
    if (!writer)
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    /* Whoever may plant a link must not choose what we overwrite. */
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0666);
    writer->file = fd >= 0 ? fdopen(fd, "w") : NULL;
    if (!writer->file) {
        int os_error = errno;
        if (fd >= 0)
            close(fd);
        free(writer);
        return cck_fail_os(err, CCK_EIO, os_error, "cannot record to %s", path);
    }
    write_head(writer->file, head);
    *out_writer = writer;
    return 0;
}

void cck_precise_writer_aux(cck_precise_writer *writer, size_t ring, uint64_t offset,
                            const void *bytes, size_t size)
{
    enum { MOST = 32768 };
    for (size_t at = 0, part; at < size; at += part) {
        part = size - at < MOST ? size - at : MOST;
        fprintf(writer->file, "aux %zu %" PRIu64 " %zu\n", ring, offset + at, part);
        fwrite((const char *)bytes + at, 1, part, writer->file);
        fputc('\n', writer->file);
    }
}

void cck_precise_writer_record(cck_precise_writer *writer, size_t ring,
                               const struct perf_event_header *header)
{
    fprintf(writer->file, "record %zu %u\n", ring, header->size);
    fwrite(header, 1, header->size, writer->file);
    fputc('\n', writer->file);
}

int cck_precise_writer_end(cck_precise_writer *writer, uint64_t elapsed_ns, cck_error *err)
{
    fprintf(writer->file, "elapsed %" PRIu64 "\nend\n", elapsed_ns);
    int failed = ferror(writer->file);
    failed |= fclose(writer->file);
    free(writer);
    return failed ? cck_fail_os(err, CCK_EIO, errno, "cannot record the run") : 0;
}
