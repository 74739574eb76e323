/* SPDX-License-Identifier: MIT */
/*
 * Bytes as the archive of a capture. With an odd first byte the sums of the headers are put
 * right, so that what lies behind them is reached. Nothing may appear beside the folder that it is
 * unpacked into.
 */
#include <dirent.h>

#include "core/base/folder.h"
#include "core/machine/archive.h"
#include "core/machine/capture.h"
#include "tests/fuzz/tree.h"

enum { BLOCK = 512, SUM = 148, SIZE = 124 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void put_sums_right(char *bytes, size_t size)
{
    for (size_t at = 0; at + BLOCK <= size;) {
        char *header = bytes + at, digits[13] = "", text[8];
        unsigned sum = 0;
        memset(header + SUM, ' ', 8);
        for (size_t i = 0; i < BLOCK; i++)
            sum += (unsigned char)header[i];
        snprintf(text, sizeof text, "%06o", sum);
        memcpy(header + SUM, text, 7);
        memcpy(digits, header + SIZE, 12);
        unsigned long length = strtoul(digits, NULL, 8);
        if (length > size)
            return;
        at += BLOCK + (length + BLOCK - 1) / BLOCK * BLOCK;
    }
}

static unsigned entries(int folder)
{
    static DIR *open; /* of the one folder that is asked for */
    unsigned count = 0;
    if (!open)
        open = fdopendir(folder);
    if (!open)
        abort();
    rewinddir(open);
    while (readdir(open))
        count++;
    return count;
}

/* The folder that archives are unpacked into, made once. */
static int make_inner(void)
{
    static int folder = -1;
    char inner[80];
    if (folder >= 0)
        return folder;
    fuzz_tree_make();
    snprintf(inner, sizeof inner, "%s/inner", fuzz_tree_folder);
    mkdir(inner, 0700);
    folder = open(inner, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0)
        abort();
    return folder;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum { ITSELF_ITS_PARENT_AND_INNER = 3 };
    char *bytes = size > 1 ? malloc(size - 1) : NULL;
    if (!bytes)
        return 0;
    int folder = make_inner();
    memcpy(bytes, data + 1, size - 1);
    if (data[0] & 1)
        put_sums_right(bytes, size - 1);
    FILE *in = fmemopen(bytes, size - 1, "rb");
    cck_error err = {0};
    if (!in)
        abort();
    int code = cck_archive_unpack(in, "fuzz", folder, &err);
    if ((code < 0) != (*err.message != '\0') ||
        entries(fuzz_tree.fd) != ITSELF_ITS_PARENT_AND_INNER)
        abort();
    fclose(in);
    cck_folder_empty(folder);
    free(bytes);
    return 0;
}
