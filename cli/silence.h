/* SPDX-License-Identifier: MIT */
#ifndef CLI_SILENCE_H
#define CLI_SILENCE_H

#include <stdbool.h>

/** Drop what programs that are run from now on write to stdout, if `wanted`: twenty runs of one
 * that says much would bury the report. What to hand to cli_unsilence(). */
int cli_silence(bool wanted);

void cli_unsilence(int kept);

#endif
