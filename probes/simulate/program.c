/* SPDX-License-Identifier: MIT */
#include "probes/simulate/program.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/fail.h"

enum {
    HEAD = 256,      /* BINPRM_BUF_SIZE of the kernel: what it reads to tell what a file is */
    INTERPRETERS = 5 /* scripts that name scripts; the kernel gives up here too */
};

#if defined(__x86_64__)
enum { MACHINE = EM_X86_64 };
#elif defined(__aarch64__)
enum { MACHINE = EM_AARCH64 };
#else
enum { MACHINE = EM_NONE };
#endif

static int unsupported(cck_error *err, const char *path, const char *why)
{
    cck_fail(err, CCK_EUNSUPPORTED, "%s cannot be simulated: %s", path, why);
    cck_hint(err, "count at full speed instead: --backend software");
    return CCK_EUNSUPPORTED;
}

/* The PATH that the target will have. */
static const char *path_of(const cck_target_options *target)
{
    const char *found = getenv("PATH");
    for (const char *const *entry = target->environment; entry && *entry; entry++) {
        if (!strncmp(*entry, "PATH=", 5))
            found = *entry + 5;
        else if (!strcmp(*entry, "PATH"))
            found = NULL;
    }
    return found ? found : "/bin:/usr/bin";
}

/* Write the path as seen from the target's working directory. */
static bool locate(const char *folder, int length, const char *name, const char *directory,
                   char *out_path)
{
    bool absolute = length ? *folder == '/' : *name == '/';
    const char *base = !absolute && directory ? directory : "";
    int used = snprintf(out_path, PATH_MAX, "%s%s%.*s%s%s", base, *base ? "/" : "", length, folder,
                        length ? "/" : "", name);
    return used < PATH_MAX;
}

static int find_program(const cck_target_options *target, char *out_path, cck_error *err)
{
    const char *name = target->argv[0];
    struct stat info;
    if (strchr(name, '/')) {
        if (!locate("", 0, name, target->directory, out_path))
            return cck_fail(err, CCK_ELIMIT, "the path of the command is too long");
        return 0;
    }
    for (const char *at = path_of(target);; at++) {
        int length = (int)strcspn(at, ":");
        if (*name &&
            locate(length ? at : ".", length ? length : 1, name, target->directory, out_path) &&
            access(out_path, X_OK) == 0 && stat(out_path, &info) == 0 && S_ISREG(info.st_mode))
            return 0;
        at += length;
        if (!*at)
            break;
    }
    cck_fail(err, CCK_ENOTFOUND, "there is no command '%s' in PATH", name);
    cck_hint(err, "give its path, such as ./%s", name);
    return CCK_ENOTFOUND;
}

/* The first bytes of an executable file. Returns how many, or an error. */
static int read_head(const char *path, unsigned char *out_head, cck_error *err)
{
    struct stat info;
    if (stat(path, &info) < 0)
        return cck_fail_os(err, cck_code_of_errno(errno), errno, "cannot execute %s", path);
    if (!S_ISREG(info.st_mode))
        return cck_fail(err, CCK_EEXEC, "cannot execute %s: it is not a regular file", path);
    if (access(path, X_OK) < 0)
        return cck_fail_os(err, CCK_EEXEC, errno, "cannot execute %s", path);
    if (info.st_mode & (S_ISUID | S_ISGID))
        return unsupported(err, path, "it is set-user-ID or set-group-ID");
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return unsupported(err, path, "it may be executed, but not read");
    ssize_t got = read(fd, out_head, HEAD - 1);
    close(fd);
    if (got < 0)
        return cck_fail_os(err, CCK_EIO, errno, "cannot read %s", path);
    out_head[got] = 0;
    return (int)got;
}

static int check_elf(const unsigned char *head, int length, const char *path, cck_error *err)
{
    Elf64_Ehdr header;
    if (length < (int)sizeof header)
        return cck_fail(err, CCK_EEXEC, "cannot execute %s: the file is cut off", path);
    memcpy(&header, head, sizeof header);
    if (header.e_ident[EI_CLASS] != ELFCLASS64)
        return unsupported(err, path, "it is a 32-bit program");
    if (header.e_machine != MACHINE)
        return unsupported(err, path, "it is a program for another processor");
    return 0;
}

/* The interpreter that a script names behind "#!". */
static bool interpreter_of(const unsigned char *head, char *out_path)
{
    const char *at = (const char *)head + 2;
    at += strspn(at, " \t");
    size_t length = strcspn(at, " \t\n");
    snprintf(out_path, PATH_MAX, "%.*s", (int)length, at);
    return length > 0;
}

int cck_program_check(const cck_target_options *target, cck_error *err)
{
    char path[PATH_MAX], next[PATH_MAX];
    unsigned char head[HEAD];
    int status = find_program(target, path, err);
    for (int depth = 0; status == 0; depth++) {
        int length = read_head(path, head, err);
        if (length < 0 && depth > 0)
            cck_hint(err,
                     "it is the interpreter that a script names behind #!: see its first line");
        if (length < 0)
            return length;
        if (length >= SELFMAG && !memcmp(head, ELFMAG, SELFMAG))
            return check_elf(head, length, path, err);
        if (length < 2 || memcmp(head, "#!", 2) != 0 || !interpreter_of(head, next) ||
            depth == INTERPRETERS)
            return cck_fail(err, CCK_EEXEC, "cannot execute %s: neither a program nor a script",
                            path);
        if (!locate("", 0, next, target->directory, path))
            return cck_fail(err, CCK_ELIMIT, "the path of the interpreter is too long");
    }
    return status;
}
