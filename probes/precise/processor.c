/* SPDX-License-Identifier: MIT */
#include "probes/precise/processor.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { TEXT = 4096 }; /* the first CPU's part is all that is read */

static long value_of(const char *text, const char *key, char *out, size_t size)
{
    size_t length = strlen(key);
    for (const char *line = text; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncmp(line, key, length) != 0 || !strchr("\t :", line[length]))
            continue;
        const char *value = strchr(line, ':');
        if (!value)
            return -1;
        value += strspn(value, ": \t");
        snprintf(out, size, "%.*s", (int)strcspn(value, "\n"), value);
        return (long)strlen(out);
    }
    return -1;
}

/* As much of it as there is room for: it has kilobytes for each CPU. */
static void read_start(const cck_root *root, char *text, size_t size)
{
    int fd = openat(root->fd, "proc/cpuinfo", O_RDONLY | O_CLOEXEC);
    ssize_t got = fd >= 0 ? read(fd, text, size - 1) : -1;
    text[got > 0 ? got : 0] = '\0';
    if (fd >= 0)
        close(fd);
}

static cck_maker maker_of(const char *text)
{
    static const struct {
        const char *key, *value;
        cck_maker maker;
    } makers[] = {
        {"vendor_id", "GenuineIntel", CCK_MAKER_INTEL},
        {"vendor_id", "AuthenticAMD", CCK_MAKER_AMD},
        {"vendor_id", "HygonGenuine", CCK_MAKER_AMD},
        {"CPU implementer", NULL, CCK_MAKER_ARM},
    };
    char value[64];
    for (size_t i = 0; i < sizeof makers / sizeof *makers; i++)
        if (value_of(text, makers[i].key, value, sizeof value) > 0 &&
            (!makers[i].value || strcmp(makers[i].value, value) == 0))
            return makers[i].maker;
    return CCK_MAKER_OTHER;
}

/* The highest is what a busy core most likely runs at; megahertz are of this moment. */
static double read_hertz(const cck_root *root, const char *text)
{
    int64_t kilohertz;
    char value[64];
    if (cck_root_read_number(root, "sys/devices/system/cpu/cpu0/cpufreq/cpuinfo_max_freq",
                             &kilohertz) == 0 &&
        kilohertz > 0)
        return 1e3 * (double)kilohertz;
    if (value_of(text, "cpu MHz", value, sizeof value) > 0)
        return 1e6 * strtol(value, NULL, 10);
    return 0;
}

cck_processor cck_processor_read(const cck_root *root)
{
    char text[TEXT], value[TEXT];
    read_start(root, text, sizeof text);
    cck_processor found = {.maker = maker_of(text), .hertz = read_hertz(root, text)};
    if (value_of(text, "cpu family", value, sizeof value) > 0)
        found.family = (unsigned)strtoul(value, NULL, 10);
    if (value_of(text, "model", value, sizeof value) > 0)
        found.model = (unsigned)strtoul(value, NULL, 10);
    if (value_of(text, "flags", value, sizeof value) > 0)
        found.guest = strstr(value, " hypervisor") != NULL;
    return found;
}

uint64_t cck_processor_midr(const cck_root *root, uint32_t cpu)
{
    char path[128];
    int64_t midr;
    snprintf(path, sizeof path,
             "sys/devices/system/cpu/cpu%" PRIu32 "/regs/identification/midr_el1", cpu);
    return cck_root_read_number(root, path, &midr) == 0 ? (uint64_t)midr : 0;
}
