/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Valgrind's table of threads has 7 KiB for each that may ever live at once, and clears
 * all of it at the start: 34 MiB for 5,000, of which a program of a few threads uses
 * nothing. Pages of zeros go back to the kernel, which gives zeros again when one is touched.
 */
#include "tool.h"

#include "pub_tool_aspacemgr.h"
#include "pub_tool_libcbase.h"
#include "pub_tool_threadstate.h"
#include "pub_tool_vki.h"
#include "pub_tool_vkiscnums.h"

/* Not declared for tools: see pub_core_threadstate.h and pub_core_syscall.h. */
extern void *VG_(threads);
extern SysRes VG_(do_syscall)(UWord number, RegWord, RegWord, RegWord, RegWord, RegWord, RegWord,
                              RegWord, RegWord);

enum { ADVICE_DONTNEED = 4 };

static Bool is_zero(const ULong *page)
{
    for (UInt i = 0; i < VKI_PAGE_SIZE / sizeof *page; i++)
        if (page[i])
            return False;
    return True;
}

/* A generous size of a slot: the memory that it lies in, no further. */
void cck_spare_pages(void)
{
    enum { SLOT_MOST = 8192 };
    Addr at = VG_PGROUNDUP((Addr)VG_(threads)), end = (Addr)VG_(threads) + (Addr)VG_N_THREADS * SLOT_MOST;
    const NSegment *segment = VG_(am_find_nsegment)((Addr)VG_(threads));
    if (!segment || segment->kind != SkAnonV)
        return;
    if (end > segment->end + 1)
        end = segment->end + 1;
    while (at + VKI_PAGE_SIZE <= end) {
        Addr from = at;
        while (at + VKI_PAGE_SIZE <= end && is_zero((const ULong *)at))
            at += VKI_PAGE_SIZE;
        if (at > from)
            VG_(do_syscall)(__NR_madvise, from, at - from, ADVICE_DONTNEED, 0, 0, 0, 0, 0);
        else
            at += VKI_PAGE_SIZE;
    }
}
