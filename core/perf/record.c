/* SPDX-License-Identifier: MIT */
#include "core/perf/record.h"

#include <string.h>

/* A reader that cannot leave the record: every take is checked, a failed one
 * sticks, and the caller looks once at the end. */
typedef struct cursor {
    const uint8_t *at, *end;
    bool failed;
} cursor;

static uint64_t take(cursor *c, size_t size)
{
    uint64_t value = 0;
    if (c->failed || (size_t)(c->end - c->at) < size) {
        c->failed = true;
        return 0;
    }
    if (size == 4) {
        uint32_t narrow;
        memcpy(&narrow, c->at, sizeof narrow);
        value = narrow;
    } else {
        memcpy(&value, c->at, sizeof value);
    }
    c->at += size;
    return value;
}

static int32_t take_id(cursor *c)
{
    return (int32_t)(uint32_t)take(c, 4);
}

static void decode_task(cck_record *r, cursor *c)
{
    r->pid = take_id(c);
    r->ppid = take_id(c);
    r->tid = take_id(c);
    r->ptid = take_id(c);
    r->time = take(c, 8);
}

/* The name is padded to 8 bytes, so it ends where the trailer begins. */
static void decode_comm(cck_record *r, cursor *c)
{
    r->pid = take_id(c);
    r->tid = take_id(c);
    size_t room = (size_t)(c->end - c->at);
    if (c->failed || !memchr(c->at, '\0', room)) {
        c->failed = true;
        return;
    }
    size_t length = strlen((const char *)c->at);
    if (length >= sizeof r->name)
        length = sizeof r->name - 1;
    memcpy(r->name, c->at, length);
}

static void decode_read(cck_record *r, cursor *c, uint64_t format)
{
    r->pid = take_id(c);
    r->tid = take_id(c);
    r->value = take(c, 8);
    if (format & PERF_FORMAT_TOTAL_TIME_ENABLED)
        r->enabled = take(c, 8);
    if (format & PERF_FORMAT_TOTAL_TIME_RUNNING)
        r->running = take(c, 8);
    if (format & PERF_FORMAT_ID)
        r->id = take(c, 8);
}

/* The trailer that sample_id_all adds, in the order of perf_event_open(2). */
static void decode_trailer(cck_record *r, cursor *c, uint64_t sample_type)
{
    if (sample_type & PERF_SAMPLE_TID) {
        int32_t pid = take_id(c), tid = take_id(c);
        /* SWITCH names its task nowhere else; EXIT's trailer is the same task. */
        if (r->type == PERF_RECORD_SWITCH || r->type == PERF_RECORD_SWITCH_CPU_WIDE) {
            r->pid = pid;
            r->tid = tid;
        }
    }
    if (sample_type & PERF_SAMPLE_TIME) {
        uint64_t time = take(c, 8);
        r->time = time ? time : r->time;
    }
}

static size_t trailer_size(const cck_record_layout *layout)
{
    static const uint64_t parts[] = {PERF_SAMPLE_TID, PERF_SAMPLE_TIME,
                                     PERF_SAMPLE_ID,  PERF_SAMPLE_STREAM_ID,
                                     PERF_SAMPLE_CPU, PERF_SAMPLE_IDENTIFIER};
    size_t size = 0;
    for (size_t i = 0; layout->sample_id_all && i < sizeof parts / sizeof *parts; i++)
        size += layout->sample_type & parts[i] ? 8 : 0;
    return size;
}

static void decode_body(cck_record *r, cursor *c, const cck_record_layout *layout)
{
    switch (r->type) {
    case PERF_RECORD_FORK:
    case PERF_RECORD_EXIT:
        decode_task(r, c);
        break;
    case PERF_RECORD_COMM:
        decode_comm(r, c);
        break;
    case PERF_RECORD_READ:
        decode_read(r, c, layout->read_format);
        break;
    case PERF_RECORD_LOST:
        r->id = take(c, 8);
        r->lost = take(c, 8);
        break;
    case PERF_RECORD_LOST_SAMPLES:
        r->lost = take(c, 8);
        break;
    case PERF_RECORD_SWITCH_CPU_WIDE:
        take(c, 8); /* who comes next or was before: that thread has a record of its own */
        break;
    case PERF_RECORD_THROTTLE:
    case PERF_RECORD_UNTHROTTLE:
        r->time = take(c, 8);
        break;
    default:
        break;
    }
}

bool cck_record_decode(cck_record *out, const struct perf_event_header *header,
                       const cck_record_layout *layout)
{
    size_t trailer = trailer_size(layout);
    if (header->size < sizeof *header + trailer)
        return false;
    const uint8_t *bytes = (const uint8_t *)header;
    cursor body = {bytes + sizeof *header, bytes + header->size - trailer, false};
    cursor tail = {body.end, bytes + header->size, false};
    *out = (cck_record){.type = header->type};
    /* COMM_EXEC and SWITCH_OUT are the same bit of `misc`, told apart by the kind. */
    out->exec = header->type == PERF_RECORD_COMM && header->misc & PERF_RECORD_MISC_COMM_EXEC;
    out->out =
        (header->type == PERF_RECORD_SWITCH || header->type == PERF_RECORD_SWITCH_CPU_WIDE) &&
        header->misc & PERF_RECORD_MISC_SWITCH_OUT;
    decode_body(out, &body, layout);
    if (layout->sample_id_all)
        decode_trailer(out, &tail, layout->sample_type);
    return !body.failed && !tail.failed;
}
