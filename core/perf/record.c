/* SPDX-License-Identifier: MIT */
#include "core/perf/record.h"

#include <string.h>

#include "core/perf/cursor.h"

static int32_t take_id(cck_cursor *c)
{
    return (int32_t)(uint32_t)cck_cursor_take(c, 4);
}

static void decode_task(cck_record *r, cck_cursor *c)
{
    r->pid = take_id(c);
    r->ppid = take_id(c);
    r->tid = take_id(c);
    r->ptid = take_id(c);
    r->time = cck_cursor_take(c, 8);
}

/* The name is padded to 8 bytes, so it ends where the trailer begins. */
static void decode_comm(cck_record *r, cck_cursor *c)
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

static void decode_read(cck_record *r, cck_cursor *c, uint64_t format)
{
    r->pid = take_id(c);
    r->tid = take_id(c);
    r->value = cck_cursor_take(c, 8);
    if (format & PERF_FORMAT_TOTAL_TIME_ENABLED)
        r->enabled = cck_cursor_take(c, 8);
    if (format & PERF_FORMAT_TOTAL_TIME_RUNNING)
        r->running = cck_cursor_take(c, 8);
    if (format & PERF_FORMAT_ID)
        r->id = cck_cursor_take(c, 8);
}

/* The trailer that sample_id_all adds, in the order of perf_event_open(2). */
static void decode_trailer(cck_record *r, cck_cursor *c, uint64_t sample_type)
{
    if (sample_type & PERF_SAMPLE_TID) {
        int32_t pid = take_id(c), tid = take_id(c);
        /* These name their task nowhere else; EXIT's trailer is the same task. */
        if (r->type == PERF_RECORD_SWITCH || r->type == PERF_RECORD_SWITCH_CPU_WIDE ||
            r->type == PERF_RECORD_AUX) {
            r->pid = pid;
            r->tid = tid;
        }
    }
    if (sample_type & PERF_SAMPLE_TIME) {
        uint64_t time = cck_cursor_take(c, 8);
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

static void decode_body(cck_record *r, cck_cursor *c, const cck_record_layout *layout)
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
        r->id = cck_cursor_take(c, 8);
        r->lost = cck_cursor_take(c, 8);
        break;
    case PERF_RECORD_LOST_SAMPLES:
        r->lost = cck_cursor_take(c, 8);
        break;
    case PERF_RECORD_SWITCH_CPU_WIDE:
        cck_cursor_take(c, 8); /* who comes next or was before: that thread has a record of its own */
        break;
    case PERF_RECORD_AUX:
        r->aux_offset = cck_cursor_take(c, 8);
        r->aux_size = cck_cursor_take(c, 8);
        r->aux_flags = cck_cursor_take(c, 8);
        break;
    case PERF_RECORD_THROTTLE:
    case PERF_RECORD_UNTHROTTLE:
        r->time = cck_cursor_take(c, 8);
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
    cck_cursor body = {bytes + sizeof *header, bytes + header->size - trailer, false};
    cck_cursor tail = {body.end, bytes + header->size, false};
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
