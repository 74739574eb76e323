/* SPDX-License-Identifier: MIT */
#ifndef CACHECHECK_VERSION_H
#define CACHECHECK_VERSION_H

#include <cachecheck/error.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Version of the library in use, such as "0.1.0". Static storage. */
CCK_API const char *cck_version(void);

#ifdef __cplusplus
}
#endif
#endif
