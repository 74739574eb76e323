/* SPDX-License-Identifier: MIT */
#include "core/perf/open.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/base/fail.h"

static int kernel_open_in(struct perf_event_attr *attr, pid_t pid, int cpu, int leader)
{
    return (int)syscall(SYS_perf_event_open, attr, pid, cpu, leader, PERF_FLAG_FD_CLOEXEC);
}

static int kernel_open(struct perf_event_attr *attr, pid_t pid, int cpu)
{
    return kernel_open_in(attr, pid, cpu, -1);
}

static bool kernel_raise_files(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= limit.rlim_max)
        return false;
    limit.rlim_cur = limit.rlim_max;
    return setrlimit(RLIMIT_NOFILE, &limit) == 0;
}

const cck_perf_calls cck_perf_kernel = {kernel_open, kernel_raise_files, kernel_open_in};

int cck_perf_paranoid(const cck_root *root)
{
    int64_t level;
    if (cck_root_read_number(root, "proc/sys/kernel/perf_event_paranoid", &level) != 0)
        return INT_MAX;
    return (int)level;
}

/* True when a seccomp filter is on this process. */
static bool has_seccomp_filter(const cck_root *root)
{
    char text[8192];
    if (cck_root_read(root, "proc/self/status", text, sizeof text) < 0)
        return false;
    const char *line = strstr(text, "\nSeccomp:");
    return line && atoi(line + strlen("\nSeccomp:")) == 2; /* SECCOMP_MODE_FILTER */
}

/* ---- the ladder ---------------------------------------------------------- */

/* Each step changes the attributes to ask for less; false when it cannot. */

static bool leave_kernel_out(struct perf_event_attr *attr)
{
    if (attr->exclude_kernel && attr->exclude_hv)
        return false;
    attr->exclude_kernel = 1;
    attr->exclude_hv = 1;
    return true;
}

/* Features younger than perf_event_open itself, the youngest first: a kernel
 * that lacks one answers EINVAL for its bit. */
static bool drop_context_switch(struct perf_event_attr *attr) /* Linux 4.3 */
{
    bool had = attr->context_switch;
    attr->context_switch = 0;
    return had;
}

static bool drop_clock(struct perf_event_attr *attr) /* Linux 4.1 */
{
    bool had = attr->use_clockid;
    attr->use_clockid = 0;
    attr->clockid = 0;
    return had;
}

static bool drop_comm_exec(struct perf_event_attr *attr) /* Linux 3.16 */
{
    bool had = attr->comm_exec;
    attr->comm_exec = 0;
    return had;
}

static bool drop_hypervisor(struct perf_event_attr *attr) /* PMUs that cannot tell it apart */
{
    bool had = attr->exclude_hv && !attr->exclude_kernel;
    attr->exclude_hv = had ? 0 : attr->exclude_hv;
    return had;
}

static bool be_less_precise(struct perf_event_attr *attr)
{
    if (attr->precise_ip == 0)
        return false;
    attr->precise_ip--;
    return true;
}

/* Apple's M1 and M2 count only with guests left out. */
static bool leave_guests_out(struct perf_event_attr *attr)
{
    bool had = attr->exclude_guest;
    attr->exclude_guest = 1;
    return !had;
}

static const struct {
    int os_error;
    bool (*step)(struct perf_event_attr *attr);
} ladder[] = {
    {EACCES, leave_kernel_out},    {EPERM, leave_kernel_out},      {EINVAL, drop_context_switch},
    {EINVAL, drop_clock},          {EINVAL, drop_comm_exec},       {EINVAL, drop_hypervisor},
    {EOPNOTSUPP, be_less_precise}, {EOPNOTSUPP, leave_guests_out},
};

static bool step_down(struct perf_event_attr *attr, int os_error)
{
    for (size_t i = 0; i < sizeof ladder / sizeof *ladder; i++)
        if (ladder[i].os_error == os_error && ladder[i].step(attr))
            return true;
    return false;
}

int cck_perf_open(const cck_perf_calls *calls, const cck_root *root, struct perf_event_attr *attr,
                  pid_t pid, int cpu, cck_error *err)
{
    return cck_perf_open_in(calls, root, attr, pid, cpu, -1, err);
}

int cck_perf_open_in(const cck_perf_calls *calls, const cck_root *root,
                     struct perf_event_attr *attr, pid_t pid, int cpu, int leader, cck_error *err)
{
    struct perf_event_attr asked = *attr;
    bool raised = false;
    for (;;) {
        int fd = leader < 0 ? calls->open(&asked, pid, cpu)
                            : calls->open_in(&asked, pid, cpu, leader);
        if (fd >= 0) {
            *attr = asked;
            return fd;
        }
        int os_error = errno;
        if (os_error == EINTR)
            continue;
        if (os_error == EMFILE && !raised && calls->raise_files()) {
            raised = true;
            continue;
        }
        if (!step_down(&asked, os_error))
            return cck_perf_explain(root, os_error, err);
    }
}

/* ---- what is left to say -------------------------------------------------- */

static const struct {
    int os_error, code;
    const char *message, *hint;
} meanings[] = {
    {ENOENT, CCK_ENOTFOUND, "not supported on this machine",
     "list what can be counted here with: cachecheck stat --list"},
    {ENODEV, CCK_ENOTFOUND, "not supported on this machine",
     "list what can be counted here with: cachecheck stat --list"},
    {ENXIO, CCK_ENOTFOUND, "not supported on this machine",
     "list what can be counted here with: cachecheck stat --list"},
    {EOPNOTSUPP, CCK_EUNSUPPORTED, "the PMU cannot count this event in this way",
     "leave its modifiers off, or choose another event: cachecheck stat --list"},
    {EINVAL, CCK_EINVALID,
     "the kernel refuses the event's encoding, or counts it for whole "
     "CPUs only (uncore), not for a thread",
     "check the encoding with: cachecheck stat --list"},
    {ENODATA, CCK_EUNSUPPORTED, "this event works only in a group behind mem-loads-aux",
     "this kernel and cachecheck differ on the group; use --backend watch"},
    {EBUSY, CCK_EBUSY, "the PMU is taken by another user",
     "end other profilers; echo 0 | sudo tee /proc/sys/kernel/nmi_watchdog frees one counter"},
    {ENOSPC, CCK_ELIMIT, "all hardware breakpoints are in use (x86 has four)",
     "count fewer mem: events at once, or end the debugger that holds them"},
    {EMFILE, CCK_ELIMIT, "too few file descriptors, even at the hard limit",
     "raise it with: ulimit -Hn 65536 (as root), or count fewer events"},
    {ENFILE, CCK_ELIMIT, "the system has run out of open files",
     "raise it with: sudo sysctl fs.file-max=1000000"},
    {ESRCH, CCK_EGONE, "the thread has ended", ""},
    {ENOMEM, CCK_ENOMEM, "the kernel is out of memory", ""},
};

static int explain_permission(const cck_root *root, int os_error, cck_error *err)
{
    int level = cck_perf_paranoid(root);
    if (level == INT_MAX) {
        cck_fail_os(err, CCK_EACCESS, os_error, "the kernel does not allow perf events");
        cck_hint(err, "kernel.perf_event_paranoid cannot be read: is this kernel built with "
                      "CONFIG_PERF_EVENTS, and /proc mounted?");
        return CCK_EACCESS;
    }
    cck_fail_os(err, CCK_EACCESS, os_error, "not allowed: kernel.perf_event_paranoid is %d", level);
    /* Debian and Ubuntu patch levels 3 and 4 in: nothing without CAP_PERFMON. */
    if (level > 2)
        cck_hint(err, "sudo sysctl kernel.perf_event_paranoid=2, or give CAP_PERFMON "
                      "(container: --cap-add=PERFMON)");
    else
        cck_hint(err, "another user's process or the kernel's part needs: sudo, CAP_PERFMON "
                      "(container: --cap-add=PERFMON), or sudo sysctl "
                      "kernel.perf_event_paranoid=-1");
    return CCK_EACCESS;
}

static int explain_filter(const cck_root *root, int os_error, cck_error *err)
{
    if (!has_seccomp_filter(root)) {
        if (os_error == EPERM)
            return explain_permission(root, os_error, err);
        cck_fail(err, CCK_EUNSUPPORTED, "this kernel has no perf_event_open");
        cck_hint(err, "it needs a kernel with CONFIG_PERF_EVENTS=y");
        return CCK_EUNSUPPORTED;
    }
    cck_fail_os(err, CCK_EACCESS, os_error, "a seccomp filter denies perf_event_open");
    cck_hint(err, "start the container with --cap-add=PERFMON, or "
                  "--security-opt seccomp=unconfined");
    return CCK_EACCESS;
}

int cck_perf_explain(const cck_root *root, int os_error, cck_error *err)
{
    if (os_error == EACCES)
        return explain_permission(root, os_error, err);
    if (os_error == EPERM || os_error == ENOSYS)
        return explain_filter(root, os_error, err);
    for (size_t i = 0; i < sizeof meanings / sizeof *meanings; i++) {
        if (meanings[i].os_error != os_error)
            continue;
        cck_fail(err, meanings[i].code, "%s", meanings[i].message);
        cck_hint(err, "%s", meanings[i].hint);
        if (err)
            err->os_error = os_error;
        return meanings[i].code;
    }
    return cck_fail_os(err, cck_code_of_errno(os_error), os_error, "perf_event_open failed");
}
