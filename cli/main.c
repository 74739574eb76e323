/* SPDX-License-Identifier: MIT */
#include <stdio.h>

#include <cachecheck/cachecheck.h>

int main(void)
{
    printf("cachecheck %s\n", cck_version());
    return 0;
}
