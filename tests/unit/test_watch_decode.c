/* SPDX-License-Identifier: MIT */
/* What the decoder tells of x86-64 code: bytes of instructions against what they do. */
#include <elf.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "watch_code.h"

/* rax 100000, rcx 200000, rdx 300000, rbx 400000, rsp 500000, rbp 600000, rsi 700000,
 * rdi 800000, r8 900000 ..., FS 7000000. */
typedef struct row {
    const char *text; /* "|": the sampled instruction */
    const char *bytes;
    unsigned at; /* its offset */
    const char *accesses;
} row;

enum { INT3 = 0xcc };

static const row alone[] = {
    {"mov (%rax),%rbx", "48 8b 18", 0, "+0 r8@100000!"},
    {"mov %ebx,8(%rax,%rcx,4)", "89 5c 88 08", 0, "+0 w4@900008!"},
    {"mov -8(,%rdx,2),%bl", "8a 1c 55 f8 ff ff ff", 0, "+0 r1@5ffff8!"},
    {"lock xadd %rdx,(%rdi)", "f0 48 0f c1 17", 0, "+0 rw8a@800000!"},
    {"xchg %al,(%rsi)", "86 06", 0, "+0 rw1a@700000!"},
    {"lock cmpxchg16b (%rdi)", "f0 48 0f c7 0f", 0, "+0 rw16a@800000!"},
    {"cmpxchg %rbx,(%rdi)", "48 0f b1 1f", 0, "+0 rw8@800000!"},
    {"lock notl (%rdi)", "f0 f7 17", 0, "+0 rw4a@800000!"},
    {"cmpb $0,(%rdi)", "80 3f 00", 0, "+0 r1@800000!"},
    {"incl (%rdi)", "ff 07", 0, "+0 rw4@800000!"},
    {"cmovne (%rdi),%rax", "48 0f 45 07", 0, "+0 r8@800000!"},
    {"mov %fs:0x10,%rax", "64 48 8b 04 25 10 00 00 00", 0, "+0 r8@7000010!"},
    {"mov %rax,%fs:(%rdi)", "64 48 89 07", 0, "+0 w8@7800000!"},
    {"mov %gs:0x28,%rax", "65 48 8b 04 25 28 00 00 00", 0, "?"},
    {"mov 0x1234(%rip),%eax", "8b 05 34 12 00 00", 0, "+0 r4@1123a!"},
    {"cmpl $1,0x1234(%rip)", "83 3d 34 12 00 00 01", 0, "+0 r4@1123b!"},
    {"movabs 0x1122334455,%al", "a0 55 44 33 22 11 00 00 00", 0, "+0 r1@1122334455!"},
    {"mov (%eax),%ebx", "67 8b 18", 0, "+0 r4@100000!"},
    {"mov -0x200000(%eax),%ebx", "67 8b 98 00 00 e0 ff", 0, "+0 r4@fff00000!"},
    {"mov -0xffff0(%rax),%bl", "8a 98 10 00 f0 ff", 0, "?"},
    {"push %rbx", "53", 0, "+0 w8s@4ffff8!"},
    {"pushw %bx", "66 53", 0, "+0 w2s@4ffffe!"},
    {"push 8(%rax)", "ff 70 08", 0, "+0 r8@100008! +0 w8s@4ffff8!"},
    {"pop %rbx", "5b", 0, "+0 r8s@500000!"},
    {"pop 8(%rsp)", "8f 44 24 08", 0, "+0 w8s@500010! +0 r8s@500000!"},
    {"call .+0x105", "e8 00 01 00 00", 0, "+0 w8s@4ffff8!"},
    {"call *(%rax)", "ff 10", 0, "+0 r8@100000! +0 w8s@4ffff8!"},
    {"jmp *8(%rax)", "ff 60 08", 0, "+0 r8@100008!"},
    {"ret", "c3", 0, "+0 r8s@500000!"},
    {"leave", "c9", 0, "+0 r8s@600000!"},
    {"lea 8(%rax),%rbx", "48 8d 58 08", 0, ""},
    {"nopw (%rax,%rax,1)", "66 0f 1f 04 00", 0, ""},
    {"prefetcht0 (%rdi)", "0f 18 0f", 0, ""},
    {"prefetchw (%rdi)", "0f 0d 0f", 0, ""},
    {"clflush (%rdi)", "0f ae 3f", 0, ""},
    {"movsb", "a4", 0, "+0 w1@800000! +0 r1@700000!"},
    {"lodsl", "ad", 0, "+0 r4@700000!"},
    {"rep movsb", "f3 a4", 0, "+0 w2097152@800000! +0 r2097152@700000!"},
    {"rep stosq", "f3 48 ab", 0, "+0 w16777216@800000!"},
    {"repe cmpsb", "f3 a6", 0, "?"},
    {"repne scasb", "f2 ae", 0, "?"},
    {"movdqu (%rdi),%xmm0", "f3 0f 6f 07", 0, "+0 r16@800000!"},
    {"movntdq %xmm0,(%rdi)", "66 0f e7 07", 0, "+0 w16@800000!"},
    {"movq %xmm0,(%rdi)", "66 0f d6 07", 0, "+0 w8@800000!"},
    {"movss (%rdi),%xmm0", "f3 0f 10 07", 0, "+0 r4@800000!"},
    {"vmovdqu (%rdi),%ymm0", "c5 fe 6f 07", 0, "+0 r32@800000!"},
    {"vmovdqu64 64(%rdi),%zmm0", "62 f1 fe 48 6f 47 01", 0, "+0 r64@800040!"},
    {"vmovdqu64 (%rdi),%zmm0{%k1}", "62 f1 fe 49 6f 07", 0, "?"},
    {"vaddps (%rdi){1to16},%zmm0,%zmm1", "62 f1 7c 58 58 0f", 0, "+0 r4@800000!"},
    {"vbroadcastss (%rdi),%ymm0", "c4 e2 7d 18 07", 0, "+0 r4@800000!"},
    {"vpgatherdd %ymm0,(%rdi,%ymm1,4),%ymm2", "c4 e2 7d 90 14 8f", 0, "?"},
    {"vmaskmovps (%rdi),%ymm0,%ymm1", "c4 e2 7d 2c 0f", 0, "?"},
    {"maskmovdqu %xmm0,%xmm1", "66 0f f7 c8", 0, "?"},
    {"btsq %rax,(%rdi)", "48 0f ab 07", 0, "?"},
    {"btsl $3,(%rdi)", "0f ba 2f 03", 0, "+0 rw4@800000!"},
    {"xlat", "d7", 0, "?"},
    {"fldt (%rdi)", "db 2f", 0, "+0 r10@800000!"},
    {"fxsave (%rdi)", "0f ae 07", 0, "+0 w416@800000!"},
    {"xsavec (%rdi)", "0f c7 27", 0, "+0 w16@800200!"},
    {"xrstor (%rdi)", "0f ae 2f", 0, "+0 r64@800200!"},
    {".byte 6", "06", 0, ""},
};

static const row around[] = {
    {"add $8,%rdi; mov %rax,(%rdi) |", "48 83 c7 08 48 89 07", 7, "-1 w8@800000!"},
    {"mov %rax,(%rdi); add $16,%rdi |", "48 89 07 48 83 c7 10", 7, "-2 w8@7ffff0!"},
    {"mov %rax,(%rdi); sub $-128,%rdi |", "48 89 07 48 83 ef 80", 7, "-2 w8@7fff80!"},
    {"mov %rax,(%rdi); inc %rdi; dec %rsi |", "48 89 07 48 ff c7 48 ff ce", 9, "-3 w8@7fffff!"},
    {"mov %rax,(%rdi); add $16,%edi |", "48 89 07 83 c7 10", 6, "?"},
    {"mov %rax,(%rdi); add %rsi,%rdi |", "48 89 07 48 01 f7", 6, "?"},
    {"mov (%rdi),%rax; mov %rax,%rcx |", "48 8b 07 48 89 c1", 6, "-2 r8@800000!"},
    {"mov (%rax),%rax |", "48 8b 00", 3, "?"},
    {"mov (%rax),%rbx; mov %rax,%rcx; xor %eax,%eax |", "48 8b 18 48 89 c1 31 c0", 8,
     "-3 r8@200000!"},
    {"mov (%rax),%cl; xchg %rax,%rbx |", "8a 08 48 93", 4, "-2 r1@400000!"},
    {"mov (%rdi),%al; lea 16(%rdi),%rdi |", "8a 07 48 8d 7f 10", 6, "-2 r1@7ffff0!"},
    {"mov (%rdi),%al; lea 16(%rdi),%rsi; xor %edi,%edi |", "8a 07 48 8d 77 10 31 ff", 8,
     "-3 r1@6ffff0!"},
    {"mov (%rdi),%al; lea (%rdi,%rcx),%rdi |", "8a 07 48 8d 3c 0f", 6, "?"},
    {"push %rbx; push %rbp |", "53 55", 2, "-1 w8s@500000! -2 w8s@500008!"},
    {"pop %rbx |", "5b", 1, "-1 r8s@4ffff8!"},
    {"pop %rsp |", "5c", 1, "?"},
    {"leave |", "c9", 1, "-1 r8s@4ffff8!"},
    {"sub $32,%rsp; mov %rax,8(%rsp) |", "48 83 ec 20 48 89 44 24 08", 9, "-1 w8s@500008!"},
    {"mov (%rax),%bl; syscall |", "8a 18 0f 05", 4, "?"},
    {"mov (%rax),%bl; cpuid |", "8a 18 0f a2", 4, "?"},
    {"mov %al,(%rdi); movsb |", "88 07 a4", 3, "-1 w1@7fffff! -1 r1@6fffff! -2 w1@7fffff!"},
    {"rep movsb |", "f3 a4", 2, "-1 w1@7fffff -1 r1@6fffff"},
    {"mov %al,(%rdi); rep stosb |", "88 07 f3 aa", 4, "-1 w1@7fffff"},
    {"lock incl (%rdi); jne .+9 |", "f0 ff 07 75 07", 5, "-2 rw4a@800000!"},
    {"mov %al,(%rdi); ret |", "88 07 c3", 3, ""},
    {"mov %al,(%rdi); call .+64 |", "88 07 e8 3b 00 00 00", 7, ""},
    {"mov %al,(%rdi); jmp .+64 |", "88 07 eb 3e", 4, ""},
    {"mov %al,(%rdi); ud2 |", "88 07 0f 0b", 4, ""},
    {"mov %al,(%rdi) | endbr64", "88 07 f3 0f 1e fa", 2, "-1 w1@800000"},
    {"mov %al,(%rdi) | nop; jmp *%rax", "88 07 90 ff e0", 2, "-1 w1@800000"},
    {"mov %al,(%rdi) | nop; jmp *(%r8,%rax,8)", "88 07 90 41 ff 24 c0", 2,
     "-1 w1@800000 +1 r8@1100000"},
    {"mov %al,(%rdi) | nop; jmp *8(%rax)", "88 07 90 ff 60 08", 2, "-1 w1@800000! +1 r8@100008"},
    {"je 1f; mov %al,(%rdi); 1: mov %cl,(%rsi) |", "74 02 88 07 88 0e", 6,
     "-1 w1@700000! -2 w1@800000"},
    {"mov %al,(%rdi); 1: | nop; nop; jmp 1b", "88 07 90 90 eb fc", 2, "-1 w1@800000"},
    {"mov %al,(%rdi) | .skip 140,0x90; jmp sample_here",
     "88 07 90 90 90 90 90 90 90 90 90 90 90 90 90 90 90 90 90 90 90 90 90 90 90 90 90 90 90 90 90 "
     "90 90 90 90 90 90 90 90 90 90 90 90 90 90 90 90 90 90 90 90 90 90 90 90 90 90 90 90 90 90 90 "
     "90 90 90 90 90 90 90 90 90 90 90 90 90 90 90 90 90 90 90 90 90 90 90 90 90 90 90 90 90 90 90 "
     "90 90 90 90 90 90 90 90 90 90 90 90 90 90 90 90 90 90 90 90 90 90 90 90 90 90 90 90 90 90 90 "
     "90 90 90 90 90 90 90 90 90 90 90 90 90 90 90 90 90 90 e9 6f ff ff ff",
     2, "-1 w1@800000"},
    {"| mov %rdi,%rax; mov 8(%rax),%rcx; add $8,%rax; mov (%rax),%dl",
     "48 89 f8 48 8b 48 08 48 83 c0 08 8a 10", 0, "+1 r8@800008 +3 r1@800008"},
    {"| mov $0x1000000,%eax; mov (%rax),%cl", "b8 00 00 00 01 8a 08", 0, "+1 r1@1000000"},
    {"| lea 16(%rip),%rax; mov (%rax),%cl", "48 8d 05 10 00 00 00 8a 08", 0, "+1 r1@10017"},
    {"| mov (%rax),%rax; mov (%rax),%rax", "48 8b 00 48 8b 00", 0, "+0 r8@100000!"},
    /* Pointers that are kept in the frame: none of what they tell counts as done. */
    {"mov (%rax),%rax; | mov -16(%rbp),%rax; mov %rdx,(%rax)", "48 8b 00 48 8b 45 f0 48 89 10", 3,
     "+0 r8s@5ffff0! +1 w8@15ffff0"},
    {"| mov -16(%rbp),%rax; add $8,%rax; incl 4(%rax)", "48 8b 45 f0 48 83 c0 08 ff 40 04", 0,
     "+0 r8s@5ffff0! +2 rw4@15ffffc"},
    {"| push %rbx; mov 8(%rsp),%rdi; lock incq (%rdi,%rcx,8)", "53 48 8b 7c 24 08 f0 48 ff 04 cf",
     0, "+0 w8s@4ffff8! +1 r8s@500000 +2 rw8a@2500000"},
    {"| mov 8(%rsp),%rax; mov 8(%rax),%rax; incl (%rax)", "48 8b 44 24 08 48 8b 40 08 ff 00", 0,
     "+0 r8s@500008! +1 r8@1500010"},
    {"| mov 8(%rsp),%eax; incl (%rax)", "8b 44 24 08 ff 00", 0, "+0 r4s@500008!"},
    {"| push %rax; push %rbx; ret", "50 53 c3", 0, "+0 w8s@4ffff8! +1 w8s@4ffff0 +2 r8s@4ffff0"},
    {"| jmp 1f; .skip 40; 1: mov (%rdi),%al",
     "eb 28 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 "
     "00 00 00 00 00 00 00 00 00 00 00 8a 07",
     0, "+1 r1@800000"},
    {"| je 1f; mov (%rsi),%al; ret; 1: mov (%rdi),%al", "74 03 8a 06 c3 8a 07", 0,
     "+1 r1@800000 +1 r1@700000 +2 r8s@500000"},
    {"1: | mov (%rdi),%rax; add $8,%rdi; dec %rcx; jne 1b", "48 8b 07 48 83 c7 08 48 ff c9 75 f4",
     0, "+0 r8@800000! +4 r8@800008 -4 r8@7ffff8"},
    {"1: mov (%rdi),%rax; add $8,%rdi | dec %rcx; jne 1b", "48 8b 07 48 83 c7 08 48 ff c9 75 f4", 7,
     "-2 r8@7ffff8! +2 r8@800000 +6 r8@800008 -6 r8@7ffff0"},
};

static cck_decoder *make(made_code *code)
{
    cck_decoder *decoder = NULL;
    cck_text text = made_text(code);
    assert_int_equal(cck_decoder_new(&decoder, EM_X86_64, &text, NULL), 0);
    return decoder;
}

static void check(const row *rows, size_t count)
{
    int wrong = 0;
    for (size_t i = 0; i < count; i++) {
        made_code code = {.changes = false};
        char found[2048];
        made_fill(&code, INT3, rows[i].bytes);
        cck_decoder *decoder = make(&code);
        for (int again = 0; again < 2; again++) { /* from the cache, too */
            describe_near(decoder, CODE + rows[i].at, found, sizeof found);
            if (strcmp(found, rows[i].accesses) == 0)
                continue;
            print_error("%s\n  is     %s\n  not    %s\n", rows[i].text, rows[i].accesses, found);
            wrong++;
        }
        cck_decoder_free(decoder);
    }
    assert_int_equal(wrong, 0);
}

static void instructions_are_known(void **state)
{
    (void)state;
    check(alone, sizeof alone / sizeof *alone);
}

static void neighbours_are_told_with_registers_undone(void **state)
{
    (void)state;
    check(around, sizeof around / sizeof *around);
}

typedef struct trap {
    const char *text, *bytes;
    unsigned at;
    uint64_t word;
    const char *access;
} trap;

static const trap traps[] = {
    {"mov %rax,(%rdi); |", "48 89 07", 3, 0x800000, "-1 w8@800000!"},
    {"mov %rax,(%rdi); |", "48 89 07", 3, 0x800008, ""},
    {"mov %al,9(%rdi); |", "88 47 09", 3, 0x800008, "-1 w1@800009!"},
    {"movups %xmm0,(%rdi); |", "0f 11 07", 3, 0x800008, "-1 w16@800000!"},
    {"mov (%rdi),%al; mov %rdi,(%rsi); |", "8a 07 48 89 3e", 5, 0x800000, ""},
    {"push %rbx; |", "53", 1, 0x500000, "-1 w8s@500000!"},
    /* Where it loaded from is lost, but nothing else there accesses memory. */
    {"mov (%rax),%rax; |", "48 8b 00", 3, 0x123450, "-1 r8@123450!"},
    {"mov (%rax),%eax; |", "8b 00", 2, 0x123450, "-1 r4@123450~!"},
    {"mov (%rax,%rcx),%rax; |", "48 8b 04 08", 4, 0x123450, "-1 r8@123450!"},
    {"mov (%rcx,%rdx),%edx; |", "8b 14 11", 3, 0x123450, "-1 r4@123450~!"},
    {"mov %rax,%rdx; |", "48 89 c2", 3, 0x123450, ""},
    /* What is done of a copy lies below its pointers. */
    {"| rep movsb", "f3 a4", 0, 0x7ffff8, "+0 w1@7fffff!"},
    {"| rep movsb", "f3 a4", 0, 0x6ffff8, "+0 r1@6fffff!"},
    {"| rep movsq", "f3 48 a5", 0, 0x6ffff8, "+0 r8@6ffff8!"},
    {"| rep movsb", "f3 a4", 0, 0x7fffc0, "+0 w8@7fffc0!"},
    {"| rep movsb", "f3 a4", 0, 0x7fffb8, ""},
    {"| rep movsb", "f3 a4", 0, 0x800000, ""},
    {"| rep movsb", "f3 a4", 0, 0x7fff00, ""},
    {"rep stosq; |", "f3 48 ab", 3, 0x7ffff8, "-1 w8@7ffff8!"},
    /* A comparison and the branch on it end as one. */
    {"cmpq $0,(%rdi); je 1f; | nop; 1:", "48 83 3f 00 74 01 90", 6, 0x800000, "-2 r8@800000!"},
    {"cmpq $0,(%rdi); je 1f; ret; 1: |", "48 83 3f 00 74 01 c3", 7, 0x800000, "-2 r8@800000!"},
    {"1: | lock incq (%rdi); jne 1b", "f0 48 ff 07 75 fa", 0, 0x800000, "-2 rw8a@800000!"},
    {"1: | nop; cmpb $0,(%rdi); jne 1b", "90 80 3f 00 75 fa", 0, 0x800000, "-2 r1@800000!"},
    {"mov %al,(%rdi); nop; |", "88 07 90", 3, 0x800000, ""},
    /* Its stack slot was read by whoever returned here. */
    {"call 1f; 1: |", "e8 00 00 00 00", 5, 0x4ffff8, ""},
    {"jmp 1f; .byte 0; 1: |", "eb 01 00", 3, 0x800000, ""},
};

static void hits_are_verified(void **state)
{
    (void)state;
    int wrong = 0;
    for (size_t i = 0; i < sizeof traps / sizeof *traps; i++) {
        made_code code = {.changes = false};
        char found[128];
        made_fill(&code, INT3, traps[i].bytes);
        cck_decoder *decoder = make(&code);
        describe_trapped(decoder, CODE + traps[i].at, traps[i].word, found, sizeof found);
        if (strcmp(found, traps[i].access) != 0) {
            print_error("%s\n  is     %s\n  not    %s\n", traps[i].text, traps[i].access, found);
            wrong++;
        }
        cck_decoder_free(decoder);
    }
    assert_int_equal(wrong, 0);
}

static void changed_code_is_looked_at_again(void **state)
{
    (void)state;
    made_code code = {.changes = false};
    char found[128];
    made_fill(&code, INT3, "48 89 07");
    cck_decoder *decoder = make(&code);
    describe_near(decoder, CODE, found, sizeof found);
    assert_string_equal(found, "+0 w8@800000!");
    made_fill(&code, INT3, "48 89 06");
    cck_decoder_forget(decoder, CODE + 0x100000, CODE + 0x200000);
    cck_decoder_forget(decoder, 0, CODE - BEFORE);
    describe_near(decoder, CODE, found, sizeof found);
    assert_string_equal(found, "+0 w8@800000!");
    cck_decoder_forget(decoder, CODE + 1, CODE + 2);
    describe_near(decoder, CODE, found, sizeof found);
    assert_string_equal(found, "+0 w8@700000!");

    /* Code that is made at run time: nobody says when it changes. */
    code.changes = true;
    cck_decoder_forget(decoder, 0, UINT64_MAX);
    describe_near(decoder, CODE, found, sizeof found);
    assert_string_equal(found, "+0 w8@700000!");
    made_fill(&code, INT3, "8a 07");
    describe_near(decoder, CODE, found, sizeof found);
    assert_string_equal(found, "+0 r1@800000!");
    cck_decoder_free(decoder);
}

static void the_cache_is_bounded_and_right(void **state)
{
    (void)state;
    made_code code = {.changes = false};
    char found[2048];
    made_fill(&code, 0x90, "");
    for (unsigned at = 0; at + 3 < ROOM; at += 3)
        memcpy(code.bytes + at, "\x48\x89\x07", 3);
    cck_decoder *decoder = make(&code);
    for (unsigned round = 0; round < 3; round++)
        for (uint64_t ip = CODE - BEFORE + 1200; ip < CODE + 3000; ip += 3) {
            describe_near(decoder, ip, found, sizeof found);
            assert_memory_equal(found, "+0 w8@800000!", 13);
        }
    cck_decoder_free(decoder);
}

/* ---- jumps by a table ---- */

enum { TABLE = 0x500000, LABELS = 2 };

typedef struct tabled {
    made_code code; /* what made_read() takes it for */
    unsigned labels[LABELS];
} tabled;

static bool tabled_function(void *context, uint64_t address, uint64_t *out_start, uint64_t *out_end)
{
    (void)context;
    *out_start = CODE;
    *out_end = CODE + 64;
    return address >= CODE && address < CODE + 64;
}

static bool tabled_load(void *context, uint64_t address, uint64_t *out_word)
{
    const tabled *made = context;
    int32_t entries[LABELS];
    for (unsigned i = 0; i < LABELS; i++)
        entries[i] = (int32_t)(CODE + made->labels[i] - TABLE);
    *out_word = 0; /* behind the table: nowhere in the function */
    if (address == TABLE)
        memcpy(out_word, entries, sizeof *out_word);
    return address >= TABLE && address < TABLE + 64;
}

/* What lies before a label that a table may lead to need not have run; before others it has. */
static void tables_tell_where_jumps_lead(void **state)
{
    (void)state;
    static const char switched[] = "48 8d 0d f9 ff 4e 00 " /* lea TABLE(%rip),%rcx */
                                   "48 63 04 81 "          /* movslq (%rcx,%rax,4),%rax */
                                   "48 01 c8 ff e0 "       /* add %rcx,%rax; jmp *%rax */
                                   "f0 48 ff 07 "          /* 16: lock incq (%rdi) */
                                   "90 90";                /* 20: nop; nop */
    static const char elsewhere[] = "48 8d 0d f9 ff 4e 00 48 63 04 81 90 90 90 ff e0 "
                                    "f0 48 ff 07 90 90"; /* by a pointer from anywhere */
    const struct {
        const char *bytes;
        unsigned labels[LABELS];
        bool readable;
        const char *access;
    } rows[] = {
        {switched, {16, 21}, true, "-1 rw8a@800000!"},
        {switched, {16, 20}, true, "-1 rw8a@800000"},
        {switched, {16, 21}, false, "-1 rw8a@800000"},
        {switched, {16, 9999}, true, "-1 rw8a@800000"},
        {elsewhere, {16, 21}, true, "-1 rw8a@800000"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        tabled made = {.labels = {rows[i].labels[0], rows[i].labels[1]}};
        char found[128];
        made_fill(&made.code, INT3, rows[i].bytes);
        cck_text text = made_text(&made.code);
        text.function = tabled_function;
        text.load = rows[i].readable ? tabled_load : NULL;
        cck_decoder *decoder = NULL;
        assert_int_equal(cck_decoder_new(&decoder, EM_X86_64, &text, NULL), 0);
        describe_near(decoder, CODE + 20, found, sizeof found);
        assert_string_equal(found, rows[i].access);
        cck_decoder_free(decoder);
    }
}

/* Mappings of different files may touch. */
static void code_begins_where_its_mapping_does(void **state)
{
    (void)state;
    made_code code = {.apart = true};
    char found[128];
    made_fill(&code, 0x90, "48 89 07 8a 06");
    cck_decoder *decoder = make(&code);
    describe_near(decoder, CODE + 5, found, sizeof found);
    assert_string_equal(found, "-1 r1@700000! -2 w8@800000");
    cck_decoder_free(decoder);
}

static void what_cannot_be_decoded_is_said(void **state)
{
    (void)state;
    made_code code = {.changes = false};
    cck_text text = made_text(&code);
    cck_decoder *decoder = NULL;
    cck_error err = {0};
    assert_int_equal(cck_decoder_new(&decoder, EM_386, &text, &err), CCK_EUNSUPPORTED);
    assert_null(decoder);
    assert_non_null(strstr(err.message, "machine 3"));

    char found[128];
    made_fill(&code, INT3, "48 89 07");
    decoder = make(&code);
    describe_near(decoder, 0x999999999, found, sizeof found); /* nothing is there */
    assert_string_equal(found, "");
    describe_near(decoder, UINT64_MAX - 1, found, sizeof found);
    assert_string_equal(found, "");
    describe_near(decoder, CODE - BEFORE, found, sizeof found);
    assert_string_equal(found, "");
    cck_decoder_free(decoder);
    cck_decoder_free(NULL);
}

static void what_comes_next_is_told_if_it_is_certain(void **state)
{
    (void)state;
    static const struct {
        const char *text, *bytes;
        int64_t next; /* from the instruction on; 0: not certain */
    } cases[] = {
        {"nop", "90", 1},
        {"add $1,%rax", "48 83 c0 01", 4},
        {"jmp .+18", "eb 10", 18},
        {"jmp .-2", "eb fc", -2},
        {"jne .+4", "75 02", 0},
        {"jmp *%rax", "ff e0", 0},
        {"call .+5", "e8 00 00 00 00", 0},
        {"ret", "c3", 0},
        {"no instruction", "06", 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        made_code code = {.changes = false};
        made_fill(&code, INT3, cases[i].bytes);
        cck_decoder *decoder = make(&code);
        uint64_t next = cck_decoder_next(decoder, CODE);
        if (next != (cases[i].next ? CODE + (uint64_t)cases[i].next : 0))
            fail_msg("%s: %#llx", cases[i].text, (unsigned long long)next);
        assert_true(cck_decoder_next(decoder, 0x7000) == 0); /* nothing is mapped there */
        cck_decoder_free(decoder);
    }
    const uint8_t nop = 0x90;
    assert_true(cck_decode_next(EM_X86_64, &nop, 1, CODE) == CODE + 1);
    assert_true(cck_decode_next(EM_386, &nop, 1, CODE) == 0);
}

static void room_and_thread_base_may_be_missing(void **state)
{
    (void)state;
    made_code code = {.changes = false};
    cck_near_access found[2];
    bool known = false;
    made_fill(&code, INT3, "ff 70 08"); /* push 8(%rax) */
    cck_decoder *decoder = make(&code);
    cck_registers registers = made_registers(CODE);
    assert_int_equal(cck_decoder_near(decoder, &registers, found, 0, &known), 0);
    assert_true(known);
    assert_int_equal(cck_decoder_near(decoder, &registers, found, 1, NULL), 1);
    assert_true(found[0].address == 0x100008);
    cck_decoder_free(decoder);

    made_fill(&code, INT3, "64 48 8b 04 25 10 00 00 00"); /* mov %fs:0x10,%rax */
    decoder = make(&code);
    registers.thread_base = 0;
    assert_int_equal(cck_decoder_near(decoder, &registers, found, 2, &known), 0);
    assert_true(known);
    cck_decoder_free(decoder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(instructions_are_known),
        cmocka_unit_test(neighbours_are_told_with_registers_undone),
        cmocka_unit_test(hits_are_verified),
        cmocka_unit_test(changed_code_is_looked_at_again),
        cmocka_unit_test(the_cache_is_bounded_and_right),
        cmocka_unit_test(tables_tell_where_jumps_lead),
        cmocka_unit_test(code_begins_where_its_mapping_does),
        cmocka_unit_test(what_cannot_be_decoded_is_said),
        cmocka_unit_test(what_comes_next_is_told_if_it_is_certain),
        cmocka_unit_test(room_and_thread_base_may_be_missing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
