/* SPDX-License-Identifier: MIT */
/* A capture unpacked, for as long as it takes to read it. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/base/fail.h"
#include "core/base/folder.h"
#include "core/base/trust.h"
#include "core/machine/archive.h"
#include "core/machine/capture.h"

static int unpack_into(const char *path, const char *folder, cck_error *err)
{
    FILE *in = fopen(path, "re");
    if (!in)
        return cck_fail_os(err, cck_code_of_errno(errno), errno, "cannot open %s", path);
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int code = fd < 0 ? cck_fail_os(err, CCK_EIO, errno, "cannot open %s", folder)
                      : cck_archive_unpack(in, path, fd, err);
    if (fd >= 0)
        close(fd);
    fclose(in);
    return code;
}

int cck_capture_unpack(const char *path, char *out_folder, size_t size, cck_error *err)
{
    int code = cck_trust_make_folder("", out_folder, size, err);
    if (code < 0)
        return code;
    code = unpack_into(path, out_folder, err);
    if (code < 0)
        cck_folder_remove(out_folder);
    return code;
}
