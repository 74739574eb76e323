/* SPDX-License-Identifier: MIT */
#ifndef CCK_CORE_NUMBER_H
#define CCK_CORE_NUMBER_H

#include <stddef.h>
#include <stdint.h>

/**
 * Numbers as text, the same in every locale: the decimal point is a point.
 * Every function ends what it writes by NUL and cuts what does not fit.
 */

enum { CCK_NUMBER_SIZE = 48 };

/** The shortest text that reads back as the same double; "null" for NaN and infinities. */
void cck_number_exact(char buffer[CCK_NUMBER_SIZE], double number);

/** With so many decimals: "12.30". */
void cck_number_fixed(char buffer[CCK_NUMBER_SIZE], double number, int decimals);

/** Three significant digits: "0.00123", "1.23", "12.3", "123", "1234". */
void cck_number_short(char buffer[CCK_NUMBER_SIZE], double number);

/** Three significant digits and a unit prefix of thousands: "12.3 M"; "12" below 1000. */
void cck_number_scaled(char buffer[CCK_NUMBER_SIZE], double number);

/** Grouped by thousands, exact: "12,345,678". */
void cck_number_grouped(char buffer[CCK_NUMBER_SIZE], uint64_t number);

/** Nanoseconds with three significant digits: "12.3 ms", "1.23 s", "754 s". */
void cck_number_time(char buffer[CCK_NUMBER_SIZE], double nanoseconds);

/** Bytes, in units of 1024: "32 KiB", "1.5 MiB". */
void cck_number_bytes(char buffer[CCK_NUMBER_SIZE], double bytes);

/** Percents: "62", "6.2", "0.062", "<0.01". */
void cck_number_percent(char buffer[CCK_NUMBER_SIZE], double percents);

#endif
