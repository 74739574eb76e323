/* SPDX-License-Identifier: MIT */
#ifndef CCK_WATCH_MAY_H
#define CCK_WATCH_MAY_H

#include <cachecheck/target.h>

#include "core/base/root.h"

/** Whether a target can be watched, as far as its file and this machine tell; else why not. */
int cck_watch_may(const cck_target_options *target, const cck_root *root, int machine,
                  cck_error *err);

#endif
