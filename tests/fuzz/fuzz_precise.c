/* SPDX-License-Identifier: MIT */
/*
 * Address samples over any bytes. The first byte chooses: 0 packets of SPE, 1 a sample with
 * perf's own fields, 2 one of IBS; the second where in the buffer it lies, or what the event was
 * asked for. 3: an instruction. An input that begins like a recorded run is read as one.
 */
#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/perf/ring.h"
#include "probes/precise/intake.h"
#include "probes/precise/operand.h"
#include "probes/precise/recording.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_access(void *context, const cck_memory_access *access)
{
    (void)context;
    if (!(access->reads || access->writes) || access->source > CCK_FROM_OTHER ||
        access->hand_over > CCK_HAND_HITM)
        abort();
}

static void ignore_task(void *context, const cck_record *record)
{
    (void)context;
    (void)record;
}

static void packets(const uint8_t *data, size_t size)
{
    cck_spe_numbers numbers = {0};
    const cck_spe_chunk chunk = {.bytes = data + 2,
                                 .size = size - 2,
                                 .offset = data[1],
                                 .encoding = data[1] & 3,
                                 .clock = {data[1], (uint32_t)data[1] << 20, data[1] & 63}};
    cck_spe_decode(&chunk, check_access, NULL, &numbers);
    if (numbers.accesses > numbers.records || numbers.records > size || numbers.damaged > 1 ||
        numbers.cut > 1)
        abort();
    for (size_t at = 2, length; at < size; at += length) {
        cck_spe_packet packet;
        long found = cck_spe_packet_read(&packet, data + at, size - at, at);
        if (found > (long)(size - at))
            abort();
        if (found <= 0)
            break;
        length = (size_t)found;
    }
}

static void sample(const uint8_t *data, size_t size)
{
    uint8_t *bytes = aligned_alloc(8, (size + 15) & ~(size_t)7);
    if (!bytes)
        return;
    memcpy(bytes, data + 2, size - 2);
    struct perf_event_header *header = (struct perf_event_header *)bytes;
    cck_precise_intake intake = {
        .format = {.kind = data[0] == 2 ? CCK_PRECISE_IBS : CCK_PRECISE_LATENCY,
                   .sample_type = (uint64_t)data[1] << 1 | (data[0] == 2 ? PERF_SAMPLE_RAW : 0) |
                                  (data[1] & 1 ? PERF_SAMPLE_WEIGHT | PERF_SAMPLE_DATA_SRC : 0),
                   .registers = data[1] & 3},
        .sink = {check_access, ignore_task, NULL}};
    const cck_precise_origin origin = {0};
    if (size - 2 >= sizeof *header) {
        header->size = (uint16_t)(size - 2 < CCK_RECORD_MAX ? size - 2 : CCK_RECORD_MAX - 1);
        cck_precise_intake_record(&intake, &origin, header);
        header->type = PERF_RECORD_SAMPLE;
        header->misc = PERF_RECORD_MISC_USER;
        cck_precise_intake_record(&intake, &origin, header);
    }
    cck_precise_intake_clear(&intake);
    free(bytes);
}

static int begin(void *context, const cck_precise_head *head, cck_error *err)
{
    cck_precise_intake *intake = context;
    (void)err;
    intake->format = head->format;
    return 0;
}

static void record(void *context, const cck_precise_origin *origin,
                   const struct perf_event_header *header)
{
    cck_precise_intake_record(context, origin, header);
}

static void recording(const uint8_t *data, size_t size)
{
    cck_precise_intake intake = {.sink = {check_access, ignore_task, NULL}};
    const cck_precise_listener listener = {begin, record, &intake};
    uint64_t elapsed_ns;
    FILE *file = fmemopen((void *)(uintptr_t)data, size, "rb");
    if (!file)
        return;
    cck_precise_recording_read(file, "fuzz", &listener, &elapsed_ns, NULL);
    fclose(file);
    cck_precise_intake_clear(&intake);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 18 && memcmp(data, "cachecheck-precise", 18) == 0)
        recording(data, size);
    else if (size >= 2 && data[0] == 0)
        packets(data, size);
    else if (size >= 2 && data[0] <= 2)
        sample(data, size);
    else if (size >= 2 && data[0] == 3 &&
             cck_operand_decode(data[1] & 1 ? EM_AARCH64 : EM_X86_64, data + 2, size - 2).size >
                 8192)
        abort();
    return 0;
}
