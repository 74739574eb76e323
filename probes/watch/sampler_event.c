/* SPDX-License-Identifier: MIT */
#include "probes/watch/sampler_event.h"

#include <linux/hw_breakpoint.h>
#include <string.h>
#include <time.h>

#include "probes/watch/sampler.h"

/*
 * Which registers, in the order of the kernel (asm/perf_regs.h), and where each goes in
 * cck_registers. The instruction pointer is in the record anyway: only user code is
 * sampled. Segment registers are refused for 64-bit tasks.
 */
#if defined(__x86_64__)
enum { REGISTERS = 16 };
static const uint64_t register_mask = 0xff00ff; /* ax bx cx dx si di bp sp, r8 .. r15 */
static const uint8_t places[REGISTERS] = {0, 3, 1, 2, 6, 7, 5, 4, 8, 9, 10, 11, 12, 13, 14, 15};
#elif defined(__aarch64__)
enum { REGISTERS = 32 };
static const uint64_t register_mask = 0xffffffff; /* x0 .. x30, sp */
static const uint8_t places[REGISTERS] = {0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10,
                                          11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21,
                                          22, 23, 24, 25, 26, 27, 28, 29, 30, 31};
#else
enum { REGISTERS = 0 };
static const uint64_t register_mask = 0;
static const uint8_t places[1] = {0};
#endif

enum {
    LAYOUT = PERF_SAMPLE_IDENTIFIER | PERF_SAMPLE_IP | PERF_SAMPLE_TID | PERF_SAMPLE_TIME |
             PERF_SAMPLE_ADDR | PERF_SAMPLE_CPU | PERF_SAMPLE_READ | PERF_SAMPLE_REGS_USER,
    READS = PERF_FORMAT_TOTAL_TIME_RUNNING
};

const cck_record_layout cck_sampler_layout = {
    .sample_type = LAYOUT, .read_format = READS, .sample_id_all = true};

bool cck_sampler_architecture(void)
{
    return REGISTERS > 0;
}

/* Times of all events of all threads, and our own, are on one clock: what a hit means
 * depends on what was armed when it fired. */
static struct perf_event_attr common(void)
{
    return (struct perf_event_attr){
        .size = sizeof(struct perf_event_attr),
        .sample_type = LAYOUT,
        .read_format = READS,
        .sample_regs_user = register_mask,
        .sample_id_all = 1,
        .exclude_kernel = 1,
        .exclude_hv = 1,
        .use_clockid = 1,
        .clockid = CLOCK_MONOTONIC,
        .watermark = 1,
    };
}

struct perf_event_attr cck_sampler_clock_event(uint64_t period_ns)
{
    struct perf_event_attr attr = common();
    attr.type = PERF_TYPE_SOFTWARE;
    attr.config = PERF_COUNT_SW_TASK_CLOCK;
    attr.sample_period = period_ns;
    attr.task = 1;
    attr.comm = 1;
    attr.comm_exec = 1;
    return attr;
}

struct perf_event_attr cck_sampler_word_event(uint64_t word, cck_watch_kind kind)
{
    static const uint32_t types[] = {[CCK_WATCH_WRITES] = HW_BREAKPOINT_W,
                                     [CCK_WATCH_ACCESSES] = HW_BREAKPOINT_RW,
                                     [CCK_WATCH_CODE] = HW_BREAKPOINT_X};
    struct perf_event_attr attr = common();
    attr.type = PERF_TYPE_BREAKPOINT;
    attr.bp_addr = word;
    attr.bp_len = CCK_WATCH_WORD; /* of code: sizeof(long), which is the same */
    attr.bp_type = types[kind];
    attr.sample_period = 1;
    attr.disabled = 1;
    return attr;
}

/* What the layout puts before the registers (perf_event_open(2)). */
typedef struct fixed_part {
    uint64_t id, ip;
    int32_t pid, tid;
    uint64_t time, address;
    uint32_t cpu, reserved;
    uint64_t count, running;
    uint64_t abi;
} fixed_part;

bool cck_sampler_record_decode(cck_sampler_record *out, const struct perf_event_header *header)
{
    fixed_part fixed;
    uint64_t values[REGISTERS + 1];
    if (header->size < sizeof *header + sizeof fixed)
        return false;
    const uint8_t *at = (const uint8_t *)(header + 1);
    memcpy(&fixed, at, sizeof fixed);
    *out = (cck_sampler_record){
        .id = fixed.id,
        .time = fixed.time,
        .address = fixed.address,
        .count = fixed.count,
        .running = fixed.running,
        .pid = fixed.pid,
        .tid = fixed.tid,
        .cpu = fixed.cpu,
        .wide = fixed.abi == PERF_SAMPLE_REGS_ABI_64,
        .registers.ip = fixed.ip,
    };
    if (!out->wide)
        return true;
    size_t size = REGISTERS * sizeof *values;
    if (header->size < sizeof *header + sizeof fixed + size)
        return false;
    memcpy(values, at + sizeof fixed, size);
    for (size_t i = 0; i < REGISTERS; i++)
        out->registers.value[places[i]] = values[i];
    return true;
}
