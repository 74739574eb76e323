/* SPDX-License-Identifier: MIT */
/* Real watchpoints on a word, and which instruction the decoder says fired them. */
#include <elf.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "probes/watch/decode.h"
#include "probes/watch/text_process.h"

#ifdef __x86_64__

static uint64_t words[16] __attribute__((aligned(64)));

enum { WATCHED = 4, WORD = 8 };

/* What is watched is at rdi. */
#define ACCESS(asm_text)                                                                           \
    __asm__ volatile(asm_text                                                                      \
                     :                                                                             \
                     : "D"(&words[WATCHED])                                                        \
                     : "rax", "rcx", "rsi", "r8", "xmm0", "memory", "cc")

static void store(void)
{
    ACCESS("movq $0,(%%rdi)");
}
static void store_byte(void)
{
    ACCESS("movb $0,3(%%rdi); inc %%rdi");
}
static void add_locked(void)
{
    ACCESS("lock addq $1,(%%rdi)");
}
static void exchange(void)
{
    ACCESS("xor %%eax,%%eax; xchg %%rax,(%%rdi)");
}
static void compare_and_jump(void)
{
    ACCESS("cmpq $0,(%%rdi); je 1f; nop; nop; 1: nop");
}
static void compare_and_stay(void)
{
    ACCESS("cmpq $1,(%%rdi); je 1f; nop; nop; 1: nop");
}
static void load_compared(void)
{
    ACCESS("xor %%eax,%%eax; cmp (%%rdi),%%rax; jne 1f; nop; 1: nop");
}
static void load_over_base(void)
{
    ACCESS("mov %%rdi,%%rax; mov (%%rax),%%rax");
}
static void load_two_words(void)
{
    ACCESS("movups -8(%%rdi),%%xmm0");
}
static void push(void)
{
    ACCESS("mov %%rsp,%%r8; lea 8(%%rdi),%%rsp; push $0; mov %%r8,%%rsp");
}
static void copy_onto(void)
{
    ACCESS("lea -24(%%rdi),%%rsi; sub $8,%%rdi; mov $16,%%ecx; rep movsb");
}
static void copy_from(void)
{
    ACCESS("lea -8(%%rdi),%%rsi; add $16,%%rdi; mov $16,%%ecx; rep movsb");
}
static void jump_through(void)
{
    ACCESS("movl $0,(%%rdi); lea 1f(%%rip),%%rax; mov %%rax,(%%rdi); jmp *(%%rdi); 1: nop");
}

typedef struct access_kind {
    const char *name;
    void (*run)(void);
    bool reads, writes, atomic;
    bool elsewhere; /* one stop is at another place than behind the instruction */
} access_kind;

static const access_kind kinds[] = {
    {"store", store, .writes = true},
    {"store of a byte", store_byte, .writes = true},
    {"locked addition", add_locked, .reads = true, .writes = true, .atomic = true},
    {"exchange", exchange, .reads = true, .writes = true, .atomic = true},
    {"comparison and jump", compare_and_jump, .reads = true},
    {"comparison and no jump", compare_and_stay, .reads = true},
    {"register comparison", load_compared, .reads = true},
    {"load over its base", load_over_base, .reads = true},
    {"load of two words", load_two_words, .reads = true},
    {"push", push, .writes = true},
    {"copy onto", copy_onto, .writes = true},
    {"copy from", copy_from, .reads = true},
    {"jump through", jump_through, .writes = true, .elsewhere = true},
};
enum { KINDS = sizeof kinds / sizeof *kinds };

/* The word's watchpoint: reads and writes of eight bytes, in register 0. */
static bool watch(pid_t child)
{
    uint64_t control = 1 | (uint64_t)3 << 16 | (uint64_t)2 << 18;
    return ptrace(PTRACE_POKEUSER, child, offsetof(struct user, u_debugreg[0]), &words[WATCHED]) ==
               0 &&
           ptrace(PTRACE_POKEUSER, child, offsetof(struct user, u_debugreg[7]), control) == 0;
}

static pid_t start(const access_kind *kind)
{
    int status;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0)
            _exit(0);
        raise(SIGSTOP);
        kind->run();
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFSTOPPED(status) ? child : -1;
}

static cck_registers registers_of(pid_t child)
{
    struct user_regs_struct from;
    assert_int_equal(ptrace(PTRACE_GETREGS, child, NULL, &from), 0);
    return (cck_registers){.value = {from.rax, from.rcx, from.rdx, from.rbx, from.rsp, from.rbp,
                                     from.rsi, from.rdi, from.r8, from.r9, from.r10, from.r11,
                                     from.r12, from.r13, from.r14, from.r15},
                           .ip = from.rip,
                           .thread_base = from.fs_base};
}

/* All stops of one kind. Returns how many there were; `*out_wrong` of them told wrong. */
static unsigned stops(const access_kind *kind, pid_t child, cck_decoder *decoder,
                      unsigned *out_wrong)
{
    unsigned count = 0, missed = 0;
    int status;
    while (ptrace(PTRACE_CONT, child, NULL, NULL) == 0 && waitpid(child, &status, 0) == child &&
           WIFSTOPPED(status) && count < 100) {
        cck_near_access found = {.size = 0};
        cck_registers registers = registers_of(child);
        uint64_t word = (uint64_t)(uintptr_t)&words[WATCHED];
        bool told = cck_decoder_trapped(decoder, &registers, word, WORD, &found);
        bool right = told && found.reads == kind->reads && found.writes == kind->writes &&
                     found.atomic == kind->atomic && found.address < word + 8 &&
                     found.address + found.size > word;
        print_message("  %s: %s at %+d, %u bytes\n", kind->name,
                      right  ? "right"
                      : told ? "WRONG"
                             : "not told",
                      found.distance, found.size);
        *out_wrong += told && !right;
        missed += !told;
        count++;
    }
    *out_wrong += missed > (kind->elsewhere ? 1 : 0);
    return count;
}

static void watchpoints_are_explained(void **state)
{
    (void)state;
    unsigned wrong = 0, unseen = 0;
    cck_root root;
    assert_int_equal(cck_root_open(&root, "/", NULL), 0);
    for (size_t i = 0; i < KINDS; i++) {
        cck_process_text *code;
        cck_decoder *decoder;
        pid_t child = start(&kinds[i]);
        if (child < 0 || !watch(child)) {
            if (child > 0 && kill(child, SIGKILL) == 0)
                waitpid(child, NULL, 0);
            cck_root_close(&root);
            print_message("no debug register is to be had\n");
            skip();
        }
        assert_int_equal(cck_process_text_new(&code, &root, child, NULL), 0);
        cck_text text = cck_process_text_reader(code);
        assert_int_equal(cck_decoder_new(&decoder, EM_X86_64, &text, NULL), 0);
        unseen += stops(&kinds[i], child, decoder, &wrong) == 0;
        kill(child, SIGKILL);
        waitpid(child, NULL, 0);
        cck_decoder_free(decoder);
        cck_process_text_free(code);
    }
    cck_root_close(&root);
    /* Emulated processors know no watchpoints, though they let one set them. */
    if (unseen == KINDS)
        skip();
    assert_int_equal(wrong, 0);
    assert_int_equal(unseen, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(watchpoints_are_explained)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#else

int main(void)
{
    return 0;
}

#endif
