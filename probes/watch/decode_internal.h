/* SPDX-License-Identifier: MIT */
#ifndef CCK_WATCH_DECODE_INTERNAL_H
#define CCK_WATCH_DECODE_INTERNAL_H

#include "probes/watch/decode.h"

/**
 * Between the architectures, which decode one instruction, and what is the same for all of
 * them: walking from instruction to instruction, following registers, keeping analyses.
 */

enum {
    CCK_NO_REGISTER = -1, /* a constant, or no such part of an operand */
    CCK_UNKNOWN = -2,     /* a value that no register of the sample tells */
    CCK_OPERANDS = 4,
    CCK_EFFECTS = 4,
    CCK_DISTANCE = 6, /* instructions looked at each way */
    CCK_BACK = 96,    /* bytes in which the vote on boundaries starts: with 64, one in 10,000
                         was wrong, with 32 one in 300 */
    CCK_JUMPS = 32
};

/* Of operands and of places. */
enum {
    CCK_READS = 1,
    CCK_WRITES = 2,
    CCK_ATOMIC = 4,
    CCK_THREAD = 8,          /* relative to the thread's base (FS) */
    CCK_NARROW = 16,         /* the address is cut to 32 bits */
    CCK_INDEX_UNSIGNED = 32, /* the index is cut to 32 bits and extended by zeros */
    CCK_INDEX_SIGNED = 64,   /* ... by its sign */
    CCK_REPEATS = 128,       /* `index` counts elements of `scale` bytes */
    /* Of places only. */
    CCK_EXECUTED = 256,
    CCK_AT_STACK = 512,    /* by the stack or the frame pointer */
    CCK_ENDS_HERE = 1024,  /* its instruction may have ended at the sampled one */
    CCK_OVERWRITTEN = 2048, /* its instruction overwrote the base: the address is not known */
    CCK_THROUGH = 4096 /* the base is what lies at `base` + `slot`: a pointer kept in the frame */
};

/** Address = displacement + base + (extended) index x scale. */
typedef struct cck_operand {
    uint64_t displacement;
    uint32_t size; /* bytes */
    uint16_t flags;
    int8_t base, index; /* a register, or CCK_NO_REGISTER */
    uint8_t scale;
} cck_operand;

/** Register `to` becomes `from` + `add`; all effects of an instruction happen at once. */
typedef struct cck_effect {
    uint64_t add;
    int8_t to, from; /* from: CCK_NO_REGISTER for a constant */
} cck_effect;

typedef enum cck_flow {
    CCK_FLOW_NEXT,
    CCK_FLOW_BRANCH, /* to `target` or on */
    CCK_FLOW_JUMP,   /* to `target`; 0: not known */
    CCK_FLOW_CALL,   /* comes back, with other registers */
    CCK_FLOW_END     /* return, trap */
} cck_flow;

typedef struct cck_instruction {
    uint64_t address, target;
    uint32_t clobbered; /* registers that get a value which is not known */
    uint8_t length;
    uint8_t operand_count, effect_count;
    cck_flow flow;
    bool opaque;  /* accesses memory, but where depends on more than general registers */
    bool landing; /* where indirect jumps land (endbr64, bti) */
    bool reloads; /* register `reloaded` gets what lies at `frame` + `slot`, on the stack: code that
                     is not optimised keeps its pointers there */
    int8_t reloaded, frame;
    uint64_t slot;
    cck_operand operands[CCK_OPERANDS];
    cck_effect effects[CCK_EFFECTS];
} cck_instruction;

/** A run of code around the sampled instruction. */
typedef struct cck_code {
    const uint8_t *bytes;
    uint64_t start;
    size_t size;
    uint64_t function_start, function_end; /* of the sampled one; in the code, or all of it */
    const cck_text *text;                  /* for what else is to be read; NULL: nothing can be */
} cck_code;

/** A jump that seems to be in the code. */
typedef struct cck_jump {
    uint64_t source, target;
    bool weak; /* recognised by so few bits that it needs to be at a boundary */
} cck_jump;

typedef struct cck_jumps {
    cck_jump at[CCK_JUMPS];
    size_t count;
    bool anywhere; /* there is one that may go anywhere, or there are too many */
} cck_jumps;

typedef struct cck_architecture {
    int machine;     /* e_machine */
    uint8_t unit;    /* instructions start at multiples of this */
    uint8_t longest; /* bytes of an instruction */
    int8_t stack, frame;
    bool trap_before; /* watchpoints fire before the access */
    uint64_t address_bits;
    /** False if the bytes are no instruction. */
    bool (*decode)(const uint8_t *bytes, size_t size, uint64_t address, cck_instruction *out);
    /** Only its length; 0 if it is none. */
    unsigned (*length)(const uint8_t *bytes, size_t size);
    /** Add the jumps of `code` that lead to [low, high]. */
    void (*jumps)(const cck_code *code, uint64_t low, uint64_t high, cck_jumps *out);
} cck_architecture;

extern const cck_architecture cck_decode_x86, cck_decode_arm;

void cck_jumps_add(cck_jumps *jumps, uint64_t source, uint64_t target, bool weak);

/** What a register holds, in terms of the sampled registers. */
typedef struct cck_content {
    uint64_t add, slot;
    int8_t from;  /* register, CCK_NO_REGISTER, CCK_UNKNOWN */
    bool through; /* what lies at `from` + `slot`, + `add` */
} cck_content;

typedef struct cck_state {
    cck_content registers[CCK_REGISTERS];
} cck_state;

/** As sampled. */
void cck_state_init(cck_state *state);
/** From before the instruction to after it, and back. */
void cck_state_apply(cck_state *state, const cck_instruction *instruction);
void cck_state_undo(cck_state *state, const cck_instruction *instruction);

/** An access near the sampled instruction, in terms of the sampled registers. */
typedef struct cck_place {
    uint64_t ip;
    uint64_t displacement, index_add, slot;
    uint32_t size;
    uint16_t flags;
    int8_t base, index;
    uint8_t scale;
    int8_t distance;
} cck_place;

/** False if it depends on what is not known. */
bool cck_state_place(const cck_state *state, const cck_operand *operand, cck_place *out_place);

enum { CCK_PLACES = 48 };

/** What the code around an instruction tells. */
typedef struct cck_analysis {
    uint64_t ip;
    uint64_t start, end; /* code that it depends on */
    bool memory;         /* an access is near, with or without an address */
    uint8_t place_count;
    cck_place places[CCK_PLACES]; /* nearest first */
} cck_analysis;

/** `code` holds `ip`; `whole`: and all from where jumps to it may come. */
void cck_analyse(const cck_architecture *architecture, const cck_code *code, bool whole,
                 uint64_t ip, cck_analysis *out_analysis);

/**
 * The boundaries before `ip`, nearest first, by vote: instructions are decoded from each
 * offset of the CCK_BACK bytes before, and of those that lead to `ip` the path is taken that
 * most of them end in. Returns how many there are; `*out_sure` (may be NULL): how many of
 * these, from the nearest on, nearly all agree on.
 */
size_t cck_boundaries_before(const cck_architecture *architecture, const cck_code *code,
                             uint64_t ip, uint64_t out_boundaries[CCK_BACK], size_t *out_sure);

#endif
