/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tool.h"

#include "pub_tool_clientstate.h"
#include "pub_tool_libcbase.h"
#include "pub_tool_libcfile.h"
#include "pub_tool_libcprint.h"
#include "pub_tool_libcproc.h"
#include "pub_tool_mallocfree.h"
#include "pub_tool_vki.h"

/*
 * The record of one process image, a text file named PID.SEQUENCE (an exec makes a
 * new image of the same process, and the next sequence number):
 *
 *     cachecheck-simulation 1
 *     pid 4711
 *     ppid 4710
 *     levels 2            or 3, with an L2
 *     cores 4             that threads were dealt out to
 *     state running       a refresh meanwhile: the counts are partial
 *           exec          at an exec that may yet have failed
 *           ended         complete
 *     program gzip        base name; bytes beyond printable ASCII as %XX
 *     threads 2
 *     thread TID CORE ENDED INSTRUCTIONS LOADS STORES ATOMICS
 *            I1 LOAD1 STORE1 I2 LOAD2 STORE2 IL LOADL STOREL NAME
 *     thread ...          (one line each; misses by level; NAME escaped, - for none)
 *     end
 *
 * It is written whole to PID.SEQUENCE.new and renamed, so that a reader finds the
 * old or the new one. The name is claimed with O_EXCL when the image starts.
 */
enum {
    VERSION = 1,
    TICKS = 64,        /* turns between looks at the clock */
    REFRESH_MS = 500,  /* shortest time between two refreshes... */
    REFRESH_SHARE = 20 /* ...and at most 1/20 of the time goes into them */
};

static HChar *path, *new_path;
static UInt refreshed_ms, refresh_ms;

typedef struct writer {
    Int fd;
    UInt used;
    Bool failed;
    HChar buffer[8192];
} writer;

static void flush(writer *w)
{
    UInt done = 0;
    while (done < w->used && !w->failed) {
        Int written = VG_(write)(w->fd, w->buffer + done, w->used - done);
        if (written <= 0)
            w->failed = True;
        else
            done += written;
    }
    w->used = 0;
}

/* At most 1,000 bytes at a time. */
static void put(writer *w, const HChar *format, ...) PRINTF_CHECK(2, 3);

static void put(writer *w, const HChar *format, ...)
{
    if (w->used > sizeof w->buffer - 1024)
        flush(w);
    va_list arguments;
    va_start(arguments, format);
    w->used += VG_(vsnprintf)(w->buffer + w->used, 1024, format, arguments);
    va_end(arguments);
}

static void put_escaped(writer *w, const HChar *text)
{
    UInt length = 0;
    if (!*text)
        put(w, "-");
    for (; *text && length < 255; text++, length++) {
        UChar byte = *text;
        if (byte > ' ' && byte < 0x7f && byte != '%' && !(byte == '-' && !length))
            put(w, "%c", byte);
        else
            put(w, "%%%02x", (UInt)byte);
    }
}

static void put_row(writer *w, const cck_thread_row *row)
{
    put(w, "thread %d %u %d %llu %llu %llu %llu", row->tid, row->core, row->ended,
        row->instructions, row->loads, row->stores, row->atomics);
    for (UInt level = 0; level < CCK_LEVELS; level++)
        put(w, " %llu %llu %llu", row->misses[CCK_FETCH][level], row->misses[CCK_LOAD][level],
            row->misses[CCK_STORE][level]);
    put(w, " ");
    put_escaped(w, row->name);
    put(w, "\n");
}

static void put_all(writer *w, const HChar *state)
{
    /* As it was executed, the way the kernel names a process: VG_(client_fname)() follows
     * links, and would call redis-server, a link, redis-check-rdb. */
    const HChar *program = VG_(args_the_exename) ? VG_(args_the_exename) : "";
    put(w, "cachecheck-simulation %d\npid %d\nppid %d\nlevels %d\ncores %u\nstate %s\nprogram ",
        VERSION, VG_(getpid)(), VG_(getppid)(), cck_clo_geometry.l2.size ? 3 : 2,
        cck_clo_geometry.cores, state);
    put_escaped(w, VG_(basename)(program));
    put(w, "\nthreads %u\n", cck_row_count);
    for (const cck_thread_row *row = cck_rows; row; row = row->next)
        put_row(w, row);
    put(w, "end\n");
}

void cck_record_write(const HChar *state)
{
    static writer w; /* too large for Valgrind's stack to be generous with */
    if (!path)
        return;
    cck_row_refresh_names();
    /* O_EXCL follows no link: a directory of this name may be somebody else's by now,
     * if the run that this process was started in has ended. */
    VG_(unlink)(new_path);
    w.fd = VG_(fd_open)(new_path, VKI_O_WRONLY | VKI_O_CREAT | VKI_O_EXCL, 0600);
    if (w.fd < 0)
        return; /* the reader says that the record is partial or missing */
    w.used = 0;
    w.failed = False;
    put_all(&w, state);
    flush(&w);
    VG_(close)(w.fd);
    if (!w.failed)
        VG_(rename)(new_path, path);
}

void cck_record_open(void)
{
    static const UInt extra = 64;
    UInt length = VG_(strlen)(cck_clo_directory) + extra;
    path = VG_(realloc)("cck.path", path, length);
    new_path = VG_(realloc)("cck.path", new_path, length);
    for (UInt sequence = 0; sequence < 1000000; sequence++) {
        VG_(snprintf)(path, length, "%s/%d.%u", cck_clo_directory, VG_(getpid)(), sequence);
        SysRes opened = VG_(open)(path, VKI_O_WRONLY | VKI_O_CREAT | VKI_O_EXCL, 0600);
        if (!sr_isError(opened)) {
            VG_(close)(sr_Res(opened));
            break;
        }
        if (sr_Err(opened) != VKI_EEXIST)
            break; /* writing the record fails likewise, and is tried again */
    }
    VG_(snprintf)(new_path, length, "%s.new", path);
    refreshed_ms = VG_(read_millisecond_timer)();
    refresh_ms = REFRESH_MS;
}

void cck_record_tick(void)
{
    static UInt ticks;
    if (++ticks % TICKS)
        return;
    UInt start = VG_(read_millisecond_timer)();
    if (start - refreshed_ms < refresh_ms)
        return;
    cck_record_write("running");
    refreshed_ms = VG_(read_millisecond_timer)();
    UInt share = (refreshed_ms - start) * REFRESH_SHARE;
    refresh_ms = share > REFRESH_MS ? share : REFRESH_MS;
}
