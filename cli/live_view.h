/* SPDX-License-Identifier: MIT */
#ifndef CLI_LIVE_VIEW_H
#define CLI_LIVE_VIEW_H

#include <stdbool.h>
#include <stdio.h>

#include <cachecheck/report.h>

/**
 * A page that is painted over while a program runs (`--watch`): the alternate screen of the
 * terminal behind stderr. The report on stdout comes when it is closed, as without it.
 *
 * What the program, or anybody, writes to that terminal meanwhile would tear the page: it is
 * kept in a file without a name and shown when the view is closed, at most its last MiB.
 *
 * One at a time: what a signal has to put back is the terminal's, not a caller's. Whatever ends
 * us but SIGKILL, the terminal gets its own screen and cursor back.
 */
typedef struct cli_live_view {
    int terminal; /* of our own; 0: not open */
    int saved[3]; /* what stdout and stderr were; -1: left alone */
    int kept;     /* what was written meanwhile */
    FILE *page;
    char *text;
    size_t size;
} cli_live_view;

/**
 * Take the screen. False, with a word on stderr, when that is no terminal that can be painted:
 * then nothing was changed, and the other functions do nothing.
 */
bool cli_live_view_open(cli_live_view *view);

/** How a report must be to fit the screen as it is now: for pages. */
cck_report_options cli_live_view_options(const cli_live_view *view, const char *color);

/** Where to write the next page, empty at first; NULL when there is no view, or no memory. */
FILE *cli_live_view_page(cli_live_view *view);

/**
 * Paint what was written to the page. Lines that are too long are cut, and what is below the
 * screen's end is counted in its last row. The terminal's size is looked at each time.
 */
void cli_live_view_show(cli_live_view *view);

/** Give the screen back; before anything else is printed. May be called twice. */
void cli_live_view_close(cli_live_view *view);

/** Async-signal-safe: the terminal is the shell's from now on (Ctrl-Z), or ours again. */
void cli_live_view_pause(void);
void cli_live_view_resume(void);

#endif
