/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tracing.h"

#include "pub_tool_aspacemgr.h"
#include "pub_tool_libcassert.h"
#include "pub_tool_libcbase.h"
#include "pub_tool_machine.h"
#include "pub_tool_mallocfree.h"

/* The program's mappings, as the address space manager has them after each change. */
typedef struct range {
    struct range *next;
    Addr start, end;
} range;

static range *shared; /* what other processes may see */
static Bool maps_shared;

void cck_trace_mmap(ULong flags)
{
    ULong type = flags & 15; /* MAP_SHARED is 1, MAP_SHARED_VALIDATE 3 */
    maps_shared = type == 1 || type == 3;
}

Bool cck_trace_is_shared(Addr address)
{
    for (const range *at = shared; at; at = at->next)
        if (address >= at->start && address < at->end)
            return True;
    const NSegment *segment = VG_(am_find_nsegment)(address);
    return segment && segment->kind == SkShmC;
}

Bool cck_trace_is_preloaded(Addr address)
{
    const NSegment *segment = VG_(am_find_nsegment)(address);
    const HChar *path = segment ? VG_(am_get_filename)(segment) : NULL;
    return path && VG_(strstr)(path, "/vgpreload_cachecheck-trace-");
}

static void forget_shared(Addr start, Addr end)
{
    for (range **link = &shared; *link;) {
        range *at = *link;
        if (at->start < start && at->end > end) { /* a hole in the middle */
            range *rest = VG_(malloc)("cck.range", sizeof *rest);
            *rest = (range){at->next, end, at->end};
            at->end = start;
            at->next = rest;
        } else if (at->start >= start && at->end <= end) {
            *link = at->next;
            VG_(free)(at);
            continue;
        } else if (at->start < start && at->end > start) {
            at->end = start;
        } else if (at->start < end && at->end > end) {
            at->start = end;
        }
        link = &at->next;
    }
}

/* They take their turn among the events of whoever did it. */
static UInt who(void)
{
    const cck_traced *running = cck_traced_running();
    return running ? running->number : 0;
}

static void tell_map(Addr start, SizeT size, UInt protection, UInt flags)
{
    const NSegment *segment = VG_(am_find_nsegment)(start);
    const HChar *path = NULL;
    cck_trace_map map = {.start = start, .size = size, .protection = protection, .flags = flags};
    if (cck_trace_is_shared(start))
        map.flags |= CCK_MAP_SHARED;
    if (segment && segment->kind == SkFileC) {
        path = VG_(am_get_filename)(segment);
        map.offset = segment->offset + (start - segment->start);
    }
    cck_trace_span(CCK_SPAN_MAP, who(), &map, sizeof map, path);
}

static void tell_unmap(Addr start, SizeT size)
{
    const cck_trace_map map = {.start = start, .size = size};
    cck_trace_span(CCK_SPAN_UNMAP, who(), &map, sizeof map, NULL);
}

static UInt protection_of(Bool readable, Bool writable, Bool executable)
{
    return (readable ? VKI_PROT_READ : 0) | (writable ? VKI_PROT_WRITE : 0) |
           (executable ? VKI_PROT_EXEC : 0);
}

static void on_mmap(Addr start, SizeT size, Bool readable, Bool writable, Bool executable,
                    ULong handle)
{
    forget_shared(start, start + size);
    if (maps_shared) {
        range *added = VG_(malloc)("cck.range", sizeof *added);
        *added = (range){shared, start, start + size};
        shared = added;
        maps_shared = False;
    }
    tell_map(start, size, protection_of(readable, writable, executable), 0);
}

static void on_protect(Addr start, SizeT size, Bool readable, Bool writable, Bool executable)
{
    tell_map(start, size, protection_of(readable, writable, executable), 0);
}

static void on_munmap(Addr start, SizeT size)
{
    forget_shared(start, start + size);
    tell_unmap(start, size);
}

static void on_brk(Addr start, SizeT size, ThreadId thread)
{
    tell_map(start, size, VKI_PROT_READ | VKI_PROT_WRITE, CCK_MAP_HEAP);
}

/* What the kernel reads or writes for the program. */
static void tell_access(UInt what, Addr start, SizeT size)
{
    cck_traced *running = cck_traced_running();
    if (size && running)
        cck_traced_words(running, (ULong[]){CCK_WORD(what, 0), start, size}, 3);
}

static void on_read(CorePart part, ThreadId thread, const HChar *what, Addr start, SizeT size)
{
    if (part == Vg_CoreSysCall)
        tell_access(CCK_WORD_SYSCALL_READ, start, size);
}

static void on_read_text(CorePart part, ThreadId thread, const HChar *what, Addr start)
{
    SizeT length = 0;
    if (part != Vg_CoreSysCall)
        return;
    for (; VG_(am_is_valid_for_client)(start + length, 1, VKI_PROT_READ); length++)
        if (!*(const HChar *)(start + length))
            break;
    tell_access(CCK_WORD_SYSCALL_READ, start, length + 1);
}

static void on_write(CorePart part, ThreadId thread, Addr start, SizeT size)
{
    if (part == Vg_CoreSysCall || part == Vg_CoreSignal)
        tell_access(CCK_WORD_SYSCALL_WRITE, start, size);
}

void cck_trace_all_maps(void)
{
    enum { KINDS = SkFileC | SkAnonC | SkShmC };
    Addr one;
    Int count = -VG_(am_get_segment_starts)(KINDS, &one, 1);
    if (count <= 0)
        return;
    Addr *starts = VG_(malloc)("cck.maps", count * sizeof *starts);
    Addr stack = VG_(thread_get_stack_max)(cck_traced_running()->slot);
    count = VG_(am_get_segment_starts)(KINDS, starts, count);
    for (Int i = 0; i < count; i++) {
        const NSegment *segment = VG_(am_find_nsegment)(starts[i]);
        UInt flags = segment->isCH ? CCK_MAP_HEAP : 0;
        if (segment->start <= stack && segment->end >= stack)
            flags = CCK_MAP_STACK;
        tell_map(segment->start, segment->end + 1 - segment->start,
                 protection_of(segment->hasR, segment->hasW, segment->hasX), flags);
    }
    VG_(free)(starts);
}

void cck_trace_memory_set_up(void)
{
    VG_(track_new_mem_mmap)(on_mmap);
    VG_(track_die_mem_munmap)(on_munmap);
    VG_(track_change_mem_mprotect)(on_protect);
    VG_(track_new_mem_brk)(on_brk);
    VG_(track_die_mem_brk)(on_munmap);
    VG_(track_pre_mem_read)(on_read);
    VG_(track_pre_mem_read_asciiz)(on_read_text);
    VG_(track_post_mem_write)(on_write);
}
