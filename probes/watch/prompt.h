/* SPDX-License-Identifier: MIT */
#ifndef CCK_WATCH_PROMPT_H
#define CCK_WATCH_PROMPT_H

/**
 * Ask the kernel to let the calling thread run soon after it wakes up, for short whiles: among a
 * hundred threads that want a CPU it would wait for a tenth of a second each time, and what it was
 * to look at would be over. It has no more of a CPU by that. Linux 6.12 or later; else nothing
 * changes, and nothing needs to: earlier schedulers preempted for who wakes up. Children do not
 * inherit it.
 */
void cck_watch_be_prompt(void);

#endif
