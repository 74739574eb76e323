/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tool.h"

#include "pub_tool_libcbase.h"
#include "pub_tool_libcfile.h"
#include "pub_tool_libcprint.h"
#include "pub_tool_libcproc.h"
#include "pub_tool_mallocfree.h"
#include "pub_tool_vki.h"

/*
 * What Valgrind has to say goes to log.PID beside the records. Its own --log-file
 * does not do: Valgrind ends a process at once, program and all, when it cannot
 * create that file at an exec or a fork. A daemon outlives the run that it was
 * started in, and the records' directory with it, and must not come to harm then.
 * So the library says --log-file=/dev/null, and this puts the file in its place.
 */

/* Not declared for tools, see pub_core_libcprint.h and pub_core_libcfile.h. The
 * descriptor has been the sink's first member ever since there are sinks. */
typedef struct sink {
    Int fd;
} sink;
extern sink VG_(log_output_sink);
extern Int VG_(safe_fd)(Int fd); /* out of the program's reach, and closed by an exec */

void cck_log_open(void)
{
    static const UInt extra = 32;
    static Int last = -1;
    UInt length = VG_(strlen)(cck_clo_directory) + extra;
    HChar *path = VG_(malloc)("cck.log", length);
    VG_(snprintf)(path, length, "%s/log.%d", cck_clo_directory, VG_(getpid)());
    /* An earlier image of this process may have left one. O_EXCL follows no link. */
    VG_(unlink)(path);
    SysRes opened = VG_(open)(path, VKI_O_WRONLY | VKI_O_CREAT | VKI_O_EXCL, 0600);
    VG_(free)(path);
    if (sr_isError(opened))
        return; /* nobody is left to read it */
    Int fd = VG_(safe_fd)(sr_Res(opened));
    if (fd < 0)
        return;
    VG_(log_output_sink).fd = fd;
    if (last >= 0)
        VG_(close)(last);
    last = fd;
}
