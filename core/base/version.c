/* SPDX-License-Identifier: MIT */
#include <cachecheck/version.h>

const char *cck_version(void)
{
    return CCK_VERSION;
}
