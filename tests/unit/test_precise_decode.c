/* SPDX-License-Identifier: MIT */
/* Decoders of address samples, one by one: records, data sources, IBS, SPE packets, widths. */
#include "tests/unit/made_up.h"

#include <elf.h>

#include "core/perf/aux_area.h"
#include "core/perf/sample.h"
#include "probes/precise/ibs.h"
#include "probes/precise/lines.h"
#include "probes/precise/operand.h"
#include "probes/precise/sources.h"
#include "probes/precise/spe.h"

/* ---- samples ---- */

typedef struct built {
    uint8_t bytes[512] __attribute__((aligned(8)));
    size_t size;
} built;

static void put(built *to, uint64_t value, size_t size)
{
    memcpy(to->bytes + to->size, &value, size);
    to->size += size;
}

static const uint64_t every =
    PERF_SAMPLE_IDENTIFIER | PERF_SAMPLE_IP | PERF_SAMPLE_TID | PERF_SAMPLE_TIME |
    PERF_SAMPLE_ADDR | PERF_SAMPLE_ID | PERF_SAMPLE_STREAM_ID | PERF_SAMPLE_CPU |
    PERF_SAMPLE_PERIOD | PERF_SAMPLE_RAW | PERF_SAMPLE_REGS_USER | PERF_SAMPLE_WEIGHT_STRUCT |
    PERF_SAMPLE_DATA_SRC | PERF_SAMPLE_TRANSACTION | PERF_SAMPLE_PHYS_ADDR;

static built full_sample(uint64_t abi)
{
    built to = {.size = sizeof(struct perf_event_header)};
    put(&to, 77, 8);     /* identifier */
    put(&to, 0x1000, 8); /* ip */
    put(&to, 10, 4), put(&to, 11, 4);
    put(&to, 5555, 8);   /* time */
    put(&to, 0x2000, 8); /* address */
    put(&to, 77, 8);     /* id */
    put(&to, 78, 8);     /* stream */
    put(&to, 3, 4), put(&to, 0, 4);
    put(&to, 10007, 8); /* period */
    put(&to, 12, 4);    /* raw: 12 bytes */
    put(&to, 0x0102030405060708, 8), put(&to, 0x0a0b0c0d, 4);
    put(&to, abi, 8);
    if (abi)
        put(&to, 0x7ffe0000, 8), put(&to, 1, 8);
    put(&to, 250 | UINT64_C(9) << 32, 8); /* weight: latency, and of the instruction */
    put(&to, PERF_MEM_OP_LOAD, 8);
    put(&to, 1, 8);      /* transaction */
    put(&to, 0x3000, 8); /* physical */
    const struct perf_event_header header = {
        PERF_RECORD_SAMPLE, PERF_RECORD_MISC_USER | PERF_RECORD_MISC_EXACT_IP, (uint16_t)to.size};
    memcpy(to.bytes, &header, sizeof header);
    return to;
}

static void every_field_of_a_sample_is_found(void **state)
{
    (void)state;
    const uint64_t two_registers = 1 << 7 | 1 << 8;
    for (uint64_t abi = 0; abi <= PERF_SAMPLE_REGS_ABI_64; abi += PERF_SAMPLE_REGS_ABI_64) {
        built made = full_sample(abi);
        cck_perf_sample s;
        assert_true(cck_perf_sample_decode(&s, (struct perf_event_header *)made.bytes, every,
                                           two_registers));
        assert_true(s.cpu_mode == PERF_RECORD_MISC_USER && s.exact);
        assert_true(s.ip == 0x1000 && s.pid == 10 && s.tid == 11 && s.time == 5555);
        assert_true(s.address == 0x2000 && s.id == 77 && s.cpu == 3 && s.period == 10007);
        assert_int_equal(s.raw_size, 12);
        assert_int_equal(s.raw[11], 0x0a);
        assert_int_equal(s.user_register, abi ? 0x7ffe0000 : 0);
        assert_int_equal(s.latency, 250);
        assert_int_equal(s.data_src, PERF_MEM_OP_LOAD);
    }
}

static void short_samples_are_refused(void **state)
{
    (void)state;
    built made = full_sample(PERF_SAMPLE_REGS_ABI_64);
    struct perf_event_header *header = (struct perf_event_header *)made.bytes;
    cck_perf_sample s;
    for (uint16_t size = 0; size < made.size; size++) {
        header->size = size;
        assert_false(cck_perf_sample_decode(&s, header, every, 1 << 7 | 1 << 8));
    }
    header->size = (uint16_t)made.size;
    uint32_t raw_size = 0xfffffff0;
    memcpy(made.bytes + sizeof *header + 9 * 8, &raw_size, sizeof raw_size);
    assert_false(cck_perf_sample_decode(&s, header, every, 1 << 7 | 1 << 8));
    assert_false(cck_perf_sample_known(PERF_SAMPLE_CALLCHAIN));
    assert_false(cck_perf_sample_known(PERF_SAMPLE_READ | PERF_SAMPLE_IP));
    assert_false(cck_perf_sample_decode(&s, header, PERF_SAMPLE_STACK_USER, 0));
}

/* ---- the AUX area ---- */

static void aux_areas_give_what_is_there(void **state)
{
    (void)state;
    struct perf_event_mmap_page page = {.aux_head = 70};
    uint8_t data[64], out[64];
    cck_aux_area area;
    for (int i = 0; i < 64; i++)
        data[i] = (uint8_t)i;
    cck_aux_area_init(&area, &page, data, 64);
    assert_true(cck_aux_area_copy(&area, 60, 10, out)); /* over the end */
    assert_true(out[0] == 60 && out[3] == 63 && out[4] == 0 && out[9] == 5);
    assert_false(cck_aux_area_copy(&area, 5, 10, out));  /* overwritten */
    assert_false(cck_aux_area_copy(&area, 65, 10, out)); /* not yet written */
    assert_false(cck_aux_area_copy(&area, UINT64_MAX - 3, 10, out));
    assert_false(cck_aux_area_copy(&area, 6, 65, out)); /* more than it holds */
    cck_aux_area_release(&area, 66);
    assert_int_equal(page.aux_tail, 66);
    cck_aux_area_release(&area, 3);  /* never back, */
    cck_aux_area_release(&area, 71); /* nor beyond what is written */
    assert_int_equal(page.aux_tail, 66);
    cck_aux_area_init(&area, &page, data, 63);
    assert_false(cck_aux_area_copy(&area, 60, 1, out));
}

/* ---- data sources ---- */

static void perf_says_who_had_the_line(void **state)
{
    (void)state;
    static const struct {
        union perf_mem_data_src from;
        cck_data_source source;
        cck_hand_over hand_over;
        bool reads, writes, atomic;
    } cases[] = {
        /* Skylake: L3 hit, snoop HITM */
        {{.mem_op = PERF_MEM_OP_LOAD,
          .mem_lvl = PERF_MEM_LVL_L3 | PERF_MEM_LVL_HIT,
          .mem_snoop = PERF_MEM_SNOOP_HITM},
         CCK_FROM_PEER,
         CCK_HAND_HITM,
         true,
         false,
         false},
        /* the other socket's cache */
        {{.mem_op = PERF_MEM_OP_LOAD,
          .mem_lvl = PERF_MEM_LVL_REM_CCE1 | PERF_MEM_LVL_HIT,
          .mem_snoop = PERF_MEM_SNOOP_HIT},
         CCK_FROM_PEER,
         CCK_HAND_PEER,
         true,
         false,
         false},
        /* Sapphire Rapids: forwarded */
        {{.mem_op = PERF_MEM_OP_LOAD,
          .mem_lvl = PERF_MEM_LVL_L3 | PERF_MEM_LVL_HIT,
          .mem_snoopx = PERF_MEM_SNOOPX_FWD},
         CCK_FROM_PEER,
         CCK_HAND_PEER,
         true,
         false,
         false},
        {{.mem_op = PERF_MEM_OP_LOAD,
          .mem_lvl = PERF_MEM_LVL_L3 | PERF_MEM_LVL_HIT,
          .mem_snoop = PERF_MEM_SNOOP_NONE},
         CCK_FROM_L3,
         CCK_HAND_NONE,
         true,
         false,
         false},
        {{.mem_op = PERF_MEM_OP_LOAD, .mem_lvl = PERF_MEM_LVL_LFB | PERF_MEM_LVL_HIT},
         CCK_FROM_FILL,
         CCK_HAND_NONE,
         true,
         false,
         false},
        {{.mem_op = PERF_MEM_OP_LOAD, .mem_lvl = PERF_MEM_LVL_REM_RAM1 | PERF_MEM_LVL_HIT},
         CCK_FROM_MEMORY,
         CCK_HAND_NONE,
         true,
         false,
         false},
        /* stores before Sapphire Rapids */
        {{.mem_op = PERF_MEM_OP_STORE, .mem_lvl = PERF_MEM_LVL_L1 | PERF_MEM_LVL_MISS},
         CCK_FROM_UNKNOWN,
         CCK_HAND_MAYBE,
         false,
         true,
         false},
        {{.mem_op = PERF_MEM_OP_STORE, .mem_lvl = PERF_MEM_LVL_L1 | PERF_MEM_LVL_HIT},
         CCK_FROM_L1,
         CCK_HAND_NONE,
         false,
         true,
         false},
        /* lock xadd */
        {{.mem_op = PERF_MEM_OP_LOAD,
          .mem_lvl = PERF_MEM_LVL_L3 | PERF_MEM_LVL_HIT,
          .mem_snoop = PERF_MEM_SNOOP_HITM,
          .mem_lock = PERF_MEM_LOCK_LOCKED},
         CCK_FROM_PEER,
         CCK_HAND_HITM,
         true,
         true,
         true},
        {{.mem_op = PERF_MEM_OP_NA}, CCK_FROM_UNKNOWN, CCK_HAND_NONE, false, false, false},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        cck_memory_access access = {0};
        cck_source_perf(cases[i].from.val, &access);
        if (access.source != cases[i].source || access.hand_over != cases[i].hand_over ||
            access.reads != cases[i].reads || access.writes != cases[i].writes ||
            access.atomic != cases[i].atomic)
            fail_msg("case %zu: source %d, handed %d", i, access.source, access.hand_over);
    }
}

static void spe_sources_go_by_the_core(void **state)
{
    (void)state;
    unsigned n1 = cck_source_spe_encoding(0x413fd0c1), ampere = cck_source_spe_encoding(0xc00fac40);
    assert_int_equal(cck_source_spe(n1, 0x9).hand_over, CCK_HAND_PEER);
    assert_int_equal(cck_source_spe(n1, 0xb).source, CCK_FROM_L3);
    assert_int_equal(cck_source_spe(ampere, 0x9).source, CCK_FROM_L2);
    assert_int_equal(cck_source_spe(ampere, 0x5).hand_over, CCK_HAND_PEER);
    assert_int_equal(cck_source_spe_encoding(0x411fd050), 0); /* Cortex-A55 */
    assert_int_equal(cck_source_spe(0, 0x9).source, CCK_FROM_UNKNOWN);
    assert_int_equal(cck_source_spe_encoding(0), 0);
}

/* ---- IBS ---- */

typedef struct ibs_raw {
    uint32_t caps;
    uint64_t registers[7];
} __attribute__((packed)) ibs_raw;

#define BIT(n) (UINT64_C(1) << (n))

static cck_ibs_result decode_ibs(const ibs_raw *raw, size_t size, cck_ibs_kind kind,
                                 cck_memory_access *access)
{
    const cck_perf_sample sample = {
        .raw = (const uint8_t *)raw, .raw_size = (uint32_t)size, .ip = 0x999};
    *access = (cck_memory_access){0};
    return cck_ibs_decode(&sample, kind, access);
}

static void ibs_registers_tell_the_access(void **state)
{
    (void)state;
    const uint64_t load = BIT(0) | BIT(17), store = BIT(1) | BIT(17), miss = BIT(7) | BIT(20);
    const uint64_t eight = UINT64_C(4) << 22, latency = UINT64_C(321) << 32;
    static const uint32_t zen4 = 1 << 11;
    const struct {
        const char *what;
        cck_ibs_kind kind;
        uint32_t caps;
        uint64_t data2, data3;
        cck_data_source source;
        cck_hand_over hand_over;
        unsigned latency;
    } cases[] = {
        {"L1", CCK_IBS_OLD, zen4, 1, load | eight, CCK_FROM_L1, CCK_HAND_NONE, 0},
        {"L2", CCK_IBS_OLD, zen4, 1, load | eight | BIT(7) | latency, CCK_FROM_L2, CCK_HAND_NONE,
         321},
        {"modified in the CCX", CCK_IBS_OLD, zen4, 1, load | eight | miss | latency, CCK_FROM_PEER,
         CCK_HAND_HITM, 321},
        {"owned in the CCX, or L3", CCK_IBS_OLD, zen4, 1 | BIT(5), load | eight | miss, CCK_FROM_L3,
         CCK_HAND_NONE, 0},
        {"another CCX, owned", CCK_IBS_OLD, zen4, 2 | BIT(5), load | eight | miss, CCK_FROM_PEER,
         CCK_HAND_PEER, 0},
        {"another node, modified", CCK_IBS_OLD, zen4, 5, load | eight | miss, CCK_FROM_PEER,
         CCK_HAND_HITM, 0},
        {"memory", CCK_IBS_OLD, zen4, 3, load | eight | miss, CCK_FROM_MEMORY, CCK_HAND_NONE, 0},
        {"CXL (source 8: a high bit)", CCK_IBS_OLD, zen4, BIT(6), load | eight | miss,
         CCK_FROM_MEMORY, CCK_HAND_NONE, 0},
        {"Zen 3: L3 or another core", CCK_IBS_ZEN3, 0, 2, load | eight | miss, CCK_FROM_L3,
         CCK_HAND_MAYBE, 0},
        {"Zen 3: erratum 1293", CCK_IBS_ZEN3, 0, 2, load | eight | miss | BIT(16), CCK_FROM_UNKNOWN,
         CCK_HAND_NONE, 0},
        {"Zen 2: modified", CCK_IBS_OLD, 0, 2, load | eight | miss, CCK_FROM_PEER, CCK_HAND_HITM,
         0},
        {"a store that missed", CCK_IBS_OLD, zen4, 1, store | eight | miss, CCK_FROM_UNKNOWN,
         CCK_HAND_MAYBE, 0},
        {"a store that did not", CCK_IBS_OLD, zen4, 1, store | eight, CCK_FROM_UNKNOWN,
         CCK_HAND_NONE, 0},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        ibs_raw raw = {cases[i].caps, {0, 0x1000, 0, cases[i].data2, cases[i].data3, 0x2008, 0}};
        cck_memory_access access;
        assert_int_equal(decode_ibs(&raw, sizeof raw, cases[i].kind, &access), CCK_IBS_ACCESS);
        if (access.source != cases[i].source || access.hand_over != cases[i].hand_over ||
            access.latency != cases[i].latency || access.size != 8 || access.address != 0x2008 ||
            access.ip != 0x1000)
            fail_msg("%s: source %d, handed %d, latency %u", cases[i].what, access.source,
                     access.hand_over, access.latency);
    }
}

static void ibs_records_that_tell_nothing(void **state)
{
    (void)state;
    ibs_raw raw = {1 << 11, {0, 0x1000, BIT(38), 1, BIT(0) | BIT(15) | BIT(17), 0x2000, 0}};
    cck_memory_access access;
    assert_int_equal(decode_ibs(&raw, sizeof raw, CCK_IBS_OLD, &access), CCK_IBS_ACCESS);
    assert_int_equal(access.ip, 0x999); /* RIP is marked invalid: the interrupt's */
    assert_true(access.reads && access.writes && access.atomic);
    for (size_t size = 0; size < sizeof raw - sizeof(uint64_t); size++) /* physical: not needed */
        assert_int_equal(decode_ibs(&raw, size, CCK_IBS_OLD, &access), CCK_IBS_DAMAGED);
    raw.registers[4] = BIT(0); /* without a linear address */
    assert_int_equal(decode_ibs(&raw, sizeof raw, CCK_IBS_OLD, &access), CCK_IBS_NONE);
    raw.registers[4] = BIT(17); /* neither load nor store */
    assert_int_equal(decode_ibs(&raw, sizeof raw, CCK_IBS_OLD, &access), CCK_IBS_NONE);
    assert_int_equal(cck_ibs_kind_of(0x19, 0x01), CCK_IBS_ZEN3);
    assert_int_equal(cck_ibs_kind_of(0x19, 0x21), CCK_IBS_ZEN3);
    assert_int_equal(cck_ibs_kind_of(0x17, 0x31), CCK_IBS_OLD);
}

/* ---- SPE packets ---- */

static void packets_are_what_the_manual_says(void **state)
{
    (void)state;
    static const struct {
        uint8_t bytes[16];
        size_t size;
        long length;
        cck_spe_kind kind;
        uint8_t index;
        uint64_t payload;
    } cases[] = {
        {{0x00}, 1, 1, CCK_SPE_PADDING, 0, 0},
        {{0x01}, 1, 1, CCK_SPE_END, 0, 0},
        {{0x71, 8, 7, 6, 5, 4, 3, 2, 1}, 9, 9, CCK_SPE_TIMESTAMP, 0, 0x0102030405060708},
        {{0x42, 0x06}, 2, 2, CCK_SPE_EVENTS, 0, 6},
        {{0x52, 0x06, 0x04}, 3, 3, CCK_SPE_EVENTS, 0, 0x406},
        {{0x62, 1, 2, 3, 4}, 5, 5, CCK_SPE_EVENTS, 0, 0x04030201},
        {{0x43, 0x09}, 2, 2, CCK_SPE_DATA_SOURCE, 0, 9},
        {{0x64, 1, 0, 0, 0}, 5, 5, CCK_SPE_CONTEXT, 0, 1},
        {{0x65, 1, 0, 0, 0}, 5, 5, CCK_SPE_CONTEXT, 1, 1},
        {{0x49, 0x01}, 2, 2, CCK_SPE_OPERATION, 1, 1},
        {{0xb0, 0, 0x10, 0, 0, 0, 0, 0, 0x80},
         9,
         9,
         CCK_SPE_ADDRESS,
         CCK_SPE_PC,
         0x8000000000001000},
        {{0xb2, 8, 0, 0, 0, 0, 0, 0, 0}, 9, 9, CCK_SPE_ADDRESS, CCK_SPE_DATA_VIRTUAL, 8},
        {{0x98, 0x2c, 0x01}, 3, 3, CCK_SPE_COUNTER, 0, 300},
        {{0x21, 0x99, 5, 0}, 4, 4, CCK_SPE_COUNTER, 9, 5},     /* extended: index 8 + 1 */
        {{0x22, 0x00, 0, 0, 0}, 16, 5, CCK_SPE_PADDING, 0, 0}, /* up to a multiple of 8 */
        {{0x02}, 1, -1, CCK_SPE_PADDING, 0, 0},
        {{0xff, 0xff}, 2, -1, CCK_SPE_PADDING, 0, 0},
        {{0x20, 0x42, 0}, 3, -1, CCK_SPE_PADDING, 0, 0}, /* events have no extended form */
        {{0x20}, 1, 0, CCK_SPE_PADDING, 0, 0},
        {{0xb2, 8, 0, 0}, 4, 0, CCK_SPE_ADDRESS, 2, 0},
        {{0}, 0, 0, CCK_SPE_PADDING, 0, 0},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        cck_spe_packet packet;
        uint64_t offset = 3; /* of the buffer: alignment goes by that */
        long length = cck_spe_packet_read(&packet, cases[i].bytes, cases[i].size, offset);
        if (length != cases[i].length)
            fail_msg("case %zu: %ld bytes", i, length);
        if (length > 0 && (packet.kind != cases[i].kind || packet.index != cases[i].index ||
                           packet.payload != cases[i].payload))
            fail_msg("case %zu: kind %d, index %u", i, packet.kind, packet.index);
    }
}

typedef struct taken {
    cck_memory_access accesses[8];
    size_t count;
} taken;

static void take(void *context, const cck_memory_access *access)
{
    taken *all = context;
    if (all->count < COUNT_OF(all->accesses))
        all->accesses[all->count++] = *access;
}

static taken decode_spe(const uint8_t *bytes, size_t size, cck_spe_numbers *numbers)
{
    taken all = {.count = 0};
    const cck_spe_chunk chunk = {.bytes = bytes,
                                 .size = size,
                                 .time = 42,
                                 .period = 1024,
                                 .pid = 7,
                                 .tid = 8,
                                 .encoding = cck_source_spe_encoding(0x410fd0c0),
                                 .clock = {1000, 1 << 20, 10}};
    *numbers = (cck_spe_numbers){0};
    cck_spe_decode(&chunk, take, &all, numbers);
    return all;
}

#define PC_USER 0xb0, 0, 0x10, 0, 0, 0, 0, 0, 0
#define DATA_AT 0xb2, 0x08, 0x20, 0, 0, 0, 0, 0, 0x5a /* with a tag in the upper byte */

static void records_become_accesses(void **state)
{
    (void)state;
    static const uint8_t bytes[] = {
        /* a load from a peer core */
        PC_USER, 0x49, 0x00, DATA_AT, 0x98, 0x2c, 0x01, 0x43, 0x09, 0x71, 0, 4, 0, 0, 0, 0, 0, 0,
        /* an atomic that missed, without source and time */
        PC_USER, 0x42, 0x0e, 0x49, 0x07, DATA_AT, 0x01,
        /* an exclusive load; a branch; a load by the kernel: EL1 */
        PC_USER, 0x49, 0x0a, DATA_AT, 0x43, 0x00, 0x01, PC_USER, 0x4a, 0x01, 0x01, 0xb0, 0, 0x10, 0,
        0, 0, 0, 0, 0x20, 0x49, 0x00, DATA_AT, 0x01,
        /* newer cores say that another was snooped, of stores, too */
        PC_USER, 0x62, 0x06, 0, 0x80, 0, 0x49, 0x01, DATA_AT, 0x01, 0, 0, 0};
    cck_spe_numbers numbers;
    taken all = decode_spe(bytes, sizeof bytes, &numbers);
    assert_int_equal(numbers.records, 6);
    assert_int_equal(numbers.accesses, 4);
    assert_int_equal(all.count, 4);
    const cck_memory_access *load = &all.accesses[0], *atomic = &all.accesses[1];
    assert_true(load->reads && !load->writes && !load->atomic);
    assert_true(load->ip == 0x1000 && load->address == 0x2008);
    assert_true(load->pid == 7 && load->tid == 8 && load->period == 1024 && load->latency == 300);
    assert_int_equal(load->hand_over, CCK_HAND_PEER);
    assert_int_equal(load->time, 1000 + 1024 * 1024); /* 0x400 counts of 1024 ns */
    assert_true(atomic->reads && atomic->writes && atomic->atomic);
    assert_int_equal(atomic->hand_over, CCK_HAND_MAYBE);
    assert_int_equal(atomic->time, 42);
    assert_true(all.accesses[2].atomic && all.accesses[2].reads && !all.accesses[2].writes);
    assert_int_equal(all.accesses[2].source, CCK_FROM_L1);
    assert_true(all.accesses[3].writes && all.accesses[3].hand_over == CCK_HAND_PEER);
}

static void what_is_no_packet_ends_a_chunk(void **state)
{
    (void)state;
    static const uint8_t bytes[] = {PC_USER, 0x49, 0x00, DATA_AT, 0x01, 0xff,
                                    PC_USER, 0x49, 0x00, DATA_AT, 0x01};
    cck_spe_numbers numbers;
    taken all = decode_spe(bytes, sizeof bytes, &numbers);
    assert_int_equal(all.count, 1);
    assert_int_equal(numbers.damaged, 1);
    all = decode_spe(bytes, 15, &numbers); /* in the midst of the address */
    assert_int_equal(all.count, 0);
    assert_int_equal(numbers.cut, 1);
}

/* ---- operands ---- */

static void instructions_tell_what_they_do(void **state)
{
    (void)state;
    static const struct {
        int machine;
        uint8_t bytes[8];
        uint16_t size;
        bool writes, atomic;
    } cases[] = {
        {EM_X86_64, {0x48, 0x83, 0x05, 0, 0, 0, 0, 1}, 8, true, false}, /* addq $1, 0(%rip) */
        {EM_X86_64, {0xf0, 0x0f, 0xc1, 0x07}, 4, true, true},           /* lock xadd %eax, (%rdi) */
        {EM_X86_64, {0x48, 0x87, 0x07}, 8, true, true}, /* xchg %rax, (%rdi): locks by itself */
        {EM_X86_64, {0x88, 0x07}, 1, true, false},      /* mov %al, (%rdi) */
        {EM_X86_64, {0xc5, 0xfd, 0x6f, 0x07}, 32, false, false}, /* vmovdqa (%rdi), %ymm0 */
        {EM_X86_64, {0x48, 0x8d, 0x07}, 0, false, false},        /* lea: no access */
        {EM_X86_64, {0x90}, 0, false, false},
        {EM_AARCH64, {0x00, 0x00, 0x40, 0xf9}, 8, false, false},  /* ldr x0, [x0] */
        {EM_AARCH64, {0x00, 0x00, 0x40, 0xb9}, 4, false, false},  /* ldr w0, [x0] */
        {EM_AARCH64, {0x00, 0x00, 0x00, 0x39}, 1, false, false},  /* strb w0, [x0] */
        {EM_AARCH64, {0x20, 0x04, 0x40, 0xa9}, 16, false, false}, /* ldp x0, x1, [x1] */
        {EM_AARCH64, {0x20, 0x04, 0x40, 0x29}, 8, false, false},  /* ldp w0, w1, [x1] */
        {EM_AARCH64, {0x20, 0x04, 0x40, 0x69}, 8, false, false},  /* ldpsw x0, x1, [x1] */
        {EM_AARCH64, {0x20, 0x04, 0x40, 0xad}, 32, false, false}, /* ldp q0, q1, [x1] */
        {EM_AARCH64, {0x00, 0x00, 0xc0, 0x3d}, 16, false, false}, /* ldr q0, [x0] */
        {EM_AARCH64, {0x00, 0x00, 0x40, 0xfd}, 8, false, false},  /* ldr d0, [x0] */
        {EM_AARCH64, {0x01, 0x7c, 0x5f, 0xc8}, 8, false, false},  /* ldxr x1, [x0] */
        {EM_AARCH64, {0x01, 0x08, 0x7f, 0xc8}, 16, false, false}, /* ldxp x1, x2, [x0] */
        {EM_AARCH64, {0x82, 0x7c, 0x20, 0x48}, 16, false, false}, /* casp x0, x1, x2, x3, [x4] */
        {EM_AARCH64, {0x41, 0x00, 0x20, 0xf8}, 8, false, false},  /* ldadd x0, x1, [x2] */
        {EM_AARCH64, {0x00, 0x00, 0x00, 0x58}, 8, false, false},  /* ldr x0, . */
        {EM_AARCH64, {0x1f, 0x20, 0x03, 0xd5}, 0, false, false},  /* nop */
        {EM_RISCV, {0x03, 0x35, 0x05, 0x00}, 0, false, false},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        cck_operand operand =
            cck_operand_decode(cases[i].machine, cases[i].bytes, sizeof cases[i].bytes);
        if (operand.size != cases[i].size || operand.writes != cases[i].writes ||
            operand.atomic != cases[i].atomic)
            fail_msg("case %zu: %u bytes, writes %d, atomic %d", i, operand.size, operand.writes,
                     operand.atomic);
    }
    assert_int_equal(cck_operand_decode(EM_AARCH64, cases[7].bytes, 3).size, 0);
    assert_int_equal(cck_operand_decode(EM_X86_64, cases[0].bytes, 3).size, 0);
}

/* ---- lines ---- */

/* A program that touches more lines than there is room for keeps those that are shared. */
static void memory_is_bounded(void **state)
{
    (void)state;
    cck_precise_lines lines = {.line_size = 64};
    cck_memory_access access = {.pid = 1, .tid = 1, .size = 8, .reads = true};
    for (int i = 0; i < 2; i++) {
        access.tid = 1 + i;
        access.hand_over = CCK_HAND_HITM;
        access.address = 0x40 + 8 * (uint64_t)i;
        cck_precise_lines_take(&lines, 1, &access);
    }
    access.tid = 1;
    access.hand_over = CCK_HAND_NONE;
    for (uint64_t i = 0; i < 300000; i++) {
        access.time += 1000;
        access.address = 0x100000 + 64 * i;
        cck_precise_lines_take(&lines, access.address, &access);
    }
    assert_true(lines.by_key.count <= 1 << 16);
    assert_true(lines.forgotten > 200000);
    assert_int_equal(cck_precise_lines_shared(&lines), 1);
    const cck_precise_line *line = cck_map_get(&lines.by_key, 1);
    assert_int_equal(line->told, 2);
    assert_int_equal(line->side_count, 2);
    cck_precise_lines_clear(&lines);
}

/* More threads and instructions than are told apart: what is known stays, nothing breaks. */
static void lines_have_a_limit_of_users(void **state)
{
    (void)state;
    cck_precise_lines lines = {.line_size = 64};
    for (int i = 0; i < 1000; i++) {
        cck_memory_access access = {.pid = 1,
                                    .tid = i % 500,
                                    .ip = 0x1000 + (uint64_t)i,
                                    .address = 60, /* over the end of the line */
                                    .size = 8,
                                    .writes = true,
                                    .hand_over = CCK_HAND_MAYBE};
        cck_precise_lines_take(&lines, 1, &access);
    }
    const cck_precise_line *line = cck_map_get(&lines.by_key, 1);
    assert_int_equal(line->side_count, CCK_PRECISE_SIDES);
    assert_int_equal(line->use_count, CCK_PRECISE_USES);
    assert_int_equal(line->uses[0].size, 4);
    cck_precise_lines_clear(&lines);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_field_of_a_sample_is_found),
        cmocka_unit_test(short_samples_are_refused),
        cmocka_unit_test(aux_areas_give_what_is_there),
        cmocka_unit_test(perf_says_who_had_the_line),
        cmocka_unit_test(spe_sources_go_by_the_core),
        cmocka_unit_test(ibs_registers_tell_the_access),
        cmocka_unit_test(ibs_records_that_tell_nothing),
        cmocka_unit_test(packets_are_what_the_manual_says),
        cmocka_unit_test(records_become_accesses),
        cmocka_unit_test(what_is_no_packet_ends_a_chunk),
        cmocka_unit_test(instructions_tell_what_they_do),
        cmocka_unit_test(memory_is_bounded),
        cmocka_unit_test(lines_have_a_limit_of_users),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
