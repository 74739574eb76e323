/* SPDX-License-Identifier: MIT */
#include "core/perf/sample.h"

#include "core/perf/cursor.h"

/* Parts of a SAMPLE record in the order of perf_event_open(2), up to RAW and user registers, and
 * behind these. What is not known would make whatever comes behind be misread. */
typedef enum part {
    PART_SKIP,
    PART_IP,
    PART_TASK,
    PART_TIME,
    PART_ADDRESS,
    PART_ID,
    PART_CPU,
    PART_PERIOD,
    PART_WEIGHT,
    PART_WEIGHTS,
    PART_DATA_SRC
} part;

static const struct {
    uint64_t bit;
    part what;
} before_raw[] =
    {
        {PERF_SAMPLE_IDENTIFIER, PART_ID},  {PERF_SAMPLE_IP, PART_IP},
        {PERF_SAMPLE_TID, PART_TASK},       {PERF_SAMPLE_TIME, PART_TIME},
        {PERF_SAMPLE_ADDR, PART_ADDRESS},   {PERF_SAMPLE_ID, PART_ID},
        {PERF_SAMPLE_STREAM_ID, PART_SKIP}, {PERF_SAMPLE_CPU, PART_CPU},
        {PERF_SAMPLE_PERIOD, PART_PERIOD},
},
  behind_raw[] = {
      {PERF_SAMPLE_WEIGHT, PART_WEIGHT},     {PERF_SAMPLE_WEIGHT_STRUCT, PART_WEIGHTS},
      {PERF_SAMPLE_DATA_SRC, PART_DATA_SRC}, {PERF_SAMPLE_TRANSACTION, PART_SKIP},
      {PERF_SAMPLE_PHYS_ADDR, PART_SKIP},
};

enum {
    BEFORE = sizeof before_raw / sizeof *before_raw,
    BEHIND = sizeof behind_raw / sizeof *behind_raw
};

bool cck_perf_sample_known(uint64_t sample_type)
{
    uint64_t known = PERF_SAMPLE_RAW | PERF_SAMPLE_REGS_USER;
    for (size_t i = 0; i < BEFORE; i++)
        known |= before_raw[i].bit;
    for (size_t i = 0; i < BEHIND; i++)
        known |= behind_raw[i].bit;
    return !(sample_type & ~known);
}

static void take_task(cck_perf_sample *s, uint64_t both)
{
    uint32_t ids[2];
    memcpy(ids, &both, sizeof ids);
    s->pid = (int32_t)ids[0];
    s->tid = (int32_t)ids[1];
}

/* Of union perf_sample_weight the first 32 bits are the latency; in the old form it is all. */
static uint32_t latency_of(uint64_t weight, part what)
{
    uint32_t first;
    memcpy(&first, &weight, sizeof first);
    if (what == PART_WEIGHTS)
        return first;
    return weight > UINT32_MAX ? UINT32_MAX : (uint32_t)weight;
}

static void take_part(cck_perf_sample *s, cck_cursor *c, part what)
{
    uint64_t value = cck_cursor_take(c, 8);
    uint32_t cpu;
    switch (what) {
    case PART_IP:
        s->ip = value;
        break;
    case PART_TASK:
        take_task(s, value);
        break;
    case PART_TIME:
        s->time = value;
        break;
    case PART_ADDRESS:
        s->address = value;
        break;
    case PART_ID:
        s->id = value;
        break;
    case PART_CPU:
        memcpy(&cpu, &value, sizeof cpu);
        s->cpu = cpu;
        break;
    case PART_PERIOD:
        s->period = value;
        break;
    case PART_WEIGHT:
    case PART_WEIGHTS:
        s->latency = latency_of(value, what);
        break;
    case PART_DATA_SRC:
        s->data_src = value;
        break;
    case PART_SKIP:
        break;
    }
}

static void take_raw(cck_perf_sample *s, cck_cursor *c)
{
    uint64_t size = cck_cursor_take(c, 4);
    if (c->failed || size > (uint64_t)(c->end - c->at)) {
        c->failed = true;
        return;
    }
    s->raw = c->at;
    s->raw_size = (uint32_t)size;
    c->at += size;
}

/* Of a thread of the kernel, or in the midst of its entry, there are none. */
static void take_registers(cck_perf_sample *s, cck_cursor *c, uint64_t registers)
{
    if (cck_cursor_take(c, 8) == PERF_SAMPLE_REGS_ABI_NONE)
        return;
    for (int i = 0; i < __builtin_popcountll(registers); i++) {
        uint64_t value = cck_cursor_take(c, 8);
        s->user_register = i ? s->user_register : value;
    }
}

bool cck_perf_sample_decode(cck_perf_sample *out, const struct perf_event_header *header,
                            uint64_t sample_type, uint64_t registers)
{
    if (header->size < sizeof *header || !cck_perf_sample_known(sample_type))
        return false;
    const uint8_t *bytes = (const uint8_t *)header;
    cck_cursor c = {bytes + sizeof *header, bytes + header->size, false};
    *out = (cck_perf_sample){
        .cpu_mode = header->misc & PERF_RECORD_MISC_CPUMODE_MASK,
        .exact = header->misc & PERF_RECORD_MISC_EXACT_IP,
    };
    for (size_t i = 0; i < BEFORE; i++)
        if (sample_type & before_raw[i].bit)
            take_part(out, &c, before_raw[i].what);
    if (sample_type & PERF_SAMPLE_RAW)
        take_raw(out, &c);
    if (sample_type & PERF_SAMPLE_REGS_USER)
        take_registers(out, &c, registers);
    for (size_t i = 0; i < BEHIND; i++)
        if (sample_type & behind_raw[i].bit)
            take_part(out, &c, behind_raw[i].what);
    return !c.failed;
}
