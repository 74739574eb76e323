/* SPDX-License-Identifier: MIT */
/* Which of many: launchers tell each process by the environment. */
#include <cachecheck/target.h>

#include <errno.h>
#include <limits.h>
#include <stdlib.h>

/* Open MPI, PMIx, MPICH and Intel MPI (PMI), MVAPICH, Slurm: what is nearest to the program
 * first. An srun step may itself hold an mpirun. */
static const struct {
    const char *rank, *ranks;
} launchers[] = {{"OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"},
                 {"MV2_COMM_WORLD_RANK", "MV2_COMM_WORLD_SIZE"},
                 {"PMI_RANK", "PMI_SIZE"},
                 {"PMIX_RANK", "PMIX_SIZE"},
                 {"SLURM_PROCID", "SLURM_NTASKS"}};

/* A number from 0 on, or -1. */
static int32_t number_in(const char *variable)
{
    const char *text = getenv(variable);
    char *end;
    if (!text || *text < '0' || *text > '9')
        return -1;
    errno = 0;
    long number = strtol(text, &end, 10);
    return *end || errno || number > INT32_MAX ? -1 : (int32_t)number;
}

int32_t cck_rank(uint32_t *out_ranks)
{
    for (size_t i = 0; i < sizeof launchers / sizeof *launchers; i++) {
        int32_t rank = number_in(launchers[i].rank), ranks = number_in(launchers[i].ranks);
        if (rank < 0)
            continue;
        if (out_ranks)
            *out_ranks = ranks > rank ? (uint32_t)ranks : 0;
        return rank;
    }
    if (out_ranks)
        *out_ranks = 0;
    return -1;
}
