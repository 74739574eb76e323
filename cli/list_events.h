/* SPDX-License-Identifier: MIT */
#ifndef CLI_LIST_EVENTS_H
#define CLI_LIST_EVENTS_H

/** `cachecheck stat --list [FILTER]`: returns the exit status. */
int cli_list_events(const char *filter, const char *format, const char *color);

#endif
