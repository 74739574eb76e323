/* SPDX-License-Identifier: MIT */
#include "probes/placement/status.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *next_line(const char *at)
{
    at += strcspn(at, "\n");
    return *at ? at + 1 : at;
}

/* A list that does not fit is unknown: half of it would be wrong. */
static void copy_value(char *out, size_t size, const char *value)
{
    size_t length = strcspn(value, "\n");
    while (length && isspace((unsigned char)value[length - 1]))
        length--;
    if (length < size)
        snprintf(out, size, "%.*s", (int)length, value);
}

static uint64_t kilobytes(const char *value)
{
    uint64_t number = strtoull(value, NULL, 10);
    return number > UINT64_MAX / 1024 ? 0 : number * 1024;
}

static uint32_t count_words(const char *value)
{
    uint32_t count = 0;
    for (bool inside = false; *value && *value != '\n'; value++) {
        bool word = !isspace((unsigned char)*value);
        count += word && !inside;
        inside = word;
    }
    return count;
}

static void take(cck_place_status *out, const char *key, size_t length, const char *value)
{
#define IS(word) (length == sizeof(word) - 1 && memcmp(key, word, length) == 0)
    if (IS("Name"))
        copy_value(out->name, sizeof out->name, value);
    else if (IS("State"))
        out->state = isalpha((unsigned char)*value) ? *value : '?';
    else if (IS("Cpus_allowed_list"))
        copy_value(out->cpus, sizeof out->cpus, value);
    else if (IS("Mems_allowed_list"))
        copy_value(out->mems, sizeof out->mems, value);
    else if (IS("VmRSS")) {
        out->has_memory = true;
        out->rss = kilobytes(value);
    } else if (IS("HugetlbPages"))
        out->huge = kilobytes(value);
    else if (IS("Kthread"))
        out->kernel = *value == '1';
    else if (IS("NSpid"))
        out->namespaces = count_words(value);
    else if (IS("Uid"))
        out->uid = (uint32_t)strtoul(value + strcspn(value, "\t "), NULL, 10);
#undef IS
}

void cck_place_status_read(cck_place_status *out, const char *text)
{
    memset(out, 0, sizeof *out);
    out->state = '?';
    for (const char *line = text; *line; line = next_line(line)) {
        size_t length = strcspn(line, ":\n");
        if (line[length] == ':')
            take(out, line, length, line + length + 1 + strspn(line + length + 1, " \t"));
    }
}

/* "se.nr_migrations   :    12" */
static bool sched_value(const char *line, const char *key, int64_t *out)
{
    size_t length = strlen(key);
    if (strncmp(line, key, length) != 0 || !strchr(" :", line[length]))
        return false;
    line += length;
    line += strspn(line, " ");
    if (*line != ':')
        return false;
    char *end;
    *out = strtoll(line + 1, &end, 10);
    return end != line + 1;
}

/* "numa_faults node=1 task_private=2040 task_shared=0 group_private=0 group_shared=0"
 * (kernel/sched/debug.c, print_numa_stats()). */
static void take_faults(cck_place_sched *out, const char *line)
{
    unsigned node;
    unsigned long long own, shared;
    if (sscanf(line, "numa_faults node=%u task_private=%llu task_shared=%llu", &node, &own,
               &shared) != 3 ||
        node >= 1024 || out->node_count == 1024)
        return;
    out->has_faults = true;
    out->nodes[out->node_count].node = node;
    out->nodes[out->node_count++].faults = own + shared;
}

void cck_place_sched_read(cck_place_sched *out, const char *text)
{
    int64_t number;
    out->moves = -1;
    out->preferred = -1;
    out->has_faults = false;
    out->node_count = 0;
    /* The first line is the thread's name, which may look like anything. */
    for (const char *line = next_line(text); *line; line = next_line(line)) {
        if (sched_value(line, "se.nr_migrations", &number) && number >= 0)
            out->moves = number;
        else if (sched_value(line, "numa_preferred_nid", &number) && number >= -1 && number < 1024)
            out->preferred = (int32_t)number;
        else if (strncmp(line, "numa_faults ", 12) == 0)
            take_faults(out, line);
    }
}
