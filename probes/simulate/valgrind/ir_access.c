/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ir_access.h"

static UInt size_of(const IRTypeEnv *types, const IRExpr *expression)
{
    return sizeofIRType(typeOfIRExpr(types, expression));
}

static UInt one(cck_ir_access *out, Bool store, IRExpr *address, UInt size, IRExpr *guard)
{
    *out = (cck_ir_access){.store = store, .address = address, .size = size, .guard = guard};
    return 1;
}

static UInt of_guarded_load(const IRLoadG *load, cck_ir_access *out)
{
    IRType wide, type;
    typeOfIRLoadGOp(load->cvt, &wide, &type);
    return one(out, False, load->addr, sizeofIRType(type), load->guard);
}

/* A helper's access to memory. */
static UInt of_dirty(const IRDirty *dirty, cck_ir_access *out)
{
    UInt count = 0;
    if (dirty->mFx == Ifx_Read || dirty->mFx == Ifx_Modify)
        count += one(&out[count], False, dirty->mAddr, dirty->mSize, NULL);
    if (dirty->mFx == Ifx_Write || dirty->mFx == Ifx_Modify)
        count += one(&out[count], True, dirty->mAddr, dirty->mSize, NULL);
    return count;
}

static UInt of_cas(const IRTypeEnv *types, const IRCAS *cas, cck_ir_access *out)
{
    UInt size = size_of(types, cas->dataLo) * (cas->dataHi ? 2 : 1);
    one(&out[0], False, cas->addr, size, NULL);
    one(&out[1], True, cas->addr, size, NULL);
    out[0].atomic = out[1].atomic = True;
    return 2;
}

static UInt of_llsc(const IRTypeEnv *types, const IRStmt *statement, cck_ir_access *out)
{
    IRExpr *data = statement->Ist.LLSC.storedata, *address = statement->Ist.LLSC.addr;
    if (data)
        one(out, True, address, size_of(types, data), NULL);
    else
        one(out, False, address, sizeofIRType(typeOfIRTemp(types, statement->Ist.LLSC.result)), NULL);
    out->atomic = data != NULL;
    out->linked = !data;
    return 1;
}

UInt cck_ir_accesses(const IRTypeEnv *types, const IRStmt *statement, cck_ir_access out[2])
{
    switch (statement->tag) {
    case Ist_WrTmp: {
        const IRExpr *data = statement->Ist.WrTmp.data;
        if (data->tag != Iex_Load)
            return 0;
        return one(out, False, data->Iex.Load.addr, sizeofIRType(data->Iex.Load.ty), NULL);
    }
    case Ist_Store:
        return one(out, True, statement->Ist.Store.addr, size_of(types, statement->Ist.Store.data),
                   NULL);
    case Ist_StoreG: {
        const IRStoreG *store = statement->Ist.StoreG.details;
        return one(out, True, store->addr, size_of(types, store->data), store->guard);
    }
    case Ist_LoadG:
        return of_guarded_load(statement->Ist.LoadG.details, out);
    case Ist_Dirty:
        return of_dirty(statement->Ist.Dirty.details, out);
    case Ist_CAS:
        return of_cas(types, statement->Ist.CAS.details, out);
    case Ist_LLSC:
        return of_llsc(types, statement, out);
    default:
        return 0;
    }
}

Bool cck_ir_modifies(const cck_ir_modified *modified, const cck_ir_access *store)
{
    return modified->address && modified->size == store->size &&
           eqIRAtom(modified->address, store->address);
}
