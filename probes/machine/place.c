/* SPDX-License-Identifier: MIT */
/* By system calls and not by libnuma, which calls NUMA available where a container's seccomp
 * profile denies each of them. */
#include "probes/machine/place.h"

#include <errno.h>
#include <linux/mempolicy.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/base/fail.h"

enum { HUGE_PAGE = 2 << 20, NODES = 1024, PAGES_ASKED = 64, WORD = 8 * sizeof(unsigned long) };

/* MPOL_BIND without MPOL_F_STATIC_NODES: a node outside of the cpuset is refused. The kernel
 * takes maxnode as one more than the bits it reads (mm/mempolicy.c, get_nodes). */
static int bind_to(void *base, size_t bytes, int node, cck_error *err)
{
    unsigned long mask[NODES / WORD] = {0};
    if (node >= NODES)
        return cck_fail(err, CCK_EINVALID, "node %d is beyond %d", node, NODES);
    mask[(size_t)node / WORD] |= 1ul << ((size_t)node % WORD);
    if (syscall(SYS_mbind, base, bytes, MPOL_BIND, mask, NODES + 1ul, 0) == 0)
        return 0;
    if (errno == EPERM || errno == ENOSYS) {
        cck_fail(err, CCK_EACCESS, "memory cannot be bound to a node: mbind is denied");
        cck_hint(err, "a container needs CAP_SYS_NICE, or a seccomp profile that allows mbind");
        return CCK_EACCESS;
    }
    return cck_fail_os(err, cck_code_of_errno(errno), errno, "cannot bind memory to node %d", node);
}

static int node_of(void *address)
{
    int node = -1;
    long rc = syscall(SYS_get_mempolicy, &node, NULL, 0ul, address, MPOL_F_NODE | MPOL_F_ADDR);
    return rc == 0 ? node : -errno;
}

/* A page is where its status says; negative: not known (move_pages(2)). */
static int check_pages(cck_place *place, int node, cck_error *err)
{
    void *pages[PAGES_ASKED];
    int status[PAGES_ASKED];
    size_t page = (size_t)sysconf(_SC_PAGESIZE), all = (place->bytes + page - 1) / page;
    size_t count = all < PAGES_ASKED ? all : PAGES_ASKED;
    for (size_t i = 0; i < count; i++)
        pages[i] = (char *)place->base + i * (all / count) * page;
    place->proof = "move_pages";
    if (syscall(SYS_move_pages, 0, count, pages, NULL, status, 0) != 0) {
        place->proof = "get_mempolicy";
        for (size_t i = 0; i < count; i++)
            status[i] = node_of(pages[i]);
    }
    for (size_t i = 0; i < count; i++) {
        if (status[i] == -EPERM || status[i] == -ENOSYS) {
            place->proof = "";
            return 0;
        }
        if (status[i] >= 0 && status[i] != node)
            return cck_fail(err, CCK_EUNSUPPORTED, "memory bound to node %d lies on node %d", node,
                            status[i]);
    }
    return 0;
}

int cck_place_make(cck_place *out_place, size_t bytes, int node, bool huge, cck_error *err)
{
    cck_place place = {.bytes = bytes, .mapped = bytes + (huge ? HUGE_PAGE : 0)};
    place.mapping = mmap(NULL, place.mapped, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (place.mapping == MAP_FAILED)
        return cck_fail_os(err, CCK_ENOMEM, errno, "cannot map %zu MiB", bytes >> 20);
    uintptr_t start = (uintptr_t)place.mapping;
    if (huge)
        start = (start + HUGE_PAGE - 1) & ~(uintptr_t)(HUGE_PAGE - 1);
    place.base = (void *)start;
    madvise(place.base, bytes, huge ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
    int code = node < 0 ? 0 : bind_to(place.base, bytes, node, err);
    if (code == 0)
        memset(place.base, 0, bytes);
    if (code == 0 && node >= 0)
        code = check_pages(&place, node, err);
    if (code < 0)
        cck_place_clear(&place);
    else
        *out_place = place;
    return code;
}

void cck_place_clear(cck_place *place)
{
    if (place->mapping)
        munmap(place->mapping, place->mapped);
    *place = (cck_place){0};
}
