/* SPDX-License-Identifier: MIT */
#include "core/base/number.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* printf() takes the decimal point from LC_NUMERIC, where it may be a comma or a
 * character of several bytes: whatever is no digit, sign or exponent is the point. */
static void point_out(char *text)
{
    char *to = text;
    for (const char *from = text; *from;) {
        if (strchr("0123456789+-e", *from)) {
            *to++ = *from++;
            continue;
        }
        while (*from && !strchr("0123456789+-e", *from))
            from++;
        *to++ = '.';
    }
    *to = '\0';
}

void cck_number_exact(char buffer[CCK_NUMBER_SIZE], double number)
{
    if (!isfinite(number)) {
        memcpy(buffer, "null", sizeof "null");
        return;
    }
    if (fabs(number) < 1e15 && number == (double)(int64_t)number &&
        !(number == 0 && signbit(number))) {
        snprintf(buffer, CCK_NUMBER_SIZE, "%lld", (long long)number);
        return;
    }
    /* 17 significant digits always read back; most numbers need fewer. */
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(buffer, CCK_NUMBER_SIZE, "%.*g", digits, number);
        if (strtod(buffer, NULL) == number)
            break;
    }
    point_out(buffer);
}

void cck_number_fixed(char buffer[CCK_NUMBER_SIZE], double number, int decimals)
{
    if (!isfinite(number) || fabs(number) >= 1e30) {
        cck_number_exact(buffer, number);
        return;
    }
    snprintf(buffer, CCK_NUMBER_SIZE, "%.*f", decimals, number);
    point_out(buffer);
}

void cck_number_short(char buffer[CCK_NUMBER_SIZE], double number)
{
    double size = fabs(number);
    int decimals = 0;
    if (size > 0 && size < 1e-4) {
        snprintf(buffer, CCK_NUMBER_SIZE, "%.2e", number);
        point_out(buffer);
        return;
    }
    /* The bounds are where rounding would carry into a fourth digit. */
    if (size > 0)
        for (double bound = 99.95; size < bound && decimals < 6; bound /= 10)
            decimals++;
    cck_number_fixed(buffer, number, decimals);
}

typedef struct unit {
    double size;
    const char *name;
} unit;

/* The largest unit that leaves at least 1 after rounding to three digits. */
static void in_units(char *buffer, double number, const unit *units, size_t count)
{
    size_t at = 0;
    while (at + 1 < count && fabs(number) < units[at].size * 0.9995)
        at++;
    char digits[CCK_NUMBER_SIZE];
    double scaled = number / units[at].size;
    if (at + 1 == count && scaled == floor(scaled) && fabs(scaled) < 1000)
        cck_number_fixed(digits, scaled, 0);
    else
        cck_number_short(digits, scaled);
    snprintf(buffer, CCK_NUMBER_SIZE, "%.36s%s%s", digits, *units[at].name ? " " : "",
             units[at].name);
}

void cck_number_scaled(char buffer[CCK_NUMBER_SIZE], double number)
{
    static const unit units[] = {{1e18, "E"}, {1e15, "P"}, {1e12, "T"}, {1e9, "G"},
                                 {1e6, "M"},  {1e3, "k"},  {1, ""}};
    in_units(buffer, number, units, sizeof units / sizeof *units);
}

void cck_number_time(char buffer[CCK_NUMBER_SIZE], double nanoseconds)
{
    static const unit units[] = {{1e9, "s"}, {1e6, "ms"}, {1e3, "us"}, {1, "ns"}};
    if (nanoseconds == 0)
        memcpy(buffer, "0 s", sizeof "0 s");
    else
        in_units(buffer, nanoseconds, units, sizeof units / sizeof *units);
}

void cck_number_bytes(char buffer[CCK_NUMBER_SIZE], double bytes)
{
    static const unit units[] = {{1099511627776.0, "TiB"},
                                 {1073741824.0, "GiB"},
                                 {1048576.0, "MiB"},
                                 {1024.0, "KiB"},
                                 {1, "B"}};
    size_t at = 0;
    while (at + 1 < sizeof units / sizeof *units && fabs(bytes) < units[at].size)
        at++;
    char digits[CCK_NUMBER_SIZE];
    double scaled = bytes / units[at].size;
    if (scaled == floor(scaled))
        cck_number_fixed(digits, scaled, 0);
    else
        cck_number_short(digits, scaled);
    snprintf(buffer, CCK_NUMBER_SIZE, "%.36s %s", digits, units[at].name);
}

void cck_number_grouped(char buffer[CCK_NUMBER_SIZE], uint64_t number)
{
    char digits[24];
    int length = snprintf(digits, sizeof digits, "%llu", (unsigned long long)number);
    char *to = buffer;
    for (int i = 0; i < length; i++) {
        if (i && (length - i) % 3 == 0)
            *to++ = ',';
        *to++ = digits[i];
    }
    *to = '\0';
}

void cck_number_percent(char buffer[CCK_NUMBER_SIZE], double percents)
{
    double size = fabs(percents);
    if (size > 0 && size < 0.01)
        memcpy(buffer, "<0.01", sizeof "<0.01");
    else
        cck_number_fixed(buffer, percents, size >= 9.95 || size == 0 ? 0 : size >= 0.095 ? 1 : 2);
}
