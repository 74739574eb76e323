/* SPDX-License-Identifier: MIT */
#include "core/report/limit_rows.h"

#include <stdlib.h>

#include "core/base/number.h"
#include "core/report/boxes.h"

/* The numbers of all online CPUs, or all nodes, as taskset takes them. */
static const char *numbers_of(cck_arena *arena, const cck_machine *machine, cck_part_kind kind)
{
    size_t count, used = 0;
    const cck_part *parts = cck_machine_get_parts(machine, &count);
    int64_t *numbers = calloc(count + 1, sizeof *numbers);
    for (size_t i = 0; numbers && i < count; i++)
        if (parts[i].kind == kind)
            numbers[used++] = parts[i].os;
    const char *list = numbers ? cck_number_list(arena, numbers, used) : NULL;
    free(numbers);
    return list ? list : "";
}

static const char *copy(cck_arena *arena, const char *text)
{
    const char *copied = *text ? cck_arena_strdup(arena, text) : "-";
    return copied ? copied : "";
}

static bool lacks_nodes(const cck_machine *machine)
{
    size_t count;
    const cck_node *nodes = cck_machine_get_nodes(machine, &count);
    for (size_t i = 0; i < count; i++)
        if (!nodes[i].allowed && nodes[i].memory)
            return true;
    return false;
}

/* A quota or limit beyond what there is takes nothing away. */
size_t cck_limit_rows(cck_arena *arena, const cck_machine *machine,
                      cck_limit_row out_rows[CCK_LIMIT_ROWS])
{
    const cck_limits *limits = cck_machine_get_limits(machine);
    const cck_machine_info *info = cck_machine_get_info(machine);
    char all_time[CCK_NUMBER_SIZE], time[CCK_NUMBER_SIZE] = "all";
    char all_memory[CCK_NUMBER_SIZE], memory[CCK_NUMBER_SIZE] = "all";
    bool cpus = info->allowed_pus < info->pus, nodes = lacks_nodes(machine);
    bool less_time = limits->cpu_time > 0 && limits->cpu_time < info->pus;
    bool less_memory = limits->memory && (!info->memory || limits->memory < info->memory);
    if (!limits->known || (!cpus && !nodes && !less_memory && !less_time))
        return 0;
    cck_number_grouped(all_time, info->pus);
    cck_number_bytes(all_memory, (double)info->memory);
    if (less_time)
        cck_number_short(time, limits->cpu_time);
    if (less_memory)
        cck_number_bytes(memory, (double)limits->memory);
    const cck_limit_row rows[CCK_LIMIT_ROWS] = {
        {"CPUs", copy(arena, numbers_of(arena, machine, CCK_PART_CPU)), copy(arena, limits->cpus),
         cpus ? "cpuset or affinity" : ""},
        {"CPU time", copy(arena, all_time), copy(arena, time),
         less_time ? limits->cpu_time_from : ""},
        {"nodes", copy(arena, numbers_of(arena, machine, CCK_PART_NODE)),
         copy(arena, limits->nodes), nodes ? "cpuset" : ""},
        {"memory", copy(arena, all_memory), copy(arena, memory),
         less_memory ? limits->memory_from : ""},
    };
    for (size_t i = 0; i < CCK_LIMIT_ROWS; i++)
        out_rows[i] = rows[i];
    return CCK_LIMIT_ROWS;
}
