/* SPDX-License-Identifier: MIT */
#ifndef CCK_REPORT_DIFF_WORDS_H
#define CCK_REPORT_DIFF_WORDS_H

#include <stdio.h>

#include <cachecheck/diff.h>

enum { CCK_DIFF_TEXT = 96 };

/** "improved", "regressed", "within noise", "changed", "not judged", "not comparable". */
extern const char *const cck_change_words[];

/** "new", "worse", "unchanged", "milder", "resolved". */
extern const char *const cck_finding_status_words[];

/** Its label, with the unit of rates: "page faults /CPU s". */
void cck_diff_label(const cck_delta *change, char text[CCK_DIFF_TEXT]);

/** The number before or after, with its unit, as people read it. */
void cck_diff_value(const cck_delta *change, double value, char text[CCK_DIFF_TEXT]);

/** "+4.3 %", "-62 %", "0 %", "from 0". */
void cck_diff_share(double share, char text[CCK_DIFF_TEXT]);

/** "-5.1 to -3.7 %", "exact", "one run each: no interval", or "" where nothing was compared. */
void cck_diff_interval(const cck_delta *change, char text[CCK_DIFF_TEXT]);

/** "p < 0.001", "p = 0.04", or "". */
void cck_diff_p(const cck_delta *change, char text[CCK_DIFF_TEXT]);

/** The diff in a sentence: what regressed and improved most, new findings. */
void cck_diff_conclusion(const cck_diff *diff, FILE *out);

/** How numbers were judged: tests, adjustment, threshold. "" when there were none. */
void cck_diff_method(const cck_diff *diff, FILE *out);

/** The changes in the order of reports: regressed, improved, changed, noise, not judged; malloc.
 *  NULL when memory is out. */
const cck_delta **cck_diff_sorted(const cck_diff *diff);

/** Threads that changed most in event `event`; at most `*count`, which is set; malloc, or NULL. */
cck_thread_change *cck_diff_top_threads(const cck_diff *diff, size_t event, size_t *count);

/** The event that rows are shown by: that of the worst change, else the first counted in both;
 *  `event_count` if there is none. */
size_t cck_diff_main_event(const cck_diff *diff);

#endif
