/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tool.h"

#include "pub_tool_libcassert.h"
#include "pub_tool_libcbase.h"
#include "pub_tool_libcfile.h"
#include "pub_tool_libcprint.h"
#include "pub_tool_libcproc.h"
#include "pub_tool_mallocfree.h"
#include "pub_tool_threadstate.h"

cck_thread_row *cck_rows;
UInt cck_row_count;

static cck_thread_row *last_row;
static cck_thread_row **by_slot; /* Valgrind's thread number -> row; it reuses numbers */
static UInt created;             /* threads of this process so far: deals out the cores */
static HChar tool_name[16];      /* comm that the process had before its program set one */

/* Read a thread's comm; "" when it is the tool's own, which no thread chose. */
void cck_row_read_name(Int tid, HChar *name)
{
    HChar path[64];
    VG_(snprintf)(path, sizeof path, "/proc/self/task/%d/comm", tid);
    Int fd = VG_(fd_open)(path, VKI_O_RDONLY, 0);
    if (fd < 0)
        return; /* keep what was seen before */
    HChar text[17];
    Int length = VG_(read)(fd, text, sizeof text - 1);
    VG_(close)(fd);
    if (length <= 0)
        return;
    text[length] = 0;
    if (text[length - 1] == '\n')
        text[length - 1] = 0;
    if (!tool_name[0])
        VG_(strncpy)(tool_name, text, sizeof tool_name - 1);
    VG_(strncpy)(name, VG_(strcmp)(text, tool_name) ? text : "", 15);
}

static cck_thread_row *new_row(ThreadId thread)
{
    cck_thread_row *row = VG_(calloc)("cck.row", 1, sizeof *row);
    row->tid = VG_(gettid)();
    row->core = created++ % cck_clo_geometry.cores;
    if (last_row)
        last_row->next = row;
    else
        cck_rows = row;
    last_row = row;
    cck_row_count++;
    if (!tool_name[0])
        cck_row_read_name(row->tid, row->name);
    by_slot[thread] = row;
    return row;
}

cck_thread_row *cck_row_of(ThreadId thread)
{
    tl_assert(thread < VG_N_THREADS);
    if (!by_slot)
        by_slot = VG_(calloc)("cck.slots", VG_N_THREADS, sizeof *by_slot);
    return by_slot[thread] ? by_slot[thread] : new_row(thread);
}

void cck_row_end(ThreadId thread)
{
    cck_thread_row *row = by_slot ? by_slot[thread] : NULL;
    if (!row)
        return;
    cck_row_read_name(row->tid, row->name);
    row->ended = True;
    by_slot[thread] = NULL;
}

void cck_row_refresh_names(void)
{
    for (cck_thread_row *row = cck_rows; row; row = row->next)
        if (!row->ended)
            cck_row_read_name(row->tid, row->name);
}

void cck_rows_forked(ThreadId thread)
{
    while (cck_rows) {
        cck_thread_row *next = cck_rows->next;
        VG_(free)(cck_rows);
        cck_rows = next;
    }
    last_row = NULL;
    cck_row_count = 0;
    created = 0;
    if (by_slot)
        VG_(memset)(by_slot, 0, VG_N_THREADS * sizeof *by_slot);
    cck_row_of(thread);
}
