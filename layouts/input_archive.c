/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/base/fail.h"
#include "layouts/input.h"

/*
 * Members of an archive. Each is copied to memory of its own, so that everything is read as a
 * file is; what is no object (a symbol index, a linker script) is passed over.
 */
enum { MOST_MEMBERS = 1 << 20 };

typedef struct archive {
    cck_corpus *corpus;
    const char *path;
    const cck_input_options *options;
    size_t objects, read; /* members that are objects; that had types */
    cck_error first;      /* why the first one had none */
} archive;

static int member_copy(const char *bytes, size_t size, cck_error *err)
{
    int fd = memfd_create("cachecheck-member", MFD_CLOEXEC);
    if (fd < 0)
        return cck_fail_os(err, CCK_ELIMIT, errno, "cannot keep a member of an archive");
    for (size_t done = 0; done < size;) {
        ssize_t put = write(fd, bytes + done, size - done);
        if (put < 0 && errno != EINTR) {
            close(fd);
            return cck_fail_os(err, CCK_ENOMEM, errno, "cannot keep a member of an archive");
        }
        done += put > 0 ? (size_t)put : 0;
    }
    return fd;
}

static int member_read(archive *all, Elf *member, cck_error *err)
{
    size_t size;
    const Elf_Arhdr *header = elf_getarhdr(member);
    const char *bytes = elf_rawfile(member, &size);
    if (!header || !header->ar_name || !bytes || size < SELFMAG ||
        memcmp(bytes, ELFMAG, SELFMAG) != 0)
        return 0;
    all->objects++;
    int fd = member_copy(bytes, size, err);
    if (fd < 0)
        return fd;
    char path[64];
    cck_error wrong = {0};
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    int failed = cck_input_elf(
        all->corpus,
        &(cck_input_source){.path = path, .name = all->path, .member = header->ar_name},
        all->options, &wrong);
    close(fd);
    if (!failed)
        all->read++;
    else if (!all->first.code)
        all->first = wrong;
    return failed == CCK_ENOMEM ? cck_error_move(err, &wrong) : 0;
}

static int members_read(archive *all, int fd, Elf *whole, cck_error *err)
{
    Elf_Cmd command = ELF_C_READ_MMAP;
    Elf *member;
    int failed = 0;
    for (size_t i = 0; i < MOST_MEMBERS && command != ELF_C_NULL && !failed &&
                       (member = elf_begin(fd, command, whole));
         i++) {
        failed = member_read(all, member, err);
        command = elf_next(member);
        elf_end(member);
    }
    return failed;
}

int cck_input_archive(cck_corpus *corpus, const char *path, const cck_input_options *options,
                      cck_error *err)
{
    archive all = {.corpus = corpus, .path = path, .options = options};
    elf_version(EV_CURRENT);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return cck_fail_os(err, cck_code_of_errno(errno), errno, "cannot open %s", path);
    Elf *whole = elf_begin(fd, ELF_C_READ_MMAP, NULL);
    int failed = whole && elf_kind(whole) == ELF_K_AR
                     ? members_read(&all, fd, whole, err)
                     : cck_fail(err, CCK_EFORMAT, "%s is damaged: %s", path, elf_errmsg(-1));
    elf_end(whole);
    close(fd);
    if (failed || all.read)
        return failed;
    if (all.objects)
        return cck_error_move(err, &all.first);
    cck_fail(err, CCK_EFORMAT, "%s has no objects in it, or is damaged", path);
    cck_hint(err, "see what `ar t` says");
    return CCK_EFORMAT;
}
