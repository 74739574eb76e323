/* SPDX-License-Identifier: MIT */
#include "core/perf/cpus.h"

#include <errno.h>
#include <stdlib.h>

#include "core/base/fail.h"

enum { MOST_CPUS = 65536 };

long cck_cpus_parse(const char *list, uint32_t *numbers, size_t size)
{
    size_t count = 0;
    const char *at = list;
    do {
        char *end;
        errno = 0;
        long first = strtol(at, &end, 10), last = first;
        if (end == at || errno)
            return CCK_EFORMAT;
        if (*end == '-') {
            at = end + 1;
            last = strtol(at, &end, 10);
            if (end == at || errno)
                return CCK_EFORMAT;
        }
        if (first < 0 || last < first || last >= MOST_CPUS)
            return CCK_EFORMAT;
        for (long cpu = first; cpu <= last; cpu++, count++)
            if (numbers && count < size)
                numbers[count] = (uint32_t)cpu;
        at = end + 1;
        if (*end != ',')
            return *end && *end != '\n' ? CCK_EFORMAT : (long)count;
    } while (count <= MOST_CPUS);
    return CCK_EFORMAT;
}

int cck_cpus_read(cck_cpus *out_cpus, const cck_root *root, cck_arena *arena, cck_error *err)
{
    static const char path[] = "sys/devices/system/cpu/online";
    char text[8192];
    long length = cck_root_read_line(root, path, text, sizeof text);
    if (length < 0)
        return cck_fail(err, (int)length, "cannot read /%s", path);
    long count = cck_cpus_parse(text, NULL, 0);
    if (count <= 0)
        return cck_fail(err, CCK_EFORMAT, "/%s makes no sense: %s", path, text);
    uint32_t *numbers = cck_arena_array(arena, (size_t)count, sizeof *numbers);
    if (!numbers)
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    cck_cpus_parse(text, numbers, (size_t)count);
    *out_cpus = (cck_cpus){numbers, (size_t)count};
    return 0;
}
