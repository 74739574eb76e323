/* SPDX-License-Identifier: MIT */
/*
 * What the decoder tells from a sample, against what really ran: a child is single-stepped
 * through code of the C library and of this file, some of its steps are taken as samples,
 * and the accesses predicted around them are compared with those of the steps around, whose
 * addresses Zydis calculates from the registers of that very step.
 */
#include <elf.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include <Zydis/Zydis.h>

#include "probes/watch/decode.h"
#include "probes/watch/text_process.h"

#ifdef __x86_64__

enum { STEPS = 20000, NEAR = 3, SHOWN = 20 };

/* What is stepped through. */

typedef struct item {
    struct item *next;
    uint64_t key;
    uint32_t count;
    uint16_t kind;
    char name[18];
} item;

static __thread uint64_t own_total;
static _Atomic uint64_t shared_total;
static volatile uint64_t sink;

static int by_key(const void *a, const void *b)
{
    const item *x = a, *y = b;
    return (x->key > y->key) - (x->key < y->key);
}

__attribute__((noinline)) static uint64_t kinds(const item *items, size_t count, uint64_t *sums)
{
    uint64_t other = 0;
    for (size_t i = 0; i < count; i++)
        switch (items[i].kind) {
        case 0:
            sums[0] += items[i].key;
            break;
        case 1:
            sums[1] ^= items[i].count; /* fall through */
        case 2:
            sums[2] += 3;
            break;
        case 3:
            sums[items[i].count & 3]--;
            break;
        case 4:
            own_total += items[i].key; /* fall through */
        case 5:
            atomic_fetch_add(&shared_total, items[i].count);
            break;
        default:
            other += items[i].key / 7;
        }
    return other;
}

__attribute__((noinline)) static uint64_t chase(const item *from, uint64_t most)
{
    uint64_t sum = 0;
    for (const item *at = from; at && most--; at = at->next) {
        if (at->key & 1)
            sum += at->count;
        else if (at->kind > 3)
            sum -= at->name[2];
        sum ^= at->key;
    }
    return sum;
}

__attribute__((noinline)) static double blur(double *values, size_t count)
{
    double last = 0;
    for (size_t i = 1; i + 1 < count; i++) {
        last = values[i - 1] * 0.25 + values[i] * 0.5 + values[i + 1] * 0.25;
        values[i] = last;
    }
    return last;
}

__attribute__((noinline)) static void copies(char *to, const char *from, size_t size)
{
    __asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(size) : : "memory");
    __asm__ volatile("lock addq $3,%0; xchg %1,%0" : "+m"(shared_total), "+r"(size));
}

static void work(void)
{
    char text[256], other[512];
    uint64_t sums[4] = {0};
    double values[64];
    item *items = calloc(64, sizeof *items);
    for (int round = 0; items && round < 1000; round++) {
        for (unsigned i = 0; i < 64; i++) {
            items[i].key = (i * 7919u + (unsigned)round * 31u) % 1009u;
            items[i].count = i;
            items[i].kind = (uint16_t)(items[i].key % 8);
            items[i].next = i ? &items[i * 5 % i] : NULL;
            snprintf(items[i].name, sizeof items[i].name, "n%u", i % 10);
            values[i] = i;
        }
        qsort(items, 64, sizeof *items, by_key);
        sink += kinds(items, 64, sums) + chase(&items[63], 40);
        snprintf(text, sizeof text, "%d %s %8.3f %lx", round, items[3].name, blur(values, 64),
                 (unsigned long)sums[round & 3]);
        memcpy(other, text, (size_t)(round % 3 + 1) * 60);
        memset(other + 100, round, (size_t)(round % 200));
        copies(other, text, (size_t)(round % 20));
        sink += strlen(text) + (unsigned)strcmp(text, other);
        sink += (uint64_t)strtod(text, NULL) + (uint64_t)time(NULL);
        free(realloc(malloc((size_t)(round % 500 + 8)), (size_t)(round % 3000 + 8)));
    }
    free(items);
}

/* What really ran. */

typedef struct truth {
    uint64_t address, size;
    bool reads, writes;
} truth;

typedef struct step {
    struct user_regs_struct registers;
    uint64_t next; /* address of the instruction behind */
    size_t count;
    truth at[4];
    bool string;
} step;

static ZydisDecoder decoder;

static void registers_of(const struct user_regs_struct *from, ZydisRegisterContext *out)
{
    const uint64_t values[] = {from->rax, from->rcx, from->rdx, from->rbx, from->rsp, from->rbp,
                               from->rsi, from->rdi, from->r8,  from->r9,  from->r10, from->r11,
                               from->r12, from->r13, from->r14, from->r15};
    memset(out, 0, sizeof *out);
    for (int i = 0; i < 16; i++) {
        out->values[ZYDIS_REGISTER_RAX + i] = values[i];
        out->values[ZYDIS_REGISTER_EAX + i] = (uint32_t)values[i];
    }
    out->values[ZYDIS_REGISTER_RIP] = from->rip;
}

static void sample_of(const struct user_regs_struct *from, cck_registers *out)
{
    ZydisRegisterContext context;
    registers_of(from, &context);
    *out = (cck_registers){.ip = from->rip, .thread_base = from->fs_base};
    memcpy(out->value, &context.values[ZYDIS_REGISTER_RAX], 16 * sizeof(uint64_t));
}

static bool is_hint(const ZydisDecodedInstruction *instruction)
{
    ZydisInstructionCategory category = instruction->meta.category;
    return category == ZYDIS_CATEGORY_NOP || category == ZYDIS_CATEGORY_WIDENOP ||
           category == ZYDIS_CATEGORY_PREFETCH;
}

static void take_operand(const ZydisDecodedInstruction *instruction,
                         const ZydisDecodedOperand *operand, const ZydisRegisterContext *context,
                         step *out)
{
    ZyanU64 address;
    truth *to = &out->at[out->count];
    if (operand->type != ZYDIS_OPERAND_TYPE_MEMORY || operand->size == 0 ||
        operand->mem.type != ZYDIS_MEMOP_TYPE_MEM || is_hint(instruction) ||
        !ZYAN_SUCCESS(ZydisCalcAbsoluteAddressEx(instruction, operand, out->registers.rip, context,
                                                 &address)))
        return;
    if (operand->mem.segment == ZYDIS_REGISTER_FS)
        address += out->registers.fs_base;
    *to = (truth){.address = address,
                  .size = operand->size / 8,
                  .reads = operand->actions & ZYDIS_OPERAND_ACTION_MASK_READ,
                  .writes = operand->actions & ZYDIS_OPERAND_ACTION_MASK_WRITE};
    if (operand->visibility == ZYDIS_OPERAND_VISIBILITY_HIDDEN && to->writes &&
        operand->mem.base == ZYDIS_REGISTER_RSP)
        to->address -= to->size; /* pushed */
    if (instruction->attributes & ZYDIS_ATTRIB_HAS_REP)
        to->size *= out->registers.rcx;
    out->count++;
}

static void look(const cck_text *text, step *out)
{
    uint8_t bytes[16];
    ZydisDecodedInstruction instruction;
    ZydisDecodedOperand operands[ZYDIS_MAX_OPERAND_COUNT];
    ZydisRegisterContext context;
    size_t size = text->read(text->context, out->registers.rip, bytes, sizeof bytes);
    assert_true(
        ZYAN_SUCCESS(ZydisDecoderDecodeFull(&decoder, bytes, size, &instruction, operands)));
    registers_of(&out->registers, &context);
    for (int i = 0; i < instruction.operand_count && out->count < 4; i++)
        take_operand(&instruction, &operands[i], &context, out);
    out->next = out->registers.rip + instruction.length;
    out->string = instruction.meta.category == ZYDIS_CATEGORY_STRINGOP &&
                  instruction.attributes & ZYDIS_ATTRIB_HAS_REP;
}

/* Step the child until `count` steps are kept. Steps of one repeated instruction are one. */
static size_t run(pid_t child, const cck_text *text, step *steps, size_t count)
{
    size_t kept = 0;
    struct user_regs_struct registers;
    while (kept < count) {
        int status;
        assert_int_equal(ptrace(PTRACE_SINGLESTEP, child, NULL, NULL), 0);
        assert_int_equal(waitpid(child, &status, 0), child);
        if (!WIFSTOPPED(status))
            break;
        assert_int_equal(ptrace(PTRACE_GETREGS, child, NULL, &registers), 0);
        step *last = kept ? &steps[kept - 1] : NULL;
        if (last && last->string && last->registers.rip == registers.rip)
            continue;
        steps[kept] = (step){.registers = registers};
        look(text, &steps[kept++]);
    }
    return kept;
}

/* The comparison. */

typedef struct scores {
    uint64_t samples, usable; /* with an access at the sampled or the step before */
    uint64_t right[2 * NEAR + 1], all[2 * NEAR + 1]; /* of what ran, by distance */
    uint64_t executed, wrong;                        /* of what was said to be executed */
    uint64_t flagged[2 * NEAR + 1];                  /* right and said to be */
    uint64_t maybe, maybe_right;
    uint64_t hits, verified, false_hits;
} scores;

static bool within(const cck_near_access *inner, const step *of)
{
    for (size_t i = 0; i < of->count; i++)
        if (inner->address >= of->at[i].address &&
            inner->address + inner->size <= of->at[i].address + of->at[i].size &&
            inner->reads <= of->at[i].reads && inner->writes <= of->at[i].writes)
            return true;
    return false;
}

static bool ran(const cck_near_access *access, const step *steps, size_t at)
{
    const step *of = &steps[(ptrdiff_t)at + access->distance];
    return of->registers.rip == access->ip && within(access, of);
}

static void complain(const cck_near_access *access, const step *steps, size_t at, const char *what)
{
    static int shown;
    const step *of = &steps[(ptrdiff_t)at + access->distance];
    if (shown++ < SHOWN)
        print_message("%s: sampled %llx, at %+d said %lx, ran %llx; address %lx, really %lx\n",
                      what, steps[at].registers.rip, access->distance, (unsigned long)access->ip,
                      of->registers.rip, (unsigned long)access->address,
                      of->count ? (unsigned long)of->at[0].address : 0);
}

static void judge_near(cck_decoder *tested, const step *steps, size_t at, scores *out)
{
    cck_near_access found[CCK_ACCESSES_NEAR];
    cck_registers sample;
    bool known, told[2 * NEAR + 1] = {false}, sure[2 * NEAR + 1] = {false};
    sample_of(&steps[at].registers, &sample);
    size_t count = cck_decoder_near(tested, &sample, found, CCK_ACCESSES_NEAR, &known);
    for (size_t i = 0; i < count; i++) {
        bool right = ran(&found[i], steps, at);
        int distance = found[i].distance;
        if (right && distance >= -NEAR && distance <= NEAR) {
            told[distance + NEAR] = true;
            sure[distance + NEAR] |= found[i].executed;
        }
        out->executed += found[i].executed;
        out->wrong += found[i].executed && !right;
        out->maybe += !found[i].executed;
        out->maybe_right += !found[i].executed && right;
        if (found[i].executed && !right)
            complain(&found[i], steps, at, "wrong");
    }
    for (int d = -NEAR; d <= NEAR; d++) {
        bool accesses = steps[(ptrdiff_t)at + d].count > 0;
        out->all[d + NEAR] += accesses;
        out->right[d + NEAR] += accesses && told[d + NEAR];
        out->flagged[d + NEAR] += accesses && sure[d + NEAR];
    }
    if (steps[at].count || steps[at - 1].count) {
        out->samples++;
        out->usable += told[NEAR] || told[NEAR - 1];
    }
}

/* A watchpoint on what the step before accessed fires here. */
static void judge_trapped(cck_decoder *tested, const step *steps, size_t at, scores *out)
{
    const step *before = &steps[at - 1];
    cck_near_access found;
    cck_registers sample;
    sample_of(&steps[at].registers, &sample);
    if (before->next != steps[at].registers.rip || before->string)
        return;
    for (size_t i = 0; i < before->count; i++) {
        uint64_t word = before->at[i].address & ~(uint64_t)7;
        out->hits++;
        if (cck_decoder_trapped(tested, &sample, word, 8, &found)) {
            out->verified++;
            bool right = found.ip == before->registers.rip && found.address + found.size > word &&
                         found.address < word + 8;
            out->false_hits += !right;
        }
        uint64_t far = word ^ 0x10000;
        if (cck_decoder_trapped(tested, &sample, far, 8, &found) && found.address != far)
            out->false_hits++;
    }
}

static void report(const scores *score, size_t kept)
{
    print_message("%zu steps; usable at 0 or -1: %.2f %% of %lu\n", kept,
                  100.0 * (double)score->usable / (double)score->samples,
                  (unsigned long)score->samples);
    for (int d = -NEAR; d <= NEAR; d++)
        print_message("  %+d: %.2f %% of %lu accesses told, %.2f %% as executed\n", d,
                      100.0 * (double)score->right[d + NEAR] / (double)score->all[d + NEAR],
                      (unsigned long)score->all[d + NEAR],
                      100.0 * (double)score->flagged[d + NEAR] / (double)score->all[d + NEAR]);
    print_message("  executed: %lu wrong of %lu; others right: %.2f %% of %lu\n",
                  (unsigned long)score->wrong, (unsigned long)score->executed,
                  100.0 * (double)score->maybe_right / (double)score->maybe,
                  (unsigned long)score->maybe);
    print_message("  hits verified: %.2f %% of %lu, wrong %lu\n",
                  100.0 * (double)score->verified / (double)score->hits, (unsigned long)score->hits,
                  (unsigned long)score->false_hits);
}

static pid_t start(void)
{
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0)
            _exit(0);
        raise(SIGSTOP);
        work();
        _exit(0);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFSTOPPED(status) ? child : -1;
}

static double nanoseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static void measure(const cck_text *text, const step *steps, size_t kept)
{
    cck_near_access found[CCK_ACCESSES_NEAR];
    cck_registers sample;
    cck_decoder *tested;
    assert_int_equal(cck_decoder_new(&tested, EM_X86_64, text, NULL), 0);
    for (int round = 0; round < 2; round++) {
        double begun = nanoseconds();
        size_t count = 0;
        for (size_t i = 0; i < kept; i += 7, count++) {
            sample_of(&steps[i].registers, &sample);
            cck_decoder_near(tested, &sample, found, CCK_ACCESSES_NEAR, NULL);
        }
        print_message("  %s: %.0f ns of CPU time a sample\n",
                      round ? "analysed before" : "as they come",
                      (nanoseconds() - begun) / (double)count);
    }
    double begun = nanoseconds();
    for (size_t i = 0; i < 2000; i++) {
        cck_decoder_forget(tested, 0, UINT64_MAX);
        sample_of(&steps[i * 7].registers, &sample);
        cck_decoder_near(tested, &sample, found, CCK_ACCESSES_NEAR, NULL);
    }
    print_message("  never analysed before: %.0f ns of CPU time a sample\n",
                  (nanoseconds() - begun) / 2000);
    cck_decoder_free(tested);
}

static void predictions_come_true(void **state)
{
    (void)state;
    cck_root root;
    cck_process_text *code;
    cck_decoder *tested;
    scores score = {0};
    pid_t child = start();
    if (child < 0)
        skip(); /* tracing is forbidden */
    step *steps = calloc(STEPS, sizeof *steps);
    assert_non_null(steps);
    ZydisDecoderInit(&decoder, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64);
    assert_int_equal(cck_root_open(&root, "/", NULL), 0);
    assert_int_equal(cck_process_text_new(&code, &root, child, NULL), 0);
    cck_text text = cck_process_text_reader(code);
    assert_int_equal(cck_decoder_new(&tested, EM_X86_64, &text, NULL), 0);
    size_t kept = run(child, &text, steps, STEPS);
    uint32_t random = 1;
    for (size_t i = 8; i + 8 < kept; i++) {
        random = random * 1664525 + 1013904223;
        if (steps[i].registers.rip == steps[i - 1].registers.rip)
            continue;
        if (random >> 30 == 0)
            judge_near(tested, steps, i, &score);
        judge_trapped(tested, steps, i, &score);
    }
    report(&score, kept);
    measure(&text, steps, kept);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    cck_decoder_free(tested);
    cck_process_text_free(code);
    cck_root_close(&root);
    free(steps);
    assert_true(kept == STEPS);
    assert_int_equal(score.wrong, 0);
    assert_int_equal(score.false_hits, 0);
    assert_true((double)score.usable > 0.9 * (double)score.samples);
    assert_true((double)score.verified > 0.9 * (double)score.hits);
    assert_true(score.flagged[NEAR - 1] > score.all[NEAR - 1] / 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(predictions_come_true)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#else

int main(void)
{
    return 0;
}

#endif
