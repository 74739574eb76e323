/* SPDX-License-Identifier: MIT */
#ifndef CCK_CORE_TABLE_H
#define CCK_CORE_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/**
 * A table of typed cells: it knows how people like to read counts, times and shares,
 * and how programs do (CSV, RFC 4180: plain numbers, a missing one is empty).
 */

typedef enum cck_cell_kind {
    CCK_CELL_MISSING, /* no number; `text` says why, or NULL */
    CCK_CELL_TEXT,
    CCK_CELL_COUNT,
    CCK_CELL_NUMBER,
    CCK_CELL_PERCENT,
    CCK_CELL_TIME, /* `number` ns */
    CCK_CELL_BYTES
} cck_cell_kind;

typedef struct cck_cell {
    cck_cell_kind kind;
    const char *text; /* borrowed until the table is cleared */
    uint64_t count;
    double number;
    double running; /* share of the time that was counted; shown when in (0, 0.995) */
} cck_cell;

typedef struct cck_column {
    const char *title;
    bool left;       /* else right-aligned */
    unsigned drop;   /* 0: stays; else the column of the highest number goes first */
    unsigned shrink; /* 0, or down to how many columns texts may be cut */
    bool cut_last;   /* cut only when there is no column left to drop */
} cck_column;

enum { CCK_TABLE_COLUMNS = 24 };

typedef struct cck_table {
    cck_column columns[CCK_TABLE_COLUMNS];
    size_t column_count;
    cck_cell *cells; /* row after row */
    size_t cell_count, cell_capacity;
    bool failed; /* memory was out */
} cck_table;

typedef struct cck_table_style {
    unsigned width;  /* of the terminal */
    unsigned indent; /* columns before each line */
    bool utf8;
    bool exact;    /* counts in full; else three digits and a unit from a million on */
    bool untitled; /* no line of titles */
    void (*markdown)(FILE *out, const char *text); /* not NULL: as a table of Markdown, texts and
                                                      numbers written by it */
} cck_table_style;

/** Zero-initialise a table, add its columns, then its cells row by row. */
void cck_table_column(cck_table *table, cck_column column);
void cck_table_cell(cck_table *table, cck_cell cell);

/** Shorthands for cells. */
cck_cell cck_cell_text(const char *text);
cck_cell cck_cell_count(uint64_t count);
cck_cell cck_cell_number(cck_cell_kind kind, double number);
cck_cell cck_cell_missing(const char *why);

void cck_table_print(const cck_table *table, const cck_table_style *style, FILE *out);
void cck_table_clear(cck_table *table);

/** One CSV field, quoted where needed; `first` leaves the comma before it out. */
void cck_csv_cell(FILE *out, const cck_cell *cell, bool first);
void cck_csv_end(FILE *out); /* CR LF, as RFC 4180 has it */

#endif
