/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tracing.h"

#include <stddef.h>

#include "pub_tool_aspacemgr.h"
#include "pub_tool_libcassert.h"
#include "pub_tool_libcbase.h"
#include "pub_tool_libcprint.h"
#include "pub_tool_machine.h"
#include "pub_tool_mallocfree.h"

/*
 * What is added to a superblock:
 *
 *     if (next > limit) cck_traced_full()      before its first instruction
 *     next[0] = CCK_WORD_BLOCK(number)
 *     next[n] = address | what it is           for its n-th memory event
 *     next += 1 + events, clock += instructions    before each way out of it
 *
 * What the events are is told once, when the block is translated. `next` and `clock`
 * live in the shadow guest state, one instruction away. A way out of the block's middle
 * first stores a CCK_WORD_CUT behind the addresses so far; where it is not taken, the
 * next address overwrites that word, and a later way out sets `next` again.
 *
 * Which accesses are events tells ir_access.c.
 */
typedef struct block {
    IRSB *out;
    IRTypeEnv *types;
    Int slots;
    Addr address;
    IRExpr *next; /* its value at the start of the block */

    cck_event events[CCK_BLOCK_WORDS_MOST + 512];
    UInt count, memory_events;
    UInt instructions, offset; /* of the one that is seen */
    UInt counted;              /* of them, in `clock` already */
    Bool cuts;
    Bool committed; /* nothing has happened since the last commit */

    const IRStmt *frame; /* that accesses the return address; NULL: none does */
    cck_ir_modified modified;
    IRConst *modified_word; /* what the word of the event is that may become a MODIFY */
} block;

enum { SIZE_MOST = 4096 };

static UInt numbered;

static IRExpr *u64(ULong number)
{
    return IRExpr_Const(IRConst_U64(number));
}

static IRExpr *assign(block *b, IRType type, IRExpr *expression)
{
    IRTemp temp = newIRTemp(b->out->tyenv, type);
    addStmtToIRSB(b->out, IRStmt_WrTmp(temp, expression));
    return IRExpr_RdTmp(temp);
}

static IRExpr *plus(block *b, IRExpr *value, ULong number)
{
    return number ? assign(b, Ity_I64, IRExpr_Binop(Iop_Add64, value, u64(number))) : value;
}

static IRExpr *get_slot(block *b, Int slot)
{
    return assign(b, Ity_I64, IRExpr_Get(b->slots + slot, Ity_I64));
}

static void put_slot(block *b, Int slot, IRExpr *value)
{
    addStmtToIRSB(b->out, IRStmt_Put(b->slots + slot, value));
}

static void store_word(block *b, UInt place, IRExpr *value)
{
    addStmtToIRSB(b->out, IRStmt_Store(Iend_LE, plus(b, b->next, 8 * place), value));
}

static void begin(block *b, UInt number)
{
    IRExpr *next = get_slot(b, offsetof(cck_trace_slots, next));
    IRExpr *limit = get_slot(b, offsetof(cck_trace_slots, limit));
    IRDirty *call = unsafeIRDirty_0_N(1, "cck_traced_full", VG_(fnptr_to_fnentry)(cck_traced_full),
                                      mkIRExprVec_1(IRExpr_GSPTR()));
    call->guard = assign(b, Ity_I1, IRExpr_Binop(Iop_CmpLT64U, limit, next));
    call->nFxState = 1;
    VG_(memset)(&call->fxState, 0, sizeof call->fxState);
    call->fxState[0].fx = Ifx_Modify;
    call->fxState[0].offset = b->slots;
    call->fxState[0].size = sizeof(cck_trace_slots);
    addStmtToIRSB(b->out, IRStmt_Dirty(call));
    b->next = get_slot(b, offsetof(cck_trace_slots, next));
    store_word(b, 0, u64(CCK_WORD_BLOCK(number)));
}

/* What happened up to here, `extra` words behind the addresses included, has happened. */
static void commit(block *b, UInt extra)
{
    b->committed = !extra;
    put_slot(b, offsetof(cck_trace_slots, next),
             plus(b, b->next, 8 * (1 + b->memory_events + extra)));
    IRExpr *clock = get_slot(b, offsetof(cck_trace_slots, clock));
    put_slot(b, offsetof(cck_trace_slots, clock), plus(b, clock, b->instructions - b->counted));
    b->counted = b->instructions;
}

static cck_event *add_event(block *b, UInt kind, UInt flags, UInt size)
{
    cck_event *event = &b->events[b->count++];
    b->committed = False;
    *event = (cck_event){
        .kind = kind,
        .flags = flags,
        .size = size > SIZE_MOST ? SIZE_MOST : size,
        .offset = b->offset,
        .instruction = b->instructions ? b->instructions - 1 : 0,
    };
    return event;
}

static void see_fetch(block *b, Addr address, UInt size)
{
    b->offset = address - b->address;
    b->instructions++;
    b->modified.address = NULL;
    add_event(b, CCK_EVENT_FETCH, 0, size);
}

static void see_access(block *b, UInt kind, UInt flags, IRExpr *address, UInt size, Bool frame)
{
    const cck_event *event = add_event(b, kind, flags, size);
    Bool writes = kind != CCK_EVENT_LOAD;
    IRConst *what = IRConst_U64(CCK_WORD_DATA(b->memory_events, cck_event_size(event), writes, 0) |
                                (frame ? CCK_WORD_FRAME : 0));
    IRExpr *word = assign(b, Ity_I64, IRExpr_Binop(Iop_Or64, address, IRExpr_Const(what)));
    b->memory_events++;
    b->modified_word = what;
    store_word(b, b->memory_events, word);
}

static void see_load(block *b, const cck_ir_access *access, Bool frame)
{
    see_access(b, CCK_EVENT_LOAD, access->atomic ? CCK_EVENT_ATOMIC : 0, access->address,
               access->size, frame);
    b->modified = (cck_ir_modified){access->linked ? NULL : access->address, access->size};
}

static void see_store(block *b, const cck_ir_access *access, Bool frame)
{
    UInt flags = access->atomic ? CCK_EVENT_ATOMIC : 0;
    if (cck_ir_modifies(&b->modified, access)) {
        b->events[b->count - 1].kind = CCK_EVENT_MODIFY;
        b->events[b->count - 1].flags |= flags;
        b->modified_word->Ico.U64 |= CCK_WORD_DATA(0, 0, True, 0) | (frame ? CCK_WORD_FRAME : 0);
    } else {
        see_access(b, CCK_EVENT_STORE, flags, access->address, access->size, frame);
    }
    b->modified.address = NULL;
}

static void see_guarded(block *b, const cck_ir_access *access)
{
    IRExpr *happened = assign(b, Ity_I64, IRExpr_ITE(access->guard, access->address, u64(0)));
    see_access(b, access->store ? CCK_EVENT_STORE : CCK_EVENT_LOAD, CCK_EVENT_GUARDED, happened,
               access->size, False);
    b->modified.address = NULL;
}

/* Does a statement add anything to the stream? */
static Bool is_event(const block *b, const IRStmt *statement)
{
    cck_ir_access accesses[2];
    return statement->tag == Ist_IMark || cck_ir_accesses(b->types, statement, accesses) > 0;
}

static void see_exit(block *b, const IRSB *in, Int at)
{
    Bool last = True;
    for (Int i = at + 1; i < in->stmts_used && last; i++)
        last = !is_event(b, in->stmts[i]);
    if (!last) {
        store_word(b, 1 + b->memory_events, u64(CCK_WORD_LEFT(b->instructions, b->memory_events)));
        b->cuts = True;
    }
    commit(b, !last);
    b->modified.address = NULL;
}

static void see_accesses(block *b, const IRStmt *statement)
{
    cck_ir_access accesses[2];
    UInt count = cck_ir_accesses(b->types, statement, accesses);
    for (UInt i = 0; i < count; i++) {
        if (accesses[i].guard)
            see_guarded(b, &accesses[i]);
        else if (accesses[i].store)
            see_store(b, &accesses[i], statement == b->frame);
        else
            see_load(b, &accesses[i], statement == b->frame);
    }
}

/* A call pushes the return address last, and a return takes it from there last. */
static const IRStmt *find_frame(const IRSB *in)
{
    Bool call = in->jumpkind == Ijk_Call;
    if (!call && in->jumpkind != Ijk_Ret)
        return NULL;
    for (Int i = in->stmts_used - 1; i >= 0; i--) {
        cck_ir_access accesses[2];
        UInt count = cck_ir_accesses(in->tyenv, in->stmts[i], accesses);
        if (count && !accesses[count - 1].guard && accesses[count - 1].store == call)
            return in->stmts[i];
    }
    return NULL;
}

static void see_statement(block *b, const IRSB *in, Int at)
{
    const IRStmt *statement = in->stmts[at];
    if (statement->tag == Ist_IMark) /* a length of 0: an instruction that VEX cannot decode */
        see_fetch(b, statement->Ist.IMark.addr,
                  statement->Ist.IMark.len ? statement->Ist.IMark.len : VG_MIN_INSTR_SZB);
    else if (statement->tag == Ist_Exit)
        see_exit(b, in, at);
    else
        see_accesses(b, statement);
}

static UInt end_of(IRJumpKind kind)
{
    switch (kind) {
    case Ijk_Call:
        return CCK_END_CALL;
    case Ijk_Ret:
        return CCK_END_RETURN;
    case Ijk_Sys_syscall:
        return CCK_END_SYSCALL;
    default:
        return CCK_END_JUMP;
    }
}

/* Valgrind is quiet about it, and the signal that the program gets does not say why. */
static void tell_unknown(const IRSB *in)
{
    const UChar evex = 0x62; /* Intel's manual, volume 2, 2.7: the prefix of AVX-512 */
    Addr at = 0;
    for (Int i = 0; i < in->stmts_used; i++)
        if (in->stmts[i]->tag == Ist_IMark)
            at = in->stmts[i]->Ist.IMark.addr;
    Bool readable = VG_(am_is_valid_for_client)(at, 1, VKI_PROT_READ);
    VG_(umsg)
    ("cannot run the instruction at 0x%lx%s\n", at,
     readable && *(const UChar *)at == evex ? ": it is of AVX-512" : "");
}

static void tell_block(const block *b, const IRSB *in, UInt bytes, UInt number)
{
    UInt size = sizeof(cck_block) + b->count * sizeof(cck_event);
    cck_block *words = VG_(malloc)("cck.block", size);
    *words = (cck_block){
        .address = b->address,
        .bytes = bytes,
        .instructions = b->instructions,
        .events = b->count,
        .end = end_of(in->jumpkind),
        .flags = b->cuts ? CCK_BLOCK_CUTS : 0,
        .memory_events = b->memory_events,
    };
    VG_(memcpy)(words + 1, b->events, b->count * sizeof(cck_event));
    cck_filter_block(number, words, b->events);
    cck_trace_span(CCK_SPAN_BLOCK, number, words, size, NULL);
    VG_(free)(words);
}

void cck_trace_renumber(void)
{
    numbered = 0;
}

IRSB *cck_trace_instrument(VgCallbackClosure *closure, IRSB *in, const VexGuestLayout *layout,
                           const VexGuestExtents *extents, const VexArchInfo *host,
                           IRType guest_word, IRType host_word)
{
    static block b; /* too large for Valgrind's stack; one thread at a time translates */
    (void)closure, (void)host;
    tl_assert(guest_word == host_word && guest_word == Ity_I64);
    if (!cck_ring_wanted || cck_trace_is_preloaded(extents->base[0]))
        return in;
    VG_(memset)(&b, 0, offsetof(block, events));
    b.count = b.memory_events = b.instructions = b.offset = b.counted = 0;
    b.cuts = b.committed = False;
    b.modified.address = NULL;
    b.out = deepCopyIRSBExceptStmts(in);
    b.types = in->tyenv;
    b.slots = layout->total_sizeB;
    b.address = extents->base[0];
    b.frame = find_frame(in);
    if (in->jumpkind == Ijk_NoDecode)
        tell_unknown(in);
    UInt number = numbered++;
    Int at = 0;
    for (; at < in->stmts_used && in->stmts[at]->tag != Ist_IMark; at++)
        addStmtToIRSB(b.out, in->stmts[at]);
    begin(&b, number);
    for (; at < in->stmts_used; at++) {
        see_statement(&b, in, at);
        addStmtToIRSB(b.out, in->stmts[at]);
    }
    if (!b.committed) /* by the way out that most blocks have before their end */
        commit(&b, 0);
    tl_assert(b.memory_events < CCK_WORD_EVENTS_MOST);
    /* What cannot be decoded has no length, and may be all that there is. */
    UInt bytes = extents->len[0] > b.offset ? extents->len[0] : b.offset + 1;
    tell_block(&b, in, bytes, number);
    return b.out;
}
