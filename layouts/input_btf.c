/* SPDX-License-Identifier: MIT */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "core/base/fail.h"
#include "layouts/btf.h"

/* Files below /sys tell their size, but cannot be mapped on all kernels: read, up to a bound. */
static int bytes_read(const char *path, char **out_bytes, size_t *out_size, cck_error *err)
{
    enum { FIRST = 1 << 20, MOST = 1 << 30 };
    size_t room = FIRST, used = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return cck_fail_os(err, cck_code_of_errno(errno), errno, "cannot open %s", path);
    struct stat status;
    if (fstat(fd, &status) == 0 && status.st_size > 0 && status.st_size < MOST)
        room = (size_t)status.st_size + 1;
    char *bytes = malloc(room);
    ssize_t got = 1;
    while (bytes && got > 0 && used < MOST) {
        if (used == room) {
            char *grown = realloc(bytes, room *= 2);
            if (!grown)
                free(bytes);
            bytes = grown;
            continue;
        }
        got = read(fd, bytes + used, room - used);
        used += got > 0 ? (size_t)got : 0;
    }
    int failed = errno;
    close(fd);
    if (!bytes)
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    if (got != 0) {
        free(bytes);
        return got < 0 ? cck_fail_os(err, CCK_EIO, failed, "cannot read %s", path)
                       : cck_fail(err, CCK_ELIMIT, "%s is larger than 1 GiB", path);
    }
    *out_bytes = bytes;
    *out_size = used;
    return 0;
}

/* BTF does not tell the processor: that of this machine, as it is its kernel's, mostly. */
static unsigned machine_here(void)
{
    static const struct {
        const char *name;
        unsigned machine;
    } machines[] = {{"x86_64", EM_X86_64}, {"aarch64", EM_AARCH64}, {"ppc64le", EM_PPC64},
                    {"ppc64", EM_PPC64},   {"s390x", EM_S390},      {"riscv64", EM_RISCV}};
    struct utsname here;
    for (size_t i = 0; uname(&here) == 0 && i < sizeof machines / sizeof *machines; i++)
        if (strcmp(machines[i].name, here.machine) == 0)
            return machines[i].machine;
    return EM_NONE;
}

int cck_input_btf(cck_corpus *corpus, const char *path, const cck_input_options *options,
                  cck_error *err)
{
    char *bytes = NULL;
    size_t size = 0;
    uint32_t number;
    int failed = bytes_read(path, &bytes, &size, err);
    if (failed)
        return failed;
    cck_corpus_input input = {.path = path,
                              .kind = "BTF",
                              .language = CCK_LANGUAGE_C,
                              .note = "BTF has no alignments and no places of declarations"};
    input.line = cck_input_line(machine_here(), &input.processor);
    if (options->line)
        input.line = options->line;
    failed = cck_corpus_add_input(corpus, &input, &number, err);
    if (failed) {
        free(bytes);
        return failed;
    }
    failed = cck_corpus_own(corpus, bytes, free, err);
    return failed ? failed : cck_btf_take(corpus, bytes, size, number, err);
}
