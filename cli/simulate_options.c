/* SPDX-License-Identifier: MIT */
#include "simulate_options.h"

#define AT(member) offsetof(cli_simulate_values, member)

const cli_option cli_simulate_rows[] = {
    {.name = "cache",
     .kind = CLI_STRING,
     .argument = "GEOMETRY",
     .offset = AT(cache),
     .help = "simulate these caches, as size,ways,line: 'I1=32K,8,64 D1=32K,8,64 L2=512K,8,64 "
             "LL=8M,16,64 cores=8'; default: this machine's"},
    {.name = "topology",
     .kind = CLI_STRING,
     .argument = "FILE|SYNTHETIC",
     .offset = AT(topology),
     .help = "simulate that machine: an XML file of lstopo, or 'pack:2 numa:1 l3:1 core:32 pu:1'"},
    {.name = "model",
     .kind = CLI_STRING,
     .argument = "WORDS",
     .offset = AT(model),
     .help = "how the caches work: plru or lru, inclusive, exclusive or independent, adjacent, "
             "stream, tlb, no-coherence; commas between them"},
    {.name = "map",
     .kind = CLI_STRING,
     .argument = "CORES",
     .offset = AT(map),
     .help = "which simulated core a thread runs on: affinity, round-robin, or numbers such as "
             "0,4,1 for the first threads and then over again"},
    {.name = "max-instructions",
     .kind = CLI_NUMBER,
     .argument = "N",
     .offset = AT(max_instructions),
     .help = "end the run after so many instructions, such as 2e9"},
    {.name = "start-at",
     .kind = CLI_STRING,
     .argument = "FUNCTION",
     .offset = AT(start_at),
     .help = "simulate from the first call of that function on"},
    {.name = "marked",
     .kind = CLI_FLAG,
     .offset = AT(marked),
     .help =
         "simulate only between cachecheck_begin() and cachecheck_end() of <cachecheck/mark.h>"},
    {0},
};

cck_simulate_options cli_simulate_options(const cli_simulate_values *values)
{
    /* Beyond 2^64 no run comes: the same as no limit. */
    double most = values->max_instructions;
    return (cck_simulate_options){
        .size = sizeof(cck_simulate_options),
        .cache = values->cache,
        .topology = values->topology,
        .model = values->model,
        .map = values->map,
        .max_instructions = most < 1.8e19 ? (uint64_t)most : 0,
        .start_at = values->start_at,
        .marked = values->marked,
    };
}
