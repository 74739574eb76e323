/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tool.h"

#include <stddef.h>

#include "pub_tool_libcassert.h"
#include "pub_tool_libcbase.h"
#include "pub_tool_machine.h"

/*
 * What is added to a superblock. For each load and store, and for each change of
 * the instruction's cache line:
 *
 *     addresses[n] = ea
 *     differs |= filter[(ea >> bits) & mask] ^ ((ea + size - 1) >> bits)
 *
 * and at the end of a batch (8 events, an exit, the end of the superblock)
 *
 *     if (differs != 0) cck_feed_batch(events)
 *     counts += number of instructions, loads, stores, atomics since the last exit
 *
 * A batch whose lines are all the most recently used of their sets leaves the
 * model as it is, so there is nothing to call for; otherwise the tool replays the
 * whole batch in the program's order. Comparing the line of the *last* byte with
 * the set of the *first* makes an access that straddles lines always differ: a
 * set never holds the line of a neighbouring set.
 */
typedef struct block {
    IRSB *out;
    IRTypeEnv *types;
    Int slots; /* offset of cck_slots in the guest state */

    IRTemp differs; /* I64, IRTemp_INVALID while the batch is empty */
    Bool always;    /* the batch holds an event that cannot be filtered */
    HWord events;
    UInt count;

    UInt instructions, loads, stores, atomics; /* not yet added to the counts */

    Bool line_known; /* the line fetched last in this superblock */
    ULong line;

    cck_ir_modified modified;
} block;

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

static IRExpr *binary(block *b, IROp op, IRExpr *left, IRExpr *right)
{
    return assign(b, Ity_I64, IRExpr_Binop(op, left, right));
}

static IRExpr *shifted_right(block *b, IRExpr *value, UInt bits)
{
    return binary(b, Iop_Shr64, value, IRExpr_Const(IRConst_U8(bits)));
}

static void add_to_count(block *b, Int offset, ULong number)
{
    if (!number)
        return;
    IRExpr *old = assign(b, Ity_I64, IRExpr_Get(b->slots + offset, Ity_I64));
    IRExpr *sum = binary(b, Iop_Add64, old, u64(number));
    addStmtToIRSB(b->out, IRStmt_Put(b->slots + offset, sum));
}

static void flush_counts(block *b)
{
    add_to_count(b, offsetof(cck_slots, instructions_loads),
                 b->instructions | (ULong)b->loads << 32);
    add_to_count(b, offsetof(cck_slots, stores_atomics), b->stores | (ULong)b->atomics << 32);
    b->instructions = b->loads = b->stores = b->atomics = 0;
}

static void flush_batch(block *b)
{
    if (!b->count)
        return;
    IRDirty *call = unsafeIRDirty_0_N(2, "cck_feed_batch", VG_(fnptr_to_fnentry)(cck_feed_batch),
                                      mkIRExprVec_2(IRExpr_GSPTR(), u64(b->events)));
    if (!b->always)
        call->guard =
            assign(b, Ity_I1, IRExpr_Binop(Iop_CmpNE64, IRExpr_RdTmp(b->differs), u64(0)));
    call->nFxState = 1;
    VG_(memset)(&call->fxState, 0, sizeof call->fxState);
    call->fxState[0].fx = Ifx_Read;
    call->fxState[0].offset = b->slots + offsetof(cck_slots, addresses);
    call->fxState[0].size = sizeof(ULong) * b->count;
    addStmtToIRSB(b->out, IRStmt_Dirty(call));
    b->differs = IRTemp_INVALID;
    b->always = False;
    b->events = 0;
    b->count = 0;
}

static void differs_if(block *b, IRExpr *difference)
{
    if (b->differs != IRTemp_INVALID)
        difference = binary(b, Iop_Or64, IRExpr_RdTmp(b->differs), difference);
    b->differs = difference->Iex.RdTmp.tmp;
}

static void add_event(block *b, UInt kind, IRExpr *address, UInt size)
{
    Int slot = b->slots + offsetof(cck_slots, addresses) + sizeof(ULong) * b->count;
    addStmtToIRSB(b->out, IRStmt_Put(slot, address));
    b->events |= CCK_EVENT(kind, size) << 8 * b->count;
    b->count++;
}

static void check_data(block *b, IRExpr *address, UInt size)
{
    const cck_filter *filter = &cck_data_filter;
    if (!filter->usable) {
        b->always = True;
        return;
    }
    IRExpr *last = size > 1 ? binary(b, Iop_Add64, address, u64(size - 1)) : address;
    IRExpr *line = shifted_right(b, last, filter->line_bits);
    /* Shifting by 3 less makes the masked set number an offset into the array. */
    IRExpr *set = shifted_right(b, address, filter->line_bits - 3);
    IRExpr *offset = binary(b, Iop_And64, set, u64(filter->mask << 3));
    IRExpr *place = binary(b, Iop_Add64, offset, u64((ULong)filter->lines));
    IRExpr *recent = assign(b, Ity_I64, IRExpr_Load(Iend_LE, Ity_I64, place));
    differs_if(b, binary(b, Iop_Xor64, recent, line));
}

static void check_line(block *b, ULong line)
{
    const cck_filter *filter = &cck_fetch_filter;
    ULong place = (ULong)&filter->lines[line & filter->mask];
    IRExpr *recent = assign(b, Ity_I64, IRExpr_Load(Iend_LE, Ity_I64, u64(place)));
    differs_if(b, binary(b, Iop_Xor64, recent, u64(line)));
}

static void room_for_one(block *b)
{
    if (b->count == sizeof(HWord))
        flush_batch(b);
}

static void see_fetch(block *b, Addr address, UInt size)
{
    const cck_filter *filter = &cck_fetch_filter;
    ULong first = address >> filter->line_bits, last = (address + size - 1) >> filter->line_bits;
    b->instructions++;
    b->modified.address = NULL;
    if (filter->usable && b->line_known && first == b->line && last == b->line)
        return;
    room_for_one(b);
    if (filter->usable) {
        if (!b->line_known || first != b->line)
            check_line(b, first);
        if (last != first)
            check_line(b, last);
    } else {
        b->always = True;
    }
    add_event(b, CCK_FETCH, u64(address), size);
    b->line_known = True;
    b->line = last;
}

static void call_with(block *b, const HChar *name, void *function, UInt kind, IRExpr *address,
                      UInt size, IRExpr *guard)
{
    flush_batch(b);
    IRDirty *call = unsafeIRDirty_0_N(2, name, VG_(fnptr_to_fnentry)(function),
                                      mkIRExprVec_2(address, u64(CCK_EVENT(kind, size))));
    if (guard)
        call->guard = guard;
    addStmtToIRSB(b->out, IRStmt_Dirty(call));
}

static void see_access(block *b, UInt kind, IRExpr *address, UInt size)
{
    if (kind == CCK_LOAD)
        b->loads++;
    else
        b->stores++;
    if (size > CCK_EVENT_SIZE_MAX) {
        call_with(b, "cck_feed_large", cck_feed_large, kind, address, size, NULL);
        return;
    }
    room_for_one(b);
    check_data(b, address, size);
    add_event(b, kind, address, size);
}

/* Accesses under a condition are rare: they are counted and fed one by one. */
static void see_guarded(block *b, const cck_ir_access *access)
{
    call_with(b, "cck_feed_guarded", cck_feed_guarded, access->store ? CCK_STORE : CCK_LOAD,
              access->address, access->size, access->guard);
    b->modified.address = NULL;
}

static void see_store(block *b, const cck_ir_access *access, UInt size)
{
    if (!cck_ir_modifies(&b->modified, access))
        see_access(b, CCK_STORE, access->address, size);
    b->atomics += access->atomic;
    b->modified.address = NULL;
}

static void see_load(block *b, const cck_ir_access *access, UInt size)
{
    see_access(b, CCK_LOAD, access->address, size);
    b->modified = (cck_ir_modified){access->address, access->size};
    if (!access->linked)
        return;
    flush_batch(b); /* a call between LL and SC could make the SC fail */
    b->modified.address = NULL;
}

/* Long accesses of helpers (the 512 bytes of FXSAVE) are cut to a line, as cachegrind does:
 * they are rare, and the model stays simple. */
static UInt size_fed(const IRStmt *statement, const cck_ir_access *access)
{
    Bool cut = statement->tag == Ist_Dirty && access->size > cck_line_min;
    return cut ? cck_line_min : access->size;
}

static void see_accesses(block *b, const IRStmt *statement)
{
    cck_ir_access accesses[2];
    UInt count = cck_ir_accesses(b->types, statement, accesses);
    for (UInt i = 0; i < count; i++) {
        const cck_ir_access *access = &accesses[i];
        if (access->guard)
            see_guarded(b, access);
        else if (access->store)
            see_store(b, access, size_fed(statement, access));
        else
            see_load(b, access, size_fed(statement, access));
    }
}

static void see_statement(block *b, const IRStmt *statement)
{
    if (statement->tag == Ist_IMark) { /* a length of 0: an instruction that VEX cannot decode */
        see_fetch(b, statement->Ist.IMark.addr,
                  statement->Ist.IMark.len ? statement->Ist.IMark.len : VG_MIN_INSTR_SZB);
    } else if (statement->tag == Ist_Exit) { /* what follows may not happen */
        flush_batch(b);
        flush_counts(b);
        b->modified.address = NULL;
    } else {
        see_accesses(b, statement);
    }
}

IRSB *cck_instrument(VgCallbackClosure *closure, IRSB *in, const VexGuestLayout *layout,
                     const VexGuestExtents *extents, const VexArchInfo *host, IRType guest_word,
                     IRType host_word)
{
    (void)closure, (void)extents, (void)host;
    tl_assert(guest_word == host_word && guest_word == Ity_I64);
    block b = {
        .out = deepCopyIRSBExceptStmts(in),
        .types = in->tyenv,
        .slots = layout->total_sizeB,
        .differs = IRTemp_INVALID,
    };
    for (Int i = 0; i < in->stmts_used; i++) {
        see_statement(&b, in->stmts[i]);
        addStmtToIRSB(b.out, in->stmts[i]);
    }
    flush_batch(&b);
    flush_counts(&b);
    return b.out;
}
