/* SPDX-License-Identifier: MIT */
#ifndef CCK_CORE_COMMAND_TEXT_H
#define CCK_CORE_COMMAND_TEXT_H

#include <cachecheck/result.h>

/**
 * The target as it goes into a command line: the command quoted for a shell, or the PID;
 * what is too long, or would not survive pasting, is named instead ("COMMAND"). The
 * caller frees it; NULL: memory is out.
 */
char *cck_command_text(const cck_target_info *target);

#endif
