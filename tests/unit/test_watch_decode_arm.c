/* SPDX-License-Identifier: MIT */
/*
 * What the decoder tells of arm64 code. Words by an assembler, what they access by the Arm
 * Architecture Reference Manual.
 */
#include <elf.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "watch_code.h"

/* x0 100000, x1 200000, ..., x29 1e00000, sp 2000000. */
typedef struct row {
    const char *text; /* "|": the sampled instruction */
    const char *bytes;
    unsigned at; /* its offset */
    const char *accesses;
} row;

static const row alone[] = {
    {"ldr x0,[x1]", "20 00 40 f9", 0, "+0 r8@200000!"},
    {"ldr w0,[x1,#8]", "20 08 40 b9", 0, "+0 r4@200008!"},
    {"ldrb w0,[x1,#1]", "20 04 40 39", 0, "+0 r1@200001!"},
    {"ldrsw x0,[x1,#4]", "20 04 80 b9", 0, "+0 r4@200004!"},
    {"ldrsh w0,[x1,#2]", "20 04 c0 79", 0, "+0 r2@200002!"},
    {"str x0,[sp,#16]", "e0 0b 00 f9", 0, "+0 w8s@2000010!"},
    {"str wzr,[x2]", "5f 00 00 b9", 0, "+0 w4@300000!"},
    {"ldur x0,[x1,#-8]", "20 80 5f f8", 0, "+0 r8@1ffff8!"},
    {"sturh w0,[x1,#-1]", "20 f0 1f 78", 0, "+0 w2@1fffff!"},
    {"ldtr x0,[x1,#8]", "20 88 40 f8", 0, "+0 r8@200008!"},
    {"ldr x0,[x1],#16", "20 04 41 f8", 0, "+0 r8@200000!"},
    {"str x0,[x1,#-16]!", "20 0c 1f f8", 0, "+0 w8@1ffff0!"},
    {"ldr x0,[x1,x2]", "20 68 62 f8", 0, "+0 r8@500000!"},
    {"ldr x0,[x1,x2,lsl #3]", "20 78 62 f8", 0, "+0 r8@1a00000!"},
    {"ldr w0,[x1,w2,uxtw #2]", "20 58 62 b8", 0, "+0 r4@e00000!"},
    {"ldr w0,[x1,w2,sxtw]", "20 c8 62 b8", 0, "+0 r4@500000!"},
    {"strb w0,[x1,x2]", "20 68 22 38", 0, "+0 w1@500000!"},
    {"ldr x0,[x1,xzr]", "20 68 7f f8", 0, "+0 r8@200000!"},
    {"ldp x0,x2,[x1]", "20 08 40 a9", 0, "+0 r16@200000!"},
    {"ldp w0,w2,[x1,#8]", "20 08 41 29", 0, "+0 r8@200008!"},
    {"stp x29,x30,[sp,#-32]!", "fd 7b be a9", 0, "+0 w16s@1ffffe0!"},
    {"ldp x29,x30,[sp],#32", "fd 7b c2 a8", 0, "+0 r16s@2000000!"},
    {"ldpsw x0,x2,[x1]", "20 08 40 69", 0, "+0 r8@200000!"},
    {"stnp x0,x2,[x1,#16]", "20 08 01 a8", 0, "+0 w16@200010!"},
    {"ldp q0,q1,[x1]", "20 04 40 ad", 0, "+0 r32@200000!"},
    {"stp d0,d1,[x1,#16]", "20 04 01 6d", 0, "+0 w16@200010!"},
    {"ldr q0,[x1,#16]", "20 04 c0 3d", 0, "+0 r16@200010!"},
    {"ldr d0,[x1,#8]", "20 04 40 fd", 0, "+0 r8@200008!"},
    {"ldr s0,[x1,#4]", "20 04 40 bd", 0, "+0 r4@200004!"},
    {"ldr h0,[x1,#2]", "20 04 40 7d", 0, "+0 r2@200002!"},
    {"str b0,[x1,#1]", "20 04 00 3d", 0, "+0 w1@200001!"},
    {"ldur q0,[x1,#-16]", "20 00 df 3c", 0, "+0 r16@1ffff0!"},
    {"ldr x0,.+32", "00 01 00 58", 0, "+0 r8@10020!"},
    {"ldrsw x0,.+8", "40 00 00 98", 0, "+0 r4@10008!"},
    {"ldr q0,.-16", "80 ff ff 9c", 0, "+0 r16@fff0!"},
    {"ldxr x0,[x1]", "20 7c 5f c8", 0, "+0 r8a@200000!"},
    {"ldaxrb w0,[x1]", "20 fc 5f 08", 0, "+0 r1a@200000!"},
    {"stxr w0,x2,[x1]", "22 7c 00 c8", 0, "+0 w8a@200000!"},
    {"stlxr w0,w2,[x1]", "22 fc 00 88", 0, "+0 w4a@200000!"},
    {"ldxp x0,x2,[x1]", "20 08 7f c8", 0, "+0 r16a@200000!"},
    {"stxp w0,w2,w3,[x1]", "22 0c 20 88", 0, "+0 w8a@200000!"},
    {"ldar w0,[x1]", "20 fc df 88", 0, "+0 r4@200000!"},
    {"stlr x0,[x1]", "20 fc 9f c8", 0, "+0 w8@200000!"},
    {"ldlar x0,[x1]", "20 7c df c8", 0, "+0 r8@200000!"},
    {"cas w0,w2,[x1]", "22 7c a0 88", 0, "+0 rw4a@200000!"},
    {"casal x0,x2,[x1]", "22 fc e0 c8", 0, "+0 rw8a@200000!"},
    {"casb w0,w2,[x1]", "22 7c a0 08", 0, "+0 rw1a@200000!"},
    {"caspal x0,x1,x2,x3,[x4]", "82 fc 60 48", 0, "+0 rw16a@500000!"},
    {"casp w0,w1,w2,w3,[x4]", "82 7c 20 08", 0, "+0 rw8a@500000!"},
    {"ldadd x0,x2,[x1]", "22 00 20 f8", 0, "+0 rw8a@200000!"},
    {"ldaddal w0,w2,[x1]", "22 00 e0 b8", 0, "+0 rw4a@200000!"},
    {"swpb w0,w2,[x1]", "22 80 20 38", 0, "+0 rw1a@200000!"},
    {"stclr x0,[x1]", "3f 10 20 f8", 0, "+0 rw8a@200000!"},
    {"ldsmaxh w0,w2,[x1]", "22 40 20 78", 0, "+0 rw2a@200000!"},
    {"ldapr x0,[x1]", "20 c0 bf f8", 0, "+0 r8@200000!"},
    {"stlur w0,[x1,#-4]", "20 c0 1f 99", 0, "+0 w4@1ffffc!"},
    {"ldapursw x0,[x1,#4]", "20 40 80 99", 0, "+0 r4@200004!"},
    {"ld1 {v0.16b},[x1]", "20 70 40 4c", 0, "+0 r16@200000!"},
    {"ld1 {v0.16b,v1.16b,v2.16b,v3.16b},[x1]", "20 20 40 4c", 0, "+0 r64@200000!"},
    {"st2 {v0.8b,v1.8b},[x1]", "20 80 00 0c", 0, "+0 w16@200000!"},
    {"ld3 {v0.4s,v1.4s,v2.4s},[x1],#48", "20 48 df 4c", 0, "+0 r48@200000!"},
    {"st4 {v0.2d,v1.2d,v2.2d,v3.2d},[x1],x2", "20 0c 82 4c", 0, "+0 w64@200000!"},
    {"ld1 {v0.b}[3],[x1]", "20 0c 40 0d", 0, "+0 r1@200000!"},
    {"ld1 {v0.d}[1],[x1],#8", "20 84 df 4d", 0, "+0 r8@200000!"},
    {"st2 {v0.s,v1.s}[1],[x1]", "20 90 20 0d", 0, "+0 w8@200000!"},
    {"ld1r {v0.4h},[x1]", "20 c4 40 0d", 0, "+0 r2@200000!"},
    {"ld4r {v0.2d,v1.2d,v2.2d,v3.2d},[x1]", "20 ec 60 4d", 0, "+0 r32@200000!"},
    {"prfm pldl1keep,[x1]", "20 00 80 f9", 0, ""},
    {"prfum pldl1keep,[x1,#-8]", "20 80 9f f8", 0, ""},
    {"prfm pldl1keep,.+8", "40 00 00 d8", 0, ""},
    {"prfm pldl1keep,[x1,x2]", "20 68 a2 f8", 0, ""},
    {"ldraa x0,[x1,#8]", "20 14 20 f8", 0, "?"},
    {"stg x0,[x1]", "20 08 20 d9", 0, ""},
    {"stzg x0,[x1,#16]", "20 18 60 d9", 0, "+0 w16@200010!"},
    {"st2g x0,[x1]", "20 08 a0 d9", 0, ""},
    {"stgp x0,x2,[x1,#16]", "20 88 00 69", 0, "+0 w16@200010!"},
    {"ldg x0,[x1]", "20 00 60 d9", 0, ""},
    {"dc zva,x1", "21 74 0b d5", 0, "?"},
    {"ld1w {z0.s},p0/z,[x1]", "20 a0 40 a5", 0, "?"},
    {"st1d {z0.d},p0,[x1,x2,lsl #3]", "20 40 e2 e5", 0, "?"},
    {"st64b x0,[x1]", "20 90 3f f8", 0, "?"},
    {"mrs x0,tpidr_el0", "40 d0 3b d5", 0, ""},
    {"nop", "1f 20 03 d5", 0, ""},
    {"dmb ish", "bf 3b 03 d5", 0, ""},
    {"fmov x0,d0", "00 00 66 9e", 0, ""},
    {".inst 0", "00 00 00 00", 0, ""},
    {".inst 0xf8208020", "20 80 20 f8", 0, "+0 rw8a@200000!"},
    {".inst 0x3c000400", "00 04 00 3c", 0, "+0 w1@100000!"},
    {".inst 0xfcc00c20", "20 0c c0 fc", 0, ""},
};

static const row around[] = {
    {"add x1,x1,#8; str x0,[x1]; |", "21 20 00 91 20 00 00 f9", 8, "-1 w8@200000!"},
    {"str x0,[x1]; add x1,x1,#16; |", "20 00 00 f9 21 40 00 91", 8, "-2 w8@1ffff0!"},
    {"str x0,[x1]; sub x1,x1,#1,lsl #12; |", "20 00 00 f9 21 04 40 d1", 8, "-2 w8@201000!"},
    {"str x0,[x1]; add w1,w1,#16; |", "20 00 00 f9 21 40 00 11", 8, "?"},
    {"str x0,[x1],#8; |", "20 84 00 f8", 4, "-1 w8@1ffff8!"},
    {"str x0,[x1,#-16]!; |", "20 0c 1f f8", 4, "-1 w8@200000!"},
    {"stp x0,x2,[sp,#-32]!; |", "e0 0b be a9", 4, "-1 w16s@2000000!"},
    {"ldr x2,[x1]; ldr x1,[x2]; |", "22 00 40 f9 41 00 40 f9", 8, "-1 r8@300000!"},
    {"ldr x1,[x1]; |", "21 00 40 f9", 4, "?"},
    {"ldr x3,[x1]; mov x2,x1; mov x1,#0; |", "23 00 40 f9 e2 03 01 aa 01 00 80 d2", 12,
     "-3 r8@300000!"},
    {"ldr x3,[sp]; mov sp,x29; |", "e3 03 40 f9 bf 03 00 91", 8, "?"},
    {"ldr x3,[x1]; fadd d1,d1,d2; cmp x1,#3; |", "23 00 40 f9 21 28 62 1e 3f 0c 00 f1", 12,
     "-3 r8@200000!"},
    {"ldr x3,[x1]; umov w1,v0.s[1]; |", "23 00 40 f9 01 3c 0c 0e", 8, "?"},
    {"ldr x3,[x1]; mrs x1,tpidr_el0; |", "23 00 40 f9 41 d0 3b d5", 8, "?"},
    {"ldr x3,[x0]; svc #0; |", "03 00 40 f9 01 00 00 d4", 8, "?"},
    {"ldr x3,[x1]; svc #0; |", "23 00 40 f9 01 00 00 d4", 8, "-2 r8@200000!"},
    {"ldr x3,[x1]; cmp sp,x2; |", "23 00 40 f9 ff 63 22 eb", 8, "-2 r8@200000!"},
    {"ldr x3,[x1]; ret; |", "23 00 40 f9 c0 03 5f d6", 8, ""},
    {"ldr x3,[x1]; bl .+64; |", "23 00 40 f9 10 00 00 94", 8, ""},
    {"ldr x3,[x1]; brk #1; |", "23 00 40 f9 20 00 20 d4", 8, ""},
    {"ldr x3,[x1]; | bti j", "23 00 40 f9 9f 24 03 d5", 4, "-1 r8@200000"},
    {"ldr x3,[x1]; | nop; br x3", "23 00 40 f9 1f 20 03 d5 60 00 1f d6", 4, "-1 r8@200000"},
    {"ldr x3,[x1]; | nop; br x17", "23 00 40 f9 1f 20 03 d5 20 02 1f d6", 4, "-1 r8@200000!"},
    {"cbz x0,1f; str x0,[x1]; 1: str x3,[x2]; |", "40 00 00 b4 20 00 00 f9 43 00 00 f9", 12,
     "-1 w8@300000! -2 w8@200000"},
    {"tbz x0,#3,1f; str x0,[x1]; 1: | nop", "40 00 18 36 20 00 00 f9 1f 20 03 d5", 8,
     "-1 w8@200000"},
    {"1: ldxr x0,[x1]; add x0,x0,#1; stxr w2,x0,[x1]; | cbnz w2,1b",
     "20 7c 5f c8 00 04 00 91 20 7c 02 c8 a2 ff ff 35", 12, "-1 w8a@200000! -3 r8a@200000!"},
    {"| mov x2,#-8; ldr w0,[x1,w2,sxtw]", "e2 00 80 92 20 c8 62 b8", 0, "+1 r4@1ffff8"},
    {"| mov x2,#-8; ldr w0,[x1,w2,uxtw]", "e2 00 80 92 20 48 62 b8", 0, "+1 r4@1001ffff8"},
    {"| adrp x0,.; add x0,x0,#0x18; ldr x1,[x0]", "00 00 00 90 00 60 00 91 01 00 40 f9", 0,
     "+2 r8@10018"},
    {"| adr x0,.+12; ldr x1,[x0]", "60 00 00 10 01 00 40 f9", 0, "+1 r8@1000c"},
    {"| mov w0,#0x120000; ldr x1,[x0,#8]; movk x0,#1; ldr x1,[x0]",
     "40 02 a0 52 01 04 40 f9 20 00 80 f2 01 00 40 f9", 0, "+1 r8@120008"},
    {"| ldr x3,[x1],#8; ldr x3,[x1],#8; b 1f; nop; 1: ldr x3,[x1]",
     "23 84 40 f8 23 84 40 f8 02 00 00 14 1f 20 03 d5 23 00 40 f9", 0,
     "+0 r8@200000! +1 r8@200008 +3 r8@200010"},
};

static cck_decoder *make(made_code *code)
{
    cck_decoder *decoder = NULL;
    cck_text text = made_text(code);
    assert_int_equal(cck_decoder_new(&decoder, EM_AARCH64, &text, NULL), 0);
    return decoder;
}

static void check(const row *rows, size_t count)
{
    int wrong = 0;
    for (size_t i = 0; i < count; i++) {
        made_code code = {.changes = false};
        char found[2048];
        made_fill(&code, 0, rows[i].bytes);
        cck_decoder *decoder = make(&code);
        describe_near(decoder, CODE + rows[i].at, found, sizeof found);
        if (strcmp(found, rows[i].accesses) != 0) {
            print_error("%s\n  is     %s\n  not    %s\n", rows[i].text, rows[i].accesses, found);
            wrong++;
        }
        cck_decoder_free(decoder);
    }
    assert_int_equal(wrong, 0);
}

static void loads_and_stores_are_known(void **state)
{
    (void)state;
    check(alone, sizeof alone / sizeof *alone);
}

static void neighbours_are_told_with_registers_undone(void **state)
{
    (void)state;
    check(around, sizeof around / sizeof *around);
}

/* The trap comes before the access: the instruction is the one that the thread stopped at. */
static void hits_are_verified(void **state)
{
    (void)state;
    made_code code = {.changes = false};
    char found[128];
    made_fill(&code, 0, "20 04 41 f8 41 00 00 f9"); /* ldr x0,[x1],#16; str x1,[x2] */
    cck_decoder *decoder = make(&code);
    describe_trapped(decoder, CODE, 0x200000, found, sizeof found);
    assert_string_equal(found, "+0 r8@200000!");
    describe_trapped(decoder, CODE, 0x200008, found, sizeof found);
    assert_string_equal(found, "");
    describe_trapped(decoder, CODE + 4, 0x1ffff0, found, sizeof found);
    assert_string_equal(found, "");
    describe_trapped(decoder, CODE + 4, 0x300000, found, sizeof found);
    assert_string_equal(found, "+0 w8@300000!");
    cck_decoder_free(decoder);
}

/* The top byte of an address is no part of it. */
static void tags_are_left_out(void **state)
{
    (void)state;
    made_code code = {.changes = false};
    cck_near_access found;
    made_fill(&code, 0, "20 00 40 f9"); /* ldr x0,[x1] */
    cck_decoder *decoder = make(&code);
    cck_registers registers = made_registers(CODE);
    registers.value[1] = 0xab00ffff00001000;
    assert_int_equal(cck_decoder_near(decoder, &registers, &found, 1, NULL), 1);
    assert_true(found.address == 0xffff00001000);
    cck_decoder_free(decoder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(loads_and_stores_are_known),
        cmocka_unit_test(neighbours_are_told_with_registers_undone),
        cmocka_unit_test(hits_are_verified),
        cmocka_unit_test(tags_are_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
