/* SPDX-License-Identifier: MIT */
#include "probes/watch/may.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/fail.h"
#include "core/base/proc.h"
#include "core/session/target.h"

/* Of a script, which is no ELF file, its interpreter decides: that is met when it runs. */
static int check_file(int file, const char *name, int machine, cck_error *err)
{
    Elf64_Ehdr header;
    ssize_t got = read(file, &header, sizeof header);
    if (got < (ssize_t)sizeof header || memcmp(header.e_ident, ELFMAG, SELFMAG) != 0)
        return 0;
    if (header.e_ident[EI_CLASS] != ELFCLASS64) {
        cck_fail(err, CCK_EUNSUPPORTED, "%s is a 32-bit program, which is not decoded", name);
        cck_hint(err, "build it for 64 bits");
        return CCK_EUNSUPPORTED;
    }
    if (header.e_machine != machine)
        return cck_fail(err, CCK_EUNSUPPORTED, "%s is a program for another processor", name);
    return 0;
}

static int check_program(const cck_target_options *target, int machine, cck_error *err)
{
    char file[PATH_MAX], path[2 * PATH_MAX];
    if (cck_target_resolve(target->argv[0], target->directory, getenv("PATH"), file, sizeof file,
                           NULL) < 0)
        return 0; /* whoever starts it says why not */
    bool below = target->directory && *file != '/';
    snprintf(path, sizeof path, "%s%s%s", below ? target->directory : "", below ? "/" : "", file);
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    int code = fd >= 0 ? check_file(fd, target->argv[0], machine, err) : 0;
    if (fd >= 0)
        close(fd);
    return code;
}

static int check_process(int32_t pid, const cck_root *root, int machine, cck_error *err)
{
    char path[32], name[32];
    snprintf(path, sizeof path, "proc/%" PRId32 "/exe", pid);
    snprintf(name, sizeof name, "process %" PRId32, pid);
    if (cck_proc_is_kernel(root, pid) == 1)
        return cck_fail(err, CCK_EUNSUPPORTED, "%s is a thread of the kernel", name);
    int fd = openat(root->fd, path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 && (errno == EACCES || errno == EPERM)) {
        cck_fail(err, CCK_EACCESS, "%s belongs to somebody else, or is not dumpable", name);
        cck_hint(err, "run cachecheck as its user, or as root");
        return CCK_EACCESS;
    }
    if (fd < 0)
        return 0; /* gone: whoever attaches says so */
    int code = check_file(fd, name, machine, err);
    close(fd);
    return code;
}

/* Lines move between processors only. Of what else is in the way the sampler's own trial
 * knows; but a debugger has the registers of its target, not ours. */
static int check_processors(cck_error *err)
{
    cpu_set_t allowed;
    if (sysconf(_SC_NPROCESSORS_ONLN) > 1 || sched_getaffinity(0, sizeof allowed, &allowed) < 0 ||
        CPU_COUNT(&allowed) > 1)
        return 0;
    cck_fail(err, CCK_EUNSUPPORTED, "there is only one CPU: here no line moves from one to another");
    cck_hint(err, "use --backend simulate, which models a machine of more");
    return CCK_EUNSUPPORTED;
}

int cck_watch_may(const cck_target_options *target, const cck_root *root, int machine,
                  cck_error *err)
{
#if !defined(__x86_64__) && !defined(__aarch64__)
    return cck_fail(err, CCK_EUNSUPPORTED, "there is no decoder for this processor");
#endif
    int code = check_processors(err);
    if (code == 0)
        code = target->argv ? check_program(target, machine, err)
                            : check_process(target->pid, root, machine, err);
    return code;
}
