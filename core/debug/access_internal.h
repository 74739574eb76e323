/* SPDX-License-Identifier: MIT */
#ifndef CCK_DEBUG_ACCESS_INTERNAL_H
#define CCK_DEBUG_ACCESS_INTERNAL_H

#include <Zydis/Zydis.h>

#include "core/debug/internal.h"

/**
 * What an instruction accesses, by type. A function is decoded once, and run over with
 * abstract values in place of numbers, until nothing changes: pointers of a known type,
 * places in the frame, addresses of the file. DWARF tells which variables are in which
 * registers and stack slots; code tells what becomes of them in between.
 */

enum {
    CCK_ACCESS_REGISTERS =
        16,                /* as the machine numbers them: rax rcx rdx rbx rsp rbp rsi rdi r8.. */
    CCK_ACCESS_SLOTS = 64, /* of the frame, of which values are remembered */
    CCK_ACCESS_RSP = 4,
    CCK_ACCESS_RBP = 5,
    CCK_ACCESS_RAX = 0,
    CCK_ACCESS_RDI = 7
};

typedef enum cck_value_kind {
    CCK_VALUE_UNSET, /* no path led here yet */
    CCK_VALUE_UNKNOWN,
    CCK_VALUE_NUMBER,  /* `offset`: a number, perhaps an address of the file */
    CCK_VALUE_FRAME,   /* CFA + offset */
    CCK_VALUE_THREAD,  /* thread pointer + offset */
    CCK_VALUE_POINTER, /* offset bytes into a `type` */
    CCK_VALUE_MADE,    /* what the call at `offset` returned, type not known */
    CCK_VALUE_ENTRY    /* what the register `offset` held when the function was entered */
} cck_value_kind;

/** A variable that DWARF tells of. */
typedef struct cck_place_variable {
    Dwarf_Die die;
    const cck_type *type;
} cck_place_variable;

typedef struct cck_value {
    cck_value_kind kind;
    bool any; /* or any element further: of the array at the offset, else of an array of types */
    int64_t offset;
    const cck_type *type;
    const cck_place_variable *from; /* the variable that the pointer was in; NULL */
} cck_value;

/** A variable that lies in memory while the code is in [start, end). */
typedef struct cck_frame_variable {
    uint64_t start, end;
    int base; /* a register whose value the offset is added to; -1: the CFA */
    int64_t offset;
    const cck_place_variable *variable;
} cck_frame_variable;

typedef struct cck_slot {
    int64_t offset; /* from the CFA */
    cck_value value;
} cck_slot;

/** All that is known before an instruction. */
typedef struct cck_state {
    cck_value registers[CCK_ACCESS_REGISTERS];
    cck_slot slots[CCK_ACCESS_SLOTS];
    size_t slot_count; /* a slot that is not among them was not written, unless: */
    bool crowded;      /* some were left out */
} cck_state;

typedef struct cck_code {
    uint32_t at; /* from the start of the function */
    uint32_t block;
    uint32_t seeds; /* the first of its cck_seed + 1; 0 none */
    uint8_t length;
    bool leader;
} cck_code;

/** A register that DWARF says to hold a pointer before an instruction. */
typedef struct cck_seed {
    int reg;
    uint32_t next; /* another one of the instruction + 1; 0 none */
    cck_value value;
} cck_seed;

typedef struct cck_block {
    uint32_t first, count; /* of cck_code */
    uint32_t next[2];      /* blocks that follow; UINT32_MAX none */
    unsigned visits;
    bool queued;
    bool jumps;    /* it ends in a jump that could go anywhere */
    bool reached;  /* another block leads here, that one can see */
    cck_state *in; /* NULL: no path led here */
} cck_block;

/** What an instruction was found to access. */
typedef struct cck_access {
    uint64_t address;
    cck_value value;
    cck_variable base;
} cck_access;

/** What a call was found to allocate; `type` NULL: two different things. */
typedef struct cck_made {
    uint64_t address, end; /* of the call instruction; `end` is where it returns to */
    const cck_type *type;
} cck_made;

/** A function, or a window of a very long one; kept. */
typedef struct cck_accessed_function {
    struct cck_accessed_function *next;
    uint64_t start, end;
    cck_access *accesses; /* by address */
    size_t access_count;
    cck_made *made;
    size_t made_count;
} cck_accessed_function;

struct cck_accesses {
    ZydisDecoder decoder;
    cck_map functions; /* start to function */
    cck_map windows;   /* address / window to function, for very long ones */
};

/** While a function is analysed; freed afterwards. */
typedef struct cck_analysis {
    cck_debug_module *module;
    const ZydisDecoder *decoder;
    const uint8_t *bytes;
    uint64_t start, end;
    bool whole; /* from its entry on */
    cck_code *code;
    size_t code_count;
    cck_block *blocks;
    size_t block_count;
    cck_seed *seeds; /* malloc'ed */
    size_t seed_count, seed_capacity;
    cck_frame_variable *variables; /* malloc'ed */
    size_t variable_count, variable_capacity;
    cck_arena arena;
    cck_value entry[CCK_ACCESS_REGISTERS]; /* what arguments turned out to be */
    cck_accessed_function *out;
    size_t made_capacity;
    bool recording;
} cck_analysis;

/** access_variable.c: the function's variables, as seeds and frame variables. */
void cck_analysis_variables(cck_analysis *analysis);

/** The pointer that a thing of a type holds at an offset: of atomics, boxes, slices too. */
cck_value cck_value_held(const cck_type *type, uint64_t offset, const cck_place_variable *from);

/** The frame variable at CFA + offset for code at an address; NULL none. `*out_offset` into it. */
const cck_place_variable *cck_analysis_frame_variable(const cck_analysis *analysis,
                                                      const cck_state *state, uint64_t address,
                                                      int64_t offset, uint64_t *out_offset);

/** access_value.c: what values become. */
cck_value cck_value_unknown(void);
cck_value cck_value_number(int64_t number);
cck_value cck_value_add(cck_value left, cck_value right);
cck_value cck_value_negate(cck_value value);
cck_value cck_value_merge(const cck_analysis *analysis, cck_value left, cck_value right);
bool cck_value_same(const cck_value *left, const cck_value *right);
bool cck_type_same(const cck_type *left, const cck_type *right);

/** The more telling one of two views of the same pointer. */
cck_value cck_value_better(cck_value found, cck_value told);

/** What lies in memory at a place, of 8 bytes. */
cck_value cck_value_load(const cck_analysis *analysis, const cck_state *state, uint64_t address,
                         cck_value place);

/** access_step.c: run one instruction. */
void cck_analysis_step(cck_analysis *analysis, cck_state *state, size_t code);

/** The first instruction at an address or behind it; how many there are, if there is none. */
size_t cck_analysis_from(const cck_analysis *analysis, uint64_t address);

/** The number of the general register that `reg` is all of or a part of; -1 none. */
int cck_register_number(ZydisRegister reg);

/** As cck_register_number(), of a number of DWARF's. */
int cck_register_of_dwarf(unsigned dwarf_register);

#endif
