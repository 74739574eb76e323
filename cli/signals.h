/* SPDX-License-Identifier: MIT */
#ifndef CLI_SIGNALS_H
#define CLI_SIGNALS_H

#include <cachecheck/stat.h>

/**
 * While a program runs: Ctrl-C and SIGTERM end it (twice: kill it) and the report
 * still comes; Ctrl-Z stops both; other signals are passed on. NULL ends that.
 */
void cli_signals_for(cck_stat *stat);

#endif
