/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CCK_TOOL_ARCH_H
#define CCK_TOOL_ARCH_H

/* Everything that depends on the processor Valgrind runs on, in one place. */
#include "pub_tool_basics.h"
#include "pub_tool_tooliface.h"

#if defined(VGA_amd64)
#include "libvex_guest_amd64.h"
typedef VexGuestAMD64State cck_guest_state;
/* Valgrind keeps the program below 128 GiB (m_aspacemgr: aspacem_maxAddr). */
enum { CCK_ADDRESS_BITS = 38 };
#else
#error "this processor is not supported yet"
#endif

#endif
