/* SPDX-License-Identifier: MIT */
#include "core/report/field_run.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/report/finding_words.h"

/* "bytes[12]": how much of it is before the index, and the index; false of another name. */
static bool last_index(const char *name, size_t *out_stem, uint64_t *out_index)
{
    const char *open = strrchr(name, '[');
    if (!open || open[1] < '0' || open[1] > '9')
        return false;
    char *end;
    errno = 0;
    *out_index = strtoull(open + 1, &end, 10);
    *out_stem = (size_t)(open - name);
    return errno == 0 && strcmp(end, "]") == 0;
}

static bool follows(const cck_field_use *one, const cck_field_use *next)
{
    size_t stem, next_stem;
    uint64_t index, next_index;
    return last_index(one->name, &stem, &index) &&
           last_index(next->name, &next_stem, &next_index) && stem == next_stem &&
           memcmp(one->name, next->name, stem) == 0 && next_index == index + 1 &&
           next->offset == one->offset + one->size;
}

static bool same_place(const cck_location *one, const cck_location *other)
{
    return one->line == other->line && (one->line || one->offset == other->offset) &&
           strcmp(one->file, other->file) == 0 && strcmp(one->function, other->function) == 0;
}

static bool used_alike(const cck_field_use *one, const cck_field_use *other)
{
    return one->tid == other->tid && one->reads == other->reads && one->writes == other->writes &&
           one->atomic == other->atomic && strcmp(one->thread, other->thread) == 0 &&
           same_place(&one->location, &other->location);
}

size_t cck_field_run(const cck_field_use *fields, size_t count)
{
    enum { LEAST = 3 };
    size_t run = 1;
    while (run < count && follows(&fields[run - 1], &fields[run]) &&
           used_alike(&fields[0], &fields[run]))
        run++;
    return run < LEAST ? 1 : run;
}

void cck_field_run_name(const cck_field_use *first, size_t run, char *buffer, size_t size)
{
    size_t stem;
    uint64_t index;
    if (run > 1 && last_index(first->name, &stem, &index))
        snprintf(buffer, size, "%.*s[%" PRIu64 "..%" PRIu64 "]", (int)stem, first->name, index,
                 index + run - 1);
    else
        cck_field_name(first, buffer, size);
}
