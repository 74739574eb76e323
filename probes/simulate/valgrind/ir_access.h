/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CCK_TOOL_IR_ACCESS_H
#define CCK_TOOL_IR_ACCESS_H

#include "pub_tool_basics.h"
#include "pub_tool_tooliface.h"

/*
 * Which memory a statement of VEX accesses. The rules are cachegrind's, so that counts
 * can be compared; both modes of the tool go by them.
 */
typedef struct cck_ir_access {
    Bool store;
    Bool atomic;    /* locked, or the store of a pair of load-linked and store-conditional */
    Bool linked;    /* the load of such a pair */
    IRExpr *address;
    UInt size;      /* bytes */
    IRExpr *guard;  /* it happens only if this is true; NULL: always */
} cck_ir_access;

/* How many there are, up to 2, in their order. */
UInt cck_ir_accesses(const IRTypeEnv *types, const IRStmt *statement, cck_ir_access out[2]);

/*
 * A store to where the same instruction has just loaded from counts as part of the load
 * (cachegrind's "modify").
 */
typedef struct cck_ir_modified {
    IRExpr *address; /* NULL: no such load */
    UInt size;
} cck_ir_modified;

Bool cck_ir_modifies(const cck_ir_modified *modified, const cck_ir_access *store);

#endif
