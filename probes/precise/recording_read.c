/* SPDX-License-Identifier: MIT */
/* Reading recorded runs. Nothing in the file is trusted. */
#include "probes/precise/recording.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/fail.h"
#include "core/perf/recording.h"
#include "core/perf/ring.h"
#include "probes/precise/recording_words.h"

enum { MOST_RINGS = 1024, AREA_MOST = 1 << 24, AREAS_MOST = 1 << 28 };

/* What the kernel maps for a CPU: the page of the ring, and the AUX area behind it. */
typedef struct replayed {
    struct perf_event_mmap_page *page;
    uint8_t *data;
    cck_aux_area area;
} replayed;

typedef struct reader {
    cck_recording recording;
    const cck_precise_listener *listener;
    cck_error *err;
    cck_precise_head head;
    struct cck_precise_ring rings[MOST_RINGS];
    replayed areas[MOST_RINGS];
    uint64_t areas_size;
    uint64_t elapsed_ns;
    uint8_t bytes[CCK_RECORD_MAX] __attribute__((aligned(8)));
} reader;

static int damaged(reader *r, const char *what)
{
    return cck_recording_damaged(&r->recording, what);
}

/* ---- the head ---- */

static int word_of(const char *const *words, size_t count, const char *word)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(words[i], word) == 0)
            return (int)i;
    return -1;
}

static int read_pmu(void *context, const char *rest)
{
    reader *r = context;
    int kind = word_of(cck_precise_pmu_words, 3, rest);
    if (kind < 0)
        return damaged(r, "not a kind of PMU");
    r->head.format.kind = (cck_precise_kind)kind;
    return 0;
}

static int read_sample(void *context, const char *rest)
{
    reader *r = context;
    cck_precise_format *format = &r->head.format;
    if (sscanf(rest, "%" SCNu64 " %" SCNu64, &format->sample_type, &format->registers) != 2 ||
        !cck_perf_sample_known(format->sample_type))
        return damaged(r, "not a sample type that is known");
    return 0;
}

static int read_zen(void *context, const char *rest)
{
    reader *r = context;
    int kind = word_of(cck_precise_zen_words, 3, rest);
    if (kind < 0)
        return damaged(r, "not an encoding of IBS");
    r->head.format.ibs = (cck_ibs_kind)kind;
    return 0;
}

static int read_hertz(void *context, const char *rest)
{
    reader *r = context;
    uint64_t hertz;
    if (sscanf(rest, "%" SCNu64, &hertz) != 1)
        return damaged(r, "not a frequency");
    r->head.format.hertz = (double)hertz;
    return 0;
}

static int read_line_size(void *context, const char *rest)
{
    reader *r = context;
    uint32_t *size = &r->head.line_size;
    if (sscanf(rest, "%" SCNu32, size) != 1 || *size < 16 || *size > 256 || *size & (*size - 1))
        return damaged(r, "not the size of a cache line");
    return 0;
}

static int read_period(void *context, const char *rest)
{
    reader *r = context;
    return sscanf(rest, "%" SCNu64, &r->head.format.period) == 1 ? 0 : damaged(r, "not a period");
}

static int read_clock(void *context, const char *rest)
{
    reader *r = context;
    cck_spe_clock *clock = &r->head.format.clock;
    return sscanf(rest, "%" SCNu64 " %" SCNu32 " %" SCNu16, &clock->zero, &clock->mult,
                  &clock->shift) == 3
               ? 0
               : damaged(r, "not a clock");
}

static int read_area(void *context, const char *rest)
{
    reader *r = context;
    uint64_t *area = &r->head.area;
    if (sscanf(rest, "%" SCNu64, area) != 1 || *area > AREA_MOST || *area & (*area - 1))
        return damaged(r, "not the size of an AUX area");
    return 0;
}

static int read_cpu(void *context, const char *rest)
{
    reader *r = context;
    struct cck_precise_ring *ring = &r->rings[r->head.ring_count];
    if (r->head.ring_count == MOST_RINGS ||
        sscanf(rest, "%" SCNu32 " %" SCNx64, &ring->cpu, &ring->midr) != 2)
        return damaged(r, "not a CPU");
    r->head.ring_count++;
    return 0;
}

/* ---- what rings held ---- */

static int begin(void *context)
{
    reader *r = context;
    if (!r->head.ring_count || !r->head.line_size)
        return damaged(r, "the head is not complete");
    r->head.rings = r->rings;
    return r->listener->begin(r->listener->context, &r->head, r->err);
}

static int make_area(reader *r, replayed *area)
{
    if (area->page)
        return 0;
    if (!r->head.area || r->areas_size + r->head.area > AREAS_MOST)
        return damaged(r, "more AUX areas than that can be");
    area->page = calloc(1, sizeof *area->page);
    area->data = calloc(1, r->head.area);
    if (!area->page || !area->data)
        return cck_fail(r->err, CCK_ENOMEM, "out of memory");
    r->areas_size += r->head.area;
    cck_aux_area_init(&area->area, area->page, area->data, r->head.area);
    return 0;
}

static int read_aux(void *context, const char *rest)
{
    reader *r = context;
    size_t ring, size;
    uint64_t offset;
    if (sscanf(rest, "%zu %" SCNu64 " %zu", &ring, &offset, &size) != 3 ||
        ring >= r->head.ring_count || size > sizeof r->bytes || size > r->head.area)
        return damaged(r, "not a part of an AUX area");
    replayed *area = &r->areas[ring];
    int code = make_area(r, area);
    if (code == 0)
        code = cck_recording_get(&r->recording, r->bytes, size);
    if (code < 0)
        return code;
    for (size_t i = 0; i < size; i++)
        area->data[(offset + i) & (r->head.area - 1)] = r->bytes[i];
    area->page->aux_head = offset + size;
    return 0;
}

static int read_record(void *context, const char *rest)
{
    reader *r = context;
    size_t ring, size;
    if (sscanf(rest, "%zu %zu", &ring, &size) != 2 || ring >= r->head.ring_count ||
        size < sizeof(struct perf_event_header) || size >= sizeof r->bytes)
        return damaged(r, "not a record");
    int code = cck_recording_get(&r->recording, r->bytes, size);
    if (code < 0)
        return code;
    struct perf_event_header *header = (struct perf_event_header *)r->bytes;
    if (header->size != size)
        return damaged(r, "a record that says another size");
    const cck_precise_origin origin = {
        .cpu = r->rings[ring].cpu,
        .encoding = cck_source_spe_encoding(r->rings[ring].midr),
        .aux = r->areas[ring].page ? &r->areas[ring].area : NULL,
    };
    r->listener->record(r->listener->context, &origin, header);
    return 0;
}

static int read_elapsed(void *context, const char *rest)
{
    reader *r = context;
    return sscanf(rest, "%" SCNu64, &r->elapsed_ns) == 1 ? 0 : damaged(r, "not a time");
}

static const cck_recording_word words[] = {
    {"pmu", true, read_pmu},        {"sample", true, read_sample},
    {"zen", true, read_zen},        {"hertz", true, read_hertz},
    {"line", true, read_line_size}, {"period", true, read_period},
    {"clock", true, read_clock},    {"area", true, read_area},
    {"cpu", true, read_cpu},        {"record", false, read_record},
    {"aux", false, read_aux},       {"elapsed", false, read_elapsed},
};

static const cck_recording_format format_of_runs = {
    .name = "precise",
    .what = "a recorded run",
    .words = words,
    .word_count = sizeof words / sizeof *words,
    .begin = begin,
};

int cck_precise_recording_read(FILE *file, const char *name, const cck_precise_listener *listener,
                               uint64_t *out_elapsed_ns, cck_error *err)
{
    reader *r = calloc(1, sizeof *r);
    if (!r)
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    r->recording.file = file;
    r->recording.name = name;
    r->recording.format = &format_of_runs;
    r->recording.context = r;
    r->recording.err = err;
    r->listener = listener;
    r->err = err;
    int code = cck_recording_read(&r->recording);
    for (size_t i = 0; i < MOST_RINGS; i++) {
        free(r->areas[i].page);
        free(r->areas[i].data);
    }
    if (code == 0)
        *out_elapsed_ns = r->elapsed_ns;
    free(r);
    return code;
}
