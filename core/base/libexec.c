/* SPDX-License-Identifier: MIT */
#include "core/base/libexec.h"

#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/trust.h"

static const char variable[] = "CACHECHECK_LIBEXEC";

static bool put(char *out_path, size_t size, const char *folder, const char *rest)
{
    int used = snprintf(out_path, size, "%s%s", folder, rest);
    return used >= 0 && (size_t)used < size;
}

/* "FOLDER/name" becomes "FOLDER/`relative`". */
static bool beside(const char *file, const char *relative, char *out_path, size_t size)
{
    char folder[PATH_MAX];
    const char *slash = strrchr(file, '/');
    if (!slash || slash - file >= (int)sizeof folder - 1)
        return false;
    snprintf(folder, sizeof folder, "%.*s", (int)(slash - file) + 1, file);
    return put(out_path, size, folder, relative);
}

static bool beside_program(const char *relative, char *out_path, size_t size)
{
    char self[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
    if (length <= 0)
        return false;
    self[length] = 0;
    return beside(self, relative, out_path, size);
}

static bool beside_library(char *out_path, size_t size)
{
    Dl_info info;
    char real[PATH_MAX];
    return dladdr(variable, &info) && info.dli_fname && realpath(info.dli_fname, real) &&
           beside(real, CCK_LIBRARY_TO_LIBEXEC, out_path, size);
}

static bool place(int index, char *out_path, size_t size)
{
    const char *named;
    switch (index) {
    case 0:
        named = cck_trust_variable(variable);
        return named && put(out_path, size, named, "");
    case 1: // NOLINT(bugprone-branch-clone): the same place twice if installed as by default
        return beside_program("../libexec/cachecheck", out_path, size);
    case 2:
        return beside_program(CCK_PROGRAM_TO_LIBEXEC, out_path, size);
    case 3:
        return beside_library(out_path, size);
    default:
        return put(out_path, size, CCK_LIBEXEC, "");
    }
}

bool cck_libexec_next(int *cursor, char *out_path, size_t size)
{
    while (*cursor < 5)
        if (place((*cursor)++, out_path, size))
            return true;
    return false;
}

bool cck_libexec_find(const char *name, char *out_path, size_t size)
{
    char folder[PATH_MAX], path[PATH_MAX], real[PATH_MAX];
    for (int cursor = 0; cck_libexec_next(&cursor, folder, sizeof folder);) {
        if (snprintf(path, sizeof path, "%s/%s", folder, name) >= (int)sizeof path ||
            access(path, R_OK) != 0 || !realpath(path, real) || strlen(real) >= size)
            continue;
        strcpy(out_path, real);
        return true;
    }
    return false;
}

bool cck_libexec_distrusted(void)
{
    const char *named = getenv(variable);
    return named && *named && !cck_trust_variable(variable);
}
