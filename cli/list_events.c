/* SPDX-License-Identifier: MIT */
#include "list_events.h"

#include <stdio.h>
#include <string.h>

#include <cachecheck/stat.h>

#include "commands.h"
#include "terminal.h"

typedef struct event_listing {
    char group[128]; /* the heading above the current lines */
    bool csv;
    bool color;
    size_t count;
} event_listing;

static void print_csv_cell(const char *text, char end)
{
    putchar('"');
    for (; *text; text++) {
        if (*text == '"')
            putchar('"');
        putchar(*text);
    }
    putchar('"');
    putchar(end);
}

static bool print_entry(void *context, const cck_event_entry *entry)
{
    event_listing *listing = context;
    listing->count++;
    if (listing->csv) {
        print_csv_cell(entry->group, ',');
        print_csv_cell(entry->name, ',');
        print_csv_cell(entry->usable ? "yes" : "no", ',');
        print_csv_cell(entry->usable ? "" : entry->why_not, ',');
        print_csv_cell(entry->meaning, '\n');
        return !ferror(stdout);
    }
    if (strcmp(listing->group, entry->group) != 0) {
        printf("%s%s%s%s\n", listing->count > 1 ? "\n" : "", listing->color ? "\033[1m" : "",
               entry->group, listing->color ? "\033[0m" : "");
        snprintf(listing->group, sizeof listing->group, "%s", entry->group);
    }
    printf("  %-28s %-3s %s", entry->name, entry->usable ? "yes" : "no", entry->meaning);
    if (!entry->usable)
        printf("%s(%s)", *entry->meaning ? " " : "", entry->why_not);
    putchar('\n');
    return !ferror(stdout);
}

int cli_list_events(const char *filter, const char *format, const char *color)
{
    cck_error err = {0};
    event_listing listing = {.csv = format && strcmp(format, "csv") == 0,
                       .color = cli_report_options(stdout, color).color};
    if (format && strcmp(format, "json") == 0) {
        fprintf(stderr, "cachecheck stat: --list prints text or csv\n");
        return CLI_USAGE;
    }
    if (listing.csv)
        puts("group,name,usable,why_not,meaning");
    if (cck_stat_list_events(filter, print_entry, &listing, &err) < 0) {
        cli_print_error(&err);
        return CLI_USAGE;
    }
    if (!listing.count && filter)
        fprintf(stderr, "cachecheck: nothing known matches '%s'\n", cli_shown(filter));
    return cli_finish_stdout() ? CLI_OK : CLI_USAGE;
}
