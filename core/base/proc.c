/* SPDX-License-Identifier: MIT */
#include "core/base/proc.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/fail.h"

static long read_file(const cck_root *root, int32_t pid, int32_t tid, const char *file, char *text,
                      size_t size)
{
    char path[96];
    snprintf(path, sizeof path, "proc/%d/task/%d/%s", pid, tid, file);
    return cck_root_read_line(root, path, text, size);
}

bool cck_proc_is_own_helper(int32_t pid, int32_t tid)
{
    return pid == getpid() && tid == gettid() && tid != pid;
}

int cck_proc_threads(const cck_root *root, int32_t pid,
                     bool (*each)(void *context, int32_t pid, int32_t tid), void *context)
{
    char path[64];
    snprintf(path, sizeof path, "proc/%d/task", pid);
    int fd = openat(root->fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *folder = fd >= 0 ? fdopendir(fd) : NULL;
    if (!folder) {
        int os_error = errno;
        if (fd >= 0)
            close(fd);
        return os_error == ENOENT || os_error == ESRCH ? CCK_EGONE : cck_code_of_errno(os_error);
    }
    const struct dirent *entry;
    bool more = true;
    int os_error = 0;
    while (more && (errno = 0, entry = readdir(folder)))
        if (isdigit((unsigned char)entry->d_name[0]))
            more = each(context, pid, (int32_t)strtol(entry->d_name, NULL, 10));
    if (more) /* the list has come to its end, or broke off */
        os_error = errno;
    closedir(folder);
    return os_error == 0                             ? 0
           : os_error == ENOENT || os_error == ESRCH ? CCK_EGONE
                                                     : cck_code_of_errno(os_error);
}

int cck_proc_children(const cck_root *root, int32_t pid, int32_t tid,
                      bool (*each)(void *context, int32_t child), void *context)
{
    char text[65536], *at = text, *end;
    long length = read_file(root, pid, tid, "children", text, sizeof text);
    if (length < 0)
        return (int)length;
    for (long child; (child = strtol(at, &end, 10)), end != at; at = end)
        if (!each(context, (int32_t)child))
            break;
    return 0;
}

/* "12345 678 9": on a CPU, waiting for one, times (Documentation/scheduler/sched-stats.rst). */
int cck_proc_turns(const cck_root *root, int32_t pid, int32_t tid, uint64_t *out_ns,
                   uint64_t *out_times)
{
    char text[128];
    unsigned long long run, waited, times;
    long length = read_file(root, pid, tid, "schedstat", text, sizeof text);
    if (length < 0)
        return (int)length;
    if (sscanf(text, "%llu %llu %llu", &run, &waited, &times) != 3)
        return CCK_EFORMAT;
    *out_ns = run;
    *out_times = times;
    return 0;
}

int cck_proc_runtime(const cck_root *root, int32_t pid, int32_t tid, uint64_t *out_ns)
{
    uint64_t times;
    return cck_proc_turns(root, pid, tid, out_ns, &times);
}

/* Field `number` of a stat line, from 1 as proc(5) counts. The name (field 2) may
 * hold spaces and brackets: fields are counted from its last bracket on. */
static int stat_field(const char *text, int number, uint64_t *out_value)
{
    const char *at = strrchr(text, ')');
    if (!at)
        return CCK_EFORMAT;
    at++;
    for (int field = 3; field < number; field++) {
        at += strspn(at, " ");
        at += strcspn(at, " ");
    }
    char *end;
    *out_value = strtoull(at, &end, 10);
    return end == at ? CCK_EFORMAT : 0;
}

int cck_proc_cpu(const cck_root *root, int32_t pid, int32_t tid)
{
    char text[2048];
    uint64_t cpu;
    long length = read_file(root, pid, tid, "stat", text, sizeof text);
    if (length < 0)
        return (int)length;
    int code = stat_field(text, 39, &cpu);
    return code < 0 ? code : (int)(cpu & 0xffffff);
}

/* The name is in brackets and may hold some itself; 15 bytes, none of them changed. */
static void stat_name(const char *text, char name[16])
{
    const char *begin = strchr(text, '('), *end = strrchr(text, ')');
    size_t length = begin && end > begin ? (size_t)(end - begin - 1) : 0;
    if (length > 15)
        length = 15;
    if (length)
        memcpy(name, begin + 1, length);
    name[length] = '\0';
}

int cck_proc_cpu_and_name(const cck_root *root, int32_t pid, int32_t tid, char name[16])
{
    char text[2048];
    uint64_t cpu;
    name[0] = '\0';
    long length = read_file(root, pid, tid, "stat", text, sizeof text);
    if (length < 0)
        return (int)length;
    stat_name(text, name);
    int code = stat_field(text, 39, &cpu);
    return code < 0 ? code : (int)(cpu & 0xffffff);
}

int cck_proc_faults(const cck_root *root, int32_t pid, int32_t tid, uint64_t *out_all,
                    uint64_t *out_major)
{
    char text[2048];
    uint64_t minor, major;
    long length = read_file(root, pid, tid, "stat", text, sizeof text);
    if (length < 0)
        return (int)length;
    int code = stat_field(text, 10, &minor);
    if (code == 0)
        code = stat_field(text, 12, &major);
    if (code == 0) {
        *out_all = minor + major;
        *out_major = major;
    }
    return code;
}

int cck_proc_is_kernel(const cck_root *root, int32_t pid)
{
    enum { PF_KTHREAD = 0x00200000 }; /* include/linux/sched.h */
    char text[2048];
    uint64_t flags;
    long length = read_file(root, pid, pid, "stat", text, sizeof text);
    if (length < 0)
        return (int)length;
    int code = stat_field(text, 9, &flags);
    return code < 0 ? code : (flags & PF_KTHREAD) != 0;
}

int cck_proc_is_stopped(const cck_root *root, int32_t pid)
{
    char text[2048];
    long length = read_file(root, pid, pid, "stat", text, sizeof text);
    if (length < 0)
        return (int)length;
    const char *state = strrchr(text, ')'); /* a name may hold anything */
    return state && state[1] == ' ' && (state[2] == 'T' || state[2] == 't');
}

void cck_proc_name(const cck_root *root, int32_t pid, int32_t tid, char name[16])
{
    char text[64];
    name[0] = '\0';
    if (read_file(root, pid, tid, "comm", text, sizeof text) > 0)
        snprintf(name, 16, "%.15s", text);
}

/* The number behind `key` at the beginning of a line. */
static int line_number(const char *text, const char *key, uint64_t *out_number)
{
    for (const char *line = text; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncmp(line, key, strlen(key)) != 0)
            continue;
        line += strlen(key) + strspn(line + strlen(key), " \t:");
        char *end;
        *out_number = strtoull(line, &end, 10);
        return end == line ? CCK_EFORMAT : 0;
    }
    return CCK_ENOTFOUND;
}

int cck_proc_switches(const cck_root *root, int32_t pid, int32_t tid, uint64_t *out_count)
{
    char text[8192];
    uint64_t own, forced;
    long length = read_file(root, pid, tid, "status", text, sizeof text);
    if (length < 0)
        return (int)length;
    int code = line_number(text, "voluntary_ctxt_switches", &own);
    if (code == 0)
        code = line_number(text, "nonvoluntary_ctxt_switches", &forced);
    if (code == 0)
        *out_count = own + forced;
    return code;
}

int cck_proc_migrations(const cck_root *root, int32_t pid, int32_t tid, uint64_t *out_count)
{
    char text[16384];
    long length = read_file(root, pid, tid, "sched", text, sizeof text);
    return length < 0 ? (int)length : line_number(text, "se.nr_migrations", out_count);
}
