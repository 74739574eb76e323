/* SPDX-License-Identifier: MIT */
#include "layouts/input.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/fail.h"
#include "layouts/btf.h"
#include "layouts/compile.h"

typedef enum content {
    CONTENT_ELF,
    CONTENT_ARCHIVE,
    CONTENT_THIN,
    CONTENT_BTF,
    CONTENT_OTHER
} content;

static const struct {
    const char *bytes;
    size_t length;
    content is;
} magics[] = {
    {ELFMAG, SELFMAG, CONTENT_ELF},   {"!<arch>\n", 8, CONTENT_ARCHIVE},
    {"!<thin>\n", 8, CONTENT_THIN},   {"\x9f\xeb\x01", 3, CONTENT_BTF},
    {"\xeb\x9f\x01", 3, CONTENT_BTF},
};

static content content_of(const char *bytes, size_t length)
{
    for (size_t i = 0; i < sizeof magics / sizeof *magics; i++)
        if (length >= magics[i].length && memcmp(bytes, magics[i].bytes, magics[i].length) == 0)
            return magics[i].is;
    return CONTENT_OTHER;
}

static int look(const char *path, content *out_content, cck_error *err)
{
    char bytes[8];
    struct stat status;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return cck_fail_os(err, cck_code_of_errno(errno), errno, "cannot open %s", path);
    if (fstat(fd, &status) < 0 || !S_ISREG(status.st_mode)) {
        close(fd);
        cck_fail(err, CCK_EFORMAT, "%s is not a file", path);
        cck_hint(err, "name headers, sources, objects, libraries or programs");
        return CCK_EFORMAT;
    }
    ssize_t length = pread(fd, bytes, sizeof bytes, 0);
    int failed = errno;
    close(fd);
    if (length < 0)
        return cck_fail_os(err, CCK_EIO, failed, "cannot read %s", path);
    *out_content = content_of(bytes, (size_t)length);
    return 0;
}

int cck_input_read(cck_corpus *corpus, const char *path, const cck_input_options *options,
                   cck_error *err)
{
    content is;
    int failed = look(path, &is, err);
    if (failed)
        return failed;
    switch (is) {
    case CONTENT_ELF:
        return cck_input_elf(corpus, &(cck_input_source){.path = path, .name = path, .member = ""},
                             options, err);
    case CONTENT_ARCHIVE:
        return cck_input_archive(corpus, path, options, err);
    case CONTENT_THIN:
        cck_fail(err, CCK_EUNSUPPORTED, "%s is a thin archive: it has no objects in it", path);
        cck_hint(err, "name its objects themselves: `ar t %s` lists them", path);
        return CCK_EUNSUPPORTED;
    case CONTENT_BTF:
        return cck_input_btf(corpus, path, options, err);
    case CONTENT_OTHER:
        if (cck_source_kind_of(path) != CCK_SOURCE_NONE)
            return cck_input_compile(corpus, path, options, err);
        break;
    }
    cck_fail(err, CCK_EFORMAT, "%s is of no kind that has types", path);
    cck_hint(err, "name C or C++ headers and sources (.h .hh .hpp .hxx .c .cc .cpp .cxx), object "
                  "files, libraries, archives, programs, kernel modules or BTF");
    return CCK_EFORMAT;
}
