/* SPDX-License-Identifier: MIT */
/* The public question for the node of single pages. */
#include <cachecheck/numa.h>

#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "core/base/fail.h"
#include "probes/placement/query.h"

enum { AT_ONCE = 512 };

static int refused(int32_t pid, int os_error, cck_error *err)
{
    if (os_error == ESRCH)
        return cck_fail(err, CCK_EGONE, "there is no process %d", pid);
    int code = os_error == ENOSYS ? CCK_EUNSUPPORTED : cck_code_of_errno(os_error);
    cck_fail_os(err, code, os_error, "cannot ask for the nodes of pages (move_pages)");
    if (os_error == EPERM || os_error == EACCES)
        cck_hint(err, "containers deny it: run with --cap-add SYS_NICE, or outside; of another "
                      "user's process, ask as root");
    return code;
}

static int32_t node_of(int status)
{
    switch (status) {
    case -ENOENT:
        return CCK_PAGE_ABSENT;
    case -EFAULT:
        return CCK_PAGE_UNMAPPED;
    default:
        return status >= 0 ? status : CCK_PAGE_UNKNOWN;
    }
}

int cck_page_nodes(int32_t pid, const void *const *addresses, size_t count, int32_t *out_nodes,
                   cck_error *err)
{
    void *pages[AT_ONCE];
    int statuses[AT_ONCE];
    for (size_t done = 0, now; done < count; done += now) {
        now = count - done < AT_ONCE ? count - done : AT_ONCE;
        memcpy(pages, addresses + done, now * sizeof *pages);
        if (cck_place_kernel.move_pages(pid, now, pages, statuses) < 0)
            return refused(pid, errno, err);
        for (size_t i = 0; i < now; i++)
            out_nodes[done + i] = node_of(statuses[i]);
    }
    return 0;
}
