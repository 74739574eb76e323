/* SPDX-License-Identifier: MIT */
#ifndef CCK_CORE_LOCKS_H
#define CCK_CORE_LOCKS_H

#include "core/finding/object_name.h"
#include "core/sharing/judge.h"

/**
 * Locks that threads were seen to wait for, asleep: findings "contended-lock", put among those
 * that `result` has, worst first.
 */
int cck_locks_judge(cck_result *result, cck_object_names *names, const cck_sharing_rules *rules,
                    cck_error *err);

#endif
