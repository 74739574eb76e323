/* SPDX-License-Identifier: MIT */
#ifndef TESTS_MACHINE_CHECKS_H
#define TESTS_MACHINE_CHECKS_H

/* What several tests of machines need; after <cmocka.h>. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include <cachecheck/machine.h>

#define MACHINES CCK_TESTS "/machines"

static inline char *read_text(const char *path)
{
    FILE *in = fopen(path, "r");
    if (!in)
        return NULL;
    char *text = calloc(1, 1 << 20);
    size_t length = fread(text, 1, (1 << 20) - 1, in);
    text[length] = '\0';
    fclose(in);
    return text;
}
/* Whatever the topology: the parts agree with the sums. */
static inline void check_sums(const cck_machine *machine)
{
    const cck_machine_info *info = cck_machine_get_info(machine);
    size_t count;
    const cck_node *nodes = cck_machine_get_nodes(machine, &count);
    unsigned pus = 0, on_nodes = 0;
    uint64_t memory = 0;
    for (unsigned cpu = 0; cpu < machine->cpu_limit + 64; cpu++) {
        int core = cck_machine_core_of_cpu(machine, cpu),
            node = cck_machine_node_of_cpu(machine, cpu);
        pus += core >= 0;
        assert_true(core < (int)info->cores);
        for (size_t i = 0; i < count; i++)
            if (node == (int)nodes[i].index)
                assert_true(nodes[i].pus > 0);
    }
    for (size_t i = 0; i < count; i++) {
        on_nodes += nodes[i].pus;
        memory += nodes[i].memory;
        assert_true(i == 0 || nodes[i - 1].index < nodes[i].index);
    }
    assert_int_equal(pus, info->pus);
    assert_int_equal(on_nodes, info->pus);
    assert_true(memory == info->memory);
    assert_true(info->allowed_pus <= info->pus);
    assert_int_equal(count, info->nodes);
    assert_int_equal(cck_machine_node_of_cpu(machine, UINT_MAX), -1);
    assert_int_equal(cck_machine_core_of_cpu(machine, UINT_MAX), -1);
}

#endif
