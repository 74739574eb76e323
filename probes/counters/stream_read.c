/* SPDX-License-Identifier: MIT */
#include "probes/counters/stream.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/fail.h"
#include "core/perf/recording.h"
#include "core/perf/ring.h"

/* Reading a recorded stream. Nothing in the file is trusted. */

enum { MOST_CPUS = 4096, MOST_ITEMS = 256 };

typedef struct reader {
    cck_recording recording;
    cck_stream *stream;
    cck_error *err;
    /* the head, as it grows */
    uint32_t cpus[MOST_CPUS];
    cck_record_layout slots[MOST_ITEMS];
    cck_column columns[MOST_ITEMS];
    const char *names[MOST_ITEMS];
    uint8_t record[CCK_RECORD_MAX] __attribute__((aligned(8)));
} reader;

static int damaged(reader *r, const char *what)
{
    return cck_recording_damaged(&r->recording, what);
}

static int read_cpus(void *context, const char *rest)
{
    reader *r = context;
    cck_stream_head *head = &r->stream->head;
    char *end;
    for (; *rest; rest = end) {
        unsigned long cpu = strtoul(rest, &end, 10);
        if (end == rest || head->cpu_count == MOST_CPUS || cpu > UINT32_MAX)
            return damaged(r, "not a list of CPUs");
        r->cpus[head->cpu_count++] = (uint32_t)cpu;
        end += *end == ' ';
    }
    return head->cpu_count ? 0 : damaged(r, "there are no CPUs");
}

static int read_root(void *context, const char *rest)
{
    reader *r = context;
    cck_stream_head *head = &r->stream->head;
    char name[16];
    if (sscanf(rest, "%d %d %15[^\n]", &head->pid, &head->tid, name) != 3)
        return damaged(r, "not a first thread");
    head->name = cck_arena_strdup(&r->stream->arena, strcmp(name, "-") == 0 ? "" : name);
    return head->name ? 0 : cck_fail(r->err, CCK_ENOMEM, "out of memory");
}

static int read_world(void *context, const char *rest)
{
    reader *r = context;
    r->stream->head.closed_world = strcmp(rest, "closed") == 0;
    return r->stream->head.closed_world || strcmp(rest, "open") == 0
               ? 0
               : damaged(r, "the world is open or closed");
}

static int read_copies(void *context, const char *rest)
{
    reader *r = context;
    r->stream->head.flat = true;
    r->stream->head.switches = strcmp(rest, "one switches") == 0;
    return r->stream->head.switches || strcmp(rest, "one") == 0
               ? 0
               : damaged(r, "a slot has one copy, or one a CPU");
}

static int read_clock(void *context, const char *rest)
{
    reader *r = context;
    r->stream->head.clock_exact = strstr(rest, " exact") != NULL;
    return sscanf(rest, "%d", &r->stream->head.clock) == 1 ? 0 : damaged(r, "not a slot");
}

static int read_layout(reader *r, const char *rest, cck_record_layout *out)
{
    unsigned long long sample_type, read_format;
    int id_all;
    if (sscanf(rest, "%llu %llu %d", &sample_type, &read_format, &id_all) != 3 ||
        read_format & PERF_FORMAT_GROUP)
        return damaged(r, "not a layout of records");
    *out = (cck_record_layout){sample_type, read_format, id_all != 0};
    return 0;
}

static int read_tasks(void *context, const char *rest)
{
    reader *r = context;
    return read_layout(r, rest, &r->stream->head.tasks);
}

static int read_slot(void *context, const char *rest)
{
    reader *r = context;
    if (r->stream->head.slot_count == MOST_ITEMS)
        return damaged(r, "too many slots");
    return read_layout(r, rest, &r->slots[r->stream->head.slot_count++]);
}

static int read_column(void *context, const char *rest)
{
    reader *r = context;
    cck_stream_head *head = &r->stream->head;
    char source[16], scale[16], name[128];
    unsigned slot;
    if (head->column_count == MOST_ITEMS ||
        sscanf(rest, "%15s %u %15s %127[^\n]", source, &slot, scale, name) != 4)
        return damaged(r, "not a column");
    int kind = cck_stream_source(source);
    if (kind < 0)
        return damaged(r, "not a source of counts");
    r->columns[head->column_count] = (cck_column){
        .source = (cck_column_source)kind, .slot = slot, .exact = strcmp(scale, "exact") == 0};
    if (kind == CCK_COLUMN_NONE)
        r->columns[head->column_count].not_counted = "not counted when it was recorded";
    r->names[head->column_count] = cck_arena_strdup(&r->stream->arena, name);
    return r->names[head->column_count++] ? 0 : cck_fail(r->err, CCK_ENOMEM, "out of memory");
}

static void *keep(reader *r, const void *items, size_t count, size_t size)
{
    void *kept = cck_arena_array(&r->stream->arena, count + 1, size);
    if (kept && count)
        memcpy(kept, items, count * size);
    return kept;
}

/* The head is complete: the ledger is set up. */
static int start(void *context)
{
    reader *r = context;
    cck_stream *stream = r->stream;
    cck_stream_head *head = &stream->head;
    head->cpus = keep(r, r->cpus, head->cpu_count, sizeof *r->cpus);
    head->slots = keep(r, r->slots, head->slot_count, sizeof *r->slots);
    head->columns = keep(r, r->columns, head->column_count, sizeof *r->columns);
    head->column_names = keep(r, r->names, head->column_count, sizeof *r->names);
    if (!head->cpus || !head->slots || !head->columns || !head->column_names)
        return cck_fail(r->err, CCK_ENOMEM, "out of memory");
    if (!head->cpu_count || !head->name || head->clock >= (int)head->slot_count)
        return damaged(r, "the head is not complete");
    for (size_t i = 0; i < head->column_count; i++)
        if (head->columns[i].slot >= head->slot_count &&
            (head->columns[i].source == CCK_COLUMN_COUNT ||
             head->columns[i].source == CCK_COLUMN_TIME))
            return damaged(r, "a column of a slot that is not there");
    if (!cck_ledger_init(&stream->ledger, head->slot_count, head->cpus, head->cpu_count) ||
        (head->flat && !cck_ledger_flatten(&stream->ledger, head->switches)))
        return cck_fail(r->err, CCK_ENOMEM, "out of memory");
    stream->ledger.clock = head->clock < 0 ? -1 : head->clock;
    stream->ledger.clock_exact = head->clock_exact;
    stream->ledger.closed_world = head->closed_world;
    cck_ledger_begin(&stream->ledger, head->pid, head->tid, head->name);
    return 0;
}

static int read_record(void *context, const char *rest)
{
    reader *r = context;
    int slot;
    size_t cpu, size;
    const cck_stream_head *head = &r->stream->head;
    if (sscanf(rest, "%d %zu %zu", &slot, &cpu, &size) != 3 || slot < -1 ||
        slot >= (int)head->slot_count ||
        cpu >= (slot < 0 ? head->cpu_count : r->stream->ledger.copy_count) ||
        size < sizeof(struct perf_event_header) || size >= CCK_RECORD_MAX)
        return damaged(r, "not a record");
    int code = cck_recording_get(&r->recording, r->record, size);
    if (code < 0)
        return code;
    const struct perf_event_header *header = (const struct perf_event_header *)r->record;
    const cck_record_layout *layout = slot < 0 ? &head->tasks : &head->slots[slot];
    cck_record record;
    if (header->size != size || !cck_record_decode(&record, header, layout)) {
        r->stream->ledger.malformed++;
        return 0;
    }
    if (slot < 0)
        cck_ledger_task(&r->stream->ledger, &record, cpu);
    else
        cck_ledger_read(&r->stream->ledger, &record, (size_t)slot, cpu);
    return 0;
}

static int read_total(void *context, const char *rest)
{
    reader *r = context;
    size_t slot, cpu;
    unsigned long long raw, enabled, running;
    if (sscanf(rest, "%zu %zu %llu %llu %llu", &slot, &cpu, &raw, &enabled, &running) != 5 ||
        slot >= r->stream->head.slot_count || cpu >= r->stream->ledger.copy_count)
        return damaged(r, "not a total");
    cck_ledger_copy *copy = cck_ledger_copy_of(&r->stream->ledger, slot, cpu);
    copy->open = true;
    copy->total = (cck_tally_count){raw, enabled, running};
    return 0;
}

static const cck_recording_word words[] = {
    {"copies", true, read_copies}, {"cpus", true, read_cpus},     {"root", true, read_root},
    {"world", true, read_world},   {"clock", true, read_clock},   {"tasks", true, read_tasks},
    {"slot", true, read_slot},     {"column", true, read_column}, {"record", false, read_record},
    {"total", false, read_total},
};

static const cck_recording_format format = {
    .name = "stream",
    .what = "a recorded stream",
    .words = words,
    .word_count = sizeof words / sizeof *words,
    .begin = start,
};

int cck_stream_read(cck_stream *out_stream, FILE *file, const char *name, cck_error *err)
{
    cck_stream stream = {.head = {.clock = -1}};
    reader *r = calloc(1, sizeof *r);
    if (!r)
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    r->recording.file = file;
    r->recording.name = name;
    r->recording.format = &format;
    r->recording.context = r;
    r->recording.err = err;
    r->stream = &stream;
    r->err = err;
    int code = cck_recording_read(&r->recording);
    free(r);
    if (code == 0 && stream.ledger.out_of_memory)
        code = cck_fail(err, CCK_ENOMEM, "out of memory");
    if (code < 0)
        cck_stream_clear(&stream);
    else
        *out_stream = stream;
    return code;
}

void cck_stream_clear(cck_stream *stream)
{
    cck_ledger_clear(&stream->ledger);
    cck_arena_clear(&stream->arena);
}
