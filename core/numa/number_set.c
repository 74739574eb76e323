/* SPDX-License-Identifier: MIT */
#include "core/numa/number_set.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool read_number(const char **at, uint32_t *out)
{
    char *end;
    if (!isdigit((unsigned char)**at))
        return false;
    unsigned long number = strtoul(*at, &end, 10);
    if (number >= CCK_NUMBER_SET_LIMIT)
        return false;
    *out = (uint32_t)number;
    *at = end;
    return true;
}

bool cck_number_set_next(const char **at, uint32_t *out_first, uint32_t *out_last)
{
    uint32_t first, last;
    *at += **at == ',';
    if (!read_number(at, &first))
        return false;
    last = first;
    if (**at == '-') {
        ++*at;
        if (!read_number(at, &last) || last < first)
            return false;
    }
    *out_first = first;
    *out_last = last;
    return true;
}

bool cck_number_set_has(const char *list, uint32_t number)
{
    uint32_t first, last;
    while (cck_number_set_next(&list, &first, &last))
        if (number >= first && number <= last)
            return true;
    return false;
}

bool cck_number_set_empty(const char *list)
{
    uint32_t first, last;
    return !cck_number_set_next(&list, &first, &last);
}

uint32_t cck_number_set_count(const char *list)
{
    uint32_t first, last, count = 0;
    while (cck_number_set_next(&list, &first, &last))
        count += last - first + 1;
    return count;
}

int32_t cck_number_set_first(const char *list)
{
    uint32_t first, last;
    int32_t least = -1;
    while (cck_number_set_next(&list, &first, &last))
        if (least < 0 || (int32_t)first < least)
            least = (int32_t)first;
    return least;
}

bool cck_number_set_within(const char *part, const char *whole)
{
    uint32_t first, last;
    while (cck_number_set_next(&part, &first, &last))
        for (uint32_t number = first; number <= last; number++)
            if (!cck_number_set_has(whole, number))
                return false;
    return true;
}

bool cck_number_set_meets(const char *a, const char *b)
{
    uint32_t first, last;
    while (cck_number_set_next(&a, &first, &last)) {
        const char *at = b;
        uint32_t from, to;
        while (cck_number_set_next(&at, &from, &to))
            if (from <= last && to >= first)
                return true;
    }
    return false;
}

static size_t put_range(char *out, size_t used, size_t size, uint32_t first, uint32_t last)
{
    char text[32];
    int length = first == last ? snprintf(text, sizeof text, "%s%" PRIu32, used ? "," : "", first)
                               : snprintf(text, sizeof text, "%s%" PRIu32 "-%" PRIu32,
                                          used ? "," : "", first, last);
    if (length < 0 || used + (size_t)length >= size)
        return used;
    memcpy(out + used, text, (size_t)length + 1);
    return used + (size_t)length;
}

size_t cck_number_set_common(const char *a, const char *b, char *out, size_t size)
{
    uint32_t first, last, from, to;
    size_t used = 0;
    if (size)
        out[0] = '\0';
    while (cck_number_set_next(&a, &first, &last)) {
        const char *at = b;
        while (cck_number_set_next(&at, &from, &to)) {
            uint32_t low = from > first ? from : first, high = to < last ? to : last;
            if (low <= high)
                used = put_range(out, used, size, low, high);
        }
    }
    return used;
}
