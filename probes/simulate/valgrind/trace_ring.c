/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tracing.h"

#include "pub_tool_aspacemgr.h"
#include "pub_tool_clientstate.h"
#include "pub_tool_libcbase.h"
#include "pub_tool_libcfile.h"
#include "pub_tool_libcprint.h"
#include "pub_tool_libcproc.h"
#include "pub_tool_mallocfree.h"
#include "pub_tool_vki.h"
#include "pub_tool_vkiscnums.h"

/*
 * The writer's side of the ring. Only the thread whose turn it is comes here, so
 * nothing needs a lock. Where spans are cut depends on positions alone, never on how
 * far the reader is, so that the same run gives the same words.
 */

/* Not declared for tools, see pub_core_aspacemgr.h. */
extern SysRes VG_(am_shared_mmap_file_float_valgrind)(SizeT length, UInt protection, Int fd,
                                                      Off64T offset);

enum {
    READER_COMES_MS = 10000,
    LOOK_MS = 100 /* between looks whether the reader still lives */
};

ULong cck_clo_ring = CCK_TRACE_RING_BYTES;
Bool cck_ring_wanted;

static cck_trace_header *header; /* NULL: no ring */
static ULong *ring;
static ULong head; /* position of the next span; those before it are published, but for the last */
static Bool sealed;

void cck_ring_wake(void)
{
    __atomic_add_fetch(&header->head_futex, 1, __ATOMIC_SEQ_CST);
    if (__atomic_load_n(&header->reader_waits, __ATOMIC_SEQ_CST))
        cck_futex(&header->head_futex, VKI_FUTEX_WAKE, 1, 0);
}

static ULong unread(void)
{
    return head - __atomic_load_n(&header->tail, __ATOMIC_ACQUIRE);
}

static void give_up(const HChar *why)
{
    VG_(umsg)("tracing ends: %s\n", why);
    cck_ring_wanted = False;
}

static Bool reader_is_gone(void)
{
    Int reader = __atomic_load_n(&header->reader, __ATOMIC_ACQUIRE);
    if (__atomic_load_n(&header->stop, __ATOMIC_ACQUIRE))
        return True;
    if (!reader)
        return False;
    SysRes result = cck_syscall(__NR_kill, reader, 0, 0, 0);
    return sr_isError(result) && sr_Err(result) == VKI_ESRCH;
}

/* Wait until `words` can be written at `head`. */
static Bool wait_for_room(ULong words)
{
    UInt start = 0;
    while (cck_ring_wanted && unread() + words > header->ring_words) {
        UInt seen = __atomic_load_n(&header->tail_futex, __ATOMIC_SEQ_CST);
        __atomic_store_n(&header->writer_waits, 1, __ATOMIC_SEQ_CST);
        cck_ring_wake();
        if (unread() + words > header->ring_words)
            cck_futex(&header->tail_futex, VKI_FUTEX_WAIT, seen, LOOK_MS * 1000000UL);
        __atomic_store_n(&header->writer_waits, 0, __ATOMIC_SEQ_CST);
        UInt now = VG_(read_millisecond_timer)();
        start = start ? start : now;
        if (reader_is_gone())
            give_up("its reader has ended");
        else if (!__atomic_load_n(&header->reader, __ATOMIC_ACQUIRE) &&
                 now - start > READER_COMES_MS) {
            __atomic_store_n(&header->gave_up, 1, __ATOMIC_RELEASE);
            give_up("no reader came");
        }
    }
    return cck_ring_wanted;
}

/* The place of the next span, with `words` in one piece. Behind it is always room for
 * the header of a skip. NULL: nothing is written any more. */
ULong *cck_ring_reserve(ULong words)
{
    if (!cck_ring_wanted || sealed)
        return NULL;
    ULong place = head % header->ring_words, left = header->ring_words - place;
    if (left < words + CCK_SPAN_WORDS) {
        if (!wait_for_room(left))
            return NULL;
        ring[place] = CCK_SPAN(CCK_SPAN_SKIP, left - CCK_SPAN_WORDS, 0);
        ring[place + 1] = 0;
        head += left;
    }
    return wait_for_room(words) ? ring + head % header->ring_words : NULL;
}

void cck_ring_advance(ULong words)
{
    head += words;
}

ULong cck_ring_position(void)
{
    return head;
}

void cck_ring_rewind(ULong position)
{
    head = position;
}

void cck_ring_publish(void)
{
    if (!header)
        return;
    ULong before = __atomic_load_n(&header->head, __ATOMIC_RELAXED);
    __atomic_store_n(&header->head, head, __ATOMIC_RELEASE);
    /* Each quarter that fills is worth a wake; a round is always. */
    ULong quarter = header->ring_words / 4;
    if (before / quarter != head / quarter)
        cck_ring_wake();
}

void cck_ring_set_state(UInt state, UInt signal)
{
    if (!header)
        return;
    header->signal = signal;
    __atomic_store_n(&header->state, state, __ATOMIC_RELEASE);
    cck_ring_wake();
}

void cck_ring_count_real_time_turn(void)
{
    if (header && !sealed)
        __atomic_add_fetch(&header->real_time_turns, 1, __ATOMIC_RELAXED);
}

/* The file of this process image: trace.PID.SEQUENCE. O_EXCL follows no link. */
static Int create_file(void)
{
    static const UInt extra = 64;
    UInt length = VG_(strlen)(cck_clo_directory) + extra;
    HChar *path = VG_(malloc)("cck.trace", length);
    SysRes opened;
    UInt sequence = 0;
    do {
        VG_(snprintf)(path, length, "%s/trace.%d.%u", cck_clo_directory, VG_(getpid)(), sequence++);
        opened = VG_(open)(path, VKI_O_RDWR | VKI_O_CREAT | VKI_O_EXCL, 0600);
    } while (sr_isError(opened) && sr_Err(opened) == VKI_EEXIST);
    VG_(free)(path);
    return sr_isError(opened) ? -1 : (Int)sr_Res(opened);
}

static cck_trace_header *map_file(SizeT size)
{
    Int fd = create_file();
    if (fd < 0)
        return NULL;
    /* A full disk is known now, not by a SIGBUS later. */
    SysRes result = cck_syscall(__NR_fallocate, fd, 0, 0, size);
    if (!sr_isError(result))
        result =
            VG_(am_shared_mmap_file_float_valgrind)(size, VKI_PROT_READ | VKI_PROT_WRITE, fd, 0);
    VG_(close)(fd);
    return sr_isError(result) ? NULL : (cck_trace_header *)sr_Res(result);
}

void cck_ring_open(void)
{
    const HChar *program = VG_(args_the_exename) ? VG_(args_the_exename) : "";
    head = 0;
    header = map_file(CCK_TRACE_HEADER_BYTES + cck_clo_ring);
    cck_ring_wanted = header != NULL;
    if (!header) {
        VG_(umsg)("nothing is traced: no room for the ring in %s\n", cck_clo_directory);
        return;
    }
    ring = (ULong *)((UChar *)header + CCK_TRACE_HEADER_BYTES);
    header->ring_words = cck_clo_ring / sizeof(ULong);
    header->pid = VG_(getpid)();
    header->parent = VG_(getppid)();
    VG_(strncpy)(header->program, program, sizeof header->program - 1);
    __atomic_store_n(&header->magic, CCK_TRACE_MAGIC, __ATOMIC_RELEASE);
}

void cck_ring_seal(void)
{
    sealed = True;
}

Bool cck_ring_sealed(void)
{
    return sealed;
}

void cck_ring_abandon(void)
{
    sealed = False;
    if (header)
        VG_(am_munmap_valgrind)((Addr)header, CCK_TRACE_HEADER_BYTES + cck_clo_ring);
    header = NULL;
    cck_ring_wanted = False;
}
