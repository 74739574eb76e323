/* SPDX-License-Identifier: MIT */
#ifndef CCK_REPORT_FLAMEGRAPH_PARTS_H
#define CCK_REPORT_FLAMEGRAPH_PARTS_H

/** What every flame graph has: its style sheet, and the script that zooms and searches. */
extern const char cck_flamegraph_style[];
extern const char cck_flamegraph_script[];

#endif
