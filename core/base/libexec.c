/* SPDX-License-Identifier: MIT */
#include "core/base/libexec.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool cck_libexec_beside(char *out_path, size_t size)
{
    char self[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
    if (length <= 0)
        return false;
    self[length] = 0;
    for (int up = 0; up < 2; up++) {
        char *slash = strrchr(self, '/');
        if (!slash)
            return false;
        *slash = 0;
    }
    int used = snprintf(out_path, size, "%s/libexec/cachecheck", self);
    return used >= 0 && (size_t)used < size;
}

bool cck_libexec_find(const char *name, char *out_path, size_t size)
{
    char beside[PATH_MAX], path[PATH_MAX], real[PATH_MAX];
    const char *named = getenv("CACHECHECK_LIBEXEC");
    const char *places[] = {named && *named ? named : NULL,
                            cck_libexec_beside(beside, sizeof beside) ? beside : NULL, CCK_LIBEXEC};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        if (!places[i] ||
            snprintf(path, sizeof path, "%s/%s", places[i], name) >= (int)sizeof path ||
            access(path, R_OK) != 0 || !realpath(path, real) || strlen(real) >= size)
            continue;
        strcpy(out_path, real);
        return true;
    }
    return false;
}
