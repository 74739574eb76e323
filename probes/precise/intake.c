/* SPDX-License-Identifier: MIT */
#include "probes/precise/intake.h"

#include <stdlib.h>

/* ---- samples ---- */

static void hand_over(cck_precise_intake *intake, const cck_memory_access *access)
{
    if (!access->address || !(access->reads || access->writes))
        return;
    intake->numbers.accesses++;
    intake->sink.access(intake->sink.context, access);
}

static void take_sample(cck_precise_intake *intake, const struct perf_event_header *header)
{
    cck_perf_sample sample;
    if (!cck_perf_sample_decode(&sample, header, intake->format.sample_type,
                                intake->format.registers)) {
        intake->numbers.damaged++;
        return;
    }
    if (sample.cpu_mode != PERF_RECORD_MISC_USER) {
        intake->numbers.kernel++;
        return;
    }
    intake->numbers.samples++;
    cck_memory_access access = {.time = sample.time,
                                .ip = sample.ip,
                                .address = sample.address,
                                .period = sample.period,
                                .pid = sample.pid,
                                .tid = sample.tid,
                                .cpu = sample.cpu,
                                .latency = sample.latency,
                                .stack = sample.user_register};
    cck_ibs_result result = CCK_IBS_ACCESS;
    if (intake->format.kind == CCK_PRECISE_IBS)
        result = cck_ibs_decode(&sample, intake->format.ibs, &access);
    else
        cck_source_perf(sample.data_src, &access);
    intake->numbers.damaged += result == CCK_IBS_DAMAGED;
    if (result == CCK_IBS_ACCESS)
        hand_over(intake, &access);
}

/* ---- the AUX area ---- */

static void take_access(void *context, const cck_memory_access *access)
{
    hand_over(context, access);
}

static bool make_room(cck_precise_intake *intake, uint64_t size)
{
    if (size <= intake->chunk_size)
        return true;
    uint8_t *chunk = size <= SIZE_MAX ? realloc(intake->chunk, (size_t)size) : NULL;
    if (!chunk)
        return false;
    intake->chunk = chunk;
    intake->chunk_size = (size_t)size;
    return true;
}

static void take_aux(cck_precise_intake *intake, const cck_precise_origin *origin,
                     const cck_record *record)
{
    cck_precise_numbers *numbers = &intake->numbers;
    numbers->truncated +=
        (record->aux_flags & (PERF_AUX_FLAG_TRUNCATED | PERF_AUX_FLAG_PARTIAL)) != 0;
    numbers->collisions += (record->aux_flags & PERF_AUX_FLAG_COLLISION) != 0;
    if (!record->aux_size)
        return;
    /* What the area cannot hold is refused before memory is asked for. */
    if (!origin->aux || record->aux_size > origin->aux->size ||
        !make_room(intake, record->aux_size) ||
        !cck_aux_area_copy(origin->aux, record->aux_offset, record->aux_size, intake->chunk)) {
        numbers->missing++;
        return;
    }
    const cck_spe_chunk chunk = {.bytes = intake->chunk,
                                 .size = (size_t)record->aux_size,
                                 .offset = record->aux_offset,
                                 .time = record->time,
                                 .period = intake->format.period,
                                 .pid = record->pid,
                                 .tid = record->tid,
                                 .cpu = origin->cpu,
                                 .encoding = origin->encoding,
                                 .clock = intake->format.clock};
    uint64_t before = numbers->spe.records;
    cck_spe_decode(&chunk, take_access, intake, &numbers->spe);
    numbers->samples += numbers->spe.records - before;
}

/* ---- everything ---- */

void cck_precise_intake_record(cck_precise_intake *intake, const cck_precise_origin *origin,
                               const struct perf_event_header *header)
{
    const cck_record_layout layout = {.sample_type = intake->format.sample_type,
                                      .sample_id_all = true};
    cck_record record;
    if (header->type == PERF_RECORD_SAMPLE) {
        take_sample(intake, header);
        return;
    }
    if (!cck_record_decode(&record, header, &layout)) {
        intake->numbers.damaged++;
        return;
    }
    switch (record.type) {
    case PERF_RECORD_AUX:
        take_aux(intake, origin, &record);
        break;
    case PERF_RECORD_LOST:
    case PERF_RECORD_LOST_SAMPLES:
        intake->numbers.lost += record.lost;
        break;
    case PERF_RECORD_THROTTLE:
        intake->numbers.throttled++;
        break;
    case PERF_RECORD_FORK:
    case PERF_RECORD_EXIT:
    case PERF_RECORD_COMM:
        intake->sink.task(intake->sink.context, &record);
        break;
    default:
        break;
    }
}

void cck_precise_intake_clear(cck_precise_intake *intake)
{
    free(intake->chunk);
    intake->chunk = NULL;
    intake->chunk_size = 0;
}
