/* SPDX-License-Identifier: MIT */
/*
 * Recorded runs that no PMU had to make: folders as CACHECHECK_RECORD leaves them, with records
 * as the kernel writes them, about the variables and functions of fixture_precise_lines.
 */
#ifndef CCK_TESTS_PRECISE_MADE_H
#define CCK_TESTS_PRECISE_MADE_H

#include "tests/unit/made_up.h"

#include <elf.h>
#include <fcntl.h>
#include <ftw.h>
#include <gelf.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/perf/ring.h"
#include "probes/precise/recording.h"
#include "probes/precise/operand.h"

#define MADE_PROGRAM CCK_FIXTURES "/fixture_precise_lines"
#define MADE_BIAS    UINT64_C(0x555500000000)

enum { MADE_PID = 1000, MADE_SECOND = 1001, MADE_AREA = 65536 };

typedef struct made_run {
    char path[64];
    cck_precise_head head;
    struct cck_precise_ring rings[2];
    cck_precise_writer *writer;
    uint64_t time; /* ns, of the next record */
    uint64_t aux;  /* written into the AUX area of ring 0 */
    bool pie;
    Elf *elf;
    int fd;
} made_run;

/* ---- the program ---- */

static inline uint64_t made_symbol(const made_run *run, const char *name)
{
    Elf_Scn *section = NULL;
    GElf_Shdr header;
    while ((section = elf_nextscn(run->elf, section))) {
        Elf_Data *data = elf_getdata(section, NULL);
        if (!gelf_getshdr(section, &header) || header.sh_type != SHT_SYMTAB || !data)
            continue;
        for (int i = 0; i < (int)(header.sh_size / header.sh_entsize); i++) {
            GElf_Sym symbol;
            const char *found = gelf_getsym(data, i, &symbol)
                                    ? elf_strptr(run->elf, header.sh_link, symbol.st_name)
                                    : NULL;
            if (found && strcmp(found, name) == 0)
                return symbol.st_value + (run->pie ? MADE_BIAS : 0);
        }
    }
    fail_msg("the fixture has no %s", name);
    return 0;
}

static inline void made_open_program(made_run *run)
{
    GElf_Ehdr header;
    elf_version(EV_CURRENT);
    run->fd = open(MADE_PROGRAM, O_RDONLY | O_CLOEXEC);
    assert_true(run->fd >= 0);
    run->elf = elf_begin(run->fd, ELF_C_READ, NULL);
    assert_non_null(gelf_getehdr(run->elf, &header));
    run->pie = header.e_type == ET_DYN;
}

/* The first instruction of a function that accesses 8 bytes of memory. */
static inline uint64_t made_code(const made_run *run, const char *function)
{
    uint64_t start = made_symbol(run, function);
    uint64_t offset = start - (run->pie ? MADE_BIAS : 0);
    GElf_Phdr segment;
    GElf_Ehdr header;
    gelf_getehdr(run->elf, &header);
    for (int i = 0; gelf_getphdr(run->elf, i, &segment); i++)
        if (segment.p_type == PT_LOAD && offset >= segment.p_vaddr &&
            offset < segment.p_vaddr + segment.p_filesz) {
            offset = offset - segment.p_vaddr + segment.p_offset;
            break;
        }
    for (uint64_t at = 0; at < 32; at++) {
        uint8_t bytes[15];
        ssize_t got = pread(run->fd, bytes, sizeof bytes, (off_t)(offset + at));
        assert_true(got > 0);
        /* endbr64 has no memory operand; nothing else comes before the access. */
        if (cck_operand_decode(header.e_machine, bytes, (size_t)got).size == 8)
            return start + at;
    }
    fail_msg("%s has no access to 8 bytes", function);
    return 0;
}

/* ---- the folder ---- */

static inline void made_file(const made_run *run, const char *path, const char *text)
{
    char full[256];
    snprintf(full, sizeof full, "%s/%s", run->path, path);
    for (char *slash = full + strlen(run->path) + 1; (slash = strchr(slash, '/')); slash++) {
        *slash = '\0';
        mkdir(full, 0755);
        *slash = '/';
    }
    FILE *file = fopen(full, "w");
    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
}

static inline void made_maps(const made_run *run)
{
    char text[4096] = "";
    struct stat status;
    GElf_Phdr segment;
    assert_int_equal(fstat(run->fd, &status), 0);
    for (int i = 0; gelf_getphdr(run->elf, i, &segment); i++) {
        if (segment.p_type != PT_LOAD)
            continue;
        uint64_t bias = run->pie ? MADE_BIAS : 0, page = 4095;
        snprintf(text + strlen(text), sizeof text - strlen(text),
                 "%llx-%llx r%c%cp %08llx 08:01 %llu %s\n",
                 (unsigned long long)(bias + (segment.p_vaddr & ~page)),
                 (unsigned long long)(bias + ((segment.p_vaddr + segment.p_memsz + page) & ~page)),
                 segment.p_flags & PF_W ? 'w' : '-', segment.p_flags & PF_X ? 'x' : '-',
                 (unsigned long long)(segment.p_offset & ~page), (unsigned long long)status.st_ino,
                 MADE_PROGRAM);
    }
    strcat(text, "7ffe00000000-7ffe00021000 rw-p 00000000 00:00 0 [stack]\n");
    made_file(run, "proc/1000/maps", text);
}

static inline made_run made_begin(cck_precise_format format, uint64_t midr)
{
    made_run run = {.path = "/tmp/cck-precise-XXXXXX", .time = 1000000000};
    cck_error err = {0};
    assert_non_null(mkdtemp(run.path));
    made_open_program(&run);
    made_maps(&run);
    made_file(&run, "proc/1000/stat",
              "1000 (lines) S 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 2 0 5 0 0 0 1 2 99 0");
    made_file(&run, "proc/1000/comm", "lines\n");
    made_file(&run, "proc/1000/task/1000/comm", "lines\n");
    made_file(&run, "proc/1000/task/1001/comm", "worker\n");
    run.rings[0] = (struct cck_precise_ring){0, midr};
    run.rings[1] = (struct cck_precise_ring){5, midr};
    run.head = (cck_precise_head){.format = format,
                                  .line_size = 64,
                                  .area = format.kind == CCK_PRECISE_SPE ? MADE_AREA : 0,
                                  .ring_count = 2};
    char stream[128];
    snprintf(stream, sizeof stream, "%s/stream", run.path);
    run.head.rings = run.rings;
    assert_int_equal(cck_precise_writer_new(&run.writer, stream, &run.head, &err), 0);
    return run;
}

static inline int made_unlink(const char *path, const struct stat *status, int kind, struct FTW *at)
{
    (void)status, (void)kind, (void)at;
    return remove(path);
}

static inline void made_clear(made_run *run)
{
    elf_end(run->elf);
    close(run->fd);
    nftw(run->path, made_unlink, 8, FTW_DEPTH | FTW_PHYS);
}

/* ---- records, as kernel/events/core.c puts them together ---- */

typedef struct made_bytes {
    uint8_t bytes[4096] __attribute__((aligned(8)));
    size_t size;
} made_bytes;

static inline void made_put(made_bytes *to, uint64_t value, size_t size)
{
    assert_true(to->size + size <= sizeof to->bytes);
    memcpy(to->bytes + to->size, &value, size);
    to->size += size;
}

static inline made_bytes made_record(uint32_t type, uint16_t misc)
{
    made_bytes record = {.size = sizeof(struct perf_event_header)};
    struct perf_event_header header = {.type = type, .misc = misc};
    memcpy(record.bytes, &header, sizeof header);
    return record;
}

static inline void made_write(made_run *run, size_t ring, made_bytes *record)
{
    ((struct perf_event_header *)record->bytes)->size = (uint16_t)record->size;
    cck_precise_writer_record(run->writer, ring, (struct perf_event_header *)record->bytes);
}

/* sample_id_all's trailer, for TID | TIME | CPU. */
static inline void made_trailer(made_bytes *record, const made_run *run, int32_t tid, uint32_t cpu)
{
    made_put(record, MADE_PID, 4);
    made_put(record, (uint32_t)tid, 4);
    made_put(record, run->time, 8);
    made_put(record, cpu, 8);
}

static inline void made_lost(made_run *run, uint64_t lost)
{
    made_bytes record = made_record(PERF_RECORD_LOST, 0);
    made_put(&record, 7, 8);
    made_put(&record, lost, 8);
    made_trailer(&record, run, MADE_PID, 0);
    made_write(run, 0, &record);
}

/* ---- an access, in general ---- */

typedef struct made_access {
    int32_t tid;
    const char *function, *variable;
    uint64_t offset;          /* into the variable */
    bool store, lock, handed; /* handed: another core had it modified, or the store missed */
    uint64_t period;
} made_access;

static const uint64_t made_latency_type =
    PERF_SAMPLE_IP | PERF_SAMPLE_TID | PERF_SAMPLE_TIME | PERF_SAMPLE_ADDR | PERF_SAMPLE_CPU |
    PERF_SAMPLE_PERIOD | PERF_SAMPLE_REGS_USER | PERF_SAMPLE_WEIGHT | PERF_SAMPLE_DATA_SRC;

static inline made_bytes made_sample_start(made_run *run, const made_access *access, uint64_t ip,
                                           bool address)
{
    made_bytes record =
        made_record(PERF_RECORD_SAMPLE, PERF_RECORD_MISC_USER | PERF_RECORD_MISC_EXACT_IP);
    made_put(&record, ip, 8);
    made_put(&record, MADE_PID, 4);
    made_put(&record, (uint32_t)access->tid, 4);
    made_put(&record, run->time, 8);
    if (address)
        made_put(&record, made_symbol(run, access->variable) + access->offset, 8);
    made_put(&record, access->tid == MADE_PID ? 0 : 5, 8); /* cpu, reserved */
    made_put(&record, access->period, 8);
    return record;
}

/* A PEBS sample of mem-loads or mem-stores: arch/x86/events/intel/ds.c. */
static inline void made_latency(made_run *run, const made_access *access)
{
    made_bytes record = made_sample_start(run, access, made_code(run, access->function), true);
    union perf_mem_data_src source = {
        .mem_op = access->store ? PERF_MEM_OP_STORE : PERF_MEM_OP_LOAD,
        .mem_lvl = access->store
                       ? PERF_MEM_LVL_L1 | (access->handed ? PERF_MEM_LVL_MISS : PERF_MEM_LVL_HIT)
                   : access->handed ? PERF_MEM_LVL_L3 | PERF_MEM_LVL_HIT
                                    : PERF_MEM_LVL_L2 | PERF_MEM_LVL_HIT,
        .mem_snoop = !access->store && access->handed ? PERF_MEM_SNOOP_HITM : PERF_MEM_SNOOP_NONE,
        .mem_lock = access->lock ? PERF_MEM_LOCK_LOCKED : PERF_MEM_LOCK_NA,
    };
    made_put(&record, PERF_SAMPLE_REGS_ABI_64, 8);
    made_put(&record, UINT64_C(0x7ffe00010000), 8); /* its stack pointer */
    made_put(&record, access->store ? 0 : access->handed ? 300 : 35, 8);
    made_put(&record, source.val, 8);
    made_write(run, access->tid == MADE_PID ? 0 : 1, &record);
}

/* Sapphire Rapids, Alder Lake: stores have a source, too; lines are forwarded; two weights. */
static const uint64_t made_newer_type =
    PERF_SAMPLE_IP | PERF_SAMPLE_TID | PERF_SAMPLE_TIME | PERF_SAMPLE_ADDR | PERF_SAMPLE_CPU |
    PERF_SAMPLE_PERIOD | PERF_SAMPLE_REGS_USER | PERF_SAMPLE_WEIGHT_STRUCT | PERF_SAMPLE_DATA_SRC;

static inline void made_newer(made_run *run, const made_access *access)
{
    made_bytes record = made_sample_start(run, access, made_code(run, access->function), true);
    union perf_mem_data_src source = {
        .mem_op = access->store ? PERF_MEM_OP_STORE : PERF_MEM_OP_LOAD,
        .mem_lvl = access->handed ? PERF_MEM_LVL_L3 | PERF_MEM_LVL_HIT
                                  : PERF_MEM_LVL_L1 | PERF_MEM_LVL_HIT,
        .mem_snoop = access->store && access->handed ? PERF_MEM_SNOOP_HITM : PERF_MEM_SNOOP_NONE,
        .mem_snoopx = !access->store && access->handed ? PERF_MEM_SNOOPX_FWD : 0,
        .mem_lock = access->lock ? PERF_MEM_LOCK_LOCKED : PERF_MEM_LOCK_NA,
    };
    made_put(&record, PERF_SAMPLE_REGS_ABI_64, 8);
    made_put(&record, UINT64_C(0x7ffe00010000), 8);
    made_put(&record, access->handed ? 300 : 35, 4); /* var1: latency of the cache */
    made_put(&record, 12, 2);                        /* var2: of the instruction */
    made_put(&record, 0, 2);
    made_put(&record, source.val, 8);
    made_write(run, access->tid == MADE_PID ? 0 : 1, &record);
}

static const uint64_t made_ibs_type = PERF_SAMPLE_IP | PERF_SAMPLE_TID | PERF_SAMPLE_TIME |
                                      PERF_SAMPLE_CPU | PERF_SAMPLE_PERIOD | PERF_SAMPLE_RAW |
                                      PERF_SAMPLE_REGS_USER;

enum { MADE_CAPS_ZEN4 = 1 << 11 | 0x3ff };

/* The registers of an IBS op sample, as ibs.c names them. */
static inline void made_ibs_raw(made_bytes *record, const made_run *run, const made_access *access,
                                uint32_t caps)
{
    bool zen4 = caps & 1 << 11;
    uint64_t width = 4; /* OpMemWidth: 8 bytes */
    uint64_t data3 = (access->store ? 2 : 1) | (access->handed ? UINT64_C(1) << 7 : 0) |
                     (access->lock ? UINT64_C(1) << 15 : 0) | UINT64_C(1) << 17 | width << 22 |
                     (access->handed ? UINT64_C(1) << 20 : 0) |
                     (access->handed && !access->store ? UINT64_C(300) << 32 : 0);
    uint64_t data2 = access->store || !access->handed ? 0 : zen4 ? 1 : 2; /* state: M */
    made_put(record, sizeof(uint32_t) + 7 * sizeof(uint64_t), 4);
    made_put(record, caps, 4);
    made_put(record, 0, 8);                                /* IbsOpCtl */
    made_put(record, made_code(run, access->function), 8); /* IbsOpRip */
    made_put(record, 0, 8);                                /* IbsOpData */
    made_put(record, data2, 8);
    made_put(record, data3, 8);
    made_put(record, made_symbol(run, access->variable) + access->offset, 8);
    made_put(record, 0x12345000, 8); /* physical */
}

static inline void made_ibs(made_run *run, const made_access *access, uint32_t caps)
{
    made_bytes record = made_sample_start(run, access, made_code(run, access->function) + 4, false);
    made_ibs_raw(&record, run, access, caps);
    made_put(&record, PERF_SAMPLE_REGS_ABI_NONE, 8);
    made_write(run, access->tid == MADE_PID ? 0 : 1, &record);
}

/* ---- Arm SPE ---- */

static const uint64_t made_spe_type = PERF_SAMPLE_TID | PERF_SAMPLE_TIME | PERF_SAMPLE_CPU;

static inline void made_packet(made_bytes *to, uint8_t header, uint64_t payload, size_t size)
{
    made_put(to, header, 1);
    made_put(to, payload, size);
}

/* One record in the order in which Neoverse N1 writes packets. */
static inline void made_spe_record(made_bytes *to, const made_run *run, const made_access *access)
{
    uint64_t events = 0x06 | (access->handed ? 1 << 3 : 0);     /* retired, L1D access, refill */
    made_packet(to, 0xb0, made_code(run, access->function), 8); /* PC, EL0 */
    made_packet(to, 0x65, 4711, 4);                             /* context, EL2 */
    made_packet(to, 0x52, events, 2);
    made_packet(to, 0x49, (access->store ? 1 : 0) | (access->lock ? 0x06 : 0), 1);
    made_packet(to, 0xb2, made_symbol(run, access->variable) + access->offset, 8);
    made_packet(to, 0x98, access->handed ? 300 : 40, 2); /* total latency */
    if (!access->store)
        made_packet(to, 0x43, access->handed ? 0x9 : 0x0, 1); /* peer core, or L1 */
    made_packet(to, 0x71, run->time, 8);
}

/* An AUX record of what `chunk` holds, and the bytes before it. */
static inline void made_spe_chunk(made_run *run, int32_t tid, const made_bytes *chunk,
                                  uint64_t flags)
{
    made_bytes record = made_record(PERF_RECORD_AUX, 0);
    if (chunk->size)
        cck_precise_writer_aux(run->writer, 0, run->aux, chunk->bytes, chunk->size);
    made_put(&record, run->aux, 8);
    made_put(&record, chunk->size, 8);
    made_put(&record, flags, 8);
    made_trailer(&record, run, tid, 0);
    made_write(run, 0, &record);
    run->aux += chunk->size;
}

static inline void made_spe(made_run *run, const made_access *access)
{
    made_bytes chunk = {0};
    made_spe_record(&chunk, run, access);
    made_spe_chunk(run, access->tid, &chunk, 0);
}

#endif
