/* SPDX-License-Identifier: MIT */
#include "core/finding/cost_class.h"

#include <string.h>

const cck_cost_class cck_cost_classes[CCK_COSTS] = {
    [CCK_COST_INSTRUCTIONS] = {"instructions", "instructions", "instr", "Ir",
                               "instructions executed"},
    [CCK_COST_LOADS] = {"loads", "loads", "loads", "Dr", "accesses that read memory"},
    [CCK_COST_STORES] = {"stores", "stores", "stores", "Dw", "accesses that write memory"},
    [CCK_COST_ATOMICS] = {"atomics", "atomic accesses", "atomic", "At",
                          "accesses that read and write in one step"},
    [CCK_COST_L1I_MISSES] = {"l1i", "L1I misses", "L1I", "I1m",
                             "instruction fetches that missed the first level"},
    [CCK_COST_L1D_MISSES] = {"l1d", "L1D misses", "L1D", "D1m",
                             "data accesses that missed the first level"},
    [CCK_COST_L2_MISSES] = {"l2", "L2 misses", "L2", "L2m", "accesses that missed L1 and L2"},
    [CCK_COST_LLC_MISSES] = {"llc", "LLC misses", "LLC", "LLm",
                             "accesses that missed every cache level"},
    [CCK_COST_COMPULSORY] = {"compulsory", "compulsory misses", "compuls", "Comp",
                             "private-cache misses of a line never touched before"},
    [CCK_COST_CAPACITY] = {"capacity", "capacity misses", "capacity", "Cap",
                           "private-cache misses that a fully associative cache would have too"},
    [CCK_COST_CONFLICT] = {"conflict", "conflict misses", "conflict", "Conf",
                           "private-cache misses for want of ways"},
    [CCK_COST_TRUE_SHARING] = {"true-sharing", "true-sharing misses", "true sh", "TrueS",
                               "misses because another core wrote bytes that are used here"},
    [CCK_COST_FALSE_SHARING] = {"false-sharing", "false-sharing misses", "false sh", "FalseS",
                                "misses because another core wrote other bytes of the line"},
    [CCK_COST_UPGRADES] = {"upgrades", "upgrades", "upgrade", "Upg",
                           "writes that first had to take the line from other cores' caches"},
    [CCK_COST_REMOTE] = {"remote", "remote misses", "remote", "Remote",
                         "misses served by another node's memory"},
    [CCK_COST_TLB_MISSES] = {"tlb", "TLB misses", "TLB", "TLBm", "page walks"},
    [CCK_COST_CYCLES] = {"cycles", "cycles", "cycles", "Cycles",
                         "cycles of the model's clock, stalls included"},
};

int cck_cost_class_find(const char *name)
{
    for (int i = 0; i < CCK_COSTS; i++)
        if (strcmp(cck_cost_classes[i].name, name) == 0)
            return i;
    return -1;
}
